"""One command as it was read, and the mail that would say the same."""

import re
from dataclasses import dataclass
from typing import Final

from mailroom.rules.lines import Line

MARKERS: Final = ("BRIEF", "ANSWER", "TEXT")
"""A line that holds nothing but one of these begins a text of the sender's own."""

END: Final = "END"
"""And this line ends it."""


NO_CHOICE: Final = -1
"""None of what was offered."""


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
    """1, 2 or 3: one of the suggestions of the mail that is answered; NO_CHOICE for none of them."""
    rules: bool = False
    """UNDO RULES."""
    parameters: tuple[Line, ...] = ()
    note: str = ""
    fault: str = ""
    near: str = ""
    numbers: tuple[int, ...] = ()
    """Every message it names, where the verb takes several."""
    into: str = ""
    """The second reference, of a verb that takes two: MERGE INC-2027-002 INC-2027-001."""
    words: tuple[str, ...] = ()
    """What else the line says after the verb, as written and in order: START HCD 2027-03-24."""
    text: str = ""
    """The sender's own text: after BRIEF or ANSWER up to END, or to the end of what was newly written."""
    below: str = ""
    """All that was newly written below the line, for a verb that reads more than labelled lines."""

    def value(self, label: str) -> str:
        """Return what a labelled line says, "" where there is none such."""
        return next((line.value for line in self.parameters if line.label == label), "")


def written(command: Command) -> str:
    """Return the mail that gives a command."""
    class_ = command.class_ or (str(command.choice) if command.choice > 0 else "")
    number = " ".join(f"#{one}" for one in command.numbers)
    said = (command.verb.upper(), class_, *command.words, number, command.ref, command.into, command.code)
    lines = [" ".join(part for part in said if part)]
    lines += [f"{line.label.capitalize()}: {line.value}" for line in command.parameters]
    if command.text:
        own = [] if command.verb == "answer" else ["BRIEF"]
        lines += ["", *own, command.text, END]
    return "\n".join(lines)


def begins_text(line: str) -> bool:
    """Tell whether a line begins the sender's own text."""
    return re.sub(r"[\s:*_-]+", "", line).upper() in MARKERS


def ends_text(line: str) -> bool:
    """Tell whether a line ends it."""
    return re.sub(r"[\s.*_-]+", "", line) in (END, END.capitalize())
