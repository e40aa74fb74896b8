"""Invitations and answers of several calendars, five of them with several events."""

from collections import Counter

from tests.judged import ABSENT, expected, figures

pytestmark = ABSENT


def test_calendar_parts():
    right: Counter[str] = Counter()
    judged: Counter[str] = Counter()
    for _, want, message in expected("calendar"):
        events = [row for row in want["components"] if row["kind"] == "VEVENT"]
        found = message.calendar.events if message.calendar else ()
        for key, ok in {
            "method": message.calendar is not None and message.calendar.method == want["method"],
            "uid": [row["uid"] for row in events] == [event.uid for event in found],
            "sequence and instance": [(row["sequence"], row["recurrence_id"]) for row in events]
            == [(event.sequence, event.recurrence_id) for event in found],
            "partstat": [row["attendees"] for row in events]
            == [[[person.address, person.partstat] for person in event.attendees] for event in found],
        }.items():
            judged[key] += 1
            right[key] += ok

    assert min(figures("calendar", right, judged).values()) >= 0.99
