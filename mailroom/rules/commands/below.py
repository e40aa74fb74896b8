"""What stands below the line of a command: labelled lines, the sender's own text, and what only signs the mail."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from mailroom.rules.commands.command import begins_text, ends_text
from mailroom.rules.lines import Line, read_lines

MOST_TEXT = 20_000
"""Characters of a text of one's own; a letter is a page."""

_GREETINGS = frozenset(
    {
        "hi", "hello", "hey", "dear", "morning", "afternoon", "evening", "good", "greetings", "hiya", "all", "team",
    }
)  # fmt: skip
_GREETING_WORDS = 4
_CLOSING = re.compile(
    r"(?:(?:with )?(?:many |kind|best|warm|kindest|warmest)? ?(?:thanks|regards|wishes)|thank you|cheers|best|sincerely"
    r"|yours(?: sincerely| faithfully| truly)?|all the best)(?:,? (?:and )?(?:kind|best) (?:regards|wishes))?"
)


@dataclass(frozen=True, slots=True)
class Below:
    """The lines below a command: `text` is the sender's own, `rest` all of it up to END or the sender's name."""

    parameters: tuple[Line, ...]
    text: str
    rest: str
    outside: tuple[str, ...]
    """The lines that are neither the sender's own text nor their name and what follows it."""


def read_below(lines: Sequence[str], name: str, *, at_once: bool) -> Below:
    """Read what stands below the line of a command. `at_once`: the text begins there, with no line to announce it."""
    said = signed_off(lines, name)
    begins = next((n for n, line in enumerate(said) if begins_text(line)), -1)
    first = begins + 1 if begins >= 0 else 0 if at_once else len(said)
    ends = next((n for n in range(first, len(said)) if ends_text(said[n])), len(said))
    text = "\n".join(said[first:ends]).strip()[:MOST_TEXT] if begins >= 0 or at_once else ""
    outside = (*said[: max(begins, 0)], *said[ends + 1 :]) if text else tuple(said[:ends])
    parameters, _ = read_lines("\n".join(outside), "mail")
    whole = said[: next((n for n, line in enumerate(said) if ends_text(line)), len(said))]
    return Below(parameters, text, "\n".join(whole).strip()[:MOST_TEXT], outside)


def is_greeting(line: str) -> bool:
    """Tell whether a line only greets: `Hi,`, `Morning Rowan`, `Dear all,`."""
    said = [word.strip(".,!-") for word in line.split()]
    said = [word for word in said if word]
    return bool(said) and len(said) <= _GREETING_WORDS and said[0].casefold() in _GREETINGS and "?" not in line


def signed_off(lines: Sequence[str], name: str) -> list[str]:
    """Return the lines down to the sender's signature: their own name alone on a line, or a closing above it."""
    said = [line.casefold().strip(" ,.-") for line in lines]
    own = name.casefold().strip()
    for at, line in enumerate(said if own else ()):
        following = next((one for one in said[at + 1 :] if one), "")
        if line == own or (_CLOSING.fullmatch(line) and _is_name(following, own)):
            return list(lines[:at])
    return list(lines)


def _is_name(line: str, own: str) -> bool:
    """Tell whether a line below a closing is its sender: `Robin`, `Robin Hale`, `Insp Robin Hale | Coordinator`."""
    ranked = re.fullmatch(rf"(?:[\w.]+ ){{0,2}}{re.escape(own)}(?:\s*[,|(/-].{{0,80}})?", line)
    return line == own.split(maxsplit=1)[0] or ranked is not None
