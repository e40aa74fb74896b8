"""The clocks of a case as rows: wound as it enters a stage, set anew as a fact changes, stopped as it leaves.

A clock keeps its row through an edit of the file that only moves lines. What has come once in a stage does not come
again because the file was saved; a deadline does, as long as the case rests.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import astuple
from datetime import datetime
from typing import Final

from sqlite_utils import Database

from mailroom.clock import moment
from mailroom.office.cases.moments import calendar
from mailroom.office.cases.scene import Scene
from mailroom.office.office import Office
from mailroom.office.working_days import after_quiet
from mailroom.rules.cases import At, CaseFile, Moment, Timer, due, timers
from mailroom.store import case_facts, case_timers, cases
from mailroom.store.case_timers import Clock
from mailroom.store.cases import Case

UNSAID: Final = Moment("entry", "", 5, "working_days")
"""The deadline of a stage whose file names none: an open case is never without a next step."""


MOST_KEPT: Final = 1000
_FINGERPRINTS: Final[dict[int, tuple[CaseFile, str]]] = {}
"""Of the files in force, so that an idle look reckons nothing."""


def running(process: CaseFile, stage: str) -> tuple[Timer, ...]:
    """Return the clocks of a stage, with the deadline nobody wrote where it has none."""
    found = timers(process, stage)
    if stage in process.final or any(one.kind == "deadline" for one in found):
        return found
    return (*found, Timer(At(process.file, 0), UNSAID, kind="deadline"))


def wind(scene: Scene) -> None:
    """Let the clocks of the case's stage run, by what is known of it now."""
    wind_case(scene.office, scene.db, scene.process, scene.case)


def wind_case(office: Office, db: Database, process: CaseFile, case: Case, *, since: datetime | None = None) -> None:
    """Let the clocks of a case's stage run. `since`: a clock that is new to the case and lay before it owes nothing."""
    wanted = [] if case.final else list(_clocks(office, db, process, case))
    if since is not None:
        known = case_timers.keys(db, case.id)
        wanted = [one for one in wanted if one.key in known or one.due_at > since or one.kind == "deadline"]
    case_timers.write(db, case.id, wanted)
    case_timers.timed(db, case.id, fingerprint(process))


def fingerprint(process: CaseFile) -> str:
    """Return what tells one state of a process file from another, as far as clocks go."""
    if (known := _FINGERPRINTS.get(id(process))) is not None and known[0] is process:
        return known[1]
    stages = sorted({one.name for one in process.stages} | set(process.final))
    said = repr([(stage, running(process, stage)) for stage in stages])
    found = hashlib.sha256(said.encode()).hexdigest()[:16]
    if len(_FINGERPRINTS) > MOST_KEPT:
        _FINGERPRINTS.clear()
    _FINGERPRINTS[id(process)] = (process, found)
    return found


def rewind(office: Office, now: datetime, limit: int = 2000) -> int:
    """Wind the clocks of cases whose file has changed, that were brought in, or that a person has answered by hand.

    All of them, `limit` of a kind at a time: a clock of a line that stands elsewhere now would be taken for none.
    """
    files = {name: fingerprint(process) for name, process in office.rules.cases.items()}
    done = 0
    while behind := case_timers.untimed(office.store.db, files, limit):
        with office.store.immediate() as db:
            for number, kind, was in behind:
                case = cases.by_id(db, number)
                wind_case(office, db, office.rules.cases[kind], case, since=now if was else None)
        done += len(behind)
    return done


def _clocks(office: Office, db: Database, process: CaseFile, case: Case) -> Iterator[Clock]:
    facts = case_facts.known(db, case.id)
    met: dict[str, int] = {}
    for timer in running(process, case.stage):
        quiet_since = case.quiet_since if timer.kind == "deadline" else case.entered_at
        at = _comes(office, timer, moment(quiet_since), facts)
        if at is None:
            continue
        name = f"{timer.kind}:{_written(timer)}"
        met[name] = met.get(name, 0) + 1
        key = f"{name}:{met[name]}" + (f":{quiet_since}" if timer.kind == "deadline" else "")
        yield Clock(key, timer.at.file, timer.at.line, timer.kind, at)


def _comes(office: Office, timer: Timer, entry: datetime, facts: dict[str, str]) -> datetime | None:
    at = due(timer.moment, entry, facts, calendar(office), at_least=timer.at_least)
    if at is None:
        return None
    return after_quiet(at, office.config.hours.quiet, office.zone) if timer.hours == "not_quiet" else at


def _written(timer: Timer) -> str:
    return " ".join(str(part) for part in (*astuple(timer.moment), timer.n))
