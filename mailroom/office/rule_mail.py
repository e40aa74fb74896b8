"""Rules by mail: checked whole, tried on stored mail, answered with the report and a code. Nothing changes by itself.

A change is a draft of whole files on the set in force. One with a fault is answered with its faults; a sound one goes
live only on APPROVE with its code, from the very person, while the files it changes are still as they were.
"""

import difflib
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random, SystemRandom
from typing import Final

from sqlite_utils import Database

from mailroom.errors import Problem, Problems
from mailroom.message import Message
from mailroom.message.file_bytes import file_bytes
from mailroom.office import files, mail, replay, wording
from mailroom.office.commands.links import mailto
from mailroom.office.files import OfficeFiles
from mailroom.office.mail import NOTHING, Cause, Recipient
from mailroom.office.office import Office, build
from mailroom.office.replay import Outcome
from mailroom.rules import RuleSet, excerpt, mailed
from mailroom.rules.commands import may_change_rules
from mailroom.rules.lines import canonical, decoded, rows
from mailroom.rules.model import Facts
from mailroom.store import codes, drafts, messages, people, rule_sets

REPORT: Final = "notice/rules-report"
MOST_FAULTS = 10
MOST_CHANGES = 20
MOST_SHOWN = 80
TRIED_ON = 2000
"""Stored messages a change is tried on, the newest: a couple of seconds, in which nothing else is done."""
TRIED_SINCE = timedelta(days=180)


@dataclass(frozen=True, slots=True)
class Mailed:
    """Rules in a mail: the files they change, by key, and what is wrong before any is read."""

    changes: Mapping[str, bytes]
    problems: tuple[Problem, ...] = ()
    line: str = "rules by mail"
    """What stands for the words of a command, where a command's are shown."""


def find(office: Office, db: Database, row: int, message: Message, facts: Facts) -> Mailed | None:
    """Return the rules a mail brings, None when it brings none or comes from nobody who may change them."""
    if not may_change_rules(message, facts):
        return None
    found = mailed.blocks(message.new_text)
    named = [one for one in message.attachments if one.name.lower().endswith(".txt")]
    if not found and not named:
        return None
    present = _in_force(office, db)
    problems = [
        Problem("the mail", 0, f"two rules in it are called “{name}”.")
        for name, n in Counter(canonical(block.name) for block in found).items()
        if n > 1
    ]
    changes: dict[str, bytes] = {}
    for one, data in file_bytes(messages.raw(db, row)) if named else ():
        key = mailed.key_of(one.name, data, present) if one.name.lower().endswith(".txt") else ""
        if key and key in changes:
            problems.append(Problem(key, 0, "is attached twice."))
        elif key:
            changes[key] = data
    changes |= mailed.merged(found, {**present, **changes})
    return Mailed(changes, tuple(problems)) if changes or problems else None


def propose(  # noqa: PLR0913 - what a proposal is made of
    office: Office,
    db: Database,
    now: datetime,
    *,
    changes: Mapping[str, bytes],
    by: str,
    person: str,
    cause: Cause = NOTHING,
    problems: tuple[Problem, ...] = (),
    lead: str = "",
    rnd: Random | None = None,
) -> int:
    """Check a change of the files, try it, and write the report with a one-time code to a person; returns its draft.

    `by` is the name the history will know it by. `problems` are faults found on the way, which alone refuse it.
    `lead` says why, where nobody has asked for it.
    """
    present = _in_force(office, db)
    wanted = {**present, **changes}
    words = mailed.in_words(present, wanted) or "nothing"
    ruleset, faults = _built(office, wanted, problems)
    if not faults and wanted == present:
        faults = (Problem("the mail", 0, "all of this is in force already, so there is nothing to change."),)
    draft = drafts.add(
        db, now, person=person, by=by, words=words, state="faulty" if faults else "waiting", files=changes,
        base=drafts.hashes(present, changes), cause=cause.message,
    )  # fmt: skip
    address = people.address_of(db, person)
    if address is None:
        return draft.id
    report: dict[str, object] = {"what": words, "lead": lead, "message_number": "", "received": ""}
    if faults or ruleset is None:
        # Nothing of it waits for a word, so no code stands below it either.
        report |= {**_faulty(faults, wanted), "code": ""}
    else:
        code = codes.issue(db, person, "rules", draft.id, draft.sha256, now, rnd or SystemRandom())
        mailbox = office.config.office.mailbox
        report |= {
            "shown": list(_difference(present, changes)), "code": code,
            "approve_link": mailto(mailbox, "APPROVE", code), "refuse_link": mailto(mailbox, "REFUSE", code),
            **_tried(office, ruleset, now),
        }  # fmt: skip
    mail.write(
        office, db, now, key=f"rules:{draft.id}:{person}", template=REPORT, kind="notice", variables=report,
        recipient=Recipient(address, person, people.name_of(db, person)), cause=cause,
    )  # fmt: skip
    return draft.id


def outcome(db: Database, draft: int) -> str:
    """Say in a sentence what became of a proposal when it was checked."""
    made = drafts.by_id(db, draft)
    if made.state == "faulty":
        return f"A change was sent back with its faults: {made.words}."
    return f"A change was checked and waits for its code: {made.words}."


def _in_force(office: Office, db: Database) -> dict[str, bytes]:
    """Return the files of the set in force; those on disk in an office that has not run yet and is only asked why."""
    return rule_sets.last_good(db) or files.lying(office.config)


def _built(
    office: Office, wanted: Mapping[str, bytes], problems: tuple[Problem, ...]
) -> tuple[RuleSet | None, tuple[Problem, ...]]:
    if problems:
        return None, problems
    try:
        return build(OfficeFiles.of(wanted, patterns=office.config.rules.patterns), wanted)[0], ()
    except Problems as error:
        return None, error.problems


def _faulty(faults: tuple[Problem, ...], wanted: Mapping[str, bytes]) -> dict[str, object]:
    listed = [
        {
            "where": f"{one.file}, line {one.line}" if one.line else one.file,
            "text": one.text + (f" Did you mean “{one.hint}”?" if one.hint else ""),
            "shown": _marked(one, wanted.get(one.file, b"")),
        }
        for one in faults[:MOST_FAULTS]
    ]
    return {"faults": listed, "more_faults": _more(len(faults), MOST_FAULTS)}


def _marked(fault: Problem, data: bytes) -> str:
    """Return the line of a fault with ^ before the word: a caret on a row of its own stands nowhere on a phone."""
    line = excerpt.line_of(fault, data)
    if not line.strip():
        return ""
    at, _ = excerpt.spot(fault, line)
    quoted = re.findall("“(.+?)”", fault.text)
    named = [line.casefold().find(word.casefold()) for word in quoted if word.casefold() in line.casefold()]
    if named and at not in named:
        at = named[0]
    return f"{line[:at]}^{line[at:]}".strip()


def _difference(present: Mapping[str, bytes], changes: Mapping[str, bytes]) -> Iterator[str]:
    """Give the lines that come and go: a whole file is too long for a mail, and the rest of it stays."""
    shown = 0
    for key in sorted(changes):
        before, after = (rows(decoded(files.get(key, b""))) for files in (present, changes))
        for line in difflib.unified_diff(before, after, lineterm="", n=0):
            if line.startswith(("---", "+++", "@@")) or not line[1:].strip():
                continue
            shown += 1
            if shown > MOST_SHOWN:
                yield "and more lines than fit here"
                return
            yield ("new: " if line[0] == "+" else "gone: ") + line[1:]


def _tried(office: Office, ruleset: RuleSet, now: datetime) -> dict[str, object]:
    """Replay the changed set over stored mail, and say what would be sorted differently."""
    found = replay.replay(office, ruleset, since=now - TRIED_SINCE, limit=TRIED_ON)
    listed = [
        {
            "number": one.name, "sender": one.sender or "nobody", "received": wording.short_moment(one.at, office.zone),
            "before": one.before.class_ or replay.NOBODY, "after": _becomes(one.before, one.after),
            "because": ", ".join(f"“{word}”" for word in one.words),
        }
        for one in found.differences[:MOST_CHANGES]
    ]  # fmt: skip
    more = _more(len(found.differences), MOST_CHANGES)
    looked_at = wording.count(found.looked_at, "message") if found.looked_at else ""
    return {"looked_at": looked_at, "changes": listed, "more_changes": more}


def _becomes(before: Outcome, after: Outcome) -> str:
    """Say what would come of a message instead, the class first."""
    folder = [f"filed in {after.folder or 'no folder'}"] if after.folder != before.folder else []
    flags = [f"flagged {flag}" for flag in after.flags if flag not in before.flags]
    gone = [f"no longer {one}" for one in sorted(before.does - after.does)]
    return "; ".join([after.class_ or replay.NOBODY, *folder, *flags, *sorted(after.does - before.does), *gone])


def _more(n: int, most: int) -> str:
    return str(n - most) if n > most else ""
