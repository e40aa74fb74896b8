"""Reading in general: caps, words, addresses, dates, and that nothing raises."""

import json
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailroom.message import Message, as_json, limits, read
from mailroom.message.html import to_text
from mailroom.message.model import Address
from mailroom.message.text import decode, decode_words

pytestmark = pytest.mark.fast
FRAGMENTS = [
    b"From: Ada <ada@example.org>\r\n", b"From: eve@example.net\n", b"Subject: =?utf-8?q?a=0Db?=\r\n",
    b"Content-Type: multipart/mixed; boundary=b\r\n", b"Content-Type: message/rfc822\r\n", b"\r\n", b"\n\n",
    b"--b\r\n", b"--b--\r\n", b"Content-Type: text/html; charset=idna\r\n", b"<p>x<blockquote>", b"Subject: x\r\n",
    b"Content-Type: text/calendar; method=REPLY\r\n", b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nATTENDEE:x\r\n",
    b"Content-Type: message/delivery-status\r\n", b"Final-Recipient: rfc822; a@example.org\r\nAction: failed\r\n",
    b"Content-Disposition: attachment; filename*0*=utf-9''%FF\r\n", b"Content-Transfer-Encoding: base64\r\n",
    b"Date: Mon, 99 Foo 99999 99:99:99 +9999\r\n", b"END:VEVENT\r\nEND:VCALENDAR\r\n",
    b"> x\r\n",
    b"On 4 Jan 2027 at 09:00, a@example.org wrote:\r\n", b"-- \r\n", b"\xff\xfe\x00", b"Message-ID: <<>\r\n",
    b"References: <a@b> <c@d>\r\n", b"Authentication-Results: x; dmarc=pass\r\n", b"To: (((((\r\n", b"\x00\x0b\x1b[31m",
]  # fmt: skip


def letter(headers: str = "", text: str = "Hello") -> Message:
    return read(f"From: Ada Member <Ada@Example.ORG>\r\n{headers}\r\n{text}\r\n".encode("utf-8", "surrogateescape"))


@settings(max_examples=80, deadline=None)
@given(st.one_of(st.binary(max_size=300), st.lists(st.sampled_from(FRAGMENTS), max_size=14).map(b"".join)))
def test_any_bytes_give_a_message_that_can_be_printed_and_stored(raw: bytes):
    message = read(raw)
    printed = json.dumps(as_json(message, "x"), ensure_ascii=False)

    printed.encode("utf-8")
    assert (message.size, len(message.sha256)) == (len(raw), 64)
    for text in (message.subject, message.sender.name, message.message_id, *(value for _, value in message.headers)):
        assert text.isprintable() or all(char.isprintable() or ord(char) > 127 for char in text)


def test_names_and_subjects_are_decoded_once_and_addresses_lowered():
    message = letter(
        "Subject: =?utf-8?b?w4lh?= =?utf-8?q?_=C3=A9?=\r\nTo: =?iso-8859-1?q?Zo=EB?= <ZOE@example.org>\r\n"
    )

    assert message.sender == Address("Ada Member", "ada@example.org")
    assert message.subject == "Éa é"
    assert message.to == (Address("Zoë", "zoe@example.org"),)


def test_a_character_split_between_encoded_words_is_put_together():
    assert decode_words("=?utf-8?b?w4=?= =?utf-8?b?iQ==?=").strip("=") != ""
    assert decode_words("=?utf-8?q?=C3?= =?utf-8?q?=89?=") == "É"


@pytest.mark.parametrize(
    "charset", ["idna", "punycode", "unicode_escape", "zlib", "undefined", "x" * 500, "", "base64"]
)
def test_what_is_no_charset_is_never_used_as_one(charset: str):
    assert decode(b"caf\xe9 \\u0041", charset) == "café \\u0041"


def test_western_text_that_says_it_is_something_else_is_still_read():
    assert decode("café – naïve".encode(), "iso-8859-1") == "café – naïve"
    assert decode("“quoted”".encode("cp1252"), "iso-8859-1") == "“quoted”"
    assert decode("привет".encode("koi8-r"), "koi8-r") == "привет"


def test_raw_eight_bit_headers_are_read():
    assert letter("Subject: Säying Hello\r\n").subject == "Säying Hello"


def test_ids_keep_their_brackets_and_bare_ones_are_given_them():
    message = letter(
        "Message-ID: one@example.org\r\nIn-Reply-To: <two@example.org> (from Ada)\r\nReferences: <a@b>\r\n <c@d>\r\n"
    )

    assert (message.message_id, message.in_reply_to) == ("<one@example.org>", "<two@example.org>")
    assert message.references == ("<a@b>", "<c@d>")


def test_the_date_keeps_its_offset():
    message = letter("Date: Mon, 05 Jul 2027 10:00:00 +0100\r\n")

    assert message.date is not None
    assert message.date.isoformat() == "2027-07-05T10:00:00+01:00"
    assert message.date == datetime(2027, 7, 5, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    "date", ["Mon, 32 Jan 2027 09:00:00 +0000", "yesterday", "Fri, 31 Dec 9999 23:59:59 -1200", ""]
)
def test_a_date_nobody_believes_is_none_and_a_defect(date: str):
    message = letter(f"Date: {date}\r\n")

    assert message.date is None
    assert any("Date header" in defect for defect in message.defects)


def test_a_message_without_headers_or_body_is_still_a_message():
    assert read(b"").silence == "there is no sender to answer"
    assert read(b"Subject: x\r\nFrom: ada@example.org").subject == "x"


def test_the_plain_part_is_preferred_and_an_empty_one_is_not():
    body = (
        "Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\n{0}\r\n"
        "--b\r\nContent-Type: text/html\r\n\r\n<p>Hello <b>Ada</b></p>\r\n--b--\r\n"
    )

    assert read(body.format("plain").encode()).text == "plain"
    assert read(body.format(" ").encode()).text == "Hello Ada"


def test_html_is_made_readable_and_its_quotations_marked():
    page = (
        "<html><head><title>t</title><style>p{}</style></head><body><p>Yes&nbsp;please<br>Ada</p><ul><li>one</li>"
        "<li>two</li></ul><script>alert(1)</script><blockquote><p>quoted</p><p>more</p></blockquote></body></html>"
    )
    text = to_text(page)

    assert "Yes\xa0please\nAda" in text
    assert "- one\n- two" in text
    assert "> quoted" in text
    assert "> more" in text
    assert "alert" not in text
    assert "p{}" not in text


@pytest.mark.parametrize(
    ("raw", "defect"),
    [
        (b"A: b\r\n" * 2_000 + b"\r\nx", "header lines"),
        (b"Subject: " + b"x" * 200_000 + b"\r\n\r\nx", "was cut"),
        (b"A: " + b"x\r\n " * 600_000, "headers larger"),
        (b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\nx\r\n" * 1_500, "more than 1000 parts"),
        (
            b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(200)),
            "nested",
        ),
        (b"Content-Type: message/rfc822\r\n\r\n" * 3_000 + b"x", "nested"),
        (b"Content-Type: message/partial\r\n\r\n" * 3_000 + b"x", "nested"),
    ],
)
def test_what_lies_beyond_a_cap_is_left_out_and_said(raw: bytes, defect: str):
    began = time.perf_counter()
    message = read(b"From: Ada <ada@example.org>\r\n" + raw)

    assert any(defect in found for found in message.defects)
    assert message.sender.address == "ada@example.org"
    assert len(message.headers) <= limits.HEADER_FIELDS
    assert time.perf_counter() - began < 3


def test_a_message_within_the_caps_is_passed_on_untouched():
    raw = b"From: a@example.org\r\n\r\n" + b"--\r\nlist\r\n" * 100

    assert limits.cap(raw) == limits.Capped(raw, ())


def test_more_addresses_than_anyone_needs_are_cut():
    message = letter("Cc: " + ",\r\n ".join(f"a{n}@example.org" for n in range(1_500)) + "\r\n")

    assert len(message.cc) == limits.ADDRESSES
    assert any("addresses" in defect for defect in message.defects)


def test_the_json_contract_has_its_keys_in_order():
    keys = list(as_json(letter(), "x.eml"))
    design = (
        "file message_id from to cc date subject in_reply_to references text new_text kind automatic must_not_answer "
        "bounces calendar forward authentication marking attachments defects"
    )

    assert keys == design.split()


def test_absent_facts_are_null_or_empty_in_json():
    printed = as_json(read(b"\r\n"), str(Path("x.eml")))

    assert [printed[key] for key in ("message_id", "date", "in_reply_to", "automatic", "calendar", "forward")] == [
        None
    ] * 6
    assert printed["from"] == {"name": "", "address": ""}
    assert printed["to"] == []
