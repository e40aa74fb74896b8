"""A row of the story becomes the mail its README describes."""

from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest

from mailroom.story import model, rows, world
from mailroom.story.model import HarnessFault, Row, World
from mailroom.story.rows import Copy

pytestmark = pytest.mark.fast

STORY = Path(__file__).parents[1] / "story"
SENT = (
    b"From: Office <iag@btp.example.org>\r\nTo: ada@mail.example.org\r\nSubject: A question [X-1]\r\n"
    b"Date: Thu, 31 Dec 2026 10:00:00 +0000\r\nMessage-ID: <one@btp.example.org>\r\n"
    b"References: <zero@btp.example.org>\r\n\r\nFirst line\r\n\r\nCode: ABCD-2345\r\n"
)
COPY = Copy(SENT, "ada@mail.example.org", "iag@btp.example.org")


@pytest.fixture(scope="module")
def the_world() -> World:
    return model.world(STORY)


@pytest.fixture(scope="module")
def by_id() -> dict[str, Row]:
    return {row.id: row for row in model.rows(STORY)}


def build(row: Row, copy: Copy | None = COPY, numbers: dict[str, int] | None = None) -> EmailMessage:
    raw = rows.build(row, STORY, "mx.btp.example.org", copy, numbers or {})
    assert b"\n" not in raw.replace(b"\r\n", b"")
    return message_from_bytes(raw, policy=policy.default)


def test_the_servers_verdict_stands_on_top_and_a_forged_one_below_it(by_id: dict[str, Row]):
    mail = build(by_id["I22"])

    assert mail.keys()[:2] == ["Authentication-Results"] * 2
    assert mail.get_all("Authentication-Results") == [
        "mx.btp.example.org; dmarc=fail",
        "mx.btp.example.org; dmarc=pass header.from=btp.example.org",
    ]


def test_an_answer_quotes_and_names_the_mail_it_answers(by_id: dict[str, Row]):
    mail = build(by_id["I01"])

    body = mail.get_body(("plain",))
    assert body is not None
    assert mail["Subject"] == "Re: A question [X-1]"
    assert (mail["In-Reply-To"], mail["References"]) == (
        "<one@btp.example.org>",
        "<zero@btp.example.org> <one@btp.example.org>",
    )
    assert body.get_content().splitlines()[-3:] == ["> First line", ">", "> Code: ABCD-2345"]
    assert mail.get_content_type() == "multipart/alternative"


def test_a_command_carries_the_code_of_the_mail_and_our_number_of_a_row(by_id: dict[str, Row]):
    body = build(by_id["K06"], numbers={"I09": 5}).get_body(("plain",))

    assert body is not None
    assert "ABCD-2345" in body.get_content()
    assert "#5" in body.get_content()


def test_files_of_the_story_are_attached(by_id: dict[str, Row]):
    mail = build(by_id["I07"], None)

    assert [(part.get_filename(), part.get_content_type()) for part in mail.iter_attachments()] == [
        ("incident-summary.docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        ("still-platform4.jpg", "image/jpeg"),
    ]


def test_a_placeholder_without_words_is_a_fault_of_the_harness(by_id: dict[str, Row]):
    with pytest.raises(HarnessFault, match="row I01: nothing stands for"):
        build(by_id["I01"], None)


def test_a_whole_mail_from_a_file_is_filled_too(by_id: dict[str, Row]):
    mail = build(by_id["I25"])

    assert mail.get_content_type() == "multipart/report"
    assert mail["To"] == "iag@btp.example.org"


def test_the_world_speaks_the_languages_of_the_import_files(the_world: World):
    people = world.people_csv(the_world).decode().splitlines()

    everybody = (
        *the_world.people, *the_world.members, *the_world.applicants, *the_world.former_members, *the_world.desks,
        *the_world.partners,
    )  # fmt: skip
    assert len(people) == 1 + len(everybody)


def test_a_recipient_is_an_id_a_role_an_address_a_group_or_a_list(the_world: World):
    assert the_world.recipients("coordinator") == the_world.recipients("rowan") == ("rowan.ashby@btp.example.org",)
    assert the_world.recipients(("kd@webmail.example.net", "M02")) == (
        "kd@webmail.example.net",
        "bernard.quill@post.example.org",
    )
    assert len(the_world.recipients("group:members_at_start")) == len(the_world.members)


def test_a_folder_that_is_no_demos_is_never_cleared(tmp_path: Path):
    (tmp_path / "precious.txt").write_text("keep me")

    with pytest.raises(HarnessFault, match="holds something that no demo made"):
        world.clear(tmp_path)

    assert (tmp_path / "precious.txt").read_text() == "keep me"


def test_a_demos_own_folder_is_made_anew(tmp_path: Path):
    world.clear(tmp_path)
    (tmp_path / "office.db").write_text("old")

    world.clear(tmp_path)

    assert [path.name for path in tmp_path.iterdir()] == [world.MARKER]
