"""What is done on a code: the verbs that send something, and so are shown before they are carried out."""

from collections.abc import Mapping
from typing import Final

from mailroom.office.commands import case_words, doubts
from mailroom.office.commands.showing import Do

_FIXED: Final[Mapping[str, Do]] = {"resend": doubts.resend}


def shown_first(verb: str) -> Do | None:
    """Return what a verb of every office does that sends, None for one that does not."""
    return _FIXED.get(verb)


def approved(verb: str) -> Do:
    """Return what is done when a command that was shown is approved."""
    return _FIXED.get(verb, case_words.do)
