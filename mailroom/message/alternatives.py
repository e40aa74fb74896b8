"""How the lists of words in message/ are written: blocks of regular expressions, one alternative or several to a line.

`~` stands for up to four words; a line indented by four more than the block goes on with the line above.
"""

import re
from textwrap import dedent

_CONTINUED = re.compile(r"\n {4}")
_GAP = r"\S{0,3}(?: \S{1,40}){0,4}? "


def alternatives(block: str) -> str:
    """Join a block to one regular expression, without anchors or flags."""
    lines = _CONTINUED.sub("", dedent(block)).split("\n")
    return "|".join(line for line in lines if line.strip()).replace("~", _GAP)
