"""One change after another, taken back: what each table needs, and the sentence that tells of it."""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlite_utils import Database

from mailroom.clock import moment
from mailroom.office import wording
from mailroom.store import acts, cases, journal, keeping, links, outbox, people, reminders, tasks
from mailroom.store.acts import Change

UNDONE: Final = "undone"
"""The stage of a case that was never meant to be opened."""

APART: Final = frozenset({"quarantined", "restricted"})
_PLACE: Final = frozenset({"folder", "state", "reason", "bin_on"})
_BELONGS: Final = frozenset({"case_id", "thread_id"})
_LASTING: Final = {
    "do not index": "The words of #{} stay out of the search.",
    "restrict": "The words of #{} stay out of the search.",
    "strip attachments": "The files that were taken out of #{} are gone for good; it stays in Restricted.",
}
_STANDS: Final = {
    "confirmed": "belongs again to",
    "proposed": "may belong, as before, to",
    "refused": "is kept out, as before, of",
    "": "has nothing to do any more with",
}
_ON_THE_WAY = {
    "sent": "was sent",
    "sending": "is being sent",
    "doubtful": "may have been sent",
}


class Undoing:
    """An undo while it goes on; changes come last first."""

    def __init__(self, db: Database, zone: ZoneInfo, now: datetime, why: str) -> None:
        """Take back in `db`; `why` is written beside what is cancelled or closed."""
        self._db = db
        self._zone = zone
        self._now = now
        self._why = why
        self._reversed: list[str] = []
        self._kept: list[str] = []
        self._opened: list[int] = []
        self._rows: dict[int, dict[str, Any]] = {}
        """Messages changed, as they stood before the undo began."""

    @property
    def reversed(self) -> tuple[str, ...]:
        """What was taken back, a sentence each."""
        said = [line for row, before in self._rows.items() for line in self._about(row, before)]
        return tuple(dict.fromkeys([*said, *self._reversed]))

    @property
    def kept(self) -> tuple[str, ...]:
        """What could not be."""
        return tuple(dict.fromkeys(self._kept))

    def take_back(self, change: Change) -> None:
        """Take one change back."""
        tables: dict[str, Callable[[Change], None]] = {
            "messages": self._message,
            "cases": self._case,
            "case_events": self._event,
            "outbox": self._mail,
        }
        tables.get(change.table, self._row)(change)

    def close_cases(self) -> None:
        """End the cases that the act had opened, with what is still going on about them."""
        for number in self._opened:
            case = cases.by_id(self._db, number)
            for row in outbox.going(self._db, number):
                outbox.cancel(self._db, row, self._why, self._now)
            tasks.drop(self._db, number, self._now)
            cases.move(self._db, case, UNDONE, self._now, final=True, event=UNDONE, why=self._why, message=None)
            self._reversed.append(f"{case.ref} is closed as undone; its number is not used again.")

    def without_class(self) -> list[int]:
        """Return the messages that have lost their class or their decision, and came to us."""
        return [
            row
            for row, before in self._rows.items()
            if before["direction"] == "in" and before["decision"] != "{}" and self._has_lost(row, before)
        ]

    def _has_lost(self, row: int, before: dict[str, Any]) -> bool:
        now = self._now_is(row)
        return not now["class"] and any(now[name] != before[name] for name in ("class", "decision"))

    def _row(self, change: Change) -> None:
        """Take back a row that nothing hangs on."""
        if change.step == "added":
            words = self._named(change)
            acts.take_away(self._db, change)
            if change.table == "reminders" and change.message is not None:
                tasks.drop_reminders(self._db, change.message, self._now)
        elif change.step == "removed":
            acts.add_back(self._db, change.table, change.before)
            words = self._named(change)
        else:
            acts.change_back(self._db, change.table, change.row, change.before)
            words = self._named(change)
        if words:
            self._reversed.append(words)

    def _message(self, change: Change) -> None:
        row, before = change.row, dict(change.before)
        now = self._now_is(row)
        self._rows.setdefault(row, now)
        for verb in _verbs(now["decision"]) if "decision" in before else ():
            if verb in _LASTING:
                self._kept.append(_LASTING[verb].format(row))
        if journal.tells(self._db, "stripped", row):
            # The mail server's copy still holds what must not lie in a folder that everybody looks into.
            before = {name: value for name, value in before.items() if name not in _PLACE}
        state = before.pop("state", "")
        acts.change_back(self._db, "messages", row, before)
        if state in APART:
            keeping.set_state(self._db, row, state)
        elif state and now["state"] in APART:
            keeping.set_state(self._db, row, "filed" if now["filed_at"] else "handled")

    def _case(self, change: Change) -> None:
        if change.step == "added":
            self._opened.append(change.row)
        elif change.step == "changed":
            case = cases.by_id(self._db, change.row)
            acts.change_back(self._db, "cases", change.row, change.before)
            if stage := change.before.get("stage"):
                cases.record(self._db, case, self._now, event=UNDONE, to_stage=stage, why=self._why, message=None)
                self._reversed.append(f"{case.ref} is back at the stage “{stage}”.")

    def _event(self, change: Change) -> None:
        """Leave it: what happened in a case stays told, and that it was taken back is told after it."""

    def _mail(self, change: Change) -> None:
        mail = outbox.standing(self._db, change.row)
        if mail is None:
            return
        to = f"{people.name_of(self._db, mail.person)} ({mail.person})" if mail.person else mail.recipient
        if change.step == "changed":
            # A merge or a cut thread has put it elsewhere; what has become of it on its way out stays as it is.
            elsewhere = {name: value for name, value in change.before.items() if name in _BELONGS}
            acts.change_back(self._db, "outbox", change.row, elsewhere)
            if mail.state == "cancelled" and len(elsewhere) < len(change.before):
                self._kept.append(f"The mail {mail.template} to {to} that was withdrawn stays withdrawn.")
        elif outbox.cancel(self._db, change.row, self._why, self._now):
            self._reversed.append(f"The mail {mail.template} to {to} had not gone yet and is cancelled.")
        elif mail.state in _ON_THE_WAY:
            when = f" on {wording.moment(moment(mail.settled_at), self._zone)}" if mail.settled_at else ""
            self._kept.append(f"The mail {mail.template} to {to} {_ON_THE_WAY[mail.state]}{when}.")

    def _named(self, change: Change) -> str:
        """Say what became of a row: it is there, as it is before it goes or after it came back."""
        gone, number = change.step == "added", f"#{change.message}"
        match change.table:
            case "links" if change.case is not None:
                ref = cases.by_id(self._db, change.case).ref
                if change.step == "changed":
                    return f"{number} {_STANDS[links.state_of(self._db, change.message or 0, change.case)]} {ref}."
                return f"{number} is no longer linked to {ref}." if gone else f"{number} is linked to {ref} as before."
            case "tasks" if change.step == "changed" and "done_at" not in change.before:
                return ""
            case "tasks":
                text = tasks.text_of(self._db, change.row)
                return f"A task is withdrawn: {text}" if gone else f"A task is open again: {text}"
            case "records" if change.step == "changed":
                return ""
            case "records":
                return f"What {number} filled in is {'no longer' if gone else 'again'} recorded."
            case "reminders":
                if gone and reminders.was_sent(self._db, change.row):
                    self._kept.append(f"A reminder about {number} has been sent.")
                return f"The reminder about {number} is {'withdrawn' if gone else 'set again'}."
            case "confirmed":
                return f"{number} is {'no longer' if gone else 'again'} an example to learn from."
        return ""

    def _about(self, row: int, before: dict[str, Any]) -> list[str]:
        """Say what is different about a message now."""
        now = self._now_is(row)
        lines: list[str] = []
        if now["class"] != before["class"]:
            known = f"#{row} is {now['class']} again; it was {before['class'] or 'not known to any rule'}."
            lines.append(known if now["class"] else f"#{row} has no class any more; it was {before['class']}.")
        if lowered := [flag for flag in json.loads(before["flags"]) if flag not in json.loads(now["flags"])]:
            lines.append(f"#{row} is no longer flagged: {', '.join(lowered)}.")
        if now["folder"] != before["folder"]:
            lines.append(f"#{row} goes back to {now['folder'] or 'the inbox'}.")
        return lines

    def _now_is(self, row: int) -> dict[str, Any]:
        return keeping.outcome(self._db, row)


def _verbs(decision: str) -> list[str]:
    return [str(action["verb"]) for action in json.loads(decision).get("actions", ())]
