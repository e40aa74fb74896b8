"""Days, moments and counts as an English letter writes them."""

from datetime import date, datetime
from zoneinfo import ZoneInfo


def day(at: date) -> str:
    """`Friday 8 January 2027`."""
    return f"{at:%A} {at.day} {at:%B} {at.year}"


def short_day(at: date) -> str:
    """`Fri 8 January`."""
    return f"{at:%a} {at.day} {at:%B}"


def day_and_month(at: date) -> str:
    """`8 January`."""
    return f"{at.day} {at:%B}"


def moment(at: datetime, zone: ZoneInfo) -> str:
    """`Friday 8 January 2027, 09:12`, in the office's zone."""
    local = at.astimezone(zone)
    return f"{day(local)}, {local:%H:%M}"


def short_moment(at: datetime, zone: ZoneInfo) -> str:
    """`Fri 8 January, 09:12`, in the office's zone."""
    local = at.astimezone(zone)
    return f"{short_day(local)}, {local:%H:%M}"


def span(first: date, last: date) -> str:
    """`28 December 2026 to 3 January 2027`, or `4 to 10 January 2027`."""
    if (first.year, first.month) == (last.year, last.month):
        start = f"{first.day}"
    elif first.year == last.year:
        start = f"{first.day} {first:%B}"
    else:
        start = f"{first.day} {first:%B} {first.year}"
    return f"{start} to {last.day} {last:%B} {last.year}"


def count(n: int, noun: str, plural: str = "") -> str:
    """`1 mail`, `2 mails`, `no mails`."""
    return f"{n or 'no'} {noun if n == 1 else plural or noun + 's'}"
