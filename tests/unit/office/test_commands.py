"""Commands by mail, on a real database: what each does, what it answers, and what it must not do."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path
from random import Random
from typing import Any

import pytest

from mailroom.message import read
from mailroom.office import templates, variables
from mailroom.office.commands import asking, echo
from mailroom.office.explain import explain
from mailroom.office.office import Office
from mailroom.office.take import take
from mailroom.rules.commands import verb_of
from mailroom.store import acts, cases, messages, outbox
from mailroom.store.messages import Arrived, Packed, Waiting
from mailroom.store.outbox import Outgoing
from tests.office import mail, shipped_set, small_office

NOW = datetime(2027, 1, 12, 10, 40, tzinfo=UTC)  # a Tuesday, in working hours
ROBIN, CASEY, ADA = "robin.hale@btp.example.org", "casey.moran@btp.example.org", "ada.winter@mail.example.org"
WORRY = "People here are frightened to use Harrow Cross after dark, they keep being shouted at."
ODD = "The kettle in the hall makes a blue noise and nobody knows why it does that."
CODE = re.compile(r"^Code: ([A-Z2-9]{4}-[A-Z2-9]{4})$", re.MULTILINE)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with small_office(tmp_path) as made:
        yield made


def arrive(office: Office, raw: bytes, at: datetime = NOW, *, history: bool = False) -> int:
    """Take one message the whole way and return its number."""
    with office.store.immediate() as db:
        uid = len(rows(office, "SELECT 1 FROM messages")) + 1
        row = messages.receive(db, Arrived("INBOX", 1, uid, at, len(raw), Packed.of(raw)), at, history=history)
        assert row is not None
        take(office, db, Waiting(row, at, history, len(raw)), read(raw, office.config.border), at)
    return row


def rows(office: Office, sql: str, *values: object) -> list[tuple[Any, ...]]:
    return list(office.store.db.execute(sql, values))


def command(office: Office, text: str, subject: str = "", sender: str = ROBIN, at: datetime = NOW, **more: Any) -> int:  # noqa: ANN401 - as `mail` takes them
    return arrive(office, mail(sender, subject, text, **more), at)


def reply(office: Office, text: str, template: str, sender: str = ROBIN, at: datetime = NOW) -> int:
    """Answer the newest mail of a template to somebody, as a mail program does."""
    [[message_id, subject]] = rows(
        office,
        "SELECT message_id, subject FROM outbox WHERE template = ? AND recipient = ? ORDER BY id DESC LIMIT 1",
        template, sender,
    )  # fmt: skip
    return command(office, text, f"Re: {subject}", sender, at, headers={"In-Reply-To": message_id})


def mails(office: Office, template: str) -> list[tuple[str, str, str]]:
    """Return (recipient, subject, text) of the mails of a template, oldest first."""
    found = []
    sql = "SELECT recipient, subject, mime FROM mails WHERE template = ? ORDER BY id"
    for recipient, subject, mime in rows(office, sql, template):
        body = message_from_bytes(mime, policy=policy.default).get_body(("plain",))
        assert body is not None
        text = str(body.get_content()).replace("\r\n", "\n")
        found.append((recipient, subject, text.rpartition("\n-- \n")[0].rstrip()))
    return found


def echoed(office: Office) -> str:
    return mails(office, "notice/done")[-1][2]


def class_of(office: Office, row: int) -> str:
    [[found]] = rows(office, "SELECT class FROM messages WHERE id = ?", row)
    return str(found)


def concern(office: Office) -> int:
    row = arrive(office, mail(ADA, "Harrow Cross after dark", WORRY))
    assert class_of(office, row) == "concern"
    return row


def unknown(office: Office) -> int:
    row = arrive(office, mail(ADA, "The hall", ODD))
    assert class_of(office, row) == ""
    return row


def hold_a_mail(office: Office, recipient: str = ADA) -> int:
    """Queue an answer that waits for a person's word, as a rule's `hold` does."""
    with office.store.immediate() as db:
        held = Outgoing(
            f"held-{recipient}", recipient, "M01", "ack", "notice/received", "We have your message",
            f"<held-{recipient}>", mail(ROBIN, "We have your message", "Thank you.\n\n-- \nThe office"),
        )  # fmt: skip
        row = outbox.queue(db, held, NOW, held=True)
        assert row is not None
        asking.may_it_go(office, db, NOW, Random(1))
    return row


def test_a_command_is_control_and_goes_to_its_folder(office: Office):
    row = command(office, "HELP")

    assert rows(office, "SELECT class, folder FROM messages WHERE id = ?", row) == [("control", "Control")]
    [(recipient, _, text)] = mails(office, "notice/help")
    assert recipient == ROBIN
    assert all(verb in text for verb in ("WHY", "UNDO", "CLASS", "APPROVE", "REFUSE"))


def test_why_by_reply_names_the_rule_its_file_and_the_words(office: Office):
    row = concern(office)
    asked = command(office, f"why #{row}")

    [(_, subject, text)] = mails(office, "notice/why")
    assert f"#{row}" in subject
    assert "It is sorted as concern" in text
    assert re.search(r"By “.+” \(rules/sorting/.+\.txt, line \d+\), because “.+”: sorted as concern; ", text)
    assert rows(office, "SELECT about_message, done FROM commands WHERE message_id = ?", asked) == [(row, 1)]


def test_why_of_a_case_tells_its_history(office: Office):
    concern(office)
    [case] = cases.still_open(office.store.db, "concern")
    command(office, f"WHY {case.ref}")

    [(_, subject, text)] = mails(office, "notice/why")
    assert case.ref in subject
    assert f"{case.ref} is a case of the kind concern" in text
    assert rows(office, "SELECT 1 FROM links WHERE message_id = 2 AND case_id = ?", case.id)


def test_undo_by_reply_to_a_notice_takes_back_what_was_done(office: Office):
    row = concern(office)
    [[template]] = rows(office, "SELECT template FROM outbox WHERE cause_id = ? AND recipient = ? LIMIT 1", row, ROBIN)
    reply(office, "undo", template)

    assert class_of(office, row) == ""
    text = echoed(office)
    assert "You wrote: undo" in text
    assert not cases.still_open(office.store.db, "concern")
    assert acts.of_message(office.store.db, row)[0].undone_by == "robin"


def test_a_second_undo_says_that_it_was_done(office: Office):
    row = concern(office)
    command(office, f"UNDO #{row}")
    command(office, f"UNDO #{row}")

    [first, second] = mails(office, "notice/done")
    assert first[1].startswith("Done")
    assert second[1].startswith("Not done")
    assert "already, by Robin Hale" in second[2]


def test_a_class_given_by_mail_is_learned_and_taken_back_by_undo(office: Office):
    row = concern(office)
    command(office, f"CLASS partner #{row}")

    assert class_of(office, row) == "partner"
    assert rows(office, "SELECT class, by FROM confirmed WHERE message_id = ?", row) == [("partner", "robin")]
    assert f"#{row} is partner now; it was concern." in echoed(office)
    reply(office, "Undo", "notice/done")
    assert class_of(office, row) == "concern"
    assert not rows(office, "SELECT 1 FROM confirmed")


def test_a_message_no_rule_knows_is_asked_about_and_a_number_is_answer_enough(office: Office):
    row = unknown(office)
    offered = [one["class_"] for one in messages.stored(office.store.db, row).decision["suggestions"]]  # type: ignore[union-attr]
    [(recipient, subject, text)] = mails(office, "notice/unknown")
    assert (recipient, subject) == (ROBIN, f"What is this message? (#{row})")
    assert "kettle" not in text, "her phone shows it to others"
    assert offered, "something is always nearest"
    assert f"1 {offered[0]}" in text
    reply(office, "1", "notice/unknown")

    assert class_of(office, row) == offered[0]
    assert not rows(office, "SELECT 1 FROM tasks WHERE key = ? AND done_at IS NULL", f"look:{row}")


def test_what_looks_like_a_command_from_an_unproved_address_is_never_offered_as_one(office: Office):
    row = command(office, "APPROVE 7KQM-3TVX", authentic=False)
    stored = messages.stored(office.store.db, row)
    assert stored is not None
    assert "control" in {one["class_"] for one in stored.decision["suggestions"]}
    [(_, _, text)] = mails(office, "notice/unknown")
    [first] = re.findall(r"^- 1 (\S+) ", text, re.MULTILINE)
    reply(office, "1", "notice/unknown")

    assert "control" not in text
    assert class_of(office, row) == first


def test_a_class_name_answers_the_question_as_well(office: Office):
    row = unknown(office)
    reply(office, "Partner, please.\n\nRobin", "notice/unknown")

    assert class_of(office, row) == "partner"


def test_an_answer_with_a_wrong_word_is_helped_and_changes_nothing(office: Office):
    row = unknown(office)
    reply(office, "patner", "notice/unknown")

    assert class_of(office, row) == ""
    [(_, _, text)] = mails(office, "notice/help")
    assert "There is no class “patner”. Did you mean CLASS PARTNER" in text
    assert f"CLASS%20PARTNER%20%23{row}" in text


def test_the_question_waits_for_a_working_minute_and_a_flood_asks_no_more_than_a_day_bears(office: Office):
    night = datetime(2027, 1, 12, 23, 0, tzinfo=UTC)
    for n in range(asking.MOST_A_DAY + 3):
        arrive(office, mail(f"x{n}@web.example.net", "The hall", f"{ODD} {n}"), night)

    asked = rows(office, "SELECT not_before FROM outbox WHERE template = 'notice/unknown'")
    assert len(asked) == asking.MOST_A_DAY
    assert {at for (at,) in asked} == {"2027-01-13T08:30:00Z"}


def test_history_asks_and_commands_nothing(office: Office):
    arrive(office, mail(ADA, "The hall", ODD), history=True)
    arrive(office, mail(ROBIN, "", "HELP"), history=True)

    assert rows(office, "SELECT 1 FROM outbox") == []
    assert rows(office, "SELECT 1 FROM commands") == []


def test_a_held_mail_goes_on_approve_with_its_code_and_only_once(office: Office):
    held = hold_a_mail(office)
    [(recipient, _, text)] = mails(office, "notice/held")
    [code] = CODE.findall(text)
    assert recipient == ROBIN
    assert text.endswith(f"Code: {code}")
    assert "Thank you." in text
    assert "The office" not in text, "the end of every mail is not what she decides on"

    command(office, f"approve {code} thank you")
    assert rows(office, "SELECT state, reason FROM outbox WHERE id = ?", held) == [("ready", "approved by Robin Hale")]
    command(office, f"APPROVE {code}")
    assert "was used already (approved); nothing was done a second time" in echoed(office)


def test_a_refused_mail_is_never_sent(office: Office):
    held = hold_a_mail(office)
    [code] = CODE.findall(mails(office, "notice/held")[0][2])
    command(office, f"cancel {code}")
    command(office, f"approve {code}")

    assert rows(office, "SELECT state FROM outbox WHERE id = ?", held) == [("refused",)]
    assert "was used already (refused)" in echoed(office)


@pytest.mark.parametrize(
    ("sender", "text", "days", "sentence"),
    [
        (CASEY, "APPROVE {code}", 0, "was sent to Robin Hale and works for nobody else"),
        (ROBIN, "APPROVE 2222-AAAA", 0, "There is no code 2222-AAAA"),
        (ROBIN, "APPROVE {code}", 7, "has expired"),
        (ROBIN, "APPROVE {code} INC-2027-001", 0, "belongs to no case, not to INC-2027-001"),
    ],
)
def test_a_code_that_does_not_fit_does_nothing_and_says_why(
    office: Office, sender: str, text: str, days: int, sentence: str
):
    with office.store.immediate() as db:
        cases.add(db, "INC-2027-001", "incident", "triaged", NOW)
    held = hold_a_mail(office)
    [code] = CODE.findall(mails(office, "notice/held")[0][2])
    command(office, text.format(code=code), sender=sender, at=NOW + timedelta(days=days))

    assert rows(office, "SELECT state FROM outbox WHERE id = ?", held) == [("held",)]
    assert sentence in echoed(office)
    assert mails(office, "notice/done")[-1][:2] == (sender, "Not done" + (" [INC-2027-001]" if "INC" in text else ""))


def test_a_code_in_quoted_text_a_forward_or_an_out_of_office_does_nothing(office: Office):
    held = hold_a_mail(office)
    [code] = CODE.findall(mails(office, "notice/held")[0][2])
    command(office, f"Is this right?\n\nOn Tue 12 January mailroom wrote:\n> APPROVE {code}\n> Code: {code}\n")
    command(office, f"-----Original Message-----\nFrom: Robin Hale\nSubject: yes\n\nAPPROVE {code}", "FW: yes")
    away = {"Auto-Submitted": "auto-replied"}
    command(office, f"APPROVE {code}", "Out of office", headers=away)
    command(office, f"APPROVE {code}", sender=ADA)
    command(office, f"APPROVE {code}", authentic=False)

    assert rows(office, "SELECT state FROM outbox WHERE id = ?", held) == [("held",)]
    assert rows(office, "SELECT 1 FROM commands") == []


def test_a_command_in_html_alone_is_read(office: Office):
    row = concern(office)
    html = (
        "<html><head><style>p.MsoNormal{margin:0cm}</style></head><body><div class=WordSection1>"
        f"<p class=MsoNormal>undo #{row}<o:p></o:p></p><p class=MsoNormal>&nbsp;</p>"
        "<p class=MsoNormal>Robin Hale</p></div></body></html>"
    )
    raw = mail(ROBIN, "Re: something", "x").replace(b'text/plain; charset="utf-8"', b'text/html; charset="utf-8"')
    arrive(office, raw.replace(b"\nx\n", f"\n{html}\n".encode()))

    assert class_of(office, row) == ""


def test_what_is_named_and_does_not_exist_is_told(office: Office):
    command(office, "UNDO #99")
    assert "There is no message #99 in this office." in echoed(office)
    command(office, "UNDO INC-2027-099")
    assert "There is no case INC-2027-099 in this office." in echoed(office)
    command(office, "UNDO")
    assert "UNDO of what?" in echoed(office)
    command(office, "CLASS concern")
    assert "CLASS about which message?" in echoed(office)


def test_danger_in_a_command_is_danger(office: Office):
    row = command(office, "UNDO #1\n\nA man is following me on the train, please send someone")

    assert class_of(office, row) == "danger"
    assert rows(office, "SELECT 1 FROM commands") == []


def test_an_office_address_on_the_roster_gets_no_echo_and_a_flood_of_commands_ends_in_a_task(office: Office):
    for n in range(echo.MOST_AN_HOUR + 3):
        command(office, f"WHY #{n + 1}")

    assert len(mails(office, "notice/why")) == echo.MOST_AN_HOUR
    assert len(rows(office, "SELECT 1 FROM commands")) == echo.MOST_AN_HOUR + 3
    assert len(rows(office, "SELECT 1 FROM tasks WHERE key LIKE 'echo:%'")) == 1


def test_why_of_a_file_shows_what_a_command_would_do_and_does_nothing(office: Office):
    row = concern(office)
    raw = mail(ROBIN, "", f"UNDO #{row}")
    found = explain(office, "command.eml", raw, read(raw, office.config.border), NOW)

    assert found["class"] == "control"
    [would] = [one["action"] for one in found["actions"] if one["action"].startswith("command: ")]
    assert f"#{row}" in would
    assert [one["template"] for one in found["mails"]] == ["notice/done"]
    assert class_of(office, row) == "concern"
    assert mails(office, "notice/done") == []


def test_no_subject_of_ours_is_a_command_so_an_answer_to_it_is_none_by_chance():
    ready = shipped_set()[1]
    for name, one in ready.mails.items():
        table = variables.of(name, one.source.kind)
        for values in (variables.samples(table), variables.empties(table)):
            subject = templates.render(ready, name, values).subject
            verb = verb_of(subject.split()[0].strip(":,"))
            # “Re: Done (#412)” is no answer to a task: such verbs are not taken from a subject that is answered.
            assert verb is None or verb.answers, name


def test_the_journal_says_who_wrote_what_and_keeps_the_note(office: Office):
    row = concern(office)
    command(office, f"UNDO #{row} it was only a drill")

    [[words]] = rows(office, "SELECT words FROM journal WHERE event = 'command'")
    assert words.startswith(f"Robin Hale wrote UNDO #{row}: ")
    assert words.endswith("(note: was only drill)")
