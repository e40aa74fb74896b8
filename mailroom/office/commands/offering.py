"""What a mail to somebody of the office lets them say in answer: a link for each command, and the code it needs.

Every mail about a case that goes to a person who may give it a command ends so, whatever its template says.
"""

import hashlib
from collections.abc import Iterator, Mapping
from datetime import datetime
from random import SystemRandom
from typing import Final

from sqlite_utils import Database

from mailroom.office.commands.links import mailto
from mailroom.office.office import Office
from mailroom.rules.cases import OnCommand
from mailroom.rules.cases.step import places_of
from mailroom.rules.cases.verbs import holders
from mailroom.rules.commands import VERBS
from mailroom.store import cases, codes, people
from mailroom.store.cases import Case

KINDS: Final = frozenset({"notice", "alert", "task"})
"""Kinds of mail that take a command. Others go to people who are answered, not asked."""

MOST: Final = 6
"""Commands offered in one mail; a phone shows no more without being searched."""

CLOSE: Final = "close"
CLOSED: Final = "closed"


def offers(
    office: Office,
    db: Database,
    person: str,
    kind: str,
    variables: Mapping[str, object],
    case: int | None,
    message: int | None,
    now: datetime,
) -> dict[str, object]:
    """Return the variables `offers` and `code` of a mail, {} for one that takes no command or shows its own."""
    roles = set(people.roles_of(db, person)) if person and kind in KINDS and "code" not in variables else set()
    if not roles & (set().union(*(verb.roles for verb in VERBS.values()), *office.rules.verbs.values())):
        return {}
    if case is not None:
        about = cases.by_id(db, case)
        said = [] if about.final else list(verbs_of_case(office, about, roles))[:MOST]
        code = _code(db, person, "case", about.id, stage_hash(about), now) if said else ""
        target = about.ref
    elif message is not None and "undo_link" not in variables:
        said, target = [verb for verb in ("why", "undo") if roles & VERBS[verb].roles], f"#{message}"
        code = _code(db, person, "message", message, str(message), now) if said else ""
    else:
        return {}
    mailbox = office.config.office.mailbox
    words = [f"{verb.upper()} {target} {code}" for verb in said]
    return {"offers": [{"words": one, "link": mailto(mailbox, one)} for one in words], "code": code} if said else {}


def stage_hash(case: Case) -> str:
    """Return what a code for a case is bound to: its present stage, and when it came into it."""
    return hashlib.sha256(f"{case.ref}:{case.stage}:{case.entered_at}".encode()).hexdigest()


def verbs_of_case(office: Office, case: Case, roles: set[str]) -> Iterator[str]:
    """Give the verbs that a case waits for from these roles, in the order of its file; and its end."""
    process = office.rules.cases.get(case.kind)
    given: set[str] = set()
    for place in places_of(process, case.stage) if process is not None else ():
        for when in place.whens:
            trigger = when.trigger
            if process is None or not isinstance(trigger, OnCommand) or not roles & holders(trigger.from_, process):
                continue
            for verb in trigger.verbs:
                if verb not in given:
                    given.add(verb)
                    yield verb
    if CLOSE not in given and roles & VERBS[CLOSE].roles and (process is None or CLOSED in process.final):
        yield CLOSE


def _code(db: Database, person: str, about: codes.About, subject: int, sha256: str, now: datetime) -> str:
    found = codes.standing(db, person, about, subject, sha256, now)
    return found or codes.issue(db, person, about, subject, sha256, now, SystemRandom())
