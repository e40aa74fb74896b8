"""A command that sends something, shown before it is carried out: what it would do now, and a code that lets it.

What is shown is done for good and rolled back, so that a proof and the thing itself are one path. On APPROVE it is
done once more, and stands only where it is still what was shown.
"""

import difflib
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from random import SystemRandom
from typing import Final

from sqlite_utils import Database

from mailroom.office import wording
from mailroom.office.commands.given import Given, Outcome, not_done
from mailroom.office.commands.links import mailto
from mailroom.office.plain import plain_words
from mailroom.store import codes, pending, people, views
from mailroom.store.codes import Code
from mailroom.store.views import MailView

TEMPLATE: Final = "notice/shown"
MOST_NAMES: Final = 30
OF_THE_OFFICE: Final = frozenset({"notice", "alert", "task", "digest"})
"""Kinds of mail by which the office tells its own people."""
MOST_LINES: Final = 12
"""Lines of a difference that fit a mail; whoever is shown more reads the new proof."""

Do = Callable[[Given], Outcome]


@dataclass(frozen=True, slots=True)
class Shown:
    """What a command would do, or has done: its outcome, and every word of it that counts, line by line."""

    outcome: Outcome
    lines: tuple[str, ...]
    people: str
    subject: str
    words: str
    others: tuple[str, ...] = ()
    """Mails of another kind than the one whose words are shown: to whom, and their subjects."""
    mails: tuple[MailView, ...] = ()
    """What goes to others than the office itself."""

    @property
    def sha256(self) -> str:
        """The hash of what counts."""
        return hashlib.sha256("\n".join(self.lines).encode()).hexdigest()


def rehearse(given: Given, do: Do) -> Shown:
    """Return what a command would do now. Nothing of it stays."""
    with pending.rolled_back(given.db):
        return carry_out(given, do)


def carry_out(given: Given, do: Do) -> Shown:
    """Do what a command says, and return it with what it sends to others than the office itself.

    What it only holds waits for a word of its own.
    """
    outcomes: list[Outcome] = []
    written = views.written_by(given.db, lambda: outcomes.append(do(given)))
    mails = [one for one in written if one.kind not in OF_THE_OFFICE and one.state != "held"]
    return _shown(given.db, outcomes[0], mails)


def show(given: Given, do: Do) -> Outcome:
    """Answer a command with what it would do, and a code that lets it; or with why it can't be done at all."""
    shown = rehearse(given, do)
    return _asked(given, shown, "") if shown.outcome.done else shown.outcome


def approve(given: Given, code: Code, original: Given, do: Do) -> Outcome:
    """Carry a command out that was shown before, where it still does what was shown."""
    kept = pending.by_id(given.db, code.subject)
    if kept.outcome:
        return not_done(f"{kept.line} was {kept.outcome} already; nothing was done a second time.")
    if kept.sha256 != code.sha256:
        return not_done(f"A newer proof of “{kept.line}” was sent to you after this code. Nothing was done.")
    shown = rehearse(original, do)
    if not shown.outcome.done:
        return shown.outcome
    if shown.sha256 != kept.sha256:
        differs = [line for line in difflib.ndiff(kept.shown, shown.lines) if line[:2] in ("- ", "+ ")][:MOST_LINES]
        said = "; ".join(f"{'no longer' if line[0] == '-' else 'now'}: {line[2:]}" for line in differs)
        codes.void(given.db, "command", kept.id, codes.REPLACED, given.now)
        return _asked(original, shown, f"It would do something else than you were shown, so nothing was done. {said}")
    outcome = carry_out(original, do).outcome
    codes.redeem(given.db, given.command.code, given.sender.person, given.now, "approved")
    pending.settle(given.db, kept.id, "approved", given.now)
    return outcome


def refuse(given: Given, code: Code) -> Outcome:
    """Drop a command that was shown."""
    kept = pending.by_id(given.db, code.subject)
    if not pending.settle(given.db, kept.id, "refused", given.now):
        return not_done(f"{kept.line} was {kept.outcome} already; nothing was done.")
    codes.redeem(given.db, given.command.code, given.sender.person, given.now, "refused")
    return Outcome((f"Dropped: {kept.line}. Nothing of it was done.",))


def _asked(given: Given, shown: Shown, lead: str) -> Outcome:
    """Keep a command and ask for its sender's word on it."""
    command, person, mailbox = given.command, given.sender.person, given.office.config.office.mailbox
    kept = pending.add(
        given.db, given.row, given.now, person=person, verb=command.verb, line=command.line, case=given.about.case,
        sha256=shown.sha256, shown=shown.lines,
    )  # fmt: skip
    code = codes.issue(given.db, person, "command", kept, shown.sha256, given.now, SystemRandom())
    variables = {
        "lead": lead, "lines": list(shown.outcome.lines), "people": shown.people, "sent_subject": shown.subject,
        "words": shown.words, "others": list(shown.others), "code": code,
        "approve_link": mailto(mailbox, "APPROVE", command.ref, code),
        "refuse_link": mailto(mailbox, "REFUSE", command.ref, code),
    }  # fmt: skip
    said = lead or f"Nothing was done yet: {command.verb.upper()} waits for APPROVE {code}."
    return Outcome((said,), done=False, template=TEMPLATE, variables=variables)


def _shown(db: Database, outcome: Outcome, mails: list[MailView]) -> Shown:
    to = [people.name_of(db, one.person) or "whoever wrote" for one in mails]
    names = list(dict.fromkeys(to))
    texts = dict.fromkeys((one.template, one.subject, plain_words(one.mime)) for one in mails)
    first = next(iter(texts), ("", "", ""))
    who = f"{wording.count(len(names), 'person', 'people')}: {', '.join(names[:MOST_NAMES])}" if names else ""
    more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    counted = [
        *outcome.lines, *(f"to {name}: {one.subject}" for name, one in zip(to, mails, strict=True)),
        *(line for _, _, text in texts for line in text.split("\n") if line.strip()),
    ]  # fmt: skip
    others = dict.fromkeys(
        f"To {name}: “{one.subject}”" for name, one in zip(to, mails, strict=True) if one.template != first[0]
    )
    return Shown(outcome, tuple(counted), who + more, first[1], first[2], tuple(others), tuple(mails))
