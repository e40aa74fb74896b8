"""What is done on a code: the verbs that send something, and so are shown before they are carried out."""

from collections.abc import Mapping
from typing import Final

from mailroom.office.commands import doubts
from mailroom.office.commands.showing import Do

SHOWN_FIRST: Final[Mapping[str, Do]] = {"resend": doubts.resend}
"""By verb. Without the code of what it sends, each is answered with what it would do, and a code."""
