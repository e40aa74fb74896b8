"""The directory: who people are, which addresses are theirs, which roles they hold."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlite_utils import Database


@dataclass(frozen=True, slots=True)
class Person:
    """One person, desk or partner as imported; `emails` has the primary first. Empty means unknown.

    `member` holds the columns of the table `members`, for members and applicants.
    """

    id: str
    name: str
    kind: str
    emails: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    organisation: str = ""
    rank: str = ""
    station: str = ""
    phone: str = ""
    state: str = ""
    joined: str | None = None
    left: str | None = None
    agreement_until: str | None = None
    newsletter: bool = False
    member: Mapping[str, str | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Known:
    """What the directory says of one address."""

    person: str
    name: str
    kind: str
    state: str
    station: str
    address_status: str
    roles: tuple[str, ...]
    recused_for: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Named:
    """A person and how they are shown, for telling impostors and for addressing mail."""

    id: str
    name: str
    kind: str


def save(db: Database, person: Person) -> None:
    """Enter a person or bring them up to date; addresses and roles become exactly those given.

    Raises sqlite3.IntegrityError when an address belongs to somebody else.
    """
    db.table("people").upsert(
        {
            "id": person.id, "name": person.name, "kind": person.kind, "organisation": person.organisation,
            "rank": person.rank, "station": person.station, "phone": person.phone, "state": person.state,
            "joined": person.joined, "left": person.left, "agreement_until": person.agreement_until,
            "newsletter": int(person.newsletter),
        },
        pk="id",
    )  # fmt: skip
    # An address that is no longer given is retired; one that is keeps its state: an import must not
    # wake an address that bounces wrote off.
    db.execute(
        "UPDATE addresses SET is_primary = 0, status = iif(email IN (SELECT value FROM json_each(?2)),"
        " iif(status = 'retired', 'ok', status), 'retired') WHERE person_id = ?1",
        (person.id, json.dumps(person.emails)),
    )
    for n, email in enumerate(person.emails):
        if owner(db, email) == person.id:
            db.execute("UPDATE addresses SET is_primary = ? WHERE email = ?", (int(n == 0), email))
        else:
            db.execute(
                "INSERT INTO addresses (email, person_id, is_primary, verified_how) VALUES (?, ?, ?, 'imported')",
                (email, person.id, int(n == 0)),
            )
    db.execute("DELETE FROM roles WHERE person_id = ?", (person.id,))
    db.table("roles").insert_all({"person_id": person.id, "role": role} for role in person.roles)
    if person.member:
        db.table("members").upsert({"person_id": person.id, **person.member}, pk="person_id")


def owner(db: Database, email: str) -> str | None:
    """Return the id of the person an address belongs to."""
    row = db.execute("SELECT person_id FROM addresses WHERE email = ?", (email.lower(),)).fetchone()
    return str(row[0]) if row else None


def owners(db: Database) -> dict[str, str]:
    """Return the person each address belongs to, retired addresses included."""
    return dict(db.execute("SELECT email, person_id FROM addresses"))


def known(db: Database, email: str) -> Known | None:
    """Return what the directory says of an address, retired ones apart."""
    row = db.execute(
        "SELECT p.id, p.name, p.kind, p.state, p.station, a.status, coalesce(m.recused_for, '[]')"
        " FROM addresses AS a JOIN people AS p ON p.id = a.person_id LEFT JOIN members AS m ON m.person_id = p.id"
        " WHERE a.email = ? AND a.status <> 'retired'",
        (email.lower(),),
    ).fetchone()
    if row is None:
        return None
    person, name, kind, state, station, status, recused_for = row
    return Known(person, name, kind, state, station, status, roles_of(db, person), tuple(json.loads(recused_for)))


def all_known(db: Database, emails: tuple[str, ...]) -> dict[str, Known]:
    """Return what the directory says of each of these addresses, as far as it knows them."""
    here = [email for (email,) in db.execute(
        "SELECT email FROM addresses WHERE email IN (SELECT value FROM json_each(?)) ORDER BY email",
        (json.dumps(emails),),
    )]  # fmt: skip
    return {email: found for email in here if (found := known(db, email)) is not None}


def roles_of(db: Database, person: str) -> tuple[str, ...]:
    """Return the roles a person holds, in alphabetical order."""
    return tuple(r for (r,) in db.execute("SELECT role FROM roles WHERE person_id = ? ORDER BY role", (person,)))


def names(db: Database) -> list[Named]:
    """Return everybody in the directory."""
    return [Named(*row) for row in db.execute("SELECT id, name, kind FROM people ORDER BY id")]


def name_of(db: Database, person: str) -> str:
    """Return a person's name, "" when there is none such."""
    row = db.execute("SELECT name FROM people WHERE id = ?", (person,)).fetchone()
    return str(row[0]) if row else ""


def kind_of(db: Database, person: str) -> str:
    """Return a person's kind, "" when there is none such."""
    row = db.execute("SELECT kind FROM people WHERE id = ?", (person,)).fetchone()
    return str(row[0]) if row else ""


def organisation_of(db: Database, person: str) -> str:
    """Return what somebody belongs to, "" where that is not known."""
    row = db.execute("SELECT organisation FROM people WHERE id = ?", (person,)).fetchone()
    return str(row[0]) if row else ""


def format_of(db: Database, person: str) -> str:
    """Return the form a member asked for their mail in, "" where none is known."""
    row = db.execute("SELECT format FROM members WHERE person_id = ?", (person,)).fetchone()
    return str(row[0]) if row else ""


def holders(db: Database, role: str) -> tuple[str, ...]:
    """Return the ids of those who hold a role and are still here."""
    return tuple(
        person
        for (person,) in db.execute(
            "SELECT r.person_id FROM roles AS r JOIN people AS p ON p.id = r.person_id"
            " WHERE r.role = ? AND p.state NOT IN ('left', 'suspended') ORDER BY r.person_id",
            (role,),
        )
    )


def address_of(db: Database, person: str) -> str | None:
    """Return the address a person is written to, None when no usable one is known."""
    row = db.execute(
        "SELECT email FROM addresses WHERE person_id = ? AND is_primary = 1 AND status IN ('ok', 'soft')", (person,)
    ).fetchone()
    return str(row[0]) if row else None


def last_address_of(db: Database, person: str) -> str | None:
    """Return the address a person was written to last, though it cannot be used; None when none is known."""
    row = db.execute(
        "SELECT email FROM addresses WHERE person_id = ? AND is_primary = 1 AND status <> 'retired'", (person,)
    ).fetchone()
    return str(row[0]) if row else None


def verify_address(db: Database, person: str, email: str, how: str, on: str) -> None:
    """Write to somebody at an address that a person has verified (`how`, such as "by phone") from now on.

    Their addresses that cannot be used are retired; others stay theirs.

    Raises sqlite3.IntegrityError when the address belongs to somebody else.
    """
    email = email.lower()
    db.execute(
        "UPDATE addresses SET is_primary = 0, status = iif(status IN ('suspended', 'unverified'), 'retired', status)"
        " WHERE person_id = ? AND email <> ?",
        (person, email),
    )
    db.execute(
        "INSERT INTO addresses (email, person_id, is_primary, verified_how, verified_on) VALUES (?1, ?2, 1, ?3, ?4)"
        " ON CONFLICT (email) DO UPDATE SET person_id = iif(person_id = ?2, ?2, NULL), is_primary = 1, status = 'ok',"
        " verified_how = ?3, verified_on = ?4",
        (email, person, how, on),
    )


def status_of(db: Database, email: str) -> str:
    """Return the status of an address, "" for one that is in nobody's entry."""
    row = db.execute("SELECT status FROM addresses WHERE email = ?", (email.lower(),)).fetchone()
    return str(row[0]) if row else ""


def suspend(db: Database, email: str) -> bool:
    """Write no more to an address that does not exist; True when it was in use until now."""
    sql = "UPDATE addresses SET status = 'suspended' WHERE email = ? AND status IN ('ok', 'soft', 'unverified')"
    return db.execute(sql, (email.lower(),)).rowcount > 0


def doubt(db: Database, email: str) -> None:
    """Note that an address could not be reached for the time being."""
    db.execute("UPDATE addresses SET status = 'soft' WHERE email = ? AND status = 'ok'", (email.lower(),))


def trust_again(db: Database, email: str) -> None:
    """Forget the doubts about an address that its owner writes from."""
    db.execute("UPDATE addresses SET status = 'ok' WHERE email = ? AND status = 'soft'", (email.lower(),))


def members_at(db: Database, emails: tuple[str, ...]) -> tuple[str, ...]:
    """Return the ids of members whose addresses are among `emails`."""
    return tuple(
        person
        for (person,) in db.execute(
            "SELECT DISTINCT a.person_id FROM addresses AS a JOIN people AS p ON p.id = a.person_id"
            " WHERE p.kind = 'member' AND a.email IN (SELECT value FROM json_each(?)) ORDER BY a.person_id",
            (json.dumps(emails),),
        )
    )


def places(db: Database) -> tuple[str, ...]:
    """Return the stations the directory names, and the places members declared an interest in."""
    return tuple(
        place
        for (place,) in db.execute(
            "SELECT station FROM people WHERE station <> '' UNION"
            " SELECT value FROM members, json_each(members.recused_for) ORDER BY 1"
        )
    )


def counts(db: Database) -> dict[str, int]:
    """Return how many people of each kind there are."""
    return {row[0]: row[1] for row in db.execute("SELECT kind, count(*) FROM people GROUP BY kind ORDER BY kind")}


def without_address(db: Database) -> list[Named]:
    """Return those who cannot be written to."""
    return [
        Named(*row)
        for row in db.execute(
            "SELECT id, name, kind FROM people WHERE id NOT IN"
            " (SELECT person_id FROM addresses WHERE is_primary = 1 AND status IN ('ok', 'soft')) ORDER BY id"
        )
    ]


def everyone(db: Database) -> list[Person]:
    """Return the whole directory as it would be imported, retired addresses apart."""
    rows = db.execute("SELECT * FROM members")
    columns = [column[0] for column in rows.description][1:]
    members = {row[0]: dict(zip(columns, row[1:], strict=True)) for row in rows}
    emails: dict[str, list[str]] = {}
    for person, email in db.execute(
        "SELECT person_id, email FROM addresses WHERE status <> 'retired' ORDER BY is_primary DESC, rowid"
    ):
        emails.setdefault(person, []).append(email)
    return [
        Person(
            id=row[0], name=row[1], kind=row[2], emails=tuple(emails.get(row[0], ())), roles=roles_of(db, row[0]),
            organisation=row[3], rank=row[4], station=row[5], phone=row[6], state=row[7], joined=row[8], left=row[9],
            agreement_until=row[10], newsletter=bool(row[11]), member=members.get(row[0], {}),
        )
        for row in db.execute(
            "SELECT id, name, kind, organisation, rank, station, phone, state, joined,"
            ' "left", agreement_until, newsletter FROM people ORDER BY id'
        )
    ]  # fmt: skip
