"""docs/schedule.md, the reference page of the schedule. A test keeps the file in step, and reads every example in it.

Every list in it is that of the program, so the page can't promise what is not there.
"""

from collections.abc import Iterable, Iterator, Mapping
from textwrap import fill
from typing import Final

from mailroom.rules.sends import DATES, GROUPS, SENDS

_WIDTH: Final = 118

_OPENING = """\
# Schedule

<!-- Printed by mailroom/rules/schedule_page.py; a test keeps it so. -->

`rules/schedule.txt` says what is sent by the clock, to whom, and when. Save the file, and within a minute it is in
force; if anything in it is wrong, nothing changes and you get a mail that says what and where. `mailroom check` says
the same at once, `mailroom due` lists what comes, and `mailroom send NAME --dry-run` shows who would get it.

```
Send: digest
Every: Monday, 07:30
Or: next working day
To: chief inspector
```

A block begins with `Send:`. It needs one line that says when, and one that says to whom. The other lines may be left
out. A row that begins with `#` is a remark; so is `Note:`.
"""

_RHYTHM: Final[Mapping[str, str]] = {
    "Every: day, 09:00": "each day, weekends and bank holidays too",
    "Every: working day, 08:30": "Monday to Friday, but no bank holiday of England and Wales",
    "Every: Monday, 07:30": "each Monday",
    "Every: Monday and Thursday, 9am": "several days of the week",
    "Every: month, first working day, 09:00": "or third working day, or last working day",
    "Every: month, second Tuesday, 10:00": "first to fourth, or last",
    "Every: month, 15, 09:00": "a day that every month has, 1 to 28, or last day",
    "Every: last Friday of the month, noon": "the same, as one would say it",
    "Every: quarter, first working day, 09:00": "quarters begin in January, April, July and October",
    "Every: March; June; September; December, second Tuesday, 10:00": "only in these months",
    "Every: 15 March, 09:00": "once a year",
    "Every: 2 weeks from 4 January 2027, 09:00": "on the weekday of that date; it begins then",
}

_OTHERWISE: Final[Mapping[str, str]] = {
    "Or: next working day": "where the day is not worked, on the next that is",
    "Or: previous working day": "or on the last one before it",
}

_DISTANCE: Final[Mapping[str, str]] = {
    "Before: digest, 2 working days; 1 working day, 09:00": "twice before each digest",
    "Before: digest, same day, 07:00": "earlier on that day",
    "After: digest, 1 day": "at 09:00 where no time is named",
    "After: digest, a week, 17:00": "days, working days or weeks, up to a year",
    "Days before: vetting expiry, 180; 90; 60; 0": "counted from a date in the office's records",
    "Working days before: meeting, 5; 1": "the same, in working days",
    "Days after: agreement expiry, 7": "or after such a date",
}

_REST: Final[Mapping[str, str]] = {
    "To: coordinator; chief inspector": "people in a role; whoever holds two of them gets one mail",
    "Status: trial": "nobody is sent anything; the daily summary tells who would have been",
    "Status: off": "set aside, and with it what counts from it. `Status: on` may be left out",
    "Note: asked for in May": "a remark",
}

_RULES = """\
- **One line counts from another**: both stand in this file. What goes before something is dropped once that is past.
- **Times** are those of the wall, in winter and in summer: 08:30, 8.30, 9am or noon.
- **When the clocks change.** On the last Sunday of October the hour from 01:00 to 01:59 comes twice: what is due in it
  goes once, the first time. On the last Sunday of March that hour does not come: what is due in it goes an hour later
  by the wall, so 01:30 at 02:30.
- **Once.** Each time a line is due has a name of its own, such as `digest:2027-01-04`, which is written down with what
  was done. A restart, a machine that slept, or a clock that is set back sends nothing twice; and no line goes twice on
  one day.
- **What was missed.** When the service was not running, the newest of what was missed goes as soon as it runs again;
  what is older is dropped. Also dropped is what goes before something that has happened meanwhile. Both are written in
  the journal, and the next summary names them. A line that is added, changed or switched on owes nothing from before.
- **Quiet hours.** What is late waits for the end of the quiet hours, 22:00 to 07:00 where config.toml says nothing else
  (`quiet` under `[hours]`). What you schedule within them goes on time.
- **What fails** is tried again every 15 minutes, sounds an alarm, and holds up no other line.
"""


def page() -> str:
    """Return docs/schedule.md."""
    return "\n".join(_parts())


def examples() -> list[str]:
    """Return every line the page shows."""
    return [line for table in (_RHYTHM, _OTHERWISE, _DISTANCE, _REST) for line in table]


def _parts() -> Iterator[str]:
    yield _OPENING
    yield "## When: a rhythm\n"
    yield from _table(_RHYTHM)
    yield from _table(_OTHERWISE)
    yield "## When: so long before or after something\n"
    yield from _table(_DISTANCE)
    yield "The dates there are:\n"
    yield from (f"- **{name}**: {means}" for name, means in DATES.items())
    yield "\n## To whom, and whether\n"
    yield from _table(_REST)
    yield from _groups()
    yield "## What can be sent\n"
    yield from (f"- **{send.name}**: {send.means}." for send in SENDS)
    yield "\n## What holds for all\n"
    yield _RULES


def _groups() -> Iterator[str]:
    """Say what holds for those mails only that may go to a group, or wait for somebody."""
    if grouped := [send.name for send in SENDS if send.groups]:
        yield _wrapped(f"To a group, in `To`, may go: {', '.join(grouped)}. The groups there are:") + "\n"
        yield from (f"- **{name}**: {means}" for name, means in GROUPS.items())
        yield ""
    if approved := [send.name for send in SENDS if send.approval]:
        yield _wrapped(
            f"`Approved by: coordinator` holds a mail until somebody in that role has approved it. It may stand with: "
            f"{', '.join(approved)}."
        ) + "\n"  # fmt: skip


def _table(lines: Mapping[str, str]) -> Iterable[str]:
    yield "| line | what it means |\n|---|---|"
    yield from (f"| `{line}` | {means} |" for line, means in lines.items())
    yield ""


def _wrapped(text: str) -> str:
    return fill(text, _WIDTH, break_on_hyphens=False)
