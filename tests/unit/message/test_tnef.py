"""winmail.dat, and messages whose words are out of reach."""

import base64
import hashlib
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailroom.message import compressed_rtf, read, tnef
from mailroom.message.model import Message

pytestmark = pytest.mark.fast

# The worked example of [MS-OXRTFCP] section 3.1.1.
COMPRESSED = bytes.fromhex(
    "2d0000002b0000004c5a4675f1c5c7a703000a007263706731323542320af32068656c090020627705b06c647d0a800fa0"
)


def attribute(level: int, number: int, value: bytes) -> bytes:
    return struct.pack("<BLL", level, number, len(value)) + value + struct.pack("<H", sum(value) & 0xFFFF)


def padded(value: bytes) -> bytes:
    return struct.pack("<L", len(value)) + value + bytes(-len(value) % 4)


def properties(*values: tuple[int, int, bytes]) -> bytes:
    """Write MAPI properties: (number, type, value)."""
    out = struct.pack("<L", len(values))
    for number, kind, value in values:
        out += struct.pack("<HH", kind, number)
        out += value if kind == 3 else struct.pack("<L", 1) + padded(value)
    return out


def stream(*attributes: bytes) -> bytes:
    return b"\x78\x9f\x3e\x22\x01\x00" + b"".join(attributes)


def file(name: str, data: bytes, kind: str = "application/pdf") -> bytes:
    return (
        attribute(2, 0x00069002, bytes(14))
        + attribute(2, 0x00018010, b"SHORT~1.PDF\0")
        + attribute(2, 0x0006800F, data)
        + attribute(
            2,
            0x00069005,
            properties((0x0E20, 3, struct.pack("<L", len(data))), (0x3707, 0x1F, f"{name}\0".encode("utf-16-le")),
                       (0x370E, 0x1E, kind.encode() + b"\0")),
        )
    )  # fmt: skip


def mail(data: bytes, text: str = "") -> Message:
    part = base64.encodebytes(data).decode()
    words = f"--b\r\nContent-Type: text/plain\r\n\r\n{text}\r\n" if text else ""
    return read(
        (
            "From: a@example.org\r\nSubject: x\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
            f"{words}--b\r\nContent-Type: application/ms-tnef; name=winmail.dat\r\n"
            f"Content-Transfer-Encoding: base64\r\n\r\n{part}\r\n--b--\r\n"
        ).encode()
    )


def test_files_in_winmail_dat_are_seen_under_their_long_names_with_what_is_known_of_them():
    message = mail(stream(file("Minutes of März.pdf", b"%PDF-1.7 x"), file("b.exe", b"x")), "Please see.")

    assert [(one.name, one.type, one.true_type) for one in message.attachments] == [
        ("winmail.dat", "application/ms-tnef", "application/ms-tnef"),
        ("Minutes of März.pdf", "application/pdf", "application/pdf"),
        ("b.exe", "application/pdf", ""),
    ]
    assert message.attachments[1].sha256 == hashlib.sha256(b"%PDF-1.7 x").hexdigest()
    assert message.attachments[2].notes == ("program, not opened",)
    assert (message.text, message.look) == ("Please see.", ())


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (attribute(1, 0x0002800C, b"See you on Monday.\0"), "See you on Monday."),
        (attribute(1, 0x00069003, properties((0x1000, 0x1F, "Grüße\0".encode("utf-16-le")))), "Grüße"),
        (attribute(1, 0x00069003, properties((0x1013, 0x102, b"<p>See <b>you</b></p>"))), "See you"),
        (attribute(1, 0x00069003, properties((0x1009, 0x102, COMPRESSED))), "hello world"),
    ],
)
def test_words_that_stand_only_in_winmail_dat_are_the_messages_words(body: bytes, words: str):
    assert mail(stream(body)).text.strip() == words
    assert mail(stream(body), "Hello.").text == "Hello."


@pytest.mark.parametrize(
    ("rtf", "words"),
    [
        (b"{\\rtf1{\\fonttbl{\\f0 Arial;}}Caf\\'e9\\par \\u8364?5 \\{x\\}}", "Café\n€5 {x}"),
        (b"{\\rtf1 {\\*\\htmltag64 <p>}\\uc1\\u-10179?\\u-8704?\\tab done}", "\N{GRINNING FACE}\tdone"),
        (b"{\\rtf1 }}}{{{ unbalanced", "unbalanced"),
    ],
)
def test_rtf_gives_its_words(rtf: bytes, words: str):
    packed = struct.pack("<LL4sL", len(rtf) + 12, len(rtf), b"MELA", 0) + rtf

    assert compressed_rtf.to_text(packed).strip() == words


@settings(max_examples=50, deadline=None)
@given(st.binary(max_size=400), st.integers(0, 500), st.integers(0, 300))
def test_damaged_winmail_dat_is_never_an_error(noise: bytes, at: int, keep: int):
    whole = stream(file("a.pdf", b"x"), attribute(1, 0x00069003, properties((0x1009, 0x102, COMPRESSED))))

    tnef.opened(whole[:at] + noise + whole[at + len(noise) - keep :])
    compressed_rtf.to_text(COMPRESSED[:17] + noise)


def test_damaged_winmail_dat_is_kept_and_named():
    message = mail(stream(file("a.pdf", b"%PDF-1.7 x"))[:-9])

    assert [one.name for one in message.attachments] == ["winmail.dat", "SHORT~1.PDF"]
    assert any("winmail.dat" in sentence for sentence in message.look)


def typed(content_type: str, text: str = "x") -> Message:
    return read(f"From: a@example.org\r\nSubject: Please\r\nContent-Type: {content_type}\r\n\r\n{text}\r\n".encode())


@pytest.mark.parametrize(
    "message",
    [
        typed("application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m"),
        typed("multipart/encrypted; boundary=b", "--b\r\nContent-Type: application/pgp-encrypted\r\n\r\nx\r\n--b--"),
        typed("text/plain", "-----BEGIN PGP MESSAGE-----\r\n\r\nx"),
        typed(
            "multipart/mixed; boundary=b",
            "--b\r\nContent-Type: text/plain\r\n\r\nThis message is protected.\r\n"
            "--b\r\nContent-Type: application/x-microsoft-rpmsg-message; name=message.rpmsg\r\n\r\nx\r\n--b--",
        ),
    ],
    ids=["S/MIME", "PGP/MIME", "PGP", "rights management"],
)  # fmt: skip
def test_sealed_words_are_said_to_be_so(message: Message):
    assert message.sealed
    assert message.look


def test_a_signature_or_a_sealed_file_beside_readable_words_seals_nothing():
    part = "--b\r\nContent-Type: {0}\r\n\r\nx\r\n"
    words = "--b\r\nContent-Type: text/plain\r\n\r\nHello.\r\n"
    signed = typed("multipart/signed; boundary=b", words + part.format("application/pkcs7-signature; name=smime.p7s"))
    beside = typed("multipart/mixed; boundary=b", words + part.format("application/pkcs7-mime; name=old.p7m") + "--b--")

    assert (signed.sealed, signed.look) == (False, ())
    assert not beside.sealed
    assert beside.look
