"""What a rule may name, and the fault that says what it named wrongly."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from mailroom.rules import vocabulary
from mailroom.rules.words import Phrase


@dataclass(frozen=True, slots=True)
class Known:
    """What a rule may name: the office's lists, templates, roles, kinds of case with their stages, and forms.

    `stages` has the kinds whose files could be read, `references` the prefixes of all cases. `patterns` says
    whether the office allows the form “matches pattern”.
    """

    lists: Mapping[str, tuple[Phrase, ...]]
    templates: Collection[str]
    roles: Collection[str]
    cases: Collection[str] = ()
    stages: Mapping[str, Collection[str]] = field(default_factory=dict)
    forms: Collection[str] = ()
    references: Collection[str] = ()
    patterns: bool = False
    groups: Mapping[str, Collection[str]] = field(default_factory=dict)
    """Groups of members by name, as groups.txt has them, with the facts that each asks of a case."""
    fields: Mapping[str, Collection[str]] = field(default_factory=dict)
    """The labels of each form."""
    files: Collection[str] | None = None
    """Files that may go along with a mail; None where nobody has looked."""
    facts: Mapping[str, Mapping[str, Collection[str]]] = field(default_factory=dict)
    """The facts that each kind of case reads, with the answers there are, () for any; of files that could be read."""


class Fault(Exception):
    """Why one line could not be understood, the nearest word that could, and the word it is about."""

    def __init__(self, text: str, hint: str = "", about: str = "") -> None:
        """Say what is wrong in a sentence."""
        super().__init__(text)
        self.text = text
        self.hint = hint
        self.about = about


def one_of(name: str, choices: Collection[str], what: str) -> str:
    """Return `name` where it is one of `choices`, however a choice is written; raises Fault with the nearest."""
    if name in choices:
        return name
    near = vocabulary.nearest(name, choices)
    raise Fault(f"there is no {what} “{name}”.", near, name)
