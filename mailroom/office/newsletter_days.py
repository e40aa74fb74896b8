"""The newsletter's calendar and its table of states. Pure: the days of an issue, and what is due of it at a moment.

The days come from three lines of schedule.txt: `Send: newsletter call`, `Send: newsletter draft` and
`Send: newsletter`. Items close at 17:00 on the working day before the draft (domain, C8).
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from mailroom.office import newsletter_page
from mailroom.office.occurrences import between, on_the_wall
from mailroom.office.working_days import is_working_day
from mailroom.rules.rhythm import Dated
from mailroom.rules.schedule_file import Duty

CALL, DRAFT, SEND = "newsletter call", "newsletter draft", "newsletter"
DUTIES: Final = (CALL, DRAFT, SEND)
CLOSES: Final = time(17)
CHASED_AT: Final = time(9)
CHASED: Final = (2, 1)
"""How many working days before an issue goes its approver is reminded."""
REPORT_AFTER: Final = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of an issue: what ends it, where that leads, and what it means."""

    to: Mapping[str, str]
    means: str


STAGES: Final[Mapping[str, Stage]] = {
    "collecting": Stage({"its items close": "closed"}, "Items are taken. The call for them goes out on its day."),
    "closed": Stage({"the day of the draft": "drafted"}, "Items that come now go into the next issue."),
    "drafted": Stage({"the proof is written": "approval"}, "The items stand in their order."),
    "approval": Stage(
        {"APPROVE with the code": "approved", "CANCEL with the code, or its time comes": "skipped"},
        "The coordinator has the proof. EDIT and HOLD bring a new proof with a new code.",
    ),
    "approved": Stage(
        {
            "its time comes": "sending",
            "HOLD or EDIT, or the text or the list has changed": "approval",
        },
        "It goes when its time comes, if its words are still those that were approved.",
    ),
    "sending": Stage({"no mail of it waits to be sent": "sent"}, "Every mail of it is in the outbox."),
    "sent": Stage({"a day later": "reported"}, "The server took what could be sent."),
    "reported": Stage({}, "The coordinator has the report."),
    "skipped": Stage({}, "Nothing was sent; the history says why."),
}
FINAL: Final = frozenset(name for name, stage in STAGES.items() if not stage.to)


@dataclass(frozen=True, slots=True)
class Days:
    """The moments of one issue, in UTC."""

    month: str
    call_at: datetime
    close_at: datetime
    draft_at: datetime
    send_at: datetime


def is_on(duties: Iterable[Duty]) -> bool:
    """Tell whether the schedule sends the newsletter."""
    return any(one.name == SEND and one.status == "on" for one in duties)


def days_of(duties: Iterable[Duty], month: date, zone: ZoneInfo) -> Days | None:
    """Return the days of a month's issue; None where the schedule has no newsletter, or not in that order."""
    at = {name: _day_in(duties, name, month, zone) for name in DUTIES}
    call, draft, send = (at[name] for name in DUTIES)
    if call is None or draft is None or send is None:
        return None
    before = working_days_before(draft.astimezone(zone).date(), 1)
    close = on_the_wall(before, CLOSES, zone)
    return Days(f"{month:%Y-%m}", call, close, draft, send) if call < close < draft < send else None


def collecting(duties: Iterable[Duty], now: datetime, zone: ZoneInfo) -> Days | None:
    """Return the days of the issue that takes what comes now: the first whose items have not closed."""
    month = now.astimezone(zone).date().replace(day=1)
    for _ in range(3):
        found = days_of(duties, month, zone)
        if found is not None and now < found.close_at:
            return found
        month = (month + timedelta(days=31)).replace(day=1)
    return None


def working_days_before(day: date, n: int) -> date:
    """Return the nth working day before a day."""
    while n:
        day -= timedelta(days=1)
        n -= is_working_day(day)
    return day


def chases(send_at: datetime, zone: ZoneInfo) -> dict[str, datetime]:
    """Return when the approver is reminded, by the name of the event."""
    day = send_at.astimezone(zone).date()
    return {f"chased {n}": on_the_wall(working_days_before(day, n), CHASED_AT, zone) for n in CHASED}


def due(stage: str, days: Days, happened: Collection[str], now: datetime, zone: ZoneInfo) -> str:
    """Return the next thing to be done of an issue as of now, "" where there is nothing."""
    for event, at in _steps(stage, days, zone):
        if event not in happened and at <= now:
            return event
    return ""


def next_moment(stage: str, days: Days, now: datetime, zone: ZoneInfo) -> datetime | None:
    """Return when an issue has to be looked at next, after now."""
    ahead = {"collecting", "closed", "approval", "approved", "sending", "sent"}
    moments = [at for name in ahead for _, at in _steps(name, days, zone)] if stage not in FINAL else []
    return min((at for at in moments if at > now), default=None)


def _steps(stage: str, days: Days, zone: ZoneInfo) -> Iterator[tuple[str, datetime]]:
    """Give what the clock does in a stage, in the order in which it is done."""
    match stage:
        case "collecting":
            yield from (("called", days.call_at), ("closed", days.close_at))
        case "closed" | "drafted":
            yield "drafted", days.draft_at
        case "approval":
            yield "skipped", days.send_at
            # Of two that are due, only the later one is sent.
            yield from reversed(chases(days.send_at, zone).items())
        case "approved":
            yield "sending", days.send_at
        case "sending":
            yield from (("reported", days.send_at + REPORT_AFTER), ("sent", days.send_at))
        case "sent":
            yield "reported", days.send_at + REPORT_AFTER


def _day_in(duties: Iterable[Duty], name: str, month: date, zone: ZoneInfo) -> datetime | None:
    """Return when a line of the schedule is first due in a month; one that is on trial or off is never."""
    duty = next((one for one in duties if one.name == name and one.status == "on"), None)
    if duty is None or isinstance(duty.when, Dated):
        return None
    begins, ends = month, (month + timedelta(days=31)).replace(day=1)
    after, until = (on_the_wall(day, time(), zone) - timedelta(microseconds=1) for day in (begins, ends))
    return next((one.due for one in between(duty, after, until, zone)), None)


def as_markdown() -> str:
    """Return docs/newsletter.md."""
    lines = [
        "# The newsletter",
        "",
        "Printed from the table in `mailroom/office/newsletter_days.py`; a test keeps the two in step. An issue is a",
        "case, NEWS-2027-01 for January. Its days stand in `rules/schedule.txt`.",
        "",
        "| stage | means | ends when | becomes |",
        "|---|---|---|---|",
    ]
    for name, stage in STAGES.items():
        ends = "; ".join(stage.to) or "(final)"
        lines.append(f"| {name} | {stage.means} | {ends} | {'; '.join(stage.to.values())} |")
    lines += [
        "",
        "- Items: up to 120 words, for each picture a line `Alt text: …`, and `Permission: yes, …` for those who",
        "  can be recognised. The acknowledgement says what is missing. What is incomplete at the draft is left out.",
        "- Pictures, JPEG or PNG, are made anew of their points alone: at most 1200 wide and 150 KB, without where and",
        "  when they were taken. Who reads text alone gets the alt text. One that cannot be opened is asked for again.",
        "- Items close at 17:00 on the working day before the draft; later ones go into the next issue.",
        "- The proof shows the words as they will be read, who gets them, and a code. `APPROVE` with the code, `HOLD`,",
        "  `EDIT` and `CANCEL` with the code are answers to it. Without an approval nothing is sent.",
        "- The approver is reminded at 09:00, two working days before and one.",
        "- The report comes a day after: who got it, who did not, and why. Nothing tells us who opened it.",
    ]
    return "\n".join(lines) + "\n" + newsletter_page.parts()
