"""The answer to a command: its effect and its undo, in one short mail. It cannot loop.

Nothing a machine writes is read as a command, and whoever still gets more than MOST_AN_HOUR answers gets no more: then
a task asks a person to look.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from mailroom.message.threads import is_ours
from mailroom.office import mail
from mailroom.office.commands.given import Given, Outcome
from mailroom.office.commands.links import mailto
from mailroom.office.mail import Cause, Recipient
from mailroom.store import cases, journal, tasks
from mailroom.store import commands as store

MOST_AN_HOUR: Final = 40
TEMPLATES: Final = ("notice/done", "notice/help", "notice/why", "notice/shown", "notice/rules-report")


def answer(given: Given, outcome: Outcome) -> int | None:
    """Write to whoever gave a command what came of it."""
    mailbox = given.office.config.office.mailbox
    case = cases.by_id(given.db, given.about.case) if given.about.case is not None else None
    variables: dict[str, object] = {
        "command": given.command.line,
        "result": "Done" if outcome.done else "Not done",
        "lines": list(outcome.lines),
        "kept": list(outcome.kept),
        "undo_words": outcome.undo,
        "undo_link": mailto(mailbox, outcome.undo) if outcome.undo else "",
        "message_number": f"#{given.about.message}" if given.about.message is not None else "",
        "received": "",
        **outcome.variables,
    }
    return write(given, outcome.template, variables, case=case.id if case else None, ref=case.ref if case else "")


def write(
    given: Given, template: str, variables: Mapping[str, object], *, case: int | None = None, ref: str = ""
) -> int | None:
    """Write one mail back to whoever gave a command, unless that could go on for ever."""
    address = given.sender.address
    if is_ours(address, given.office.config.office.mailbox) or given.message.silence:
        return None
    since = given.now - timedelta(hours=1)
    if sum(store.mails_since(given.db, address, one, since) for one in TEMPLATES) >= MOST_AN_HOUR:
        _stop(given)
        return None
    cause = Cause(given.row, case, ref, given.thread, given.now, given.message)
    return mail.write(
        given.office, given.db, given.now, key=f"command:{given.row}:{template}", template=template, kind="notice",
        recipient=Recipient(address, given.sender.person, given.sender.name), variables=variables, cause=cause,
    )  # fmt: skip


def _stop(given: Given) -> None:
    day = given.now.astimezone(given.office.zone).date().isoformat()
    words = f"{given.who} had {MOST_AN_HOUR} answers to commands in an hour; commands still work, answers wait."
    if tasks.add(given.db, f"echo:{given.sender.person}:{day}", "coordinator", words, given.now, message=given.row):
        journal.write(given.db, given.now, "cap", words, message=given.row)
