"""Paragraphs that a sender's program cut into lines, put together again (format=flowed, RFC 3676)."""

import re

_QUOTES = re.compile(r">*")


def unflowed(text: str, *, delete_space: bool) -> str:
    """Join the flowed lines of `text` (clean text of a format=flowed part).

    Args:
        text: the part's text.
        delete_space: its DelSp parameter: the space that marks a flowed line is not part of the words.

    """
    out: list[str] = []
    depth, flowing = 0, False
    for line in text.split("\n"):
        quotes = len(_QUOTES.match(line)[0]) if line.startswith(">") else 0  # type: ignore[index]
        words = line[quotes:]
        # Section 4.4: lines that begin with a space, a quote or From were stuffed with one space.
        words = words.removeprefix(" ")
        if flowing and quotes == depth and words != "-- ":
            out[-1] = (out[-1][:-1] if delete_space else out[-1]) + words
        else:
            out.append((">" * quotes + " " if quotes else "") + words)
        depth, flowing = quotes, words.endswith(" ") and words != "-- "
    # A space that flowed into nothing is no word; the signature's mark keeps its own.
    return "\n".join(line if line == "-- " else line.rstrip() for line in out)
