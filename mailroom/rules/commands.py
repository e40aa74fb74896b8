"""Commands by mail: what the coordinator, her cover or the chief inspector tells the office to do, in one line.

    UNDO #412                       WHY                     APPROVE 7KQM-3TVX
    CLASS concern #412              2                       Re: Draft ready: approve 7kqm-3tvx, thank you

The first line of the new text is read, or, where that holds no command, the subject after Re: and Fw:. It begins
with a verb; reference, number and code may follow in any order. Labelled lines below are parameters, other words a
note that changes nothing. Quoted text, signatures and what a machine wrote hold no commands. Who may give one is
settled here as well: only somebody on the roster, and only where our own server vouches for the address.
"""

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from mailroom.message.model import Message
from mailroom.rules import safety, vocabulary
from mailroom.rules.conditions import View
from mailroom.rules.lines import Line, canonical, read_lines, typewritten
from mailroom.rules.model import Action, Decision, Facts, Sender
from mailroom.rules.priority import priority
from mailroom.rules.ruleset import RuleSet

REFERENCE: Final = re.compile(r"\b[A-Z]{2,6}-\d{4}-(?:\d{2,4}|Q\d)\b", re.IGNORECASE)
_NUMBER = re.compile(r"#\s?(\d{1,9})\b")
# 8 of A-Z and 2-9 without O and I. Every code holds a letter and a digit, so that no word is taken for one.
_CODE = re.compile(
    r"(?<![\w-])(?=[A-Z2-9 -]*[2-9])(?=[A-Z2-9 -]*[A-Z])([A-HJ-NP-Z2-9]{4}) ?-? ?([A-HJ-NP-Z2-9]{4})(?![\w-])",
    re.IGNORECASE,
)
_PREFIX = re.compile(r"^\s*(?:(?:re|aw|sv|antw|fw|fwd|wg)\s*(?:\[\d+\])?\s*:\s*)+", re.IGNORECASE)

# Longer than any command. What is longer is prose, whatever it begins with.
_LONGEST = 300
_NEAR = 0.7

ROSTER: Final = frozenset({"coordinator", "cover", "chief_inspector"})
OFFICE: Final = frozenset({"coordinator", "cover"})

UNKNOWN: Final = "notice/unknown"
"""The mail that asks what a message is, and takes a bare number or class for an answer."""

HELP: Final = "help"
CONTROL: Final = "control"
FOLDER: Final = "Control"
RULE: Final = "a command"


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


_POLITE = frozenset(
    {
        "a", "about", "an", "and", "case", "cheers", "code", "email", "for", "it", "its", "kindly", "last", "mail",
        "many", "message", "my", "no", "now", "number", "of", "ok", "on", "one", "please", "ref", "reference", "ta",
        "thank", "thanks", "that", "the", "this", "to", "with", "yes", "you",
    }
)  # fmt: skip
VERBS: Final[Mapping[str, Verb]] = {
    verb.name: verb
    for verb in (
        Verb(
            "why", ROSTER, "WHY #412", "says how a message was sorted, by which rule and words, and what followed",
            ("explain",), frozenset({"are", "did", "do", "filed", "how", "is", "me", "so", "sorted", "was"}),
        ),
        Verb(
            "undo", ROSTER, "UNDO #412", "takes back what was last done with a message or case; "
            "UNDO RULES takes back the last change of the rules", ("revert",), frozenset({"rules", "rule", "change"}),
        ),
        Verb(
            "class", ROSTER, "CLASS concern #412", "corrects what a message is", ("classify", "reclassify"),
            frozenset({"as", "is", "should", "be"}),
        ),
        Verb(
            "approve", ROSTER, "APPROVE 7KQM-3TVX", "lets a change of the rules, a held mail or a sending go ahead",
            ("approved",),
        ),
        Verb(
            "refuse", ROSTER, "REFUSE 7KQM-3TVX", "drops a change of the rules, a held mail or a sending",
            ("cancel", "refused"),
        ),
        Verb(
            "hold", OFFICE, "HOLD NEWS-2027-01", "keeps a sending back that was approved, until you approve it again",
            fillers=frozenset({"off", "back", "newsletter", "sending", "please"}),
        ),
        Verb(
            "edit", OFFICE, "EDIT NEWS-2027-01", "changes a draft; lines below it say how, such as Item 2: new words",
            fillers=frozenset({"draft", "newsletter"}),
        ),
        Verb(HELP, ROSTER, "HELP", "shows this list", ("commands",), frozenset({"me", "commands", "list"})),
    )
}  # fmt: skip
_SPELT: Final = {word: verb for verb in VERBS.values() for word in (verb.name, *verb.others)}

BY_CODE: Final = frozenset({"approve", "refuse"})
SAID_ALONE: Final = BY_CODE | {"hold", "edit"}
"""Verbs that also begin a sentence of a letter: an answer to a mail of ours is not enough to take one as meant."""


@dataclass(frozen=True, slots=True)
class Command:
    """One command, read. `line` is as written; `fault` says why it can't be done, `near` what may be meant."""

    verb: str
    line: str
    ref: str = ""
    number: int | None = None
    code: str = ""
    class_: str = ""
    choice: int = 0
    """1, 2 or 3: one of the suggestions of the mail that is answered."""
    rules: bool = False
    """UNDO RULES."""
    parameters: tuple[Line, ...] = ()
    note: str = ""
    fault: str = ""
    near: str = ""


def read(message: Message, facts: Facts) -> Command | None:
    """Return the command a message gives, or None when it gives none, or comes from nobody who may give one."""
    if not _is_persons(message, facts):
        return None
    lines = [typewritten(line).strip() for line in message.new_text.split("\n")]
    start = next((n for n, line in enumerate(lines) if line), len(lines))
    first, rest = (lines[start], lines[start + 1 :]) if start < len(lines) else ("", [])
    subject = _PREFIX.sub("", typewritten(message.subject)).strip()
    answers = facts.answers_template
    found = _line(first, answers) or _bare(first, answers)
    if found is None:
        found = _line(subject, "", alone=not first)
    if found is None:
        return _unread(first, answers)
    return _completed(found, rest, subject, facts)


def decide(ruleset: RuleSet, message: Message, facts: Facts, line: str) -> Decision | None:
    """Decide a message that gives a command; None where safety comes first: danger, a forgery, over-marking."""
    found = safety.judge(View(message, facts), ruleset.lists, danger_case="danger" in ruleset.cases)
    if found.final or "danger" in found.flags:
        return None
    own = tuple(
        Action(verb, (value,), RULE, safety.BUILT_IN, 0, (line,))
        for verb, value in (("class", CONTROL), ("file in", FOLDER))
    )
    return Decision(CONTROL, found.flags, (*own, *found.actions), priority(CONTROL, found.flags), silence=found.silence)


def may_change_rules(message: Message, facts: Facts) -> bool:
    """Tell whether rules in this mail count: a person's, from the coordinator or her cover, proved."""
    return _is_persons(message, facts) and bool(OFFICE & _roles(facts.sender))


def verb_of(word: str) -> Verb | None:
    """Return the verb a word spells, None for any other word."""
    return _SPELT.get(canonical(word))


def class_of(written: str) -> str:
    """Return the class that words name, however they are spaced and hyphened; "" for none."""
    return _CLASSES.get(_squeezed(written), "")


def may(verb: str, sender: Sender) -> bool:
    """Tell whether somebody on the roster may use a verb."""
    return bool(VERBS[verb].roles & _roles(sender))


def _squeezed(words: str) -> str:
    return re.sub(r"[\s._-]+", "", words.casefold())


_CLASSES: Final = {_squeezed(name): name for name in vocabulary.CLASSES}


def _roles(sender: Sender) -> frozenset[str]:
    return frozenset(canonical(role).replace(" ", "_") for role in sender.roles)


def _is_persons(message: Message, facts: Facts) -> bool:
    """Tell whether somebody on the roster wrote this themselves, with an address our own server vouches for."""
    sender = facts.sender
    machine = message.kind != "person" or message.silence or message.automatic or message.sealed
    own = sender.address in facts.own_addresses
    known = sender.trust == "verified" and sender.state not in {"left", "suspended"} and not own
    return known and bool(ROSTER & _roles(sender)) and not machine


def _line(line: str, answers: str, *, alone: bool = True) -> Command | None:
    """Read one line. A sentence that only begins with a verb is none: `Why we do this …`, `Cancel the room`.

    `answers` is the template of our mail that is answered, `alone` that no other words stand beside the line.
    """
    if not line or len(line) > _LONGEST:
        return None
    left, refs, numbers, codes = _slots(line)
    words = _words(left)
    while words and words[0].casefold() == "please":
        words = words[1:]
    verb = verb_of(words[0]) if words else None
    if verb is None:
        return _misspelt(line, words, named=bool(refs or numbers), coded=bool(codes)) if alone or codes else None
    found = Command(
        verb.name, line, ref=refs[0] if refs else "", number=numbers[0] if numbers else None,
        code=codes[0] if codes else "",
    )  # fmt: skip
    said = words[1:]
    if verb.name == "class":
        found, said = _with_class(found, said)
    noise = _POLITE | verb.fillers
    strict = all(word.casefold() in noise for word in said)
    # Capitals stand out only where not everything is in them.
    shouted = len(said) > 1 and all(word.isupper() for word in said) and not strict
    loud = words[0].isupper() and (not shouted or bool(refs or numbers or codes))
    meant = (
        loud
        or (strict and (alone or bool(codes)))
        or (bool(codes) and verb.name in BY_CODE)
        or (bool(answers) and verb.name not in SAID_ALONE)
    )
    if not meant:
        return None
    if second := _second_verb(line, verb):
        return replace(found, fault=f"This line holds two commands, {verb.name.upper()} and {second.upper()}.")
    if len({*refs, *map(str, numbers)}) > 1:
        return replace(found, fault="This line names more than one message or case.")
    if len(codes) > 1:
        return replace(found, fault="This line holds more than one code.")
    rules = verb.name == "undo" and any(word.casefold() in {"rules", "rule"} for word in said)
    note = " ".join(word for word in said if word.casefold() not in noise)
    return replace(found, rules=rules, note=note)


def _slots(line: str) -> tuple[str, list[str], list[int], list[str]]:
    """Take references, numbers and codes out of a line; return what is left, and them, each once."""
    refs = list(dict.fromkeys(one.upper() for one in REFERENCE.findall(line)))
    left = REFERENCE.sub(" ", line)
    numbers = list(dict.fromkeys(int(one) for one in _NUMBER.findall(left)))
    left = _NUMBER.sub(" ", left)
    codes = _codes(left)
    return _CODE.sub(" ", left) if codes else left, refs, numbers, codes


def _codes(text: str) -> list[str]:
    found = (f"{one}-{other}".upper() for one, other in _CODE.findall(text))
    return list(dict.fromkeys(code for code in found if re.search(r"\d", code) and re.search(r"[A-Z]", code)))


def _words(text: str) -> list[str]:
    return [word for one in re.split(r"[\s,;:!?()\[\]\"<>*/]+", text) if (word := one.strip(".'-_"))]


def _with_class(found: Command, said: list[str]) -> tuple[Command, list[str]]:
    """Find the class among the words: the longest run that names one, anywhere after the verb."""
    for length in (3, 2, 1):
        for at in range(len(said) - length + 1):
            if class_ := class_of(" ".join(said[at : at + length])):
                return replace(found, class_=class_), [*said[:at], *said[at + length :]]
    if len(said) == 1 and said[0] in {"1", "2", "3"}:
        return replace(found, choice=int(said[0])), []
    return found, said


def _second_verb(line: str, first: Verb) -> str:
    """Return a second verb of the line: written in capitals, or joined with “and”. Elsewhere it is but a word."""
    pieces = re.split(r"\s+", line)
    for at, piece in enumerate(pieces[1:], 1):
        word = piece.strip(".,;:!?()[]\"'*")
        other = verb_of(word)
        if other is None or other is first:
            continue
        joined = pieces[at - 1].casefold().strip(",;") in {"and", "then", "&", "+", "or"}
        if (word.isupper() and pieces[0].strip(".,;:!?*").isupper()) or joined:
            return other.name
    return ""


def _misspelt(line: str, words: list[str], *, named: bool, coded: bool) -> Command | None:
    """Take a line for a command with a wrong verb only where it has the shape of one."""
    if not words or not words[0].isalpha() or not all(word.casefold() in _POLITE for word in words[1:]):
        return None
    first = words[0]
    near = _near(first)
    shaped = coded or (named and (first.isupper() or bool(near))) or (first.isupper() and bool(near))
    if not shaped or class_of(first):
        return None
    return Command(HELP, line, fault=f"There is no command “{first.upper()}”.", near=near)


def _near(word: str) -> str:
    found = difflib.get_close_matches(canonical(word), list(_SPELT), n=1, cutoff=_NEAR)
    return _SPELT[found[0]].name if found else ""


def _bare(line: str, answers: str) -> Command | None:
    """Read a bare class or number, which answers the mail that asks what a message is."""
    if answers != UNKNOWN or len(line) > _LONGEST:
        return None
    said = [word for word in _words(line) if word.casefold() not in _POLITE | VERBS["class"].fillers]
    found, left = _with_class(Command("class", line), said)
    if left or not (found.class_ or found.choice):
        return None
    return found


def _unread(line: str, answers: str) -> Command | None:
    """Help somebody whose short answer to our question could not be read; thanks are no answer."""
    said = [word for word in _words(line) if word.casefold() not in _POLITE]
    if answers != UNKNOWN or not said or len(said) > 3:  # noqa: PLR2004 - more is a letter
        return None
    near = vocabulary.nearest(" ".join(said), vocabulary.CLASSES)
    return Command(HELP, line, fault=f"There is no class “{' '.join(said)}”.", near=f"class {near}" if near else "")


def _completed(found: Command, rest: list[str], subject: str, facts: Facts) -> Command:
    """Add what stands elsewhere: parameters and note below, a code there or in the subject."""
    below = "\n".join(rest)
    lines, _ = read_lines(below, "mail")
    other = next((one for line in rest if (one := _line(line, "")) and not one.note and one.verb != HELP), None)
    if other is not None and not found.fault and found.line != subject and (other.verb != found.verb):
        return replace(
            found, fault=f"This mail holds two commands, {found.verb.upper()} and {other.verb.upper()}.",
        )  # fmt: skip
    codes = [found.code] if found.code else _codes(below) or _codes(subject)
    if len(codes) > 1 and found.verb in BY_CODE and not found.fault:
        return replace(found, fault="This mail holds more than one code.")
    ref, number = found.ref, found.number
    if not ref and number is None and not facts.answers_template:
        _, refs, numbers, _ = _slots(subject)
        ref, number = (refs[0] if len(refs) == 1 else ""), (numbers[0] if len(numbers) == 1 and not refs else None)
    code = codes[0] if codes and found.verb in BY_CODE else ""
    found = replace(found, parameters=lines, code=code, ref=ref, number=number)
    return found if found.fault else replace(found, fault=_lacking(found, facts.sender))


def _lacking(found: Command, sender: Sender) -> str:
    if not may(found.verb, sender):
        return f"{found.verb.upper()} is not yours to say."
    if found.verb in BY_CODE and not found.code:
        return f"{found.verb.upper()} needs the code that stands in the mail it is about, such as 7KQM-3TVX."
    if found.verb == "class" and not found.class_ and not found.choice:
        return "CLASS needs the name of a class, such as CLASS concern."
    return ""
