"""One message as conditions see it: folded once, and only the parts some rule asks for."""

import re
from collections.abc import Callable
from functools import cached_property

from mailroom.message.language import Language, language
from mailroom.message.model import Message
from mailroom.rules.model import Facts, OpenCase, Sender
from mailroom.rules.patterns import plain
from mailroom.rules.who import has_interest
from mailroom.rules.words import Folded, fold

_REPLY = re.compile(r"^\s*(?:(?:re|aw|sv|antw|fw|fwd)\s*(?:\[\d+\])?\s*:\s*)+", re.IGNORECASE)


class View:
    """What may be asked of one message. `class_` and `flags` change while the rules are asked; nothing else does."""

    def __init__(self, message: Message, facts: Facts, likeness: "Likeness | None" = None) -> None:
        """Look at `message` with what the office knows; `likeness` tells which examples it is like."""
        self.message = message
        self.facts = facts
        self._likeness = likeness
        self.class_ = ""
        self.flags: list[str] = []

    @cached_property
    def subject_written(self) -> str:
        """The subject, when the sender wrote it: an answer's is the one we wrote."""
        if self.facts.answers_template and _REPLY.match(self.message.subject):
            return ""
        return _REPLY.sub("", self.message.subject)

    @cached_property
    def subject(self) -> Folded:
        """The sender's own subject, folded."""
        return fold(self.subject_written)

    @cached_property
    def text(self) -> Folded:
        """The words newly written."""
        return fold(self.message.new_text)

    @cached_property
    def forwarded_written(self) -> str:
        """What is passed on below the writer's own words: its subject, and its text."""
        forward = self.message.forward
        return f"{_REPLY.sub('', forward.subject)}\n\n{forward.text}" if forward is not None else ""

    @cached_property
    def forwarded(self) -> Folded:
        """What is passed on, folded."""
        return fold(self.forwarded_written)

    @cached_property
    def plain_subject(self) -> str:
        """The sender's own subject as a pattern sees it."""
        return plain(self.subject_written)

    @cached_property
    def plain_text(self) -> str:
        """The words newly written as a pattern sees them."""
        return plain(self.message.new_text)

    @cached_property
    def language(self) -> Language | None:
        """The language newly written in, or None where there is too little to tell."""
        return language(f"{self.subject_written}\n{self.message.new_text}")

    @cached_property
    def is_reply(self) -> bool:
        """Whether it answers some mail, ours or not."""
        return bool(self.message.in_reply_to or self.message.references or _REPLY.match(self.message.subject))

    @cached_property
    def reads_like(self) -> tuple[str, str] | None:
        """The class whose examples it is clearly most like, and how that is said; None where two are about as near."""
        return self._likeness(self) if self._likeness is not None else None

    @cached_property
    def recused(self) -> bool:
        """Whether the sender has an interest in an open incident."""
        return any(
            has_interest(self.facts.sender, one.place) for one in self.facts.open_cases if one.kind == "incident"
        )

    @cached_property
    def colleague(self) -> bool:
        """Whether our own server vouches for an address of our own force."""
        ours = {address.partition("@")[2] for address in self.facts.own_addresses}
        domain = self.facts.sender.address.partition("@")[2]
        return domain in ours and self.message.authentication.verdict == "pass"

    @cached_property
    def its_cases(self) -> tuple[OpenCase, ...]:
        """The open cases it belongs to: that of the mail it answers, and those of its thread."""
        refs = {self.facts.answers_ref, *self.facts.thread_refs} - {""}
        return tuple(one for one in self.facts.open_cases if one.ref in refs)

    @cached_property
    def is_requester(self) -> bool:
        """Whether the sender opened the case it belongs to."""
        return any(one.requester == self.facts.sender.person != "" for one in self.its_cases)

    @cached_property
    def to(self) -> tuple[Sender, ...]:
        """Who stands in To, as far as the directory knows them."""
        return self._people(tuple(one.address for one in self.message.to))

    @cached_property
    def cc(self) -> tuple[Sender, ...]:
        """Who stands in Cc, as far as the directory knows them."""
        return self._people(tuple(one.address for one in self.message.cc))

    def _people(self, addresses: tuple[str, ...]) -> tuple[Sender, ...]:
        known = {one.address: one for one in self.facts.addressed}
        return tuple(known.get(address) or Sender(address) for address in addresses if address)


Likeness = Callable[[View], tuple[str, str] | None]
