"""What some messages have in common that others have not, as the `If` lines of a rule. Pure.

Sought are, in this order: a mailing list, one sender, the sender's domain, a word of the subject together with whom it
is from, two words, one word, and two words together with whom they are from. The first that holds for all of the
messages and for none of the others is taken; nothing is proposed that would not have told them apart. A word alone
comes late: it says least of what will come.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from mailroom.message.headers import first
from mailroom.rules import vocabulary
from mailroom.rules.view import View

_SHORTEST_WORD: Final = 3
_MOST_WORDS: Final = 6
_ID: Final = re.compile(r"<?([^<>\s]+)>?\s*$")
_NOTHING: Final = (
    "the and for are was were has have had not you your our from with this that will can about please thanks thank "
    "dear hello regards new all any one two out off per via fwd mail email message info information"
)
_COMMON: Final = frozenset(_NOTHING.split())


@dataclass(frozen=True, slots=True)
class Seen:
    """One message as far as a proposed rule may look at it."""

    address: str
    domain: str
    group: str
    """As rules name it: `any member`, `stranger`."""
    list_id: str
    words: frozenset[str]
    """The folded words of the subject its sender wrote."""


def seen(view: View) -> Seen:
    """Look at a message."""
    sender = view.facts.sender
    known = sender.kind in vocabulary.PEOPLE and sender.person
    found = _ID.search(first(view.message.headers, "list-id"))
    return Seen(
        sender.address,
        sender.address.partition("@")[2],
        f"any {sender.kind}" if known else "" if view.colleague else "stranger",
        found[1] if found else "",
        frozenset(view.subject.words),
    )


def conditions(alike: Sequence[Seen], others: Collection[Seen], own_domains: Collection[str]) -> tuple[str, ...]:
    """Return the lines that hold for all that are alike and for none of the others, () where there are none such.

    What comes from our own domains is not told apart by them.
    """
    tests = list(_tests(alike, own_domains))
    words = [one for one in tests if one[0] == "word"]
    who = [one for one in tests if one[0] in {"address", "domain", "group"}]
    alone = [(one,) for one in tests if one[0] in {"list", "address", "domain"}]
    both = [(a, b) for n, a in enumerate(words) for b in words[n + 1 :]]
    pairs = [*((group, word) for group in who for word in words), *both]
    triples = [(group, *pair) for group in who for pair in both]
    for test in (*alone, *pairs, *((word,) for word in words), *triples):
        if not any(all(_holds(one, other) for one in test) for other in others):
            return tuple(_line(one) for one in test)
    return ()


_Test = tuple[str, str]


def _tests(alike: Sequence[Seen], own_domains: Collection[str]) -> Iterator[_Test]:
    """Give what holds for all of the messages, one thing at a time."""
    for kind in ("list", "address", "domain", "group"):
        values = {_value(kind, one) for one in alike}
        if len(values) == 1 and (value := values.pop()) and not (kind == "domain" and value in own_domains):
            yield kind, value
    shared = Counter(word for one in alike for word in one.words)
    words = [word for word, n in shared.items() if n == len(alike) and _telling(word)]
    yield from (("word", word) for word in sorted(words, key=lambda word: (-len(word), word))[:_MOST_WORDS])


def _telling(word: str) -> bool:
    return len(word) >= _SHORTEST_WORD and word.isalpha() and word not in _COMMON


def _value(kind: str, one: Seen) -> str:
    return {"list": one.list_id, "address": one.address, "domain": one.domain, "group": one.group}[kind]


def _holds(test: _Test, one: Seen) -> bool:
    kind, value = test
    return value in one.words if kind == "word" else _value(kind, one) == value


def _line(test: _Test) -> str:
    kind, value = test
    if kind == "list":
        return f"If header List-Id contains: {value}"
    return f"If subject contains: {value}" if kind == "word" else f"If from: {value}"
