"""The verbs: who may use each, how it is written, what it does, and whether it needs a code.

Those of every office stand in one table, from which docs/commands.md and the answer to HELP are printed. Further ones
are what the process files wait for (`When command: RELEASE …, from coordinator`): they come and go with those files.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from mailroom.rules import vocabulary
from mailroom.rules.lines import canonical
from mailroom.rules.model import Sender

ROSTER: Final = frozenset({"coordinator", "cover", "chief_inspector"})
OFFICE: Final = frozenset({"coordinator", "cover"})

HELP: Final = "help"

Kind = Literal["record", "send", "text"]
"""What a verb does: it records something, which needs no code; it sends what is written already, which needs the code
of that draft; or it brings a text of its own or starts a mailing, which needs a code of that case or a proof first."""

CaseVerbs = Mapping[str, frozenset[str]]
"""The verbs that process files wait for, each with the roles it is waited for from."""

NO_CASES: Final[CaseVerbs] = {}

MOST_WORDS: Final = 3
"""Words of a verb, such as `was sent` or `not needed`."""


@dataclass(frozen=True, slots=True)
class Verb:
    """One verb: who may use it, the words it may be spelt with, how it is written and what it does."""

    name: str
    roles: frozenset[str]
    form: str
    means: str
    others: tuple[str, ...] = ()
    fillers: frozenset[str] = frozenset()
    """Words that may follow and say nothing new: `undo that`, `why was it sorted so`."""
    kind: Kind = "record"
    brief: str = ""
    """Its line in the answer to HELP, for a phone; "" where another verb's line names it."""
    most: int = 1
    """How many messages and cases it may name: LINK #412 INC-2027-001 names two."""
    answers: bool = False
    """Said in small letters it counts only in answer to a mail of ours: it is a common word."""
    prose: bool = False
    """All that is written with it is its text."""
    takes: tuple[str, ...] = ()
    """The labelled lines it takes."""


VERBS: Final[Mapping[str, Verb]] = {
    verb.name: verb
    for verb in (
        Verb(
            "why", ROSTER, "WHY #412", "says how a message was sorted, by which rule and words, and what followed; "
            "or what happened in a case", ("explain",),
            frozenset({"are", "did", "do", "filed", "how", "is", "me", "so", "sorted", "was"}),
            brief="WHY #412: how it was sorted",
        ),
        Verb(
            "undo", ROSTER, "UNDO #412", "takes back what was last done with a message or case; "
            "UNDO RULES takes back the last change of the rules", ("revert",), frozenset({"rules", "rule", "change"}),
            brief="UNDO #412: takes the last act back",
        ),
        Verb(
            "class", ROSTER, "CLASS concern #412", "corrects what a message is", ("classify", "reclassify"),
            frozenset({"as", "is", "should", "be"}), brief="CLASS concern #412: what it is",
        ),
        Verb(
            "note", ROSTER, "NOTE INC-2027-001 what is to be kept", "keeps your words in the history of a case; "
            "nobody is written to; a line We did: … below it is for the newsletter", prose=True,
            brief="NOTE INC-2027-001 words: kept in the case",
        ),
        Verb(
            "close", ROSTER | {"control"}, "CLOSE INC-2027-001", "ends a case where its process lets you; only this "
            "ends a danger", ("closed",), brief="CLOSE INC-2027-001",
        ),
        Verb(
            "link", ROSTER, "LINK #412 INC-2027-001", "says that a message belongs to a case; it counts there from the "
            "time it came", most=2, brief="LINK #412 INC-2027-001, or UNLINK",
        ),
        Verb(
            "unlink", ROSTER, "UNLINK #412 INC-2027-001", "says that a message does not belong to a case; without a "
            "reference, to none", most=2,
        ),
        Verb(
            "split", ROSTER, "SPLIT #412", "makes a message an exchange of its own, with others named beside it",
            most=20, fillers=frozenset({"from", "off", "out", "thread"}), brief="SPLIT #412: out of its thread",
        ),
        Verb(
            "merge", ROSTER, "MERGE INC-2027-002 INC-2027-001", "makes two cases one: what belongs to the first "
            "belongs to the second, and the first ends", most=2, fillers=frozenset({"into", "with"}),
            brief="MERGE INC-2027-002 INC-2027-001",
        ),
        Verb(
            "done", ROSTER, "DONE #17", "closes a task; in answer to the mail about it, DONE alone will do",
            answers=True, brief="DONE, LATER 3, MINE: to a task",
        ),
        Verb(
            "later", ROSTER, "LATER 3 #17", "puts a task off by so many working days, one if you name none",
            answers=True, fillers=frozenset({"days", "day", "working", "in", "by"}),
        ),
        Verb(
            "mine", ROSTER, "MINE #17", "says that you do a task yourself, so that nobody else is asked", answers=True,
        ),
        Verb(
            "approve", ROSTER, "APPROVE 7KQM-3TVX", "lets a change of the rules, a held mail, a sending or a command "
            "go ahead", ("approved",), kind="send", brief="APPROVE or REFUSE 7KQM-3TVX",
        ),
        Verb(
            "refuse", ROSTER, "REFUSE 7KQM-3TVX", "drops a change of the rules, a held mail or a sending",
            ("cancel", "refused"), kind="send",
        ),
        Verb(
            "hold", OFFICE, "HOLD NEWS-2027-01", "keeps a sending back that was approved, until you approve it again",
            fillers=frozenset({"off", "back", "newsletter", "sending", "please"}), brief="HOLD or EDIT NEWS-2027-01",
        ),
        Verb(
            "edit", OFFICE, "EDIT NEWS-2027-01", "changes a draft; lines below it say how, such as Item 2: new words "
            "(see newsletter.md)",
            fillers=frozenset({"draft", "newsletter"}),
        ),
        Verb(
            "resend", ROSTER, "RESEND #31 7KQM-3TVX", "sends a mail again of which nobody knows whether it arrived",
            ("re-send",), frozenset({"again"}), kind="send", brief="RESEND or WAS SENT #31: a mail in doubt",
        ),
        Verb(
            "was sent", ROSTER, "WAS SENT #31", "says that a mail in doubt has arrived, so that it is not sent again",
            ("arrived", "did arrive"),
        ),
        Verb(
            "resume", ROSTER, "RESUME NEWS-2027-02", "lets a sending that has stopped go on at once",
            ("continue",), brief="RESUME NEWS-2027-02: it goes on",
        ),
        Verb(
            "away", ROSTER, "AWAY UNTIL 12 February", "says that the coordinator is away: her mails go to her cover; "
            "with a line From: 8 February, from then on",
            fillers=frozenset({"until", "till", "from", "am", "i", "she"}), takes=("from", "until"),
            brief="AWAY UNTIL 12 February, then BACK",
        ),
        Verb("back", ROSTER, "BACK", "says that the coordinator is here again", fillers=frozenset({"am", "i"})),
        Verb(HELP, ROSTER, "HELP", "shows the commands; HELP LINK tells of one", ("commands",),
             frozenset({"me", "commands", "list"})),
    )
}  # fmt: skip

BRINGS_TEXT: Final = frozenset({"answer", "date", "location", "minutes", "poll", "start", "strand"})
"""Verbs of processes that bring something new, whatever form or reason their process asks for."""

BY_CODE: Final = frozenset({"approve", "refuse"})
NUMBERED_APART: Final[Mapping[str, str]] = {
    "done": "task", "later": "task", "mine": "task", "resend": "mail", "was sent": "mail",
}  # fmt: skip
"""Verbs whose number is not that of a message: a task's, or that of a mail of ours."""
SAID_ALONE: Final = BY_CODE | {"hold", "edit", "note", "close", "link", "merge", "back", "away", "resume"}
"""Verbs that also begin a sentence of a letter: an answer to a mail of ours is not enough to take one as meant."""

_SPELT: Final = {word: verb for verb in VERBS.values() for word in (verb.name, *verb.others)}
SPELLINGS: Final = tuple(_SPELT)


def verb_of(word: str) -> Verb | None:
    """Return the verb of every office that a word or two spell, None for anything else."""
    return _SPELT.get(canonical(word))


def find(words: list[str], of_cases: CaseVerbs) -> tuple[str, int]:
    """Return the verb that words begin with, and of how many words it is; the longest there is, ("", 0) for none."""
    for n in range(min(MOST_WORDS, len(words)), 0, -1):
        written = canonical(" ".join(words[:n]))
        if written in of_cases:
            return written, n
        if written in _SPELT:
            return _SPELT[written].name, n
    return "", 0


def roles_for(verb: str, of_cases: CaseVerbs) -> frozenset[str]:
    """Return who may use a verb, be it of every office or of a process."""
    fixed = _SPELT[verb].roles if verb in _SPELT else frozenset()
    return fixed | of_cases.get(verb, frozenset())


def roles_of(sender: Sender) -> frozenset[str]:
    """Return a person's roles, as rules name them."""
    return frozenset(canonical(role).replace(" ", "_") for role in sender.roles)


def may(verb: str, sender: Sender, of_cases: CaseVerbs = NO_CASES) -> bool:
    """Tell whether somebody on the roster may use a verb."""
    return bool(roles_for(verb, of_cases) & roles_of(sender))


def on_roster(sender: Sender, of_cases: CaseVerbs) -> bool:
    """Tell whether there is any command that somebody may give."""
    roles = roles_of(sender)
    return any(roles & verb.roles for verb in VERBS.values()) or any(roles & those for those in of_cases.values())


def class_of(written: str) -> str:
    """Return the class that words name, however they are spaced and hyphened; "" for none."""
    return _CLASSES.get(_squeezed(written), "")


def _squeezed(words: str) -> str:
    return re.sub(r"[\s._-]+", "", words.casefold())


_CLASSES: Final = {_squeezed(name): name for name in vocabulary.CLASSES}
