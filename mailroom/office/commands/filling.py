"""APPROVE with lines beside it that the draft shows: it is written anew with them, and goes with the code it had."""

from mailroom.errors import MailroomError
from mailroom.office import linting
from mailroom.office.cases import drafts, facts, slots
from mailroom.office.cases.scene import Scene
from mailroom.office.cases.slots import Filled
from mailroom.office.commands.given import Given
from mailroom.office.plain import plain_words
from mailroom.office.stored import incoming
from mailroom.store import case_drafts, cases, held, outbox, pending
from mailroom.store.case_drafts import Draft


class NotFilled(MailroomError):
    """Values can't be put into a draft; the sentence says why."""


def fill(given: Given, draft: Draft, filled: Filled) -> Draft:
    """Return the draft to let go: the one that was shown, or the same with its slots filled.

    Raises:
        NotFilled: something else in it has changed since it was shown, or it must not leave with these values.

    """
    case = cases.by_id(given.db, draft.case)
    process = given.office.rules.cases.get(case.kind)
    if process is None or not any(slots.is_shown(given.office, process, draft, fact) for fact in filled.values):
        return draft
    effect = next(slots.holds(process, draft.name), None)
    first = held.by_id(given.db, draft.mails[0])
    this = incoming(given.office, given.db, first.cause) if first.cause is not None else None
    scene = Scene(given.office, given.db, process, case, f"filled:{given.row}", given.now, this)
    if effect is None:
        raise NotFilled("Its process has no such draft any more.")
    with pending.rolled_back(given.db):
        again = drafts.write(scene, effect, f"{draft.key}:open:{given.row}")
        if _read_as(given, again) != _read_as(given, list(draft.mails)):
            raise NotFilled("Something else in it has changed since it was shown to you.")
        facts.fill_in(scene, filled.values)
        new = drafts.write(scene, effect, f"{draft.key}:tried:{given.row}")
        stops = [one.text for row in new for one in linting.of_held(
            given.office, given.db, held.by_id(given.db, row), given.now) if one.severity == "stop"]  # fmt: skip
        if stops:
            raise NotFilled(" ".join(dict.fromkeys(stops)))
    facts.fill_in(scene, filled.values)
    new = drafts.write(scene, effect, f"{draft.key}:filled:{given.row}")
    for row in draft.mails:
        outbox.cancel(given.db, row, "written anew with what stood beside APPROVE", given.now)
    return case_drafts.of_mail(given.db, new[0]) or draft


def _read_as(given: Given, rows: list[int]) -> list[tuple[str, str, str]]:
    """Return what a set of drafts says to whom."""
    found = [held.by_id(given.db, row) for row in rows]
    return sorted((one.recipient, one.subject, plain_words(one.mime)) for one in found)
