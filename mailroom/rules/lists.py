"""`lists.txt`: words and phrases by name, drawn on by rules as `{worry}`.

    List: worry
    Words: frightened; scared to travel; people are saying

A name is written in braces wherever words may stand.
"""

from collections.abc import Iterator

from mailroom.errors import Problem
from mailroom.rules import vocabulary
from mailroom.rules.lines import Line, canonical
from mailroom.rules.words import Phrase, phrase

_LABELS = ("list", "words", "note")


def read_lists(lines: tuple[Line, ...], file: str) -> tuple[dict[str, tuple[Phrase, ...]], list[Problem]]:
    """Read the lists and every fault."""
    lists: dict[str, tuple[Phrase, ...]] = {}
    starts: dict[str, int] = {}
    problems: list[Problem] = []
    name = ""
    for line in lines:
        if line.label == "list":
            name = canonical(line.value)
            if name in lists:
                problems.append(line.problem(file, f"the list “{name}” stands twice.", about=line.value))
            lists.setdefault(name, ())
            starts.setdefault(name, line.line)
        elif line.label not in _LABELS:
            near = vocabulary.nearest(line.label, _LABELS).capitalize()
            problems.append(line.problem(file, f"a list has no line “{line.label.capitalize()}”.", near))
            # Its words are there, under a name nobody knows.
            starts.pop(name, None)
        elif line.label == "note":
            continue
        elif not name:
            problems.append(line.problem(file, "“Words” must stand under a “List:” with its name.", "List"))
        else:
            held = {one.text for one in lists[name]}
            lists[name] += tuple(one for one in _phrases(line, file, problems) if one.text not in held)
    problems += [
        Problem(file, starts[name], f"the list “{name}” is empty.")
        for name, words in lists.items()
        if not words and name in starts
    ]
    return lists, problems


def _phrases(line: Line, file: str, problems: list[Problem]) -> Iterator[Phrase]:
    for value in line.values:
        if "{" in value or "}" in value:
            text = f"“{value}” has braces in it; a list holds words, and no other list."
            problems.append(line.problem(file, text, about=value))
        elif made := phrase(value):
            yield made
        else:
            problems.append(line.problem(file, f"“{value}” holds no word to look for.", about=value))
