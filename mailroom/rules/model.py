"""The values the rules work on and give back. No I/O, no clock: facts come in, a Decision goes out."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

Trust = Literal["verified", "claimed", "proposed", "stranger"]


@dataclass(frozen=True, slots=True)
class Sender:
    """Who the From address belongs to, and how far that is believed (design, section 5).

    `person` is the directory id ("M07", "rowan") or "". `kind` is that of people.csv: member,
    officer, desk, partner, applicant, former, public; "" for a stranger. `recused_for` are the
    places the person declared an interest in. `impostor_of` is the id of the person whose shown
    name this unknown address bears; `lookalike_of` a domain of ours it resembles.
    """

    address: str
    name: str = ""
    person: str = ""
    kind: str = ""
    roles: tuple[str, ...] = ()
    trust: Trust = "stranger"
    state: str = ""
    station: str = ""
    recused_for: tuple[str, ...] = ()
    impostor_of: str = ""
    impostor_kind: str = ""
    lookalike_of: str = ""


@dataclass(frozen=True, slots=True)
class OpenCase:
    """A case that is not in a final stage."""

    ref: str
    kind: str
    stage: str
    place: str
    requester: str
    """Person id of who opened it, or ""."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What the office knows at the moment a message is decided. `now` is by the clock on the office's wall."""

    sender: Sender
    now: datetime
    answers_template: str = ""
    """Template of the mail of ours that this one answers, such as "newsletter/issue", or ""."""
    answers_ref: str = ""
    """Reference of the case that mail was about, such as NEWS-2026-12, or ""."""
    thread_refs: tuple[str, ...] = ()
    open_cases: tuple[OpenCase, ...] = ()
    places: tuple[str, ...] = ()
    known_refs: tuple[str, ...] = ()
    """References written in the new text or subject that exist in the office."""
    out_of_hours: bool = False
    own_addresses: tuple[str, ...] = ()
    cc_members: tuple[str, ...] = ()
    """Ids of members whose addresses stand in To or Cc of somebody else's message."""
    addressed: tuple[Sender, ...] = ()
    """Who of the directory stands in To or Cc; trust says nothing here."""


@dataclass(frozen=True, slots=True)
class Action:
    """One thing to do, and why: the rule, its file and line, and the words that decided.

    `verb` is that of the rule language (rules/actions.py): class, flag, file in, reply with, tell, forward to,
    open, link, move, record, remind, hold, quarantine, restrict, strip attachments, do not index, bin in.
    `values` are its words, canonical: roles such as chief_inspector, templates such as incident/received,
    folders such as Meetings/Replies.
    """

    verb: str
    values: tuple[str, ...]
    rule: str
    file: str
    line: int
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NearMiss:
    """A rule that all but one of its lines would have matched."""

    rule: str
    file: str
    line: int
    text: str
    """The line that did not hold, as written."""


@dataclass(frozen=True, slots=True)
class Match:
    """A rule all of whose lines held. `late` says why some of what it says was not done, "" when all was."""

    rule: str
    file: str
    line: int
    words: tuple[str, ...]
    late: str = ""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A class a person may want, for a message no rule decided, and why."""

    class_: str
    near: str


@dataclass(frozen=True, slots=True)
class Priority:
    """How soon a person should look: 1 at once, 2 today, 3 this week, 4 when there is time."""

    n: int
    words: str


@dataclass(frozen=True, slots=True)
class Decision:
    """What is to happen with one message. `class_` is "" when no rule decided: a person looks."""

    class_: str
    flags: tuple[str, ...]
    actions: tuple[Action, ...]
    priority: Priority
    near_misses: tuple[NearMiss, ...] = ()
    suggestions: tuple[Suggestion, ...] = ()
    silence: str = ""
    """Why nothing may be sent to the sender, or ""; a danger answer overrides it for people."""
    quarantine: str = ""
    """Why the message is set apart unread, or ""."""
    trial: tuple[Action, ...] = field(default=())
    """What rules with `Status: trial` would have done."""
    matched: tuple[Match, ...] = ()
    """Every rule that held, in the order they were asked, with those that came too late to decide."""
