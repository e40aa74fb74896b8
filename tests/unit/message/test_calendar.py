import pytest

from mailroom.message import Message, read
from mailroom.message.model import Attendee

pytestmark = pytest.mark.fast
EVENT = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//invented//EN
METHOD:{method}
BEGIN:VEVENT
UID:mtg-1@example.org
SEQUENCE:2
DTSTAMP:20270118T090000Z
DTSTART:20270316T180000Z
DTEND:20270316T193000Z
{lines}
END:VEVENT
END:VCALENDAR"""
ADA = "ATTENDEE;PARTSTAT=ACCEPTED:mailto:Ada@example.org"


def mail(part: str, content_type: str = "text/calendar; method=REPLY", subject: str = "Accepted: Dates") -> Message:
    return read(
        f"From: Ada <ada@example.org>\r\nTo: iag@example.org\r\nSubject: {subject}\r\n"
        f"Content-Type: {content_type}; charset=utf-8\r\n\r\n{part}\r\n".encode()
    )


def test_an_answer_gives_its_meeting_and_who_answers_how():
    message = mail(EVENT.format(method="REPLY", lines=f"{ADA}\nCOMMENT:I bring cake\nORGANIZER:MAILTO:iag@example.org"))

    assert message.kind == "calendar"
    assert message.calendar is not None
    (event,) = message.calendar.events
    assert (message.calendar.method, event.uid, event.sequence, event.dtstamp, event.comment) == (
        "REPLY", "mtg-1@example.org", 2, "20270118T090000Z", "I bring cake",
    )  # fmt: skip
    assert event.attendees == (Attendee("ada@example.org", "ACCEPTED"),)
    assert event.organizer == "iag@example.org"


@pytest.mark.parametrize(
    "content_type", ["application/ics; name=invite.ics", 'application/octet-stream; name="a.ics"', "text/calendar"]
)
def test_an_answer_is_found_under_any_type_and_without_an_organizer(content_type: str):
    message = mail(EVENT.format(method="REPLY", lines=ADA), content_type)

    assert message.calendar is not None
    assert message.calendar.method == "REPLY"


def test_a_method_only_in_the_mail_header_counts():
    message = mail(EVENT.replace("METHOD:{method}\n", "").format(lines=ADA), "text/calendar; method=reply")

    assert message.calendar is not None
    assert message.calendar.method == "REPLY"


def test_a_counter_proposal_gives_the_time_proposed():
    message = mail(EVENT.format(method="COUNTER", lines="ATTENDEE;PARTSTAT=TENTATIVE:mailto:ada@example.org"))

    assert message.calendar is not None
    assert message.calendar.method == "COUNTER"
    assert (message.calendar.events[0].starts, message.calendar.events[0].ends) == (
        "20270316T180000Z", "20270316T193000Z",
    )  # fmt: skip


def test_who_answers_for_another_is_named():
    line = 'ATTENDEE;PARTSTAT=DECLINED;SENT-BY="mailto:bob@example.org":mailto:ada@example.org'
    message = mail(EVENT.format(method="REPLY", lines=line))

    assert message.calendar is not None
    assert message.calendar.events[0].attendees == (Attendee("ada@example.org", "DECLINED", "bob@example.org"),)


def test_an_answer_for_single_days_of_a_series_gives_each():
    day = "BEGIN:VEVENT\nUID:s@example.org\nDTSTAMP:20270118T090000Z\nRECURRENCE-ID:{}\n{}\nEND:VEVENT\n"
    part = "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:x\nMETHOD:REPLY\n"
    part += day.format("20270301T180000Z", ADA) + day.format("20270308T180000Z", ADA.replace("ACCEPTED", "DECLINED"))
    message = mail(part + "END:VCALENDAR")

    assert message.calendar is not None
    assert [(event.recurrence_id, event.attendees[0].partstat) for event in message.calendar.events] == [
        ("20270301T180000Z", "ACCEPTED"), ("20270308T180000Z", "DECLINED"),
    ]  # fmt: skip


def test_a_part_wrapped_in_transit_is_joined_again():
    wrapped = EVENT.format(method="REPLY", lines="COMMENT:I bring cake and\nsome tea for everybody\n" + ADA)
    message = mail(wrapped.replace("ACCEPTED:mailto", "ACCEPTED:\nmailto"))

    assert message.calendar is not None
    assert message.calendar.events[0].uid == "mtg-1@example.org"


def test_of_two_parts_the_one_that_can_be_read_is_read():
    parts = "--b\r\nContent-Type: text/calendar; method=REPLY\r\n\r\nBEGIN:NOTHING\r\n"
    parts += f"--b\r\nContent-Type: application/ics\r\n\r\n{EVENT.format(method='REPLY', lines=ADA)}\r\n--b--"
    message = mail(parts, "multipart/mixed; boundary=b")

    assert message.calendar is not None
    assert message.calendar.events[0].uid == "mtg-1@example.org"


@pytest.mark.parametrize(
    ("subject", "partstat"),
    [("Accepted: Meeting of 4 March", "ACCEPTED"), ("Zugesagt: Sitzung", "ACCEPTED"), ("Declined: Dates", "DECLINED"),
     ("Provisoire : Réunion", "TENTATIVE"), ("Gwrthodwyd: Cyfarfod", "DECLINED")],
)  # fmt: skip
def test_an_answer_in_the_subject_alone_is_an_answer_that_names_no_meeting(subject: str, partstat: str):
    message = mail("Sorry to say so late.", "text/plain", subject)

    assert message.kind == "calendar"
    assert message.calendar is not None
    (event,) = message.calendar.events
    assert (event.uid, event.attendees) == ("", (Attendee("ada@example.org", partstat),))
    assert event.comment == "Sorry to say so late."


@pytest.mark.parametrize(
    ("subject", "text"),
    [("Accepted", "Fine."), ("Accepted: the terms", "Can I bring a friend?"), ("Accepted: the terms", "words " * 80)],
)
def test_a_letter_under_such_a_subject_stays_a_persons(subject: str, text: str):
    message = mail(text, "text/plain", subject)

    assert (message.kind, message.calendar) == ("person", None)


def test_a_damaged_part_is_a_defect_and_no_answer():
    message = mail("BEGIN:VCALENDAR\nnothing", subject="Dates")

    assert message.calendar is None
    assert "the calendar part is damaged" in message.defects
