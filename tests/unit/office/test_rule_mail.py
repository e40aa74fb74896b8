"""Rules by mail, on real files and a real database: the report, the code, and what is in force afterwards."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from mailroom.message import read
from mailroom.office import changes, office
from mailroom.office.office import Office
from mailroom.office.take import take
from mailroom.store import messages, open_store, rule_sets
from mailroom.store.messages import Arrived, Packed, Waiting
from mailroom.transport.settings import ImapSettings, SmtpSettings
from tests.office import mail, write_office

NOW = datetime(2027, 1, 12, 10, 40, tzinfo=UTC)
ROBIN, CASEY, ADA = "robin.hale@btp.example.org", "casey.moran@btp.example.org", "ada.winter@mail.example.org"
ALEX = "alex.dunmore@btp.example.org"
RULE = "Rule: Kettles\nIf subject contains: kettle\nThen class: noise\nThen file in: Noise\nStop"
NEW = "rules/sorting/60-by-mail.txt"
CODE = re.compile(r"^Code: ([A-Z2-9]{4}-[A-Z2-9]{4})$", re.MULTILINE)


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Office]:
    nowhere = ImapSettings("127.0.0.1", 1, "none", "iag", str), SmtpSettings("127.0.0.1", 1, "none")
    settings = write_office(tmp_path, *nowhere)
    for path in (tmp_path / "rules" / "sorting").glob("*.txt"):
        if path.name not in {"12-traps.txt", "66-concerns.txt"}:
            path.unlink()  # a smaller office is read in a tenth of the time
    store = open_store(settings.office.database)
    yield office.open_office(settings, store, NOW)
    store.close()


def arrive(made: Office, raw: bytes, at: datetime = NOW) -> int:
    """Take one message the whole way, as intake does, and return its number."""
    with made.store.immediate() as db:
        uid = len(rows(made, "SELECT 1 FROM messages")) + 1
        row = messages.receive(db, Arrived("INBOX", 1, uid, at, len(raw), Packed.of(raw)), at, history=False)
        assert row is not None
        take(made, db, Waiting(row, at, history=False, size=len(raw)), read(raw, made.config.border), at)
    changes.carry_out(made, at)
    return row


def rows(made: Office, sql: str, *values: object) -> list[tuple[Any, ...]]:
    return list(made.store.db.execute(sql, values))


def attached(name: str, data: str, sender: str = ROBIN) -> bytes:
    letter = EmailMessage()
    letter["Authentication-Results"] = "mx.btp.example.org; dmarc=pass"
    letter["From"], letter["To"], letter["Subject"] = sender, "iag@btp.example.org", "New rules"
    letter["Message-ID"] = f"<{name}@btp.example.org>"
    letter.set_content("Here they are.\n\nRobin")
    letter.add_attachment(data.encode(), maintype="text", subtype="plain", filename=name)
    return letter.as_bytes()


def report(made: Office) -> str:
    """Return the words of the newest report, without what ends every mail."""
    return newest(made, "notice/rules-report")


def newest(made: Office, template: str) -> str:
    [[mime]] = rows(made, "SELECT mime FROM mails WHERE template = ? ORDER BY id DESC LIMIT 1", template)
    body = message_from_bytes(mime, policy=policy.default).get_body(("plain",))
    assert body is not None
    return str(body.get_content()).replace("\r\n", "\n").rpartition("\n-- \n")[0].rstrip()


def ask(made: Office, text: str, sender: str = ROBIN, at: datetime = NOW) -> int:
    return arrive(made, mail(sender, "A rule", text), at)


def code_of(made: Office) -> str:
    [code] = CODE.findall(report(made))
    return str(code)


def names(made: Office) -> set[str]:
    return {rule.name for rule in made.rules.rules}


def on_disk(made: Office, key: str) -> str:
    path = made.config.path.parent / key
    return path.read_text() if path.exists() else ""


def class_of(made: Office, row: int) -> str:
    return str(rows(made, "SELECT class FROM messages WHERE id = ?", row)[0][0])


def test_a_mailed_rule_is_reported_with_a_code_and_sorts_the_message_after_its_approval(made: Office):
    kettle = mail("x@web.example.net", "The kettle", "It is broken.")
    first = arrive(made, kettle)
    row = ask(made, f"Please add this.\n\n{RULE}\n\nThanks\nRobin")
    text = report(made)

    assert class_of(made, row) == "control"
    assert class_of(made, first) == ""
    assert "Nothing has changed yet." in text
    assert "new: Rule: Kettles" in text
    assert re.search(
        rf"#{first} from x@web.example.net, .*: not known to any rule would be noise; filed in Noise", text
    )
    assert "because “kettle”" in text
    assert text.endswith(f"Code: {code_of(made)}")
    assert f"mailto:iag@btp.example.org?subject=APPROVE%20{code_of(made)}" in text
    assert "Kettles" not in names(made), "nothing happens by itself"
    ask(made, f"approve {code_of(made)}")

    assert "Kettles" in names(made)
    assert RULE in on_disk(made, NEW)
    assert class_of(made, arrive(made, mail("y@web.example.net", "Kettle again", "Still."))) == "noise"
    [newest_set] = [one for one in rule_sets.accepted(made.store.db) if one.in_force]
    assert "In force from the next message on: new rule “Kettles” (60-by-mail.txt)." in newest(made, "notice/done")
    assert (newest_set.who, newest_set.words) == ("Robin Hale", f"{NEW} new")


def test_undo_in_answer_to_the_echo_takes_the_change_back_and_no_later_one(made: Office):
    ask(made, RULE)
    ask(made, f"approve {code_of(made)}")
    [[first_echo]] = rows(made, "SELECT message_id FROM outbox WHERE template = 'notice/done'")
    undo = mail(ROBIN, "Re: Done", "undo", headers={"In-Reply-To": first_echo})
    ask(made, RULE.replace("Kettles", "Urns").replace("kettle", "urn"))
    ask(made, f"approve {code_of(made)}")
    arrive(made, undo)
    assert "The rules were changed again since" in newest(made, "notice/done")
    assert {"Kettles", "Urns"} <= names(made)

    ask(made, "UNDO RULES")
    assert "Urns" not in names(made)
    again = mail(ROBIN, "Re: Done", "undo please", headers={"In-Reply-To": first_echo})
    arrive(made, again)
    assert "Kettles" not in names(made)
    assert on_disk(made, NEW) == ""


def test_a_broken_rule_is_answered_with_file_line_and_the_place_and_no_code(made: Office):
    ask(made, RULE.replace("If subject", "If form: any member\nIf subject").replace("noise", "noize"))
    text = report(made)

    assert f"{NEW}, line 4: " in text
    assert "The line is: “If ^form: any member”" in text
    assert "Did you mean “from”?" in text
    assert "Then class: ^noize" in text
    assert CODE.findall(text) == []
    assert rows(made, "SELECT count(*) FROM codes") == [(0,)]
    assert "Kettles" not in names(made)


def test_a_known_rule_is_replaced_in_its_file_and_only_there(made: Office):
    old = next(rule for rule in made.rules.rules if rule.name == "Bait")
    before = on_disk(made, old.file)
    ask(made, "Rule: bait\nIf subject contains: free kettle\nThen class: suspect\nThen quarantine: it is bait\nStop")
    ask(made, f"approve {code_of(made)}")

    assert "changed rule “bait” (12-traps.txt)" in report(made)
    after = on_disk(made, old.file)
    assert "If subject contains: free kettle" in after
    assert after.count("Rule:") == before.count("Rule:")
    assert "contains: {bait}\n" not in after
    assert on_disk(made, NEW) == ""


def test_a_whole_file_attached_replaces_the_one_of_its_name(made: Office):
    lists = on_disk(made, "rules/lists.txt")
    arrive(made, attached("lists.txt", lists + "\nList: kettles\nWords: kettle; urn\n"))
    assert "new: List: kettles" in report(made)
    ask(made, f"APPROVE {code_of(made)}")

    assert on_disk(made, "rules/lists.txt").endswith("Words: kettle; urn\n")
    assert "kettles" in made.rules.lists


def test_a_text_file_that_is_no_file_of_rules_is_an_ordinary_attachment(made: Office):
    row = arrive(made, attached("notes.txt", "Dear all,\nthe kettle is broken.\n"))

    assert class_of(made, row) != "control"
    assert rows(made, "SELECT 1 FROM drafts") == []


@pytest.mark.parametrize("sender", [ADA, ALEX, "drew.castell@btp.example.org", "x@web.example.net"])
def test_rules_from_anybody_else_are_only_words(made: Office, sender: str):
    row = ask(made, RULE, sender)

    assert class_of(made, row) != "control"
    assert rows(made, "SELECT 1 FROM drafts") == []


def test_rules_from_an_unproved_address_are_only_words(made: Office):
    arrive(made, mail(ROBIN, "A rule", RULE, authentic=False))

    assert rows(made, "SELECT 1 FROM drafts") == []


def test_the_code_is_hers_alone_and_the_cover_is_told_so(made: Office):
    ask(made, RULE)
    ask(made, f"approve {code_of(made)}", CASEY)

    assert "works for nobody else" in newest(made, "notice/done")
    assert "Kettles" not in names(made)


def test_a_file_that_changed_meanwhile_is_not_written_over(made: Office):
    ask(made, RULE)
    code = code_of(made)
    ask(made, RULE.replace("Kettles", "Urns").replace("kettle", "urn"))
    ask(made, f"approve {code_of(made)}")
    ask(made, f"approve {code}")

    assert f"{NEW} was changed after this was shown to you" in newest(made, "notice/done")
    assert "Kettles" not in names(made)


def test_an_edit_at_hand_is_not_hidden_and_the_code_stays_good(made: Office):
    ask(made, RULE)
    code = code_of(made)
    mine = made.config.path.parent / "rules" / "sorting" / "99-mine.txt"
    mine.write_text("Rule: Mine\nIf form: x\n")
    ask(made, f"approve {code}")
    assert "99-mine.txt new" in newest(made, "notice/done")
    assert "The code stays good." in newest(made, "notice/done")

    mine.unlink()
    ask(made, f"approve {code}")
    assert "Kettles" in names(made)


def test_an_expired_or_refused_change_never_goes_live(made: Office):
    ask(made, RULE)
    ask(made, f"refuse {code_of(made)}")
    assert newest(made, "notice/done").count("The rules stay as they are.") == 1
    ask(made, f"approve {code_of(made)}")
    ask(made, RULE)
    ask(made, f"approve {code_of(made)}", at=NOW + timedelta(days=8))

    assert "Kettles" not in names(made)


def test_two_rules_of_one_name_in_a_mail_are_told_and_none_is_lost(made: Office):
    ask(made, f"{RULE}\n\n{RULE}")

    assert "two rules in it are called “kettles”" in report(made)


def test_what_is_in_force_already_is_told_so(made: Office):
    ask(made, RULE)
    ask(made, f"approve {code_of(made)}")
    ask(made, RULE)

    assert "all of this is in force already" in report(made)


def test_what_a_mailed_rule_holds_waits_for_a_word_of_its_own(made: Office):
    ask(made, "Rule: Minister\nIf subject contains: minister\nThen class: partner\nThen reply with: notice/received\n"
        "Then hold: a minister is named\nStop")  # fmt: skip
    ask(made, f"approve {code_of(made)}")
    row = arrive(made, mail(ADA, "The minister asks", "Could we meet?"))
    text = newest(made, "notice/held")
    [code] = CODE.findall(text)
    assert "has not been sent: a minister is named." in text
    assert "To: Ada Winter" in text
    assert rows(made, "SELECT done_at FROM tasks WHERE key = ?", f"hold:{row}") == [(None,)]
    ask(made, f"approve {code}")

    assert rows(made, "SELECT state FROM outbox WHERE cause_id = ? AND recipient = ?", row, ADA) == [("ready",)]
    assert not rows(made, "SELECT 1 FROM tasks WHERE key = ? AND done_at IS NULL", f"hold:{row}")


def test_the_files_are_written_after_the_rows_and_a_crash_between_loses_nothing(made: Office):
    ask(made, RULE)
    raw = mail(ROBIN, "yes", f"approve {code_of(made)}")
    with made.store.immediate() as db:
        row = messages.receive(db, Arrived("INBOX", 1, 99, NOW, len(raw), Packed.of(raw)), NOW, history=False)
        assert row is not None
        take(made, db, Waiting(row, NOW, history=False, size=len(raw)), read(raw, made.config.border), NOW)
    assert on_disk(made, NEW) == ""

    restarted = office.open_office(made.config, made.store, NOW)
    assert "Kettles" in names(restarted)
    changes.refresh(restarted, NOW, settled=True)
    assert RULE in on_disk(made, NEW)
