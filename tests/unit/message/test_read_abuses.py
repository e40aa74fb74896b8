"""MIME and headers as real mailers abuse them: what a person's program would show is what is read."""

import base64
import binascii
import time
from datetime import UTC, datetime

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mailroom.message import Draft, Message, compose, read
from mailroom.message.model import Address
from mailroom.message.text import clean, decode, decode_words, one_line

pytestmark = pytest.mark.fast
FROM = b"From: Ada <ada@example.org>\r\n"


def letter(headers: bytes, body: bytes = b"Hello\r\n") -> Message:
    return read(FROM + headers + b"\r\n" + body)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("=?utf-8?b?w4nD?= =?utf-8?b?iQ==?=", "ÉÉ"),
        ("=?utf-8?B?4p?= =?utf-8?B?yT?=", "✓"),
        ("=?utf-8?b?w4k?=", "É"),
        ("=?utf-8?b?w4nD\r\n iQ==?=", "ÉÉ"),
        ("=?UTF-8?Q?Where_is_it??=", "Where is it?"),
        ("=?utf-8?Q?a b?=", "a b"),
        ("=?utf-8*en?q?caf=C3=A9?=", "café"),
        ("=?iso-2022-jp?B?GyRCJUYlOSVIGyhC?=", "テスト"),
        ("=?gb2312?Q?=C4=E3?==?gb2312?Q?=BA=C3?=", "你好"),
        ("Re: =?iso-8859-1?q?=93yes=94?= now", "Re: “yes” now"),
        ("=?x-unknown?q?caf=C3=A9?=", "café"),
        ("=?utf-8?q?=0D=0ABcc:_x?=", "Bcc: x"),
    ],
)
def test_encoded_words_are_read_however_they_were_cut(written: str, meant: str):
    assert one_line(decode_words(written)) == meant


def test_words_that_were_no_encoding_are_decoded_once_only():
    assert decode_words("=?utf-8?q?=3D=3Futf-8=3Fq=3Fx=3F=3D?=") == "=?utf-8?q?x?="


@pytest.mark.parametrize(
    ("written", "sender"),
    [
        (b"=?utf-8?Q?Member,_Ada_(Leeds)?= <ada@example.org>", Address("Member, Ada (Leeds)", "ada@example.org")),
        (b'"=?utf-8?q?Zo=C3=AB?=" <zoe@example.org>', Address("Zoë", "zoe@example.org")),
        (b"Ada Member ada@example.org", Address("Ada Member ada@example.org", "ada@example.org")),
        (b"ada@example.org (Ada Member)", Address("Ada Member", "ada@example.org")),
        (b"Zo\xeb <zoe@example.org>", Address("Zoë", "zoe@example.org")),
        ("Zoë <zoë@exämple.org>".encode(), Address("Zoë", "zoë@exämple.org")),
        ("Zoe\u0308 <zoe\u0308@example.org>".encode(), Address("Zoe\u0308", "zoë@example.org")),
        (b"<@relay.example.net:ada@example.org>", Address("", "ada@example.org")),
        (b"Ada . Member <ada @ example . org>", Address("Ada . Member", "ada@example.org")),
    ],
)
def test_senders_are_found_in_what_mailers_write(written: bytes, sender: Address):
    assert read(b"From: " + written + b"\r\n\r\nx").sender == sender


def test_groups_and_several_headers_are_one_list():
    message = letter(b"To: Members: ada@example.org, Bo <bo@example.org>;\r\nTo: cy@example.org\r\nCc: nobody:;\r\n")

    assert [address.address for address in message.to] == ["ada@example.org", "bo@example.org", "cy@example.org"]
    assert message.cc == ()


def test_two_from_headers_are_a_defect_and_silence():
    message = letter(b"From: eve@example.net\r\n")

    assert message.sender.address == "ada@example.org"
    assert "more than one From header" in message.defects
    assert message.silence


def test_an_encoded_line_end_makes_no_header():
    message = letter(b"Subject: =?utf-8?q?Hi=0D=0ABcc:_evil=40example.net?=\r\n")

    assert message.subject == "Hi Bcc: evil@example.net"
    assert [name for name, _ in message.headers] == ["from", "subject"]


def test_a_folded_boundary_is_the_boundary():
    body = b"--a b\r\n\r\nOne\r\n--a b\r\n\r\nTwo\r\n--a b--\r\n"

    assert letter(b'Content-Type: multipart/mixed; boundary="a\r\n b"\r\n', body).text == "One\nTwo"


@pytest.mark.parametrize(
    "declared", [b"; boundary=other", b"", b"; boundary*=idna''x", b"; boundary*=x; boundary*0*=y"]
)
def test_parts_under_another_boundary_than_declared_are_found(declared: bytes):
    body = (
        b"--real\r\nContent-Type: text/plain\r\n\r\nHello\r\n"
        b"--real\r\nContent-Type: image/png; name=p.png\r\n\r\nx\r\n--real--\r\n"
    )
    message = letter(b"Content-Type: multipart/mixed" + declared + b"\r\n", body)

    assert message.text == "Hello"
    assert [item.name for item in message.attachments] == ["p.png"]


def test_words_in_a_multipart_without_parts_are_not_lost():
    assert letter(b"Content-Type: multipart/mixed; boundary=b\r\n", b"Help me\r\n").text == "Help me"


def test_an_open_boundary_costs_nothing_but_a_defect():
    message = letter(b"Content-Type: multipart/mixed; boundary=b\r\n", b"--b\r\n\r\nHello\r\n")

    assert message.text == "Hello"
    assert "the end is missing" in message.defects


def test_an_enclosed_message_is_read_though_it_is_encoded():
    inner = base64.encodebytes(b"From: Bo <bo@example.org>\r\nSubject: Inner\r\n\r\nThe lift is broken.\r\n")
    message = letter(b"Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n", inner)

    assert message.forward is not None
    assert (message.forward.address, message.forward.subject) == ("bo@example.org", "Inner")
    assert message.forward.text == "The lift is broken."


def test_a_file_written_into_the_text_is_a_file():
    data = bytes(range(256))
    lines = b"".join(binascii.b2a_uu(data[at : at + 45]) for at in range(0, 256, 45))
    message = letter(b"", b"See:\n\nbegin 644 map.png\n" + lines + b"`\nend\nBye\n")

    assert [(item.name, item.size) for item in message.attachments] == [("map.png", 256)]
    assert message.text.split() == ["See:", "Bye"]


@pytest.mark.parametrize("body", [b"begin 644 x\nnot it\nend\n", b"begin 644 x\n", b"We begin 644 talks\n"])
def test_what_only_begins_like_a_file_stays_text(body: bytes):
    message = letter(b"", body)

    assert message.attachments == ()
    assert message.text == body.decode().strip()


def test_flowed_paragraphs_are_put_together():
    body = b"A long \r\nline of \r\nwords.\r\n> quoted \r\n> more\r\n>> deeper\r\n From the start\r\n-- \r\nAda\r\n"
    message = letter(b"Content-Type: text/plain; format=flowed\r\n", body)

    assert message.text == "A long line of words.\n> quoted more\n>> deeper\nFrom the start\n-- \nAda"


def test_flowed_words_without_spaces_between_them_are_joined():
    body = "日本 \r\n語\r\n".encode()

    assert letter(b"Content-Type: text/plain; charset=utf-8; format=flowed; delsp=yes\r\n", body).text == "日本語"


def test_a_charset_that_hides_tags_is_not_used_for_html():
    body = b"+ADw-script+AD4-alert(1)+ADw-/script+AD4- hello"

    assert letter(b"Content-Type: text/html; charset=utf-7\r\n", body).text == body.decode()
    assert decode(b"+ADw-b+AD4-", "utf-7") == "<b>"


@pytest.mark.parametrize("charset", ["cp037", "ibm500", "x-klingon", "idna"])
def test_a_charset_we_do_not_read_is_said(charset: str):
    message = letter(f"Content-Type: text/plain; charset={charset}\r\n".encode())

    assert message.text == "Hello"
    assert any(charset in defect for defect in message.defects)


@pytest.mark.parametrize(
    "headers",
    [
        b"Content-Type: text/plain; name*=a; name*0=b\r\n",
        b"Content-Type: text/plain; charset*=u''x; charset*0*=q\r\n",
        b"Content-Disposition: attachment; filename*=idna''%FF; filename*0*=x\r\n",
    ],
)
def test_parameters_that_make_no_sense_stop_nothing(headers: bytes):
    message = letter(headers)

    assert message.sender.address == "ada@example.org"
    assert not any("nothing could read it" in defect for defect in message.defects)


def test_a_header_made_to_be_slow_is_cut():
    slow = b"--b\r\nContent-Type: text/plain" + b';"a=' * 30_000 + b"\r\n\r\nx\r\n"
    began = time.process_time()
    message = letter(b"Content-Type: multipart/mixed; boundary=b\r\n", slow * 3)

    assert time.process_time() - began < 2
    assert any("header longer than" in defect for defect in message.defects)


WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)


@settings(max_examples=50, deadline=None)
@given(subject=WORDS, name=WORDS, text=WORDS)
@example(subject="0\x1f0", name="0\x1f0", text="0\x1f0")
@example(subject="0\x1d 0", name="\x850", text="0 \x1c\u2028\xa00")
def test_what_is_composed_is_read_again_as_it_was_written(subject: str, name: str, text: str):
    sender = Address(one_line(name), "iag@example.org")
    draft = Draft(
        sender=sender, recipient=Address("", "ada@example.org"), subject=one_line(subject), text=text, html="",
        message_id="<one@example.org>", date=datetime(2027, 1, 4, 9, tzinfo=UTC),
    )  # fmt: skip
    message = read(compose(draft))

    assert (message.sender, message.to) == (sender, (draft.recipient,))
    assert (message.subject, message.message_id, message.date) == (draft.subject, draft.message_id, draft.date)
    assert one_line(message.text) == one_line(clean(text))
    assert [name for name, _ in message.headers].count("from") == 1


def test_a_server_that_explains_itself_only_in_its_report_is_still_read():
    body = b"--b\r\nContent-Type: message/delivery-status\r\n\r\nNobody of that name works here.\r\n--b--\r\n"

    assert "Nobody of that name" in letter(b"Content-Type: multipart/report; boundary=b\r\n", body).text


def test_a_long_file_comes_through_whole_whatever_stands_beside_it():
    data = bytes(range(256)) * 40
    encoded = base64.encodebytes(data).replace(b"\n", b"\r\n")
    body = (
        b"--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\ncaf\xc3\xa9 =_run_0= \r\n" + encoded
        + b"--b\r\nContent-Type: image/png; name=p.png\r\nContent-Transfer-Encoding: base64\r\n\r\n" + encoded
        + b"--b--\r\n"
    )  # fmt: skip
    message = letter(b"Content-Type: multipart/mixed; boundary=b\r\n", body)

    assert message.text.split()[:2] == ["café", "=_run_0="]
    assert "".join(message.text.split()[2:]).encode() == base64.b64encode(data)
    assert [item.size for item in message.attachments] == [len(data)]
