"""Commands by mail: what each was about and what came of it. A reply to the echo is about the same thing again."""

from dataclasses import dataclass
from datetime import datetime

from sqlite_utils import Database

from mailroom.clock import stamp


@dataclass(frozen=True, slots=True)
class About:
    """The message or case that a command, or a mail of ours, is about; or the set of rules that it put into force."""

    message: int | None = None
    case: int | None = None
    rules: int | None = None


NOTHING = About()


def record(  # noqa: PLR0913 - what is to be known of a command
    db: Database,
    message: int,
    now: datetime,
    *,
    person: str,
    verb: str,
    line: str,
    note: str,
    about: About,
    outcome: str,
    done: bool,
) -> None:
    """Write down a command once it was carried out or refused."""
    db.execute(
        "INSERT INTO commands (message_id, at, person_id, verb, line, note, about_message, about_case, about_set,"
        " outcome, done) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (message_id) DO NOTHING",
        (
            message, stamp(now), person, verb, line, note, about.message, about.case, about.rules, outcome, int(done),
        ),
    )  # fmt: skip


def about(db: Database, message: int) -> About | None:
    """Return what a command was about, None for a message that was no command."""
    row = db.execute(
        "SELECT about_message, about_case, about_set FROM commands WHERE message_id = ?", (message,)
    ).fetchone()
    return About(*row) if row else None


def cause_of(db: Database, outbox: int) -> About:
    """Return the message and case that led to a mail of ours."""
    row = db.execute("SELECT cause_id, case_id FROM outbox WHERE id = ?", (outbox,)).fetchone()
    return About(*row) if row else NOTHING


def mails_since(db: Database, recipient: str, template: str, since: datetime) -> int:
    """Return how many mails of a template somebody was written since a moment."""
    [n] = db.execute(
        "SELECT count(*) FROM outbox WHERE recipient = ? AND created_at > ? AND template = ?",
        (recipient, stamp(since), template),
    ).fetchone()
    return int(n)
