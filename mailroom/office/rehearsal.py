"""What a line of the schedule would send at this moment: written by the real path, in a transaction rolled back."""

from dataclasses import dataclass
from datetime import datetime
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser

from sqlite_utils import Database

from mailroom.office import sends
from mailroom.office.office import Office
from mailroom.office.sends import Recipient
from mailroom.rules.schedule_file import Duty
from mailroom.store import views

_KEY = "rehearsal"


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail as it would go. `text` is its plain part, `html` its other one."""

    person: str
    name: str
    subject: str
    template: str
    text: str
    html: str
    size: int


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """All that would be written, and who would get nothing and why."""

    mails: tuple[Mail, ...]
    without: tuple[Recipient, ...]


def rehearse(office: Office, duty: Duty, now: datetime) -> Rehearsal:
    """Do what a duty does, and leave no trace. Raises Problems where its template cannot be filled."""
    today = now.astimezone(office.zone).date()
    with office.store.rolled_back() as db:
        planned = sends.recipients(db, duty, today)
        sends.queue(office, db, duty, f"{_KEY}:{duty.name}", now, None)
        mails = _mails(db, {one.person: one.name for one in planned})
    got = {mail.person for mail in mails}
    return Rehearsal(tuple(mails), tuple(one for one in planned if one.person not in got))


def _mails(db: Database, names: dict[str, str]) -> list[Mail]:
    found = []
    for row in views.under(db, f"{_KEY}:"):
        parsed = BytesParser(EmailMessage, policy=policy.default).parsebytes(row.mime)
        found.append(
            Mail(
                row.person, names.get(row.person, row.person), row.subject, row.template, _part(parsed, "plain"),
                _part(parsed, "html"), len(row.mime),
            )
        )  # fmt: skip
    return found


def _part(parsed: EmailMessage, kind: str) -> str:
    body = parsed.get_body((kind,))
    return str(body.get_content()) if body is not None else ""
