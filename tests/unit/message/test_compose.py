import email
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailroom.message import Draft, compose, message_id_for, read
from mailroom.message.compose import Attached
from mailroom.message.model import Address
from mailroom.message.text import clean, one_line

pytestmark = pytest.mark.fast
DRAFT = Draft(
    sender=Address("Riverside Advisory Group", "iag@example.org"),
    recipient=Address("Ada Member", "ada@example.org"),
    subject="Thank you",
    text="Dear Ada,\n\nThank you – we have it.\n",
    html="<p>Dear Ada,</p><p>Thank you – we have it.</p>",
    message_id="<abc@example.org>",
    date=datetime(2027, 1, 4, 9, 12, tzinfo=UTC),
    in_reply_to="<theirs@example.org>",
    references=("<first@example.org>", "<theirs@example.org>"),
)
NAMES = ["From", "To", "Subject", "Date", "Message-ID", "In-Reply-To", "References", "Auto-Submitted",
         "X-Auto-Response-Suppress", "X-Loop", "Content-Type", "MIME-Version"]  # fmt: skip
words = st.text(max_size=120)


def test_a_draft_becomes_a_mail_to_one_person_marked_as_automatic():
    tree = email.message_from_bytes(compose(DRAFT))

    assert tree.keys() == NAMES
    assert tree["To"] == "Ada Member <ada@example.org>"
    assert tree["Auto-Submitted"] == "auto-replied"
    assert tree["X-Loop"] == "iag@example.org"
    assert [part.get_content_type() for part in tree.walk()] == ["multipart/alternative", "text/plain", "text/html"]


def test_the_same_draft_gives_the_same_bytes():
    assert compose(DRAFT) == compose(DRAFT)


def test_a_mail_of_ours_is_never_answered_by_ourselves():
    message = read(compose(DRAFT))

    assert message.kind == "automatic"
    assert message.silence


def test_an_encoded_word_in_a_quoted_subject_cannot_become_a_header():
    subject = "Re: =?utf-8?q?Hi=0D=0ABcc:_evil=40example.net?="
    raw = compose(replace(DRAFT, subject=subject))

    assert email.message_from_bytes(raw).keys() == NAMES
    assert b"Bcc" not in raw
    assert read(raw).subject == subject


@pytest.mark.parametrize(
    "address",
    ["", "ada", "ada@example.org, eve@example.net", "ada@example.org\nBcc: eve@example.net", "a@b@example.org ",
     "ada@example.org>", "ada@-example-.org", "ada..b@example.org", "ädä@example.org"],
)  # fmt: skip
def test_what_is_not_exactly_one_address_is_refused(address: str):
    with pytest.raises(ValueError, match="not one address"):
        compose(replace(DRAFT, recipient=Address("", address)))


def test_a_name_with_a_line_end_is_refused():
    with pytest.raises(ValueError, match="control characters"):
        compose(replace(DRAFT, recipient=Address("Ada\r\nBcc: eve@example.net", "ada@example.org")))


@pytest.mark.parametrize("name", ["Bcc", "to", "X Y", "X:", "", "Subject"])
def test_a_draft_may_not_set_headers_that_decide_who_gets_it(name: str):
    with pytest.raises(ValueError, match="not a header"):
        compose(replace(DRAFT, headers=((name, "x"),)))


def test_a_message_id_is_checked():
    with pytest.raises(ValueError, match="message id"):
        compose(replace(DRAFT, message_id="<a@example.org>\r\nBcc: x"))


def test_a_domain_in_other_letters_is_written_as_the_wire_wants_it():
    raw = compose(replace(DRAFT, recipient=Address("", "ada@bücher.example")))

    assert b"ada@xn--bcher-kva.example" in raw


def test_a_message_id_is_the_same_for_the_same_mail_and_not_to_be_guessed():
    one = message_id_for(b"key", "digest:2027-W02", "example.org")

    assert one == message_id_for(b"key", "digest:2027-W02", "example.org")
    assert one != message_id_for(b"other", "digest:2027-W02", "example.org")
    assert one != message_id_for(b"key", "digest:2027-W03", "example.org")
    assert one.endswith("@example.org>")
    assert len(one) > 40


@settings(max_examples=60, deadline=None)
@given(subject=words, text=words, name=words, html=words, extra=words)
def test_what_was_drafted_is_read_back(subject: str, text: str, name: str, html: str, extra: str):
    drafted = replace(
        DRAFT, subject=subject, text=text, html=html, recipient=Address(one_line(name), "ada@example.org"),
        headers=(("X-Template", extra),),
    )  # fmt: skip
    raw = compose(drafted)
    message = read(raw)
    tree = email.message_from_bytes(raw)

    assert [*NAMES[:10], "X-Template", "Content-Type", "MIME-Version"] == [
        name for name in tree if name != "Content-Transfer-Encoding"
    ]
    assert message.subject == one_line(subject)
    assert [address.address for address in message.to] == ["ada@example.org"]
    plain = next(part for part in tree.walk() if part.get_content_type() == "text/plain")
    payload = plain.get_payload(decode=True)
    assert isinstance(payload, bytes)
    assert payload.decode().replace("\r\n", "\n").rstrip("\n") == clean(text).rstrip("\n")
    assert all(len(line) <= 998 and b"\r" not in line and b"\n" not in line for line in raw.split(b"\r\n"))


@pytest.mark.parametrize(
    ("name", "kind", "shown", "type_"),
    [
        ("Pack 1.pdf", "application/pdf", "Pack-1.pdf", "application/pdf"),
        ('a".pdf\r\nBcc: x@example.org', "application/pdf", "a-pdf-Bcc-x-example.org", "application/pdf"),
        ("minutes", "text/html\r\nBcc: x@example.org", "minutes", "application/octet-stream"),
        ("…", "", "file", "application/octet-stream"),
    ],
)
def test_a_file_comes_beside_the_words_whatever_it_is_called(name: str, kind: str, shown: str, type_: str):
    tree = email.message_from_bytes(compose(replace(DRAFT, attachments=(Attached(name, kind, b"\x00\xff" * 99),))))

    assert tree.keys() == NAMES
    _, words, *_, file = tree.walk()
    assert (words.get_content_type(), tree.get_content_type()) == ("multipart/alternative", "multipart/mixed")
    assert (file.get_filename(), file.get_content_type()) == (shown, type_)
    assert file.get_content_disposition() == "attachment"
    assert file.get_payload(decode=True) == b"\x00\xff" * 99
    assert read(compose(DRAFT)).text == read(compose(replace(DRAFT, attachments=(Attached(name, kind, b"x"),)))).text
