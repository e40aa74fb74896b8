"""Moments, as a case file writes them: how far after or before what.

    2 hours after entry              window ends                      at feedback due
    5 working days before activity date                               activity date ends
    the coordinator's day ends
    half way to window ends          1 month from now                 5 working days after

The last, in a `Chase` line, counts from the moment before it. `now` is what a `Then set` line counts from: the time
of the message, command or form at hand, or of the timer.
"""

import re
from typing import Final

from mailroom.rules import vocabulary
from mailroom.rules.cases.effects import AnchorKind, Moment, Unit
from mailroom.rules.cases.scope import Fact, Scope
from mailroom.rules.known import Fault
from mailroom.rules.lines import canonical

_AMOUNT = r"(?P<amount>\d{1,4}) (?P<unit>minute|hour|working day|day|week|month)s?"
_COUNTED = re.compile(rf"{_AMOUNT} (?P<way>after|before) (?P<anchor>.+)")
_FROM_NOW = re.compile(rf"{_AMOUNT} from now")
_FURTHER = re.compile(rf"{_AMOUNT} after(?: that)?")
_EVERY = re.compile(rf"every {_AMOUNT}")
_LEAST = re.compile(r"if (\d{1,3}) (minute|hour)s? or more")
_HALF_WAY = re.compile(r"half[ -]?way to (.+)")
_UNITS: Final[dict[str, Unit]] = {
    "minute": "minutes", "hour": "hours", "working day": "working_days", "day": "days", "week": "weeks",
    "month": "months",
}  # fmt: skip
DAY_ENDS: Final = "coordinator's day ends"
ENTRY: Final = "entry"
LEAST_MINUTES: Final = 5
"""Nothing is repeated more often: the office looks at its clocks no oftener than it looks at its mail."""


def moment(written: str, scope: Scope, before: Moment | None = None) -> Moment:
    """Read a moment that a stage waits for; `before` is the one that a bare `5 working days after` counts from.

    Raises Fault.
    """
    text = re.sub(r"^(?:at|on|when) ", "", canonical(written))
    if found := _HALF_WAY.fullmatch(text):
        return Moment("half_way", _counted_from(scope.fact(found[1])).name, 0, "minutes")
    if found := _COUNTED.fullmatch(text):
        kind, fact = _anchor(found["anchor"], scope)
        amount = int(found["amount"]) * (-1 if found["way"] == "before" else 1)
        if kind == ENTRY and amount < 0:
            raise Fault("no time comes before entry: the case was not in the stage yet.", "", found["anchor"])
        return Moment(kind, fact, amount, _UNITS[found["unit"]])
    if found := _FURTHER.fullmatch(text):
        return _further(found, before)
    if _FROM_NOW.fullmatch(text):
        raise Fault("“from now” stands in a “Then set” line only; here time counts from entry or a fact.", "", "now")
    kind, fact = _anchor(text, scope)
    return Moment(kind, fact, 0, "minutes")


def from_now(written: str, scope: Scope) -> Moment | None:
    """Read what a `Then set` line sets a time to: `10 working days from now`; None where it is no moment."""
    text = canonical(written)
    if found := _FROM_NOW.fullmatch(text):
        return Moment("now", "", int(found["amount"]), _UNITS[found["unit"]])
    if _COUNTED.fullmatch(text):
        return moment(text, scope)
    return None


def every(written: str) -> Moment | None:
    """Read `every 10 minutes`; None where it is something else. Raises Fault where it is too often."""
    found = _EVERY.fullmatch(canonical(written))
    if not found:
        return None
    made = Moment(ENTRY, "", int(found["amount"]), _UNITS[found["unit"]])
    if made.amount == 0 or (made.unit == "minutes" and made.amount < LEAST_MINUTES):
        raise Fault(f"nothing is repeated more often than every {LEAST_MINUTES} minutes.", "every 10 minutes", written)
    return made


def at_least(written: str) -> int | None:
    """Read `if 6 hours or more` into minutes; None where it is something else."""
    found = _LEAST.fullmatch(canonical(written))
    return int(found[1]) * (60 if found[2] == "hour" else 1) if found else None


def _further(found: re.Match[str], before: Moment | None) -> Moment:
    if before is None:
        text = f"“{found[0]}” counts from nothing here: say after what."
        raise Fault(text, f"{found[0].removesuffix(' that')} entry", found[0])
    unit = _UNITS[found["unit"]]
    if before.amount and before.unit != unit:
        text = f"“{found[0]}” counts from a moment that is itself counted in another unit; say from what it counts."
        raise Fault(text, "", found[0])
    return Moment(before.anchor, before.fact, before.amount + int(found["amount"]), unit)


def _anchor(text: str, scope: Scope) -> tuple[AnchorKind, str]:
    name = text.removeprefix("the ")
    if name == ENTRY:
        return ENTRY, ""
    if name == DAY_ENDS:
        return "day_ends", ""
    if name in scope.facts:
        return "fact", _counted_from(scope.facts[name]).name
    ended = name.removesuffix(" ends")
    if ended != name and ended in scope.facts:
        return "fact_ends", _counted_from(scope.facts[ended]).name
    timed = [fact.name for fact in scope.facts.values() if fact.kind in {"moment", "date"}]
    near = vocabulary.nearest(name, [ENTRY, *timed, *(f"{one} ends" for one in timed)])
    if re.fullmatch(r"\d.*", name):
        text = f"“{name}” is no moment; write it like 2 hours after entry, or the name of a time."
        raise Fault(text, "", name)
    raise Fault(f"“{name}” is no moment: no line reads or sets a time of that name.", near, name)


def _counted_from(fact: Fact) -> Fact:
    if fact.kind not in {"moment", "date"}:
        text = f"no time can be counted from “{fact.name}”: it is {_kept(fact)}."
        raise Fault(text, "", fact.name)
    return fact


def _kept(fact: Fact) -> str:
    return f"read as {fact.reader}" if fact.reader else "set to words"
