"""How the set of rules and templates in force changes: by a saved file, by mail, or by taking a change back.

A saved file is first on disk and then in force. What is approved by mail, or taken back, is first in force, in the
transaction of whoever asked for it, and then written to disk by `carry_out`: so it is done whole or not at all, and
a preview that is rolled back changes no file.
"""

import contextlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from sqlite_utils import Database

from mailroom.errors import MailroomError, Problems
from mailroom.office import files, history
from mailroom.office.files import OfficeFiles
from mailroom.office.office import TO_WRITE, Office, accept, build, refuse
from mailroom.store import journal, rule_sets, settings

SETTLE_SECONDS = 1.0
"""A set is taken over when two looks this far apart find the same: a file may be half-written."""

HELD_LOOKS = 20
"""How many looks a file may be held by somebody else before a person is told."""

Outcome = Literal["nothing", "settling", "refused", "live"]


class NotNow(MailroomError):
    """Why a change could not be made, in a sentence for the coordinator."""


@dataclass(frozen=True, slots=True)
class WentBack:
    """What was taken back: the change, when and by whom it was made, and the files that are as before."""

    words: str
    who: str
    at: str
    files: tuple[str, ...]


def refresh(office: Office, now: datetime, *, settled: bool = False) -> Outcome:
    """Take over files the coordinator has saved since; `settled` when nobody can be saving at this moment.

    Broken files leave the set in force; the alarm says so until they are mended.
    """
    went_live = carry_out(office, now)
    snapshot = files.snapshot(office.config)
    if snapshot == office.snapshot:
        office.unsettled = None
        return "live" if went_live else "nothing"
    if not settled and snapshot != office.unsettled:
        office.unsettled = snapshot
        return "settling"
    broken: Mapping[str, bytes] = {}
    try:
        found = files.read_office(office.config)
        broken = found.all
        ruleset, texts = build(found, rule_sets.last_good(office.store.db))
    except Problems as error:
        if isinstance(error, files.Held) and not settled and office.looks < HELD_LOOKS:
            office.looks += 1
            return "settling"
        office.snapshot, office.unsettled, office.looks = snapshot, None, 0
        with office.store.immediate() as db:
            refuse(office, db, error.problems, broken, now)
        return "refused"
    office.snapshot, office.unsettled, office.looks = snapshot, None, 0
    office.rules, office.templates = ruleset, texts
    with office.store.immediate() as db:
        accept(office, db, found, now)
    return "live"


def adopt(office: Office, db: Database, changes: Mapping[str, bytes], now: datetime, *, who: str) -> str:
    """Put changed files (by key) into force with the caller's transaction, and say in words what changed.

    Raises:
        Problems: the set would have a fault with them.
        NotNow: the files on disk are not those in force, so that one change would hide another, or can't be written.

    """
    kept = rule_sets.last_good(db) or {}
    _may_be_written(office)
    _no_edit_at_hand(office, kept)
    wanted = kept | dict(changes)
    build(OfficeFiles.of(wanted, patterns=office.config.rules.patterns), kept)
    words = history.changed(kept, wanted)
    if rule_sets.keep(db, wanted, now, who, words):
        _to_be_written(db)
        journal.write(db, now, "rules", f"A new set of rules and templates is in force, by {who}: {words}.")
    return words


def go_back(office: Office, db: Database, now: datetime, *, who: str, to: int | None = None) -> WentBack:
    """Put the set before the one in force, or the set with number `to`, into force again.

    Where the files on disk hold a change that is not in force, that change is taken back and nothing else; what was
    typed stays beside each file under its name with .bak.

    Raises:
        NotNow: there is none before, or the files can't be written.
        Problems: that set is no longer sound, as mailroom itself has changed since.

    """
    _may_be_written(office)
    kept = rule_sets.last_good(db) or {}
    edited = kept if settings.get(db, TO_WRITE) else files.lying(office.config)
    now_in_force = rule_sets.in_force(db)
    if now_in_force is None:
        raise NotNow("no set was ever in force")
    if to is None and edited != kept:
        _to_be_written(db)
        words = history.changed(kept, edited)
        journal.write(db, now, "rules", f"A change that was not in force was taken back by {who}: {words}.")
        return WentBack(f"what was saved and not in force ({words})", "", "", _differing(kept, edited))
    number = to if to is not None else now_in_force.follows
    wanted = rule_sets.files_of(db, number) if number is not None else None
    if wanted is None:
        raise NotNow(f"there is no set {to}" if to is not None else "no change has been made since the beginning")
    build(OfficeFiles.of(wanted, patterns=office.config.rules.patterns), wanted)
    words = history.changed(kept, wanted)
    if not words:
        raise NotNow(f"set {number} is what is in force already")
    rule_sets.keep(db, wanted, now, who, f"taken back: {now_in_force.words}")
    _to_be_written(db)
    journal.write(db, now, "rules", f"{who} took back a change of {now_in_force.at}: {now_in_force.words}.")
    return WentBack(now_in_force.words, now_in_force.who, now_in_force.at, _differing(kept, wanted))


def carry_out(office: Office, now: datetime) -> bool:
    """Write to disk a set that was put into force by `adopt` or `go_back`, and use it; True when there was one."""
    db = office.store.db
    if not settings.get(db, TO_WRITE):
        return False
    wanted = rule_sets.last_good(db) or {}
    found = OfficeFiles.of(wanted, patterns=office.config.rules.patterns)
    ruleset, texts = build(found, wanted)
    former, lying = rule_sets.formerly(db), files.lying(office.config)
    for key in _differing(wanted, lying):
        typed = lying.get(key)
        _write(files.path_of(office.config, key), wanted.get(key), "" if typed == former.get(key) else ".bak")
    office.rules, office.templates = ruleset, texts
    office.snapshot, office.unsettled = files.snapshot(office.config), None
    with office.store.immediate() as db:
        settings.put(db, TO_WRITE, "")
        accept(office, db, found, now)
    return True


def write_history(office: Office) -> str:
    """Commit what has gone into force since; return why that could not be, or "". What fails is not tried again."""
    faults = [history.commit(office.config, one.files, one.words, one.who, one.at) for one in office.uncommitted]
    office.uncommitted = ()
    return next((fault for fault in faults if fault), "")


def _may_be_written(office: Office) -> None:
    for root in (office.config.office.rules, office.config.office.templates):
        for folder, _, _ in os.walk(root):
            if not os.access(folder, os.W_OK):
                raise NotNow(f"mailroom may not write to {folder}, so the files there have to be changed by hand")


def _no_edit_at_hand(office: Office, kept: Mapping[str, bytes]) -> None:
    if settings.get(office.store.db, TO_WRITE):
        return
    if words := history.changed(kept, files.lying(office.config)):
        raise NotNow(f"the files in the folder are not those in force ({words}). Mend or take back that change first")


def _to_be_written(db: Database) -> None:
    settings.put(db, TO_WRITE, "yes")


def _differing(one: Mapping[str, bytes], other: Mapping[str, bytes]) -> tuple[str, ...]:
    return tuple(key for key in sorted(one.keys() | other.keys()) if one.get(key) != other.get(key))


def _write(path: Path, data: bytes | None, aside: str) -> None:
    """Replace a file in one step; what stood there and was never in force is kept under its name and `aside`."""
    if aside:
        with contextlib.suppress(FileNotFoundError):
            path.replace(path.with_name(f"{path.name}{aside}"))
    if data is None:
        path.unlink(missing_ok=True)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_name(f".{path.name}.tmp")
    with half.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    half.replace(path)
