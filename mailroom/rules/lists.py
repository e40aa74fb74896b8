"""`lists.txt`: words and phrases by name, drawn on by rules as `{worry}`.

    List: worry
    Words: frightened; scared to travel; people are saying

A name is written in braces wherever words may stand.
"""

from mailroom.errors import Problem
from mailroom.rules import vocabulary
from mailroom.rules.lines import Line, canonical
from mailroom.rules.words import Phrase, phrase


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
                problems.append(Problem(file, line.line, f"the list “{name}” stands twice."))
            lists.setdefault(name, ())
            starts.setdefault(name, line.line)
        elif line.label != "words":
            near = vocabulary.nearest(line.label, ("list", "words")).capitalize()
            problems.append(Problem(file, line.line, f"a list has no line “{line.label.capitalize()}”.", near))
        elif not name:
            problems.append(Problem(file, line.line, "“Words” must stand under a “List:” with its name.", "List"))
        else:
            lists[name] += tuple(made for value in line.values if (made := phrase(value)))
    problems += [
        Problem(file, starts[name], f"the list “{name}” is empty.") for name, words in lists.items() if not words
    ]
    return lists, problems
