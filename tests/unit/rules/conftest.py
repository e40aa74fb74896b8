"""A message and a sender made of a few words, and rules made of a few lines."""

import functools
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mailroom.message.model import Address, Authentication, Message
from mailroom.rules import ROLES, RuleSet, decide, load
from mailroom.rules.model import Decision, Facts, Sender

ROOT = Path(__file__).parents[3]
NOW = datetime(2031, 3, 10, 10, 15, tzinfo=UTC)
TEMPLATES = ("notice/told", "notice/forwarded", "incident/received", "danger/answer", "danger/alert", "notice/suspect")
LISTS = b"""
List: danger now
Words: following me; please send someone
List: danger to oneself
Words: want to die
List: danger to a child
Words: hitting a child
List: danger seen
Words: with a knife
List: only talk of danger
Words: if someone is
List: drills and songs
Words: exercise exercise
List: worry
Words: scared; uneasy
"""


def message(text: str = "", subject: str = "", **changed: object) -> Message:
    """Make a message of a person, saying `text`."""
    plain = Message(
        message_id="<one@mail.example.org>",
        sender=Address("Somebody", "somebody@mail.example.org"),
        reply_to=(),
        to=(Address("", "iag@btp.example.org"),),
        cc=(),
        date=NOW,
        subject=subject,
        in_reply_to="",
        references=(),
        text=text,
        new_text=text,
        kind="person",
        automatic=None,
        silence="",
        bounces=(),
        calendar=None,
        forward=None,
        authentication=Authentication("pass"),
        marking="",
        attachments=(),
        headers=(),
        size=len(text),
        sha256="",
    )
    return replace(plain, **changed)  # type: ignore[arg-type]


def somebody(kind: str = "", **changed: object) -> Sender:
    """Make a sender of a kind; without one, a stranger."""
    plain = Sender("somebody@mail.example.org", "Somebody")
    if kind:
        plain = replace(plain, person="P1", kind=kind, trust="verified")
    return replace(plain, **changed)  # type: ignore[arg-type]


def facts(sender: Sender | None = None, **changed: object) -> Facts:
    """Make the facts of a quiet moment."""
    quiet = Facts(sender or somebody("member"), NOW, own_addresses=("iag@btp.example.org",))
    return replace(quiet, **changed)  # type: ignore[arg-type]


def rules(text: str, **files: str) -> RuleSet:
    """Load one sorting file, beside the lists, and other files by name with `__` for `/`."""
    others = {f"rules/{name.replace('__', '/')}.txt": body.encode() for name, body in files.items()}
    return load({"rules/sorting/10-test.txt": text.encode(), "rules/lists.txt": LISTS} | others, TEMPLATES, ROLES)


@pytest.fixture
def decided() -> Callable[..., Decision]:
    """Decide a message by the rules in a text."""

    def deciding(text: str, one: Message, known: Facts | None = None, **files: str) -> Decision:
        return decide(rules(text, **files), one, known or facts())

    return deciding


@functools.cache
def shipped() -> RuleSet:
    """Load the rules as they ship, with every template the repository has."""
    files = {str(path.relative_to(ROOT)): path.read_bytes() for path in sorted((ROOT / "rules").rglob("*.txt"))}
    templates = {
        str(path.relative_to(ROOT / "templates").with_suffix("")) for path in (ROOT / "templates").rglob("*.md")
    }
    return load(files, templates, ROLES)
