"""Rules on trial, for the coordinator's summary: what they would have done, and with which messages."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlite_utils import Database

from mailroom.office import wording
from mailroom.store import trials

MOST_EXAMPLES: Final = 3
MOST_RULES: Final = 10
_REMIND_TAIL = 2
"""After the roles of a reminder stand the days and what has to be so still."""


@dataclass(frozen=True, slots=True)
class Tried:
    """What one rule on trial would have done, and with which messages."""

    rule: str
    messages: tuple[int, ...]
    actions: tuple[str, ...]


def in_words(verb: str, values: Iterable[str]) -> str:
    """Say an action as it stands in a rule: `tell: coordinator; cover`, `remind: cover in 2 working days`."""
    parts = list(values)
    if verb == "remind" and len(parts) > _REMIND_TAIL:
        *roles, days, still = parts
        said = f"{_shown(roles)} in {days} working day{'' if days == '1' else 's'}"
        return f"remind: {said}, if still {still}" if still else f"remind: {said}"
    if verb == "move":
        return f"move: {' to '.join(parts)}"
    if verb == "open" and len(parts) > 1:
        return f"open: {parts[0]} with {' '.join(parts[1:])}"
    if verb == "bin in":
        return f"bin in: {' '.join(parts)} days"
    if verb in {"tell", "forward to"}:
        return f"{verb}: {_shown(parts[:-1])}"
    return f"{verb}: {'; '.join(parts)}" if parts else verb


def _shown(roles: Iterable[str]) -> str:
    return "; ".join(role.replace("_", " ") for role in roles)


def since(db: Database, begun: datetime, now: datetime) -> list[Tried]:
    """Return what rules on trial would have done in a span, the busiest first."""
    found: dict[str, dict[int, None]] = {}
    actions: dict[str, dict[str, None]] = {}
    for row, done in trials.between(db, begun, now):
        for action in done:
            found.setdefault(action["rule"], {})[row] = None
            actions.setdefault(action["rule"], {})[in_words(action["verb"], action["values"])] = None
    tried = [Tried(rule, tuple(rows), tuple(actions[rule])) for rule, rows in found.items()]
    return sorted(tried, key=lambda one: (-len(one.messages), one.rule))


def rows(tried: Sequence[Tried]) -> list[dict[str, str]]:
    """Return the lines of the summary: rule, how many messages, what it would have done, and some of them."""
    return [
        {
            "rule": one.rule,
            "count": wording.count(len(one.messages), "message"),
            "actions": ", ".join(one.actions),
            "examples": ", ".join(f"#{row}" for row in one.messages[:MOST_EXAMPLES]),
            "more": "yes" if len(one.messages) > MOST_EXAMPLES else "",
        }
        for one in tried[:MOST_RULES]
    ]
