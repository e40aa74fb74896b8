"""Facts that stand in the headers: every header decoded once, identities of messages, the marks of loops."""

import re
from dataclasses import dataclass
from email.message import Message as Tree

from mailroom.message import text

# Ids of a thread kept: the first one, which names the thread, and the latest.
_REFERENCES = 100
_ID = re.compile(r"<([^<>]{1,900})>")
_SPACE = re.compile(r"\s+")

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Identity:
    """The Message-ID headers (RFC 5322 section 3.6.4), each id in angle brackets, "" when absent."""

    message_id: str
    in_reply_to: str
    references: tuple[str, ...]


def decoded(tree: Tree) -> Headers:
    """Give every header of `tree` as (lower-cased name, decoded value on one line), top to bottom."""
    return tuple((text.one_line(name).lower(), text.header(str(value))) for name, value in tree.raw_items())


def first(headers: Headers, name: str) -> str:
    """Return the first value of the header called `name` (lower case), or ""."""
    return next((value for header, value in headers if header == name), "")


def firsts(headers: Headers) -> dict[str, str]:
    """Return the first value of each header by its name (lower case): for who asks after many."""
    return dict(reversed(headers))


def every(headers: Headers, name: str) -> list[str]:
    """Return all values of the header called `name` (lower case), top to bottom."""
    return [value for header, value in headers if header == name]


def identity(headers: Headers) -> Identity:
    """Read Message-ID, In-Reply-To and References."""
    own = ids(first(headers, "message-id"))
    answered = ids(first(headers, "in-reply-to"))
    thread = ids(" ".join(every(headers, "references")))
    if len(thread) > _REFERENCES:
        thread = [thread[0], *thread[1 - _REFERENCES :]]
    return Identity(own[0] if own else "", answered[0] if answered else "", tuple(thread))


def ids(value: str) -> list[str]:
    """Find message ids in a header; one that stands without its angle brackets is given them."""
    found = [f"<{_SPACE.sub('', match)}>" for match in _ID.findall(value)]
    if found or "@" not in value:
        return found
    return [f"<{word.strip('<>')}>" for word in value.split()[:1] if word.strip("<>")]
