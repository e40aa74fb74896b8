"""The weekly digest to the chief inspector: one page, sent even when nothing happened.

Figures, references and dates only. A case's own text may name a person or a place, so it stays out, and
the owner of an action is shown as police or IAG, never by name.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from sqlite_utils import Database

from mailroom.clock import moment
from mailroom.office import wording
from mailroom.office.reading_age import reading_age
from mailroom.office.working_days import working_days_late
from mailroom.store import alarms, case_facts, cases, digest_lines, figures, people, settings
from mailroom.store.cases import Case
from mailroom.store.figures import Delivery, Membership

TEMPLATE: Final = "digest/weekly"
ROLE: Final = "chief_inspector"

ACTION: Final = "action"
DANGER: Final = "danger"
MOST_NEEDS = 5
"""One page: what is beyond it is counted in the last line."""
VERY_LATE = 10
"""Full working days after which a police action is the chief inspector's to settle (domain, C7)."""
PERSONAL: Final = frozenset({"vetting"})
"""Kinds of case whose reference names a member (VET-M03): counted here, never listed."""
ESCALATED: Final = frozenset({"breach", "consultation", "gold", "incident", "rights"})
"""Kinds of case that become the chief inspector's on the first full working day after their date."""
COMING = timedelta(days=14)
VETTING_SOON = timedelta(days=90)
WEEKS_OF_MEAN = 4

ON_THE_BOOKS = frozenset({"active", "on_leave", "restricted", "suspended"})
"""States of a member who belongs to the group; all but the first are flags on an active one (domain, C1)."""
NOT_VETTED = frozenset({"none", "requested", "with_unit", "expired", "suspended", "refused", "withdrawn"})


def variables(db: Database, now: datetime, zone: ZoneInfo) -> dict[str, object]:
    """Return the variables of digest/weekly (`variables.DIGEST`) as of `now`: the last whole week, Monday to Sunday."""
    today = now.astimezone(zone).date()
    monday = today - timedelta(days=today.weekday())
    age = reading_age(db, now, zone)
    hidden = case_facts.hidden(db, ROLE)
    open_cases = [case for case in cases.still_open(db) if case.ref not in hidden]
    kinds = {person.id: person.kind for person in people.names(db)}
    week = _midnight(monday - timedelta(days=7), zone)
    mail = figures.delivery(db, week, now)
    needs = needs_you(open_cases, kinds, today, mail.missed)
    needs += [line for ref, line in _owed(db, zone) if ref not in hidden and not any(ref in one for one in needs)]
    if len(needs) > MOST_NEEDS:
        needs[MOST_NEEDS - 1 :] = [f"and {len(needs) - MOST_NEEDS + 1} more."]
    members = [one for one in figures.memberships(db) if one.state in ON_THE_BOOKS]
    return {
        "week": wording.span(monday - timedelta(days=7), monday - timedelta(days=1)),
        "as_at": wording.moment(now, zone),
        "last_read": age.words,
        "last_read_level": age.level,
        "cover_names": [people.name_of(db, person) for person in people.holders(db, "cover")],
        "needs_you": needs,
        "figures": [*_members(members, today), _cases(open_cases), *_mail(db, monday, now, zone)],
        "coming": _coming(open_cases, today),
        "overdue": _overdue(open_cases, kinds, today),
        "health": _health(db, mail, week, now),
        "gaps": _gaps(members),
    }


def needs_you(open_cases: Sequence[Case], kinds: dict[str, str], today: date, missed: int) -> list[str]:
    """Return what waits for the chief inspector, a sentence each: danger first, then the longest overdue.

    `kinds` are those of people by id, `missed` how many mails missed their moment. Police actions count
    once they are VERY_LATE, other cases as ESCALATED says.
    """
    lines = [f"{case.ref} is still red: a person may be at risk." for case in open_cases if case.kind == DANGER]
    late = [case for case in open_cases if case.kind != DANGER and _late(case, today)]
    for case in sorted(late, key=lambda case: (case.due, case.ref)):
        if case.kind in ESCALATED:
            lines.append(f"{case.ref} ({_plain(case.kind)}) was due on {wording.short_day(_day(case.due))}.")
        elif case.kind == ACTION and _side(case, kinds) == "police" and _late(case, today) >= VERY_LATE:
            lines.append(f"{case.ref}, a police action, is {_late(case, today)} working days late.")
    if missed:
        lines.append(f"{wording.count(missed, 'mail')} missed the moment to be sent.")
    return lines


def _owed(db: Database, zone: ZoneInfo) -> Iterator[tuple[str, str]]:
    """Give what the files of cases put into this digest (`Chase: digest line to chief inspector`), with its case."""
    for one in digest_lines.of_role(db, ROLE):
        since = wording.short_day(moment(one.since).astimezone(zone).date())
        yield one.ref, f"{one.ref} ({_plain(one.kind)}) has been “{_plain(one.stage)}” since {since}."


def _members(members: Sequence[Membership], today: date) -> list[dict[str, str]]:
    away = Counter("on leave" if one.leave_until >= today.isoformat() else one.state for one in members)
    states = [(_plain(state), n) for state, n in sorted(away.items()) if state != "active"]
    vetted = [one for one in members if _vetted(one, today)]
    soon = sum(one.vetting_to <= (today + VETTING_SOON).isoformat() for one in vetted)
    notes = ", ".join(f"{n} {state}" for state, n in states)
    return [
        _figure("Active members", f"{len(members)} ({notes})" if notes else str(len(members))),
        _figure("Vetting current", f"{len(vetted)} of {len(members)}"),
        _figure("Vetting ends within 90 days", str(soon)),
    ]


def _cases(open_cases: Sequence[Case]) -> dict[str, str]:
    counted = Counter(_plain(case.kind) for case in open_cases)
    kinds = ", ".join(f"{n} {kind}" for kind, n in sorted(counted.items()))
    return _figure("Open cases", f"{len(open_cases)} ({kinds})" if kinds else "0")


def _mail(db: Database, monday: date, now: datetime, zone: ZoneInfo) -> list[dict[str, str]]:
    edges = [_midnight(monday - timedelta(days=7 * n), zone) for n in range(WEEKS_OF_MEAN + 2)]
    start = settings.get(db, "started_at")
    weeks = [(edges[n + 1], edges[n]) for n in range(WEEKS_OF_MEAN + 1)]
    # Weeks that ended before the service ran say nothing, and would only drag the mean down.
    weeks = [week for n, week in enumerate(weeks) if n == 0 or not start or week[1] > moment(start)]
    mail_in = [len(figures.arrivals(db, *week)) for week in weeks]
    answered = [figures.answers(db, *week) for week in weeks]
    waiting, oldest = figures.oldest_waiting(db)
    age = working_days_late(moment(oldest).astimezone(zone).date(), now.astimezone(zone).date()) if oldest else 0
    words = f"{waiting}, the oldest for {wording.count(age, 'working day')}" if waiting else "0"
    return [
        _figure("Mail in", str(mail_in[0]), _before(mail_in[1:])),
        _figure("Answered", str(answered[0]), _before(answered[1:])),
        _figure("Waiting for a person", words),
    ]


def _coming(open_cases: Sequence[Case], today: date) -> list[dict[str, str]]:
    listed = [case for case in open_cases if case.due and case.kind not in PERSONAL]
    dated = [case for case in listed if today <= _day(case.due) <= today + COMING]
    return [
        {
            "date": wording.short_day(_day(case.due)),
            "what": _plain(case.kind),
            "ref": case.ref,
            "stage": _plain(case.stage),
        }
        for case in sorted(dated, key=lambda case: (case.due, case.ref))
    ]


def _overdue(open_cases: Sequence[Case], kinds: dict[str, str], today: date) -> list[dict[str, str]]:
    late = [case for case in open_cases if case.kind == ACTION and _late(case, today)]
    return [
        {
            "ref": case.ref,
            "owner": _side(case, kinds),
            "due": wording.short_day(_day(case.due)),
            "late": str(_late(case, today)),
        }
        for case in sorted(late, key=lambda case: (case.due, case.ref))
    ]


def _health(db: Database, mail: Delivery, since: datetime, now: datetime) -> list[str]:
    stuck, apart = len(figures.in_state(db, "stuck")), len(figures.quarantined(db, since, now))
    troubles = [
        (mail.failed, "mail could not be delivered", "mails could not be delivered"),
        (mail.bounced, "mail came back", "mails came back"),
        (mail.doubtful, "mail may or may not have arrived", "mails may or may not have arrived"),
        (mail.missed, "mail missed its moment", "mails missed their moment"),
        (mail.suspended, "address is suspended", "addresses are suspended"),
        (apart, "message was set apart", "messages were set apart"),
        (stuck, "message could not be decided", "messages could not be decided"),
        (len(alarms.sounding(db)), "alarm is sounding", "alarms are sounding"),
    ]
    lines = [f"{wording.count(n, one, many)}." for n, one, many in troubles if n]
    return [f"{wording.count(mail.sent, 'mail').capitalize()} sent.", *(lines or ["No delivery faults."])]


def _gaps(members: Sequence[Membership]) -> list[str]:
    unknown = sum(not one.vetting_to for one in members)
    return [f"No vetting date is known for {wording.count(unknown, 'member')}."] if unknown else []


def _vetted(one: Membership, today: date) -> bool:
    """Tell whether vetting is current: it lasts to the end of its last day (domain, C2)."""
    return one.vetting_to >= today.isoformat() and one.vetting_status not in NOT_VETTED


def _late(case: Case, today: date) -> int:
    return working_days_late(_day(case.due), today) if case.due else 0


def _side(case: Case, kinds: dict[str, str]) -> str:
    return "IAG" if kinds.get(case.owner) == "member" else "police"


def _day(due: str) -> date:
    return date.fromisoformat(due[:10])


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone)


def _figure(name: str, now: str, before: str = "") -> dict[str, str]:
    return {"name": name, "now": now, "before": before}


def _before(weeks: Sequence[int]) -> str:
    if not weeks:
        return "not known"
    if len(weeks) == 1:
        return str(weeks[0])
    return f"{weeks[0]} ({len(weeks)}-week mean {sum(weeks) / len(weeks):.1f})"


def _plain(name: str) -> str:
    return name.replace("_", " ")
