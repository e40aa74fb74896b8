"""people.csv: who is in the office's directory (design, section 10).

Only `name` and `emails` are needed. A column that is not in the file leaves what the office knows
as it is; an empty value in a column that is there clears it. A person without an id is known by their
addresses, or gets one: members M01, M02, …, others one made of their name.
"""

import json
import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from mailroom.office import tables, variants
from mailroom.office.tables import Faults, Layout, Row
from mailroom.rules import ROLES
from mailroom.store.people import Person

KINDS = ("member", "officer", "desk", "partner", "applicant", "former", "public")
STATES = (
    "lead", "applied", "shortlisted", "interviewed", "vetting", "cleared", "offered", "onboarding", "active",
    "on_leave", "restricted", "suspended", "leaving", "left", "withdrawn", "regret",
)  # fmt: skip
WORDS = (
    "vetting_level", "vetting_status", "tor_version", "privacy_notice", "format",
)  # fmt: skip
DATES = (
    "vetting_from", "vetting_to", "confidentiality_signed", "ci_input", "residency_seen", "tor_acknowledged",
    "links_consent", "leave_until",
)  # fmt: skip
LISTS = ("ladder_sent", "skills", "links", "recused_for")
LAYOUT = Layout(
    columns=(
        "id", "name", "kind", "organisation", "rank", "roles", "station", "emails", "phone", "state", "joined", "left",
        "vetting_level", "vetting_from", "vetting_to", "vetting_status", "ladder_sent", "confidentiality_signed",
        "ci_input", "residency_seen", "tor_version", "tor_acknowledged", "privacy_notice", "skills", "links",
        "links_consent", "recused_for", "format", "newsletter", "leave_until", "agreement_until",
    ),
    needed=("name", "emails"),
)  # fmt: skip

YES = frozenset({"yes", "y", "true", "1"})
NO = frozenset({"no", "n", "false", "0"})
ADDRESS = re.compile(r"[^\s@<>,;:\"()\[\]\\]+@[^\s@<>,;:\"()\[\]\\.]+(\.[^\s@<>,;:\"()\[\]\\.]+)+")
ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
MEMBER_ID = re.compile(r"M(\d+)", re.IGNORECASE)


def read(
    data: bytes,
    directory: Mapping[str, Person],
    owners: Mapping[str, str],
    faults: Faults,
    roles: Collection[str] = ROLES,
) -> list[Person]:
    """Return everybody in a people.csv as they will stand in the directory, in the order of the file.

    `directory` has the people known by id, `owners` the person each known address belongs to,
    `roles` are those of the office. Every fault is added to `faults`; what is returned counts only when there is none.
    """
    rows = [row for row in tables.read(data, LAYOUT, faults) if _named(row, faults)]
    ids = _Ids(rows, directory, owners)
    found: list[Person] = []
    lines: dict[str, int] = {}
    taken = {email: (owner, f"{directory[owner].name} ({owner})") for email, owner in owners.items()}
    for row in rows:
        emails = _emails(row, faults)
        person = ids.of(row, emails, faults)
        if person.casefold() in lines:
            line = lines[person.casefold()]
            faults.add(row.line, f"the id “{person}” stands on line {line} as well. Expected one line each")
            continue
        lines[person.casefold()] = row.line
        _claim(emails, person, row, taken, faults)
        found.append(_person(row, person, emails, directory.get(person), faults, roles))
    return found


def _claim(emails: Iterable[str], person: str, row: Row, taken: dict[str, tuple[str, str]], faults: Faults) -> None:
    """Note whose each address is; `taken` has the id of its owner and how to name them in a sentence."""
    for email in emails:
        owner, words = taken.setdefault(email, (person, f"{row['name']} on line {row.line}"))
        if owner != person:
            faults.add(row.line, f"{email} belongs to {words}. Expected an address that is nobody else’s")


class _Ids:
    """Gives each row its id: the one written, that of the addresses' owner, or a new one."""

    def __init__(self, rows: Iterable[Row], directory: Mapping[str, Person], owners: Mapping[str, str]) -> None:
        self._known = {person.casefold(): person for person in directory}
        self._owners = owners
        self._taken = set(self._known) | {row["id"].casefold() for row in rows if row["id"]}

    def of(self, row: Row, emails: tuple[str, ...], faults: Faults) -> str:
        written = row["id"]
        if written:
            if not ID.fullmatch(written):
                faults.add(row.line, f"“{written}” is no id. Expected letters and digits, such as M07 or rowan")
            return self._known.get(written.casefold(), written)
        owners = list(dict.fromkeys(self._owners[email] for email in emails if email in self._owners))
        return owners[0] if owners else self._new(row)

    def _new(self, row: Row) -> str:
        plain = unicodedata.normalize("NFKD", row["name"]).encode("ascii", "ignore").decode().lower()
        words = re.findall(r"[a-z0-9]+", plain)
        if tables.canonical(row["kind"]) in ("", "member") or not words:
            numbers = [int(found[1]) for taken in self._taken if (found := MEMBER_ID.fullmatch(taken))]
            new = f"M{max(numbers, default=0) + 1:02d}"
        else:
            tries = [words[0], "-".join(words), *("-".join([*words, str(n)]) for n in range(2, len(self._taken) + 3))]
            new = next(one for one in tries if one not in self._taken)
        self._taken.add(new.casefold())
        return new


def _named(row: Row, faults: Faults) -> bool:
    if row.values.get("name") == "":
        faults.add(row.line, "the name is missing. Expected a name on every line")
    return bool(row["name"])


def _emails(row: Row, faults: Faults) -> tuple[str, ...]:
    emails = []
    for written in tables.several(row["emails"]):
        email = written.removeprefix("mailto:").strip("<>").lower()
        if ADDRESS.fullmatch(email):
            emails.append(email)
        else:
            expected = "Expected one such as name@example.org, with “;” between several"
            faults.add(row.line, f"“{written}” is no email address. {expected}")
    if row.values.get("emails") == "" and tables.canonical(row["kind"]) != "former":
        faults.add(row.line, f"{row['name']} has no address. Expected at least one under “emails”")
    return tuple(dict.fromkeys(emails))


def _person(
    row: Row, person: str, emails: tuple[str, ...], known: Person | None, faults: Faults, allowed: Collection[str]
) -> Person:
    """Make the person of a row, over what is known of them."""
    kind = _kind(row, faults) or (known.kind if known else "member")
    usual = {"member": "active", "former": "left"}.get(kind, "")
    base = known or Person(person, row["name"], kind, state=usual, newsletter=kind == "member")
    roles = tuple(
        sorted({_one_of(row, "role", role, sorted(allowed), faults) for role in tables.several(row["roles"])} - {""})
    )
    state = _one_of(row, "state", row["state"], STATES, faults) if row["state"] else ""
    return replace(
        base,
        name=row["name"],
        kind=kind,
        emails=emails,
        organisation=_word(row, "organisation", base.organisation),
        rank=_word(row, "rank", base.rank),
        station=_word(row, "station", base.station),
        phone=_word(row, "phone", base.phone),
        state=(state or usual) if "state" in row.values else base.state,
        roles=roles if "roles" in row.values else base.roles,
        joined=_day(row, "joined", faults, base.joined),
        left=_day(row, "left", faults, base.left),
        agreement_until=_day(row, "agreement_until", faults, base.agreement_until),
        newsletter=_yes(row, faults, base=base.newsletter),
        member={**base.member, **_member(row, kind, faults)},
    )


def _one_of(row: Row, what: str, written: str, known: Sequence[str], faults: Faults) -> str:
    """Read a word of a closed list; a word that nothing else in the office knows would do nothing, in silence."""
    word = tables.canonical(written)
    if word in known:
        return word
    faults.add(row.line, f"there is no {what} “{written}”.", tables.nearest(word, known).replace("_", " "))
    return ""


def _kind(row: Row, faults: Faults) -> str:
    kind = tables.canonical(row["kind"])
    if kind and kind not in KINDS:
        hint = tables.nearest(kind, KINDS)
        faults.add(row.line, f"there is no kind “{row['kind']}”. Expected one of {', '.join(KINDS)}.", hint)
        return ""
    return kind


def _member(row: Row, kind: str, faults: Faults) -> dict[str, str | None]:
    """Return what the row says of a membership; nothing at all for a desk with empty columns."""
    facts: dict[str, str | None] = {name: row[name] for name in WORDS if name in row.values}
    if "format" in facts:
        facts["format"] = tables.canonical(row["format"]) or "standard"
        if variants.known(row["format"]) is None:
            known = ", ".join(variants.FORMATS)
            faults.add(row.line, f"“{row['format']}” under format is none we can write. Expected {known}")
    facts |= {name: _day(row, name, faults) for name in DATES if name in row.values}
    facts |= {name: _list(row, name, faults) for name in LISTS if name in row.values}
    empty = ("", None, "[]", "standard")
    if kind not in ("member", "applicant", "former") and all(value in empty for value in facts.values()):
        return {}
    return facts


def _list(row: Row, column: str, faults: Faults) -> str:
    values = tables.several(row[column])
    if column != "ladder_sent":
        return json.dumps(values, ensure_ascii=False)
    wrong = [value for value in values if not value.isdecimal()]
    if wrong:
        faults.add(row.line, f"“{wrong[0]}” under ladder_sent is no number of days. Expected such as 180; 90; 60")
    return json.dumps([int(value) for value in values if value.isdecimal()])


def _word(row: Row, column: str, known: str) -> str:
    return row.values.get(column, known)


def _day(row: Row, column: str, faults: Faults, known: str | None = None) -> str | None:
    if not row[column]:
        return None if column in row.values else known
    try:
        return tables.day(row[column])
    except ValueError:
        faults.add(row.line, f"“{row[column]}” under {column} is no date. Expected the form 2027-01-31 or 31/01/2027")
        return None


def _yes(row: Row, faults: Faults, *, base: bool) -> bool:
    word = row["newsletter"].casefold()
    if not word:
        return base
    if word not in YES | NO:
        faults.add(row.line, f"“{row['newsletter']}” under newsletter is neither yes nor no. Expected yes or no")
    return word in YES
