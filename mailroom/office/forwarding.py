"""What a forward to a desk may hold: the sender's name and words, never a member's address (domain, E2)."""

import re

from sqlite_utils import Database

from mailroom.message import Message
from mailroom.store import people

ADDRESS = re.compile(r"[\w.+'-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")
WITHHELD = "[address withheld]"
WORDS_STAY = "notice/told"
"""What a desk gets instead of words that are marked above OFFICIAL: that there is something to look at."""


def text(db: Database, template: str, message: Message) -> tuple[str, dict[str, object]]:
    """Return the template a forward uses and the variables it needs.

    Marked mail is never passed on by itself (standards, T2): the desk learns that it came, no more.
    """
    if message.marking not in ("", "OFFICIAL"):
        return WORDS_STAY, {}
    return template, {"words": without_members(db, message.new_text).split("\n")}


def without_members(db: Database, words: str) -> str:
    """Take members' addresses out of a text."""

    def hide(found: re.Match[str]) -> str:
        known = people.known(db, found.group())
        return WITHHELD if known is not None and known.kind == "member" else found.group()

    return ADDRESS.sub(hide, words)
