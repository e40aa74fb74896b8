"""The question to which case a message belongs: one task, one mail, and an answer of one word.

Until a person has answered, the message belongs to none of the cases asked about.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlite_utils import Database

from mailroom.office import mail
from mailroom.office.absence import who_is_asked
from mailroom.office.commands.links import mailto
from mailroom.office.mail import Cause, Recipient
from mailroom.office.office import Office
from mailroom.office.threads import references
from mailroom.office.working_days import next_working_moment
from mailroom.rules.model import Sender
from mailroom.store import cases, links, outbox, people, questions, tasks
from mailroom.store import commands as store
from mailroom.store.cases import Case

ROLE: Final = "coordinator"
WHICH: Final = "notice/which-case"
"""The mail that asks: a bare number, YES, NONE or NO answers it, and so does LINK."""
MOST_A_DAY: Final = 20
"""Questions to one person in a day; beyond, they stand among her tasks alone."""


def ask(office: Office, db: Database, sender: Sender, cause: Cause, now: datetime, *, by_mail: bool = True) -> None:
    """Ask about all that is proposed for a message, once, with the reason of each; always by a task."""
    message = cause.message
    proposed = links.proposed(db, message) if message is not None else []
    if message is None or not proposed:
        return
    first = proposed[0]
    if len(proposed) == 1:
        words = f"#{message} may belong to {first.ref} ({first.how}). Please confirm or refuse."
        new = tasks.add(db, f"link:{message}:{first.ref}", ROLE, words, now, message=message, case=first.case)
    else:
        refs = " or ".join(one.ref for one in proposed)
        words = f"#{message} may belong to {refs}. Please say which."
        new = tasks.add(db, f"which:{message}", ROLE, words, now, message=message)
    if not new or not by_mail:
        return
    mailbox, number = office.config.office.mailbox, f"#{message}"
    rows = [
        {
            "n": str(n), "ref": one.ref, "what": _what(office, cases.by_id(db, one.case)), "why": one.how,
            "link": mailto(mailbox, "LINK", number, one.ref),
        }
        for n, one in enumerate(proposed, start=1)
    ]  # fmt: skip
    variables: dict[str, object] = {
        "sender_name": sender.name if sender.person else "",
        "choices": rows,
        "yes_link": rows[0]["link"] if len(rows) == 1 else "",
        "none_link": mailto(mailbox, "UNLINK", number, first.ref) if len(rows) == 1 else "",
        "why_link": mailto(mailbox, "WHY", number),
    }
    _write(office, db, variables, cause, now)


def asked(db: Database, message: int) -> list[Case]:
    """Return the cases that are asked about, in the order of the numbers in the mail."""
    refs: list[str] = []
    for key, text in questions.still_open(db, message):
        refs += [key.rpartition(":")[2]] if key.startswith("link:") else references(text)
    found = (cases.by_ref(db, ref) for ref in dict.fromkeys(refs))
    return [case for case in found if case is not None]


def answered(db: Database, message: int, now: datetime, *, about: Case | None = None) -> None:
    """Close the question about a message, and withdraw the mail that has not gone; or of one case, as far as it goes.

    With a second case still to be asked about, the question stays.
    """
    if about is not None and links.proposed(db, message):
        tasks.done(db, f"link:{message}:{about.ref}", now)
        return
    for key, _ in questions.still_open(db, message):
        tasks.done(db, key, now)
    for row in questions.unsent(db, message, WHICH):
        outbox.cancel(db, row, "the question was answered", now)


def _what(office: Office, case: Case) -> str:
    """Say what a case is: `Incident call, triaged, Harrow Cross`."""
    process = office.rules.cases.get(case.kind)
    parts: Sequence[str] = (process.title if process else case.kind, case.stage.replace("_", " "), case.place)
    return ", ".join(part for part in parts if part)


def _write(office: Office, db: Database, variables: dict[str, object], cause: Cause, now: datetime) -> None:
    """Write to whoever is asked; a case that is hidden from the coordinator is its owner's to tell."""
    for person in who_is_asked(office, db, ROLE, now, case=cause.case, message=cause.message):
        address = people.address_of(db, person)
        if address is None or store.mails_since(db, address, WHICH, now - timedelta(days=1)) >= MOST_A_DAY:
            continue  # the task stands in her summary
        mail.write(
            office, db, now, key=f"which:{cause.message}:{person}", template=WHICH, kind="task",
            recipient=Recipient(address, person, people.name_of(db, person)), variables=variables, cause=cause,
            not_before=next_working_moment(now, office.config.hours.week, office.zone),
        )  # fmt: skip
