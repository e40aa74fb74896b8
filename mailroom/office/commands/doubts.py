"""RESEND, WAS SENT and RESUME: a person's word on a mail of which nobody knows, and on a sending that stands still."""

from typing import Final

from sqlite_utils import Database

from mailroom.office import newsletter_call, wording, writing
from mailroom.office.commands.given import Given, Outcome, hidden, not_done
from mailroom.store import acts, cases, codes, doubts, journal, newsletter, people, tasks
from mailroom.store import commands as store
from mailroom.store.codes import Refused
from mailroom.store.doubts import Doubt

_IS: Final = {
    "sent": "was sent", "ready": "is about to be sent", "sending": "is being sent", "failed": "was refused for good",
    "deferred": "waits to be sent again", "held": "waits for somebody's word", "cancelled": "was withdrawn",
    "refused": "was refused", "expired": "is past its time", "doubtful": "is past its time, so it does not go again",
}  # fmt: skip


def mail_of(given: Given) -> Doubt | Refused:
    """Return the mail that is meant: by its number, by the code, or by the mail that told of it."""
    number = given.command.number
    if given.command.code:
        code = codes.valid(given.db, given.command.code, given.sender.person, given.now)
        if isinstance(code, Refused):
            return code
        if code.about != "doubt" or number not in (None, code.subject):
            return Refused(f"The code {code.code} is not for this mail; nothing was done.")
        number = code.subject
    if number is None and given.answered is not None:
        number = doubts.told_by(given.db, given.answered.id)
    if number is None:
        return Refused("Which mail? Its number stands in the mail that told you of it, such as RESEND #31.")
    found = doubts.by_id(given.db, number)
    cause = store.cause_of(given.db, number)
    if found is not None and hidden(given.db, given.sender, cause.case, cause.message):
        found = None
    return found or Refused(f"There is no mail #{number} of ours.")


def resend(given: Given) -> Outcome:
    """Send a mail in doubt once more, under its Message-ID, so that whoever has it sees one."""
    mail = mail_of(given)
    if isinstance(mail, Refused):
        return not_done(mail.sentence)
    if not doubts.send_again(given.db, mail.id, given.now):
        return not_done(_settled(given.db, mail))
    to = reader(given.db, mail)
    _done(given, mail, f"{given.who} had mail #{mail.id} to {to} sent again.")
    if given.command.code:
        codes.redeem(given.db, given.command.code, given.sender.person, given.now, "sent again")
    return Outcome(
        (f"“{mail.subject}” goes to {to} once more now.",), kept=("A mail that has left can't be called back.",)
    )


def was_sent(given: Given) -> Outcome:
    """Take a mail in doubt for sent: it is not sent again."""
    mail = mail_of(given)
    if isinstance(mail, Refused):
        return not_done(mail.sentence)
    with acts.recording(
        given.db, given.now, given.sender.person, "settled", f"{given.who} said that mail #{mail.id} has arrived.",
        message=given.row,
    ):  # fmt: skip
        if not doubts.has_arrived(given.db, mail.id, given.now):
            return not_done(_settled(given.db, mail))
        _done(given, mail, f"{given.who} said that mail #{mail.id} to {reader(given.db, mail)} has arrived.")
    said = f"“{mail.subject}” to {reader(given.db, mail)} counts as sent; it is not sent again."
    return Outcome((said,), kept=("A mail that counts as sent is not sent again by an undo.",))


def resume(given: Given) -> Outcome:
    """Let a sending that stands still go on: one mail goes ahead, and the rest follow if the server takes it."""
    issue = newsletter.of_case(given.db, given.about.case) if given.about.case is not None else None
    if issue is not None and (said := newsletter_call.ask_again(given.office, given.db, issue, given.now, given.who)):
        return Outcome((said,))
    # What is being written goes by itself, once all of it is there.
    standing = [one for one in doubts.stopped(given.db, given.about.case) if one.reason != writing.REASON]
    if not standing:
        ref = cases.by_id(given.db, given.about.case).ref if given.about.case is not None else ""
        return not_done(f"{f'No sending of {ref}' if ref else 'No sending'} stands still; nothing was done.")
    if len(standing) > 1:
        return not_done(
            f"Several sendings stand still; please name one, such as RESUME NEWS-2027-02. {_named(standing)}"
        )
    [one] = standing
    doubts.go_on(given.db, one.name, given.now)
    journal.write(given.db, given.now, "sending", f"{given.who} let the sending “{one.name}” go on.")
    waiting = wording.count(one.waiting, "mail")
    said = f"The sending “{one.name}” goes on: one mail now, and when the server has taken it the rest of {waiting}."
    again = f"It had stopped because: {one.reason}" if one.reason else ""
    return Outcome(tuple(filter(None, (said, again))), kept=("If the server refuses again, it stops again by itself.",))


def reader(db: Database, mail: Doubt) -> str:
    """Name who a mail is for, without their address."""
    return people.name_of(db, mail.person) or "whoever wrote"


def _done(given: Given, mail: Doubt, words: str) -> None:
    tasks.done(given.db, f"doubtful:{mail.id}", given.now)
    codes.void(given.db, "doubt", mail.id, "settled", given.now)
    journal.write(given.db, given.now, "settled", words, case=mail.case, outbox=mail.id)


def _settled(db: Database, mail: Doubt) -> str:
    return f"“{mail.subject}” to {reader(db, mail)} {_IS.get(mail.state, mail.state)}; nothing was done."


def _named(standing: list[doubts.Stopped]) -> str:
    return "They are " + ", ".join(f"“{one.name}” ({wording.count(one.waiting, 'mail')})" for one in standing) + "."
