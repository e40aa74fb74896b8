from datetime import date, time

import pytest

from mailroom.errors import Problem, Problems
from mailroom.rules import ROLES, RuleSet
from mailroom.rules.known import Known
from mailroom.rules.lines import parse_lines
from mailroom.rules.rhythm import Beside, Dated, Every, Offset, Pick
from mailroom.rules.schedule_file import Duty, read_schedule
from mailroom.rules.sends import Send
from tests.unit.rules.conftest import rules, shipped

pytestmark = pytest.mark.fast

SORTING = "Rule: Any\nIf from: anyone\nThen class: noise\n"
KNOWN = Known({}, (), sorted(ROLES))
NEWS = (
    Send("newsletter", "the month's news", groups=True, approval=True),
    Send("chaser", "a reminder to approve it"),
    Send("report", "what became of it"),
    Send("vetting reminder", "a heads-up", each=True),
)


def scheduled(text: str) -> RuleSet:
    return rules(SORTING, schedule=text)


def every(text: str) -> Every:
    [duty] = scheduled(f"Send: digest\nEvery: {text}\nTo: chief inspector").duties
    assert isinstance(duty.when, Every)
    return duty.when


def read(text: str) -> tuple[dict[str, Duty], list[Problem]]:
    """Read a schedule of things that may go to groups and wait for approval."""
    duties, problems = read_schedule(parse_lines(text, "schedule.txt"), "schedule.txt", KNOWN, NEWS)
    return {duty.name: duty for duty in duties}, problems


def test_the_shipped_schedule_sends_a_summary_and_a_digest():
    told = {duty.name: duty.to for duty in shipped().duties}

    assert told["summary"] == ("coordinator",)
    assert told["digest"] == ("chief_inspector",)


FIRST_WEEKDAYS = Pick("working day", 1)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("day, 09:00", Every("day", time(9))),
        ("every day, at 9am", Every("day", time(9))),
        ("working day, 8.30", Every("working day", time(8, 30))),
        ("Monday, 07:30", Every("week", time(7, 30), weekdays=(0,))),
        ("Mondays; 07:30", Every("week", time(7, 30), weekdays=(0,))),
        ("Thursday and Monday, noon", Every("week", time(12), weekdays=(0, 3))),
        ("week, Friday, 12.15pm", Every("week", time(12, 15), weekdays=(4,))),
        ("month, last working day, 10:00", Every("month", time(10), pick=Pick("working day", -1))),
        ("month, first working day, 10:00", Every("month", time(10), pick=FIRST_WEEKDAYS)),
        ("month, third working day, 10:00", Every("month", time(10), pick=Pick("working day", 3))),
        ("the second Tuesday of the month, 10:00", Every("month", time(10), pick=Pick("weekday", 2, 1))),
        ("month, last Friday, 10:00", Every("month", time(10), pick=Pick("weekday", -1, 4))),
        ("month, last day, 10:00", Every("month", time(10), pick=Pick("day", -1))),
        ("month, 15th, 09:00", Every("month", time(9), pick=Pick("day", 15))),
        ("month, day 1, 09:00\nOr: next working day", Every("month", time(9), pick=Pick("day", 1), otherwise="next")),
        ("month, 15, 09:00\nOr: the working day before",
         Every("month", time(9), pick=Pick("day", 15), otherwise="previous")),
        ("quarter, first working day, 09:00", Every("quarter", time(9), pick=FIRST_WEEKDAYS)),
        ("first working day of each quarter, 09:00", Every("quarter", time(9), pick=FIRST_WEEKDAYS)),
        ("March; June; Sept, first working day, 09:00", Every("month", time(9), months=(3, 6, 9), pick=FIRST_WEEKDAYS)),
        ("31 January, 09:00", Every("month", time(9), months=(1,), pick=Pick("day", 31))),
        ("2 weeks from 4 January 2027, 09:00", Every("week", time(9), weekdays=(0,), weeks=2, begins=date(2027, 1, 4))),
        ("other week, from Tuesday 5 January 2027, 09:00",
         Every("week", time(9), weekdays=(1,), weeks=2, begins=date(2027, 1, 5))),
        ("day, 01:30", Every("day", time(1, 30))),
    ],
)  # fmt: skip
def test_each_rhythm_is_read(text: str, expected: Every):
    assert expected == every(text)


@pytest.mark.parametrize(
    ("text", "before", "offsets", "at"),
    [
        (
            "Before: newsletter, 2 working days; 1 working day",
            True,
            (Offset(2, working=True), Offset(1, working=True)),
            time(9),
        ),
        ("Before: newsletter, two days, 17:00", True, (Offset(2),), time(17)),
        (
            "Working days before: newsletter, 2 and 1, 17:00",
            True,
            (Offset(2, working=True), Offset(1, working=True)),
            time(17),
        ),
        ("After: newsletter, a week", False, (Offset(7),), time(9)),
        ("After: newsletter, same day, 10:30", False, (Offset(0),), time(10, 30)),
        ("Days after: newsletter, 1; 3", False, (Offset(1), Offset(3)), time(9)),
    ],
)
def test_a_line_may_count_from_another(text: str, before: bool, offsets: tuple[Offset, ...], at: time):
    news = "Send: newsletter\nEvery: month, last working day, 10:00\nTo: coordinator\n"
    duties, problems = read(f"Send: chaser\n{text}\nTo: coordinator\n{news}")

    assert problems == []
    chaser, news_goes = duties["chaser"].when, duties["newsletter"].when
    assert isinstance(chaser, Beside)
    assert (chaser.line, chaser.of, chaser.before, chaser.offsets, chaser.at) == (
        "newsletter",
        news_goes,
        before,
        offsets,
        at,
    )


def test_a_line_may_count_from_a_date_of_the_records():
    duties, problems = read("Send: vetting reminder\nDays before: vetting expiry, 180; 90; 60\nTo: coordinator")

    assert problems == []
    assert duties["vetting reminder"].when == Dated(
        "vetting expiry", before=True, offsets=(Offset(180), Offset(90), Offset(60)), at=time(9)
    )
    assert duties["vetting reminder"].each


def test_lines_may_count_from_each_other_in_a_row():
    duties, problems = read(
        "Send: report\nAfter: chaser, 1 day\nTo: cover\n"
        "Send: chaser\nAfter: newsletter, 1 day\nTo: cover\n"
        "Send: newsletter\nEvery: Monday, 10:00\nTo: cover"
    )

    assert problems == []
    assert isinstance(duties["report"].when, Beside)
    assert duties["report"].when.of == duties["chaser"].when


def test_it_goes_to_groups_and_roles_and_may_wait_for_approval():
    duties, problems = read(
        "Send: newsletter\nEvery: day, 10:00\nTo: all active members; newsletter readers, press office\n"
        "Approved by: coordinator; cover"
    )

    assert problems == []
    assert duties["newsletter"].groups == ("active members", "newsletter readers")
    assert duties["newsletter"].to == ("press",)
    assert duties["newsletter"].approved_by == ("coordinator", "cover")


@pytest.mark.parametrize("status", ["on", "trial", "off"])
def test_a_line_is_on_on_trial_or_off(status: str):
    [duty] = scheduled(f"Send: digest\nEvery: day, 07:30\nTo: cover\nStatus: {status.upper()}").duties

    assert duty.status == status


def test_what_counts_from_a_line_that_is_off_is_off():
    duties, _ = read(
        "Send: newsletter\nEvery: day, 10:00\nTo: cover\nStatus: off\n"
        "Send: chaser\nBefore: newsletter, 1 day\nTo: cover\nSend: report\nAfter: chaser, 3 days\nTo: cover"
    )

    assert {duty.status for duty in duties.values()} == {"off"}


def test_what_a_line_says_of_when_is_kept_in_its_own_words():
    duties, _ = read(
        "Send: newsletter\nEvery: Month, 15, 10:00\nOr: next working day\nTo: cover\n"
        "Send: chaser\nBefore: newsletter, 1 day\nTo: cover"
    )

    assert duties["newsletter"].written == "every: month, 15, 10:00, or next"
    assert duties["chaser"].written == "before: newsletter, 1 day (every: month, 15, 10:00, or next)"


DIGEST = "Send: digest\n"
TO = "\nTo: coordinator"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (f"{DIGEST}Every: Monday{TO}", "needs a time"),
        (f"{DIGEST}Every: 09:00{TO}", "says no day"),
        (f"{DIGEST}Every: Monday, 25:00{TO}", "is no time of day"),
        (f"{DIGEST}Every: Monday, 13pm{TO}", "is no time of day"),
        (f"{DIGEST}Every: Wensday, 07:30{TO}", "Did you mean “wednesday”"),
        (f"{DIGEST}Every: Monday and Tusday, 07:30{TO}", "Did you mean “tuesday”"),
        (f"{DIGEST}Every: week, 07:30{TO}", "which day of the week"),
        (f"{DIGEST}Every: month, 07:30{TO}", "which day of the month"),
        (f"{DIGEST}Every: month, 31, 07:30{TO}", "no day that every month has"),
        (f"{DIGEST}Every: February, 29, 07:30{TO}", "not each of these months"),
        (f"{DIGEST}Every: Febuary, 1, 07:30{TO}", "Did you mean “february”"),
        (f"{DIGEST}Every: month, 1, 2, 07:30{TO}", "one day too many"),
        (f"{DIGEST}Every: month, fifth Friday, 07:30{TO}", "Did you mean “last Friday”"),
        (f"{DIGEST}Every: month, 20th working day, 07:30{TO}", "not every month has a 20th working day"),
        (f"{DIGEST}Every: month, second Tusday, 07:30{TO}", "Did you mean “second tuesday”"),
        (f"{DIGEST}Every: month, Tuesday, 07:30{TO}", "which tuesday"),
        (f"{DIGEST}Every: 6 weeks, 07:30{TO}", "from when do every 6 weeks count"),
        (f"{DIGEST}Every: 60 weeks from 4 January 2027, 07:30{TO}", "write from 1 to 52"),
        (f"{DIGEST}Every: 2 weeks from 4 January, 07:30{TO}", "needs its year"),
        (f"{DIGEST}Every: 2 weeks from 31 February 2027, 07:30{TO}", "there is no 31 february 2027"),
        ("Send: digets\nEvery: day, 07:30\nTo: coordinator", "Did you mean “digest”"),
        (f"{DIGEST}Every: day, 07:30\nTo: cordinator", "Did you mean “coordinator”"),
        (f"{DIGEST}Every: day, 07:30\nTo: active members", "to people in a role, never to a group"),
        (f"{DIGEST}Every: day, 07:30{TO}\nApproved by: cover", "waits for nobody's approval"),
        (f"{DIGEST}Every: day, 07:30", "needs a line “To”"),
        (f"{DIGEST}To: cover", "needs a line “Every”"),
        (f"{DIGEST}Every: day, 07:30{TO}\nOr: never", "“next working day” or “previous working day”"),
        (f"{DIGEST}Every: day, 07:30{TO}\nStatus: treil", "Did you mean “trial”"),
        (f"{DIGEST}Every: day, 07:30\nDays before: meeting, 3{TO}", "says when once more"),
        (f"{DIGEST}Every: day, 07:30\nAprroved by: cover{TO}", "Did you mean “Approved by”"),
        (f"{DIGEST}Days before: meetings, 3{TO}", "Did you mean “meeting”"),
        (f"{DIGEST}Days before: meeting{TO}", "how many days?"),
        (f"{DIGEST}Days before: meeting, 400{TO}", "too far off"),
        (f"{DIGEST}Days before: meeting, soon{TO}", "is no number of days"),
        (f"{DIGEST}Before: meeting, 3{TO}", "“3” of what?"),
        (f"{DIGEST}Days before: meeting, 3\nOr: next working day{TO}", "must not slip behind it"),
        (f"{DIGEST}Before: summary, 1 day{TO}", "no line “Send: summary” here"),
        (f"{DIGEST}Before: digest, 1 day{TO}", "would wait for itself"),
        (f"{DIGEST}After: summary, 1 day{TO}\nSend: summary\nAfter: digest, 1 day{TO}", "would wait for itself"),
        (f"{DIGEST}After: summary, 1 day{TO}\nSend: summary\nEvery: day{TO}", "has a fault of its own"),
        (f"{DIGEST}After: summary, 1 day{TO}\nSend: summary\nDays before: meeting, 3{TO}", "count from the same one"),
        (f"{DIGEST}Before: summary, same day, 11:00{TO}\nSend: summary\nEvery: day, 09:00{TO}", "11:00 is not before"),
        ("Every: day, 07:30", "begins with “Send:”"),
        (f"{DIGEST}Every: day, 07:30{TO}\n{DIGEST}Every: day, 07:30{TO}", "scheduled twice"),
    ],
)  # fmt: skip
def test_a_schedule_that_cannot_be_kept_is_refused_in_a_sentence(text: str, sentence: str):
    with pytest.raises(Problems) as caught:
        scheduled(text)

    assert sentence in str(caught.value)
    assert all(problem.line and problem.column for problem in caught.value.problems if "twice" not in problem.text)
