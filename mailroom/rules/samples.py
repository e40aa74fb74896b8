"""`examples.txt`: what each kind of message tends to sound like, and who writes it.

    Example of: action
    Usually from: any member; any officer
    Usually answers: chaser
    Usually names: ACT
    Usually attached: any
    Words: done; outstanding; another week
    Text: Can I have another week for my action?
    Text: That one isn't mine, I think it is for the station manager.

They decide nothing: suggestions for what no rule knows are drawn from them (nearest.py). “Usually” lines make a
class likelier for such mail; the groups are those of `If from`, the mails those of `reply to`.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from mailroom.errors import Problem
from mailroom.rules import vocabulary
from mailroom.rules.lines import Line, canonical
from mailroom.rules.who import Group, group, names

_LABELS = ("example of", "usually from", "usually answers", "usually names", "usually attached", "words", "text")


@dataclass(frozen=True, slots=True)
class Sample:
    """A text of a class, and how to name it to a person: like the example “Done.”"""

    class_: str
    text: str
    near: str


@dataclass(frozen=True, slots=True)
class Habit:
    """Who usually writes a class of mail, and what goes with it."""

    senders: tuple[Group, ...] = ()
    answers: tuple[str, ...] = ()
    """Beginnings of the names of our templates."""
    refs: tuple[str, ...] = ()
    attached: bool = False


@dataclass(frozen=True, slots=True)
class Samples:
    """All of examples.txt."""

    texts: tuple[Sample, ...] = ()
    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Words and phrases that are often in a class of mail."""
    habits: Mapping[str, Habit] = field(default_factory=dict)


def read_samples(lines: tuple[Line, ...], file: str, roles: Collection[str]) -> tuple[Samples, list[Problem]]:
    """Read the examples and every fault."""
    texts: list[Sample] = []
    habits: dict[str, Habit] = {}
    words: dict[str, tuple[str, ...]] = {}
    problems: list[Problem] = []
    class_ = ""
    for line in lines:
        if line.label not in _LABELS:
            near = vocabulary.nearest(line.label, _LABELS).capitalize()
            problems.append(Problem(file, line.line, f"an example has no line “{line.label.capitalize()}”.", near))
        elif line.label == "example of":
            class_ = canonical(line.value)
            if class_ not in vocabulary.CLASSES:
                near = vocabulary.nearest(class_, vocabulary.CLASSES)
                problems.append(Problem(file, line.line, f"there is no class “{class_}”.", near))
            habits.setdefault(class_, Habit())
        elif not class_:
            text = f"“{line.label.capitalize()}” must stand under an “Example of:” with its class."
            problems.append(Problem(file, line.line, text, "Example of"))
        elif line.label == "text":
            texts.append(Sample(class_, line.value, f"like the example “{shortened(line.value)}”"))
        elif line.label == "words":
            words[class_] = (*words.get(class_, ()), *line.values)
        else:
            fault = _habit(line, class_, habits, roles)
            if fault:
                problems.append(Problem(file, line.line, *fault))
    return Samples(tuple(texts), words, habits), problems


def shortened(text: str, most: int = 60) -> str:
    """Return the beginning of a text, cut between words."""
    text = " ".join(text.split())
    return text if len(text) <= most else f"{text[:most].rsplit(' ', 1)[0].rstrip(',;:')} …"


def _habit(line: Line, class_: str, habits: dict[str, Habit], roles: Collection[str]) -> tuple[str, str] | None:
    """Take over a “Usually” line; return what is wrong with it and the nearest word."""
    habit = habits[class_]
    if line.label == "usually from":
        for value in line.values:
            found = group(value, roles)
            if found is None:
                return f"“{value}” is no group, role, address or domain.", vocabulary.nearest(value, names(roles))
            habit = replace(habit, senders=(*habit.senders, found))
    elif line.label == "usually answers":
        for value in map(canonical, line.values):
            if value not in vocabulary.ANSWERS:
                return f"there is no mail of ours “{value}”.", vocabulary.nearest(value, vocabulary.ANSWERS)
            habit = replace(habit, answers=(*habit.answers, *vocabulary.ANSWERS[value]))
    elif line.label == "usually names":
        habit = replace(habit, refs=(*habit.refs, *(value.upper() for value in line.values)))
    elif canonical(line.value) == "any":
        habit = replace(habit, attached=True)
    else:
        return f"“Usually attached” takes only “any”, not “{line.value}”.", "any"
    habits[class_] = habit
    return None
