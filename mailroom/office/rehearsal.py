"""What a line of the schedule would send at this moment: written by the real path, in a transaction rolled back."""

from dataclasses import dataclass
from datetime import datetime
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser

from mailroom.office import sends
from mailroom.office.office import Office
from mailroom.office.sends import Recipient
from mailroom.rules.schedule_file import Duty
from mailroom.store import people, views
from mailroom.store.views import MailView

# No occurrence has this key: what has been sent today is shown all the same.
_KEY = "rehearsal"


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail as it would go: `text` is its plain part, `held` says that a person has to approve it first."""

    person: str
    name: str
    subject: str
    template: str
    held: bool
    size: int
    text: str


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """All that would be written, and who would get nothing."""

    mails: tuple[Mail, ...]
    without: tuple[Recipient, ...]


def rehearse(office: Office, duty: Duty, now: datetime) -> Rehearsal:
    """Do what a duty does, and leave no trace. Raises Problems where its template cannot be filled."""
    today = now.astimezone(office.zone).date()
    with office.store.rolled_back() as db:
        planned = sends.recipients(db, duty, today)
        queued = views.written_by(db, lambda: sends.rehearse(office, db, duty, f"{_KEY}:{duty.name}", now))
        mails = [_mail(one, people.name_of(db, one.person)) for one in queued]
    got = {mail.person for mail in mails}
    return Rehearsal(tuple(mails), tuple(one for one in planned if one.person not in got))


def _mail(queued: MailView, name: str) -> Mail:
    parsed = BytesParser(EmailMessage, policy=policy.default).parsebytes(queued.mime)
    body = parsed.get_body(("plain",))
    text = str(body.get_content()) if body is not None else ""
    return Mail(
        queued.person, name or "somebody outside the directory", queued.subject, queued.template,
        queued.state == "held", len(queued.mime), text,
    )  # fmt: skip
