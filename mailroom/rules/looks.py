"""What a condition looks at, in which form, and the condition itself once read."""

from dataclasses import dataclass, field
from typing import Final, Literal, get_args

from mailroom.rules.who import Group
from mailroom.rules.words import Form, Phrases

Look = Literal[
    "from", "to", "cc", "to or cc", "trust", "subject", "text", "subject or text", "forwarded text", "header",
    "attachment", "attachment name", "attachment type", "message is", "class so far", "flag", "marking", "open case",
    "its case", "reference", "weekday", "date", "time", "size", "language", "reads like",
]  # fmt: skip
Pattern = Literal["matches pattern"]

PATTERN: Final[Pattern] = "matches pattern"
TEXTUAL: frozenset[Look] = frozenset({"subject", "text", "subject or text"})
LOOKS: tuple[Look, ...] = get_args(Look)
FORMS: tuple[Form | Pattern, ...] = (*get_args(Form), PATTERN)
WORDED: frozenset[Look] = TEXTUAL | {"forwarded text", "header", "attachment name", "attachment type"}
PEOPLED: frozenset[Look] = frozenset({"from", "to", "cc", "to or cc"})


@dataclass(frozen=True, slots=True)
class Condition:
    """One line that must hold (`If`) or must not (`Unless`). Two that say the same are equal.

    `phrases` belong to lines about words, `groups` to those about people, `values` to all others; a pattern is a value.
    """

    look: Look
    form: Form | Pattern | Literal[""]
    phrases: Phrases
    values: tuple[str, ...]
    groups: tuple[Group, ...]
    header: str
    unless: bool
    line: int = field(compare=False)
    written: str = field(compare=False)
