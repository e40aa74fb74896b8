"""LINK, UNLINK, SPLIT and MERGE: a person says what belongs together. What it does stands in office/linking.py."""

from collections.abc import Callable

from mailroom.office import linking
from mailroom.office.commands.given import Given, Outcome, not_done
from mailroom.office.linking import NONE, Done, NotLinked
from mailroom.rules.commands import NO_CHOICE
from mailroom.store import cases, links
from mailroom.store.cases import Case


def link(given: Given) -> Outcome:
    """Say that a message belongs to a case: the one that is named, or the one chosen among those we asked about."""
    message = given.about.message
    if given.command.choice and message is not None:
        return _said(
            lambda: linking.choose(
                given.office,
                given.db,
                message,
                given.command.choice,
                given.sender.person,
                given.command.note,
                given.now,
            )
        )
    case = _case(given)
    if message is None or case is None:
        return not_done("LINK what to what? Please name a message and a case, such as LINK #412 INC-2027-001.")
    return _said(
        lambda: linking.link(given.office, given.db, message, case, given.sender.person, given.command.note, given.now)
    )


def unlink(given: Given) -> Outcome:
    """Say that a message does not belong to a case, or to none of those we asked about."""
    message, case = given.about.message, _case(given)
    if message is None:
        return not_done("UNLINK which message? Please name it, such as UNLINK #412 INC-2027-001.")
    if case is not None:
        return _said(
            lambda: linking.unlink(
                given.office, given.db, message, case, given.sender.person, given.command.note, given.now
            )
        )
    if given.command.choice == NO_CHOICE:
        return _said(
            lambda: linking.choose(
                given.office, given.db, message, NONE, given.sender.person, given.command.note, given.now
            )
        )
    found = links.of_message(given.db, message)
    if len(found) != 1:
        refs = ", ".join(one.ref for one in found)
        said = f"#{message} belongs to {refs}. Please say which" if found else f"#{message} belongs to no case"
        return not_done(f"{said}; nothing was done.")
    only = cases.by_id(given.db, found[0].case)
    return _said(
        lambda: linking.unlink(
            given.office, given.db, message, only, given.sender.person, given.command.note, given.now
        )
    )


def split(given: Given) -> Outcome:
    """Take a message, or those that are named, out of its exchange."""
    message = given.about.message
    if message is None:
        return not_done("SPLIT which message? Please name it, such as SPLIT #412.")
    rows = given.command.numbers or (message,)
    return _said(
        lambda: linking.split(given.office, given.db, rows, given.sender.person, given.command.note, given.now)
    )


def merge(given: Given) -> Outcome:
    """Let one case go into another: the first named into the second."""
    refs = (given.command.ref, given.command.into)
    first, second = (cases.by_ref(given.db, ref) if ref else None for ref in refs)
    if first is None or second is None:
        lost = next((ref for ref in refs if ref and cases.by_ref(given.db, ref) is None), "")
        said = f"There is no case {lost} in this office." if lost else "MERGE needs two cases."
        return not_done(f"{said} The first goes into the second, such as MERGE INC-2027-002 INC-2027-001.")
    return _said(
        lambda: linking.merge(given.office, given.db, first, second, given.sender.person, given.command.note, given.now)
    )


def _said(does: Callable[[], Done]) -> Outcome:
    try:
        done = does()
    except NotLinked as error:
        return not_done(str(error))
    return Outcome(done.lines, kept=done.kept, undo=done.undo)


def _case(given: Given) -> Case | None:
    """Return the case that the command names, or that its answer was about where it names only the message."""
    if given.command.ref:
        return cases.by_ref(given.db, given.command.ref)
    return None
