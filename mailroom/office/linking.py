"""A person says what belongs together: a message to a case or to none, part of an exchange to itself, two cases as one.

Filing in a wrong case is a disclosure, so what nobody could be sure of waits for one of these. Each is an act that can
be taken back, and what follows from it in the case follows as of the moment the message came.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlite_utils import Database

from mailroom.errors import MailroomError
from mailroom.office import cases as engine
from mailroom.office import question
from mailroom.office.office import Office
from mailroom.office.stored import incoming
from mailroom.office.threads import BY_EXCHANGE
from mailroom.office.undo import who
from mailroom.office.wording import count
from mailroom.store import (
    acts,
    cases,
    journal,
    links,
    merges,
    messages,
    outbox,
    people,
    questions,
    records,
    threads,
    views,
)
from mailroom.store.cases import Case
from mailroom.store.views import MailView

NONE: Final = 0
"""The choice that says: none of the cases asked about."""


class NotLinked(MailroomError):
    """Something can't be linked, cut or merged; the sentence says why, to the person who asked."""


@dataclass(frozen=True, slots=True)
class Done:
    """What was done, a sentence each, what could not be, and the command that takes it back ("" when nothing was)."""

    lines: tuple[str, ...]
    kept: tuple[str, ...] = ()
    undo: str = ""
    act: int | None = None
    thread: int | None = None
    """The thread that `split` has made."""


def link(office: Office, db: Database, message: int, case: Case, by: str, why: str, now: datetime) -> Done:
    """Confirm that a message belongs to a case, and let the case answer it as of when it came.

    `by` is a person's id, `why` their reason in words, or "". Where several cases were asked about, the others are
    refused.

    Raises:
        NotLinked: there is no such message, or it has not been read.

    """
    _must_be_read(db, message)
    if links.state_of(db, message, case.id) == "confirmed":
        return Done((f"#{message} belongs to {case.ref} already.",))
    words = _sentence(db, by, f"linked #{message} to {case.ref}", why)
    with acts.recording(db, now, by, "linked", words, message=message, case=case.id) as act:
        links.confirm(db, message, case.id, now, how=why or f"{who(db, by)} says so", by=by)
        records.attach(db, message, case.id)
        others = [one for one in question.asked(db, message) if one.id != case.id]
        for other in others:
            links.refuse(db, message, other.id, now, how=f"it belongs to {case.ref}", by=by)
        question.answered(db, message, now)
        journal.write(db, now, "linked", words, message=message, case=case.id)
        followed = _follow(office, db, message, case, now)
    refused = tuple(f"It does not belong to {other.ref}." for other in others)
    return Done((f"#{message} belongs to {case.ref}.", *refused, *followed), undo=f"UNDO #{message}", act=act)


def unlink(office: Office, db: Database, message: int, case: Case, by: str, why: str, now: datetime) -> Done:
    """Say that a message does not belong to a case. What waits to be sent because of it there is withdrawn.

    Raises:
        NotLinked: nothing ties them together, or the message is what the case was opened by.

    """
    del office
    _must_be_read(db, message)
    state = links.state_of(db, message, case.id)
    if not state:
        raise NotLinked(f"#{message} does not belong to {case.ref}, and nobody has proposed it.")
    if state == "refused":
        return Done((f"#{message} does not belong to {case.ref}; that was said before.",))
    if links.opened(db, message, case.id):
        raise NotLinked(f"{case.ref} was opened by #{message}. Close the case, or answer UNDO {case.ref}.")
    words = _sentence(db, by, f"took #{message} out of {case.ref}", why)
    with acts.recording(db, now, by, "unlinked", words, message=message, case=case.id) as act:
        lines, kept = _let_go(db, message, case, by, why, now)
        question.answered(db, message, now, about=case)
        journal.write(db, now, "linked", words, message=message, case=case.id)
    return Done((f"#{message} does not belong to {case.ref}.", *lines), kept, f"UNDO #{message}", act)


def choose(office: Office, db: Database, message: int, choice: int, by: str, why: str, now: datetime) -> Done:
    """Answer the question to which case a message belongs: `choice` counts the cases as asked, NONE is none of them.

    Raises:
        NotLinked: nothing is asked about this message, or it has no such choice.

    """
    asked = question.asked(db, message)
    if not asked:
        raise NotLinked(f"Nothing is asked about #{message} now. To link it, write LINK #{message} and the case.")
    if choice > len(asked):
        offered = "1" if len(asked) == 1 else f"1 to {len(asked)}"
        raise NotLinked(f"There is no choice {choice} for #{message}. Please answer {offered}, or NONE.")
    if choice != NONE:
        return link(office, db, message, asked[choice - 1], by, why, now)
    refs = " or ".join(case.ref for case in asked)
    words = _sentence(db, by, f"said that #{message} does not belong to {refs}", why)
    with acts.recording(db, now, by, "unlinked", words, message=message) as act:
        for case in asked:
            links.refuse(db, message, case.id, now, how=why or f"{who(db, by)} says so", by=by)
        question.answered(db, message, now)
        journal.write(db, now, "linked", words, message=message)
    return Done((f"#{message} does not belong to {refs}.",), undo=f"UNDO #{message}", act=act)


def split(office: Office, db: Database, rows: Sequence[int], by: str, why: str, now: datetime) -> Done:
    """Make messages an exchange of their own. What tied them to a case only by the old exchange no longer does.

    Raises:
        NotLinked: they are not of one thread, or are all that is in it.

    """
    del office
    chosen = sorted(set(rows))
    for row in chosen:
        _must_be_read(db, row)
    found = {threads.of_message(db, row) for row in chosen}
    if len(found) != 1 or None in found:
        raise NotLinked("These messages are not of one exchange. Please cut one exchange at a time.")
    [thread] = found
    named = _named(chosen)
    if thread is None or set(threads.messages_in(db, thread)) <= set(chosen):
        raise NotLinked(f"{named} {_is(chosen)} all there is in this exchange; there is nothing to cut.")
    words = _sentence(db, by, f"cut {named} out of an exchange", why)
    with acts.recording(db, now, by, "split", words, message=chosen[0]) as act:
        apart = threads.new(db, messages.subject(db, chosen[0]), now)
        threads.cut(db, chosen, apart)
        lines, kept = _without_the_old(db, chosen, by, why, now)
        for row in chosen:
            journal.write(db, now, "linked", words, message=row)
    said = f"{named} {_is(chosen)} an exchange of {'its' if len(chosen) == 1 else 'their'} own now."
    return Done((said, *lines), kept, f"UNDO #{chosen[0]}", act, apart)


def merge(office: Office, db: Database, case: Case, into: Case, by: str, why: str, now: datetime) -> Done:
    """Let one case go into another of its kind: its reference leads there for ever, and it ends as `merged`.

    Raises:
        NotLinked: they are one, of different kinds, or not both open.

    """
    del office
    _may_merge(db, case, into)
    words = _sentence(db, by, f"merged {case.ref} into {into.ref}", why)
    with acts.recording(db, now, by, "merged", words, case=into.id) as act:
        linked = merges.move_links(db, case.id, into.id)
        moved, _ = merges.move_tasks(db, case.id, into.id, now)
        waiting = len(outbox.unsent(db, case.id))
        items = merges.move_items(db, case.id, into.id)
        merges.move_groups(db, case.id, into.id)
        merges.move_kin(db, case.id, into.id)
        merges.move_along(db, case.id, into.id)
        merges.keep_apart(db, case.id, into.id)
        cases.move(db, case, merges.MERGED, now, final=True, event=merges.MERGED, why=words, message=None)
        merges.lead(db, case.id, into.id)
        cases.record(db, into, now, event=merges.MERGED, to_stage=into.stage, why=words, message=None)
        journal.write(db, now, "moved", words, case=into.id)
    went = ", ".join((count(linked, "message"), count(items, "item"), count(moved, "task")))
    went += f" and {count(waiting, 'mail')} that had not gone"
    return Done(
        (
            f"{case.ref} is merged into {into.ref}, with {went}.",
            f"From now on {case.ref} leads to {into.ref}, wherever it is written.",
        ),
        undo=f"UNDO {into.ref}",
        act=act,
    )


def _may_merge(db: Database, case: Case, into: Case) -> None:
    if case.id == into.id:
        raise NotLinked(f"{case.ref} can't be merged into itself.")
    if case.kind != into.kind:
        raise NotLinked(
            f"{case.ref} is of another kind ({case.kind}) than {into.ref} ({into.kind}), so they can't be one. "
            f"To tie a message to both, write LINK with its number and {into.ref}."
        )
    if closed := next((one.ref for one in (case, into) if one.final), ""):
        raise NotLinked(f"{closed} is closed, so nothing can be merged with it.")
    if sending := next((one.ref for one in (case, into) if merges.has_a_sending(db, one.id)), ""):
        raise NotLinked(f"{sending} is a sending of its own, which can't be merged.")
    if merges.holds_for_its_requester(db, case.id) and case.requester != into.requester:
        raise NotLinked(
            f"{case.ref} keeps all that belongs to its requester from being disposed of, and {into.ref} is somebody "
            "else's. Both stay as they are."
        )


def _must_be_read(db: Database, message: int) -> None:
    try:
        found = views.message(db, message)
    except LookupError:
        raise NotLinked(f"There is no message #{message} in this office.") from None
    if found.state in {"received", "stuck"}:
        raise NotLinked(f"#{message} has not been read, so it can't be linked.")


def _follow(office: Office, db: Database, message: int, case: Case, now: datetime) -> tuple[str, ...]:
    """Let the case answer a message that has just become its own, and say what came of it."""
    this = incoming(office, db, message)
    if this is None:
        return ()
    after = case

    def answer() -> None:
        nonlocal after
        after = engine.linked(office, db, case, this, now)

    written = views.written_by(db, answer)
    moved = (f"{case.ref} is now “{after.stage}”.",) if after.stage != case.stage else ()
    return (*moved, *(f"{mail.template} is written to {_reader(db, mail)}." for mail in written))


def _let_go(
    db: Database, message: int, case: Case, by: str, why: str, now: datetime
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Take a message out of a case, with what waits because of it; return what was done and what could not be."""
    links.refuse(db, message, case.id, now, how=why or f"{who(db, by)} says so", by=by)
    records.detach(db, message, case.id)
    merges.drop_items(db, message, case.id)
    questions.drop(db, message, case.id, now)
    lines: list[str] = []
    kept: list[str] = []
    for mail in views.caused_by(db, message):
        if mail.ref != case.ref:
            continue
        if outbox.cancel(db, mail.id, f"#{message} does not belong to {case.ref}", now):
            lines.append(f"{mail.template} to {_reader(db, mail)} had not gone yet and is withdrawn.")
        elif mail.state in {"sent", "sending", "doubtful"}:
            kept.append(f"{mail.template} to {_reader(db, mail)} was sent.")
    return tuple(lines), tuple(kept)


def _without_the_old(
    db: Database, rows: Sequence[int], by: str, why: str, now: datetime
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Take messages out of the cases they belonged to only by the exchange that they are no longer part of."""
    lines: list[str] = []
    kept: list[str] = []
    for row in rows:
        for one in links.of_message(db, row):
            if one.how in BY_EXCHANGE and not links.opened(db, row, one.case):
                done, not_done = _let_go(db, row, cases.by_id(db, one.case), by, why, now)
                lines += [
                    f"#{row} does not belong to {one.ref} any more; to put it back, LINK #{row} {one.ref}.",
                    *done,
                ]
                kept += not_done
    return tuple(lines), tuple(kept)


def _reader(db: Database, mail: MailView) -> str:
    return f"{people.name_of(db, mail.person)} ({mail.person})" if mail.person else "whoever wrote"


def _sentence(db: Database, by: str, what: str, why: str) -> str:
    return f"{who(db, by)} {what}" + (f": {why.rstrip('.')}." if why else ".")


def _named(rows: Sequence[int]) -> str:
    numbers = [f"#{row}" for row in rows]
    return numbers[0] if len(numbers) == 1 else f"{', '.join(numbers[:-1])} and {numbers[-1]}"


def _is(rows: Sequence[int]) -> str:
    return "is" if len(rows) == 1 else "are"
