"""An office of a few rows for the tests of reports and duties: real database, shipped templates, no servers."""

from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from sqlite_utils import Database

from mailroom import config
from mailroom.clock import stamp
from mailroom.office import templates
from mailroom.office.office import Office
from mailroom.rules import RuleSet
from mailroom.rules.schedule_file import Duty
from mailroom.store import Store, open_store, people, settings
from mailroom.store.people import Person

ROOT = Path(__file__).parents[3]
STARTED = datetime(2027, 1, 3, 12, 0, tzinfo=UTC)
PEOPLE = (
    Person("robin", "Robin Hale", "officer", ("robin.hale@example.org",), ("coordinator",)),
    Person("casey", "Casey Moran", "officer", ("casey.moran@example.org",), ("cover",)),
    Person("alex", "Alex Dunmore", "officer", ("alex.dunmore@example.org",), ("chief_inspector",)),
)


@cache
def shipped() -> templates.Templates:
    """Return the templates the office ships with."""
    files = {path.relative_to(ROOT).as_posix(): path.read_bytes() for path in (ROOT / "templates").rglob("*.md")}
    return templates.load(files)


def make(folder: Path, *duties: Duty) -> Office:
    """Make an office with these duties in a folder that holds its config.toml."""
    store = open_store(folder / "office.db")
    with store.immediate() as db:
        for person in PEOPLE:
            people.save(db, person)
        settings.put(db, "started_at", stamp(STARTED))
    return reopened(folder, store, *duties)


def reopened(folder: Path, store: Store, *duties: Duty) -> Office:
    """Build the office again over the same rows, as a restart does."""
    ruleset = RuleSet(rules=(), lists={}, cases={}, duties=duties)
    return Office(config.load(folder / "config.toml"), store, ruleset, shipped(), (), b"k" * 32)


def member(db: Database, n: int, state: str = "active", vetting_to: str = "2028-06-11", **facts: str) -> None:
    """Enter a member."""
    known: dict[str, str | None] = {"vetting_status": "granted", "vetting_to": vetting_to or None, **facts}
    people.save(
        db, Person(f"M{n:02d}", f"Member Number{n}", "member", (f"m{n}@mail.example.org",), state=state, member=known)
    )


def message(db: Database, uid: int, received: datetime, **columns: object) -> int:
    """Enter a message as the straight path leaves it."""
    row = db.table("messages").insert(
        {
            "mailbox": "INBOX", "uidvalidity": 1, "uid": uid, "state": "filed", "size": 1, "sha256": str(uid),
            "received_at": stamp(received), "stored_at": stamp(received), "kind": "person", **columns,
        }
    )  # fmt: skip
    return int(str(row.last_pk))


def mails(store: Store) -> list[tuple[str, str, str]]:
    """Return (key, recipient, template) of what was queued, in order."""
    return [
        (row[0], row[1], row[2]) for row in store.db.execute("SELECT key, recipient, template FROM outbox ORDER BY id")
    ]
