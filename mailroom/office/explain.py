"""Explain a message: the real path, in a transaction that is rolled back (design, section 8).

Preview and production are one code path: what `why` shows is what would be done.
"""

import hashlib
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlite_utils import Database

from mailroom.errors import Unreadable
from mailroom.message import Message, as_json, read
from mailroom.message.opaque import opaque
from mailroom.office import histories, trial
from mailroom.office.cases import answering
from mailroom.office.office import Office
from mailroom.office.take import take
from mailroom.rules.model import Sender
from mailroom.store import cases, confirmed, links, messages, outbox
from mailroom.store.messages import Arrived, Packed, Waiting

WHY = ("rule", "file", "line", "words")
"""What each action says of its cause."""

NOWHERE = "(a file)"
"""The folder of a message that came from no mailbox."""


def explain(
    office: Office, file: str, raw: bytes, message: Message | Unreadable, received_at: datetime
) -> dict[str, Any]:
    """Return the `why --json` object of one message, as of the moment the server received it.

    `message` is what the reader process made of `raw`; one it could not read would be quarantined.
    """
    with office.store.rolled_back() as db:
        if isinstance(message, Unreadable):
            row = _enter(db, raw, received_at)
            unread = opaque(len(raw), hashlib.sha256(raw).hexdigest(), (str(message),))
            return _whole(db, row.id, as_json(unread, file), Sender(""), None, {})
        row = _enter(db, raw, received_at)
        placed, decision = take(office, db, row, message, received_at)
        return _whole(db, row.id, as_json(message, file), placed.sender, placed.joined.thread, asdict(decision))


def recall(office: Office, number: int) -> dict[str, Any] | None:
    """Return the same object for a stored message, from what was decided then; None when there is none such."""
    db = office.store.db
    stored = messages.stored(db, number)
    if stored is None:
        return None
    message = read(stored.raw, office.config.border) if stored.raw else None
    said = as_json(message, f"#{number}") if message else {"file": f"#{number}", "subject": stored.subject}
    sender = Sender(stored.from_address, person=stored.person, kind=stored.person_kind, trust=stored.trust)
    whole = _whole(db, number, said, sender, stored.thread, stored.decision)
    if person := confirmed.of(db, number):
        # What somebody says of it since then counts; the actions tell what was decided at the time.
        whole |= {"class": person.class_, "confirmed": {"class": person.class_, "by": person.by, "at": person.at}}
    return whole


def recall_case(office: Office, ref: str) -> dict[str, Any] | None:
    """Return how a case came to where it is, and because of what; None when there is none such."""
    case = cases.by_ref(office.store.db, ref.upper())
    if case is None:
        return None
    return histories.of_case(office.store.db, case) | {"forms": answering.shown(office, office.store.db, case)}


def _whole(
    db: Database, row: int, said: dict[str, Any], sender: Sender, thread: int | None, decision: dict[str, Any]
) -> dict[str, Any]:
    return {
        **said,
        "sender": {"person": sender.person or None, "kind": sender.kind or None, "trust": sender.trust},
        "thread": thread,
        "links": [{"ref": one.ref, "state": one.state, "how": one.how} for one in links.of_message(db, row)],
        "class": decision.get("class_") or None,
        "suggestions": [{"class": one["class_"], "near": one["near"]} for one in decision.get("suggestions", ())],
        "flags": messages.flags(db, row),
        "priority": decision.get("priority", {"n": 0, "words": "not decided yet"}),
        "actions": [
            {"action": _words(one["verb"], one["values"]), **{key: one[key] for key in WHY}}
            for one in decision.get("actions", ())
        ],
        "near_misses": list(decision.get("near_misses", ())),
        "matched": list(decision.get("matched", ())),
        "trial": [
            {"action": trial.in_words(one["verb"], one["values"]), **{key: one[key] for key in WHY}}
            for one in decision.get("trial", ())
        ],
        "mails": [asdict(mail) for mail in outbox.caused_by(db, row)],
        "history": histories.of_message(db, row),
    }


def _enter(db: Database, raw: bytes, received_at: datetime) -> Waiting:
    arrived = Arrived(NOWHERE, 0, 0, received_at, len(raw), Packed.of(raw))
    row = messages.receive(db, arrived, received_at, history=False)
    assert row is not None  # noqa: S101 - the folder of files is empty but for this one
    return Waiting(row, received_at, history=False, size=len(raw))


def _words(verb: str, values: list[str]) -> str:
    """Say an action in full: the template that a mail was written from belongs to it."""
    return trial.in_words(verb, values) if verb == "open" else f"{verb}: {'; '.join(values)}"
