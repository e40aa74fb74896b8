"""Judge what the office made of a row: its class, its sender, who was mailed because of it, and how soon.

Drafts, tasks and wording are not judged.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from email import message_from_bytes, policy

from sqlite_utils import Database

from mailroom.clock import moment
from mailroom.store import views
from mailroom.store.links import Link
from mailroom.store.views import MailView, MessageView
from mailroom.story.model import HarnessFault, Outbound, Row, World
from mailroom.transport.embedded import Caught

MUST_LEAVE = ("ack", "alert", "mail")
"""Kinds of mail that rules and cases send by themselves; drafts and tasks wait for a person."""
USUALLY = "PT15M"
PERIOD = re.compile(r"PT(?:(\d+)H)?(?:(\d+)M)?")


@dataclass(frozen=True, slots=True)
class Played:
    """A row, the message it became, and how things stood right after it."""

    row: Row
    message: MessageView
    links: tuple[Link, ...]
    ref: str
    stage: str
    new_text: str


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was judged. `words` say what was found, and where that is wrong, what was expected."""

    name: str
    ok: bool
    words: str


def judge(db: Database, world: World, played: Played) -> tuple[Check, ...]:
    """Judge a row by what the office holds at the end of the play."""
    mails = views.caused_by(db, played.message.id)
    return (_class(played), _sender(world, played), _nothing_to(world, played, mails), *_left(world, played, mails))


def judge_wire(world: World, caught: Sequence[Caught]) -> tuple[Check, ...]:
    """Judge every mail that left: one recipient each, none to a place that cannot be, no secret in any."""
    several = [mail for mail in caught if len(mail.recipients) != 1]
    nowhere = [mail for mail in caught if any(one.endswith(".invalid") for one in mail.recipients)]
    told = {
        secret for mail in caught for secret in world.secrets_that_must_never_go_out if secret in everything(mail.raw)
    }
    return (
        Check("one recipient each", not several, f"{len(caught)} mails left, {len(several)} to more or fewer than one"),
        Check("nobody at .invalid", not nowhere, f"{len(nowhere)} mails to .invalid"),
        Check(
            "no secret told",
            not told,
            f"{len(told)} of {len(world.secrets_that_must_never_go_out)} secrets in the mail",
        ),
    )


def everything(raw: bytes) -> str:
    """Return all words of a mail: its headers, decoded, and its text bodies."""
    mail = message_from_bytes(raw, policy=policy.default)
    texts = [part.get_content() for part in mail.walk() if part.get_content_maintype() == "text"]
    return "\n".join([*(f"{name}: {value}" for name, value in mail.items()), *texts])


def _class(played: Played) -> Check:
    found, expected = played.message.class_ or "no class", played.row.expect.class_
    return Check("class", found == expected, found if found == expected else f"{found} instead of {expected}")


def _sender(world: World, played: Played) -> Check:
    found, expected = played.message.person, world.owner(played.row.from_.address)
    ok = found == expected
    return Check(
        "sender",
        ok,
        (found or "a stranger") if ok else f"{found or 'a stranger'} instead of {expected or 'a stranger'}",
    )


def _nothing_to(world: World, played: Played, mails: Sequence[MailView]) -> Check:
    spared = world.recipients(played.row.expect.nothing_to)
    mailed = sorted({mail.recipient for mail in mails} & set(spared))
    return Check("nothing to", not mailed, f"mailed {', '.join(mailed)}" if mailed else f"{len(spared)} left alone")


def _left(world: World, played: Played, mails: Sequence[MailView]) -> list[Check]:
    """Judge each mail that must have left by itself: to whom, and how soon after the row."""
    checks = []
    for one in played.row.expect.outbound:
        if one.kind not in MUST_LEAVE or one.optional:
            continue
        for address in world.recipients(one.to):
            checks.append(_one_left(played, one, address, mails))  # noqa: PERF401 - the two loops read as the row does
    return checks


def _one_left(played: Played, one: Outbound, address: str, mails: Sequence[MailView]) -> Check:
    within = period(one.within or USUALLY)
    name = f"{one.kind} to {'the sender' if one.to == address else one.to if isinstance(one.to, str) else address}"
    times = [
        moment(mail.settled_at) - played.row.at for mail in mails if mail.recipient == address and mail.state == "sent"
    ]
    if not times:
        return Check(name, ok=False, words=f"nothing left for {address}")
    soonest = min(times)
    minutes = int(soonest.total_seconds() // 60)
    return Check(name, soonest <= within, f"after {minutes} min" if minutes else "at once")


def period(words: str) -> timedelta:
    """Read `PT15M`, `PT1H` or `same day`. Raises HarnessFault for words of another kind."""
    if words == "same day":
        return timedelta(days=1)
    found = PERIOD.fullmatch(words)
    if not found:
        raise HarnessFault(f"“{words}” is no period. Expected one such as PT15M")
    return timedelta(hours=int(found[1] or 0), minutes=int(found[2] or 0))
