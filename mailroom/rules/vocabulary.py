"""Every word of the rule language that is not the coordinator's own: classes, flags, roles, kinds of message.

The classes are those of the office's taxonomy; a new one needs code that knows what to do with it, so the list
is closed. Words are compared without regard to capitals, spaces, hyphens or underscores.
"""

import difflib
from collections.abc import Collection, Iterable, Mapping
from typing import Final

from mailroom.message.findings import (
    ARCHIVE,
    COMMENTS,
    ENCRYPTED,
    HIDDEN_SHEET,
    MACROS,
    OTHER_TYPE,
    POSITION,
    PROGRAM,
    TRACKED,
)
from mailroom.message.model import Kind
from mailroom.rules.lines import canonical

CLASSES: Final[Mapping[str, str]] = {
    "inc.request": "an officer asks for advice, or says what became of it",
    "inc.advice": "a member gives advice",
    "concern": "somebody is worried about something in the community",
    "danger": "a person may be at risk now",
    "consult": "a draft, policy or campaign to comment on",
    "mtg.rsvp": "an answer to an invitation or a poll",
    "mtg.papers": "an agenda item, a paper, a correction to minutes",
    "action": "news of an action",
    "rec.enquiry": "somebody wants to join",
    "rec.application": "an application, a reference, an interview",
    "vet.unit": "the vetting unit reports",
    "vet.member": "a member writes about vetting",
    "obs.request": "a member asks to observe",
    "obs.process": "a step of an observation",
    "news.item": "something for the newsletter",
    "news.reply": "a reader answers the newsletter",
    "hcd": "a hate crime day",
    "edc": "the equality calendar",
    "data": "figures asked for or returned",
    "partner": "a partner organisation writes",
    "training": "input to training",
    "member.admin": "a member's details, leave, access or expenses",
    "rights": "a statutory request or a complaint",
    "media": "the press asks",
    "auto": "a robot wrote this",
    "suspect": "a forgery, a trap, or a marking too high for us",
    "control": "a command from the office",
    "noise": "nothing for this office",
    "ops.update": "an operation or event to tell members about",
}

FLAGS: Final = frozenset(
    {
        "access",
        "breach",
        "complaint_hint",
        "danger",
        "gold_suggestion",
        "media_hint",
        "resign_hint",
        "scrut",
        "third_party_pii",
        "tor",
    },
)

ROLES: Final = frozenset(
    {
        "analyst",
        "authoriser",
        "chief_inspector",
        "comms",
        "control",
        "coordinator",
        "cover",
        "data_protection",
        "edi_forum",
        "finance",
        "foi",
        "health_and_safety",
        "observation_host",
        "officer",
        "press",
        "professional_standards",
        "security",
        "station_commander",
        "training_school",
        "vetting",
    },
)
"""The roles an office has before anyone adds one."""

# "vetting unit", "press office": the last word adds nothing.
_ROLE_TAILS = ("_unit", "_desk", "_office", "_team", "_room")
_ROLE_ALIASES: Mapping[str, str] = {
    "ci": "chief_inspector",
    "communications": "comms",
    "edi": "edi_forum",
    "host": "observation_host",
    "hs": "health_and_safety",
    "information_security": "security",
    "psd": "professional_standards",
    "training": "training_school",
}

PEOPLE: Final = ("member", "officer", "desk", "partner", "applicant", "former", "public")
"""The kinds of people.csv."""

STATES: Final = (
    "lead", "applied", "shortlisted", "interviewed", "vetting", "cleared", "offered", "onboarding", "active",
    "on_leave", "restricted", "suspended", "leaving", "left", "withdrawn", "regret",
)  # fmt: skip
"""Where somebody of people.csv stands, from the first enquiry to the end."""

TRUSTS: Final = ("verified", "claimed", "proposed", "stranger")
MARKINGS: Final = ("OFFICIAL", "OFFICIAL-SENSITIVE", "SECRET", "TOP SECRET")

MESSAGE_KINDS: Final[Mapping[str, Kind]] = {
    "written by a person": "person",
    "automatic reply": "automatic",
    "bounce": "bounce",
    "delay": "delay",
    "feedback report": "feedback",
    "receipt": "receipt",
    "list": "list",
}

MACHINES: Final = frozenset(
    {"automatic reply", "bounce", "delay", "feedback report", "receipt", "list", "recall", "challenge"}
)
"""What a message may be that nobody answers."""

ANSWERS: Final[Mapping[str, tuple[str, ...]]] = {
    "anything of ours": ("",),
    "newsletter": ("newsletter/issue",),
    "newsletter call": ("newsletter/call", "newsletter/item"),
    "call": ("incident/call", "incident/nudge", "incident/thanks", "consultation/call", "consultation/nudge"),
    "poll": ("meeting/poll",),
    "meeting mail": ("meeting/",),
    "chaser": ("action/",),
    "observation mail": ("observation/",),
    "vetting reminder": ("vetting/",),
    "recruitment mail": ("recruitment/",),
    "training mail": ("training/",),
    "member mail": ("member/",),
}
"""What “reply to a poll” means: the beginnings of the names of our templates."""

MESSAGE_IS: Final = (
    *MESSAGE_KINDS,
    "calendar reply",
    "invitation",
    "cancellation",
    "forward",
    "reply",
    "recall",
    "challenge",
    *(f"reply to {name}" for name in ANSWERS),
)


ATTACHMENTS: Final[Mapping[str, str]] = {
    "archive": ARCHIVE, "comments": COMMENTS, "encrypted": ENCRYPTED, "false name": OTHER_TYPE,
    "hidden sheet": HIDDEN_SHEET, "macros": MACROS, "position in a photo": POSITION, "program": PROGRAM,
    "tracked changes": TRACKED,
}  # fmt: skip
"""What may be known of an attached file, and how message/findings.py says it."""

ATTACHMENT_SAME: Final[Mapping[str, str]] = {
    ARCHIVE: "archive", "zip": "archive", PROGRAM: "program", "comment": "comments", "hidden sheets": "hidden sheet",
    "macro": "macros", POSITION: "position in a photo", "position in the photo": "position in a photo",
    "photo with its position": "position in a photo", "location": "position in a photo",
    "tracked change": "tracked changes", OTHER_TYPE: "false name", "password": "encrypted",
    "password protected": "encrypted",
}  # fmt: skip
"""What else people write for the same."""

REFERENCES: Final = frozenset(
    {"ACT", "APP", "BREACH", "CONC", "CONS", "DATA", "EDC", "HCD", "INC", "MTG", "NEWS", "OBS", "OPS", "REC", "RIGHTS",
     "SAFE", "SCRUT", "STRAT", "TOR", "TRAIN", "VET"}
)  # fmt: skip
"""Beginnings of references, beside those that the office's own cases have."""


def nearest(word: str, choices: Iterable[str], cutoff: float = 0.6) -> str:
    """Return the choice spelt most like `word`, or "" when none is near."""
    known = {canonical(choice): choice for choice in choices}
    wanted = canonical(word)
    near = difflib.get_close_matches(wanted, list(known), n=5, cutoff=cutoff)
    # Of two that are as near, the one that begins alike: fingers rarely slip on the first letter.
    best = max(near, key=lambda one: (_likeness(wanted, one), one[:1] == wanted[:1]), default="")
    return known.get(best, "")


def _likeness(word: str, other: str) -> float:
    return round(difflib.SequenceMatcher(None, word, other).ratio(), 2)


def role(written: str, known: Collection[str]) -> str:
    """Return the canonical name of a role, or "" when the office has none such."""
    name = "_".join(canonical(written).replace("-", " ").replace("_", " ").split())
    candidates = [name, *(name.removesuffix(tail) for tail in _ROLE_TAILS)]
    candidates += [_ROLE_ALIASES[one] for one in candidates if one in _ROLE_ALIASES]
    return next((one for one in candidates if one in known), "")
