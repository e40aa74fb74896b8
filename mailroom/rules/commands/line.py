"""One line read as a command, or told to be none: a sentence may begin with any of our verbs."""

import difflib
import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from mailroom.rules.commands.command import Command
from mailroom.rules.commands.pieces import REFERENCE, Pieces, take_apart, words
from mailroom.rules.commands.verbs import (
    BY_CODE,
    HELP,
    NO_CASES,
    SAID_ALONE,
    SPELLINGS,
    VERBS,
    CaseVerbs,
    class_of,
    find,
    verb_of,
)
from mailroom.rules.lines import canonical

LONGEST = 300
"""Characters; longer than any command. What is longer is prose, whatever it begins with."""

FEW = 8
"""Words that may follow a verb which is a common word, in answer to a mail of ours."""

_DENIES = frozenset({"not", "never", "wait", "unless"})
"""Words beside APPROVE after which nobody can be sure that it is meant."""
_NEAR = 0.7
_SHOUTED = 2

POLITE = frozenset(
    {
        "a", "about", "an", "and", "case", "cheers", "code", "email", "for", "it", "its", "kindly", "last", "mail",
        "many", "message", "my", "no", "now", "number", "of", "ok", "on", "one", "please", "ref", "reference", "ta",
        "task", "thank", "thanks", "that", "the", "this", "to", "with", "yes", "you",
    }
)  # fmt: skip


def read_line(line: str, answers: str, of_cases: CaseVerbs = NO_CASES, *, alone: bool = True) -> Command | None:
    """Read one line. A sentence that only begins with a verb is none: `Why we do this …`, `Cancel the room`.

    `answers` is the template of our mail that is answered, `alone` that no other words stand beside the line.
    """
    if not line or len(line) > LONGEST:
        return None
    pieces = take_apart(line)
    said = words(pieces.left)
    while said and said[0].casefold() == "please":
        said = said[1:]
    verb, n = find(said, of_cases)
    if not verb:
        return _misspelt(line, said, of_cases, pieces) if alone or pieces.codes else None
    if not _meant(line, verb, said[:n], said[n:], pieces, answers, alone=alone):
        return None
    return _read(line, verb, said[n:], pieces, of_cases)


def _read(line: str, verb: str, said: list[str], pieces: Pieces, of_cases: CaseVerbs) -> Command:
    """Put together what a line says that is meant as a command."""
    fixed = VERBS.get(verb)
    found = Command(
        verb, line, ref=pieces.refs[0] if pieces.refs else "", number=pieces.numbers[0] if pieces.numbers else None,
        code=pieces.codes[0] if pieces.codes else "", numbers=pieces.numbers,
        into=pieces.refs[1] if len(pieces.refs) > 1 else "",
    )  # fmt: skip
    if verb == "class":
        found, said = with_class(found, said)
    if fixed is not None and fixed.prose:
        return replace(found, note=_prose(line, verb))
    if verb != HELP and (second := _second_verb(line, verb, of_cases)):
        return replace(found, fault=f"This line holds two commands, {verb.upper()} and {second.upper()}.")
    if pieces.things > (fixed.most if fixed is not None else 1):
        return replace(found, fault="This line names more than one message or case.")
    if len(pieces.codes) > 1:
        return replace(found, fault="This line holds more than one code.")
    if doubted(found, said):
        fault = f"This line does not say plainly whether to {verb.upper()}. Nothing was done; please write it alone."
        return replace(found, fault=fault)
    noise = _noise(verb)
    rules = verb == "undo" and any(word.casefold() in {"rules", "rule"} for word in said)
    note = " ".join(word for word in said if word.casefold() not in noise)
    return replace(found, rules=rules, note=note, words=tuple(said))


def doubted(found: Command, said: Sequence[str]) -> bool:
    """Tell whether a line takes its own verb back or only asks, as `Approve 7KQM-3TVX? No, not yet` does."""
    fixed = VERBS.get(found.verb)
    if fixed is None or not (fixed.kind == "send" or fixed.answers):
        return False
    words_ = [word.casefold().replace("\u2019", "'") for word in said]
    asks = re.match(rf"\W*(?:please\W+)?{re.escape(found.verb)}\W*\?", found.line, re.IGNORECASE) is not None
    not_yet = ("not", "yet") in pairwise(words_)
    if fixed.answers:
        return asks or not_yet
    others = [word for word in words_ if (other := verb_of(word)) is not None and other.name in BY_CODE - {found.verb}]
    return (
        "?" in found.line or not_yet or bool(others) or any(word in _DENIES or word.endswith("n't") for word in words_)
    )


def _noise(verb: str) -> frozenset[str]:
    return POLITE | VERBS[verb].fillers if verb in VERBS else POLITE


def _meant(line: str, verb: str, own: list[str], said: list[str], pieces: Pieces, answers: str, *, alone: bool) -> bool:
    """Tell whether a line that begins with a verb is meant as one."""
    fixed = VERBS.get(verb)
    coded, noise = bool(pieces.codes), _noise(verb)
    if fixed is not None and fixed.prose:
        first = re.match(rf"\W*(?:please\W+)?{re.escape(verb)}\W+(?:{REFERENCE.pattern}|#)", line, re.IGNORECASE)
        return first is not None or (bool(answers) and own[0].isupper())
    if verb == "class":
        said = with_class(Command(verb, line), said)[1]
    strict = all(word.casefold() in noise for word in said)
    # Capitals stand out only where not everything is in them.
    shouted = len(said) > _SHOUTED and all(word.isupper() for word in said) and not strict
    if all(word.isupper() for word in own) and (not shouted or pieces.named or coded):
        return True
    if coded and (verb in BY_CODE or fixed is None or fixed.kind != "record"):
        return True
    if fixed is not None and fixed.answers:
        return (bool(answers) or pieces.named) and len(said) <= FEW
    if strict and (alone or coded):
        # `Back`, `Go` and the like are said in a thousand mails: in small letters they need what they are about.
        return (fixed is not None and verb not in ("back", "away")) or pieces.named or coded
    return bool(answers) and fixed is not None and verb not in SAID_ALONE


def with_class(found: Command, said: list[str]) -> tuple[Command, list[str]]:
    """Find the class among the words: the longest run that names one, anywhere after the verb."""
    for length in (3, 2, 1):
        for at in range(len(said) - length + 1):
            if class_ := class_of(" ".join(said[at : at + length])):
                return replace(found, class_=class_), [*said[:at], *said[at + length :]]
    if len(said) == 1 and said[0] in {"1", "2", "3"}:
        return replace(found, choice=int(said[0])), []
    return found, said


def _prose(line: str, verb: str) -> str:
    """Return what a line says after its verb, references and codes."""
    left = re.sub(rf"^\W*(?:please\W+)?{re.escape(verb)}\b", "", take_apart(line).left, count=1, flags=re.IGNORECASE)
    return re.sub(r"\s+", " ", left).strip(" :,;-[]()*")


def _second_verb(line: str, first: str, of_cases: CaseVerbs) -> str:
    """Return a second verb of the line: written in capitals, or joined with “and”. Elsewhere it is but a word."""
    rows = re.split(r"\s+", line)
    for at, row in enumerate(rows[1:], 1):
        word = row.strip(".,;:!?()[]\"'*")
        other = _one_word(word, of_cases)
        if not other or other == first:
            continue
        joined = rows[at - 1].casefold().strip(",;") in {"and", "then", "&", "+", "or"}
        if (word.isupper() and rows[0].strip(".,;:!?*").isupper()) or joined:
            return other
    return ""


def _one_word(word: str, of_cases: CaseVerbs) -> str:
    fixed = verb_of(word)
    name = canonical(word)
    return fixed.name if fixed is not None else name if name in of_cases else ""


def _misspelt(line: str, said: list[str], of_cases: CaseVerbs, pieces: Pieces) -> Command | None:
    """Take a line for a command with a wrong verb only where it has the shape of one."""
    if not said or not said[0].isalpha() or not all(word.casefold() in POLITE for word in said[1:]):
        return None
    first = said[0]
    near = nearest(first, of_cases)
    likely = first.isupper() or bool(near)
    shaped = bool(pieces.codes) or (pieces.named and likely) or (first.isupper() and bool(near))
    if not shaped or class_of(first):
        return None
    ref, number = next(iter(pieces.refs), ""), next(iter(pieces.numbers), None)
    fault = f"There is no command “{first.upper()}”."
    return Command(HELP, line, ref=ref, number=number, numbers=pieces.numbers, fault=fault, near=near)


def nearest(word: str, of_cases: CaseVerbs = NO_CASES) -> str:
    """Return the verb that a misspelt one is most like, "" for none."""
    found = difflib.get_close_matches(canonical(word), [*SPELLINGS, *of_cases], n=1, cutoff=_NEAR)
    return find(found[0].split(), of_cases)[0] if found else ""
