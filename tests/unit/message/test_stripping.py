"""Files taken out of a message's bytes: gone whatever they lie in, and everything else still there."""

import binascii
import hashlib
import random
from email.message import EmailMessage
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailroom.message import read
from mailroom.message.stripping import NOTE, is_wanted, strip

STORY = Path(__file__).parents[2] / "story" / "attachments"
PDF = (STORY / "vetting-renewal-form.pdf").read_bytes()
DOCX = (STORY / "incident-summary.docx").read_bytes()
PICTURE = (STORY / "still-platform4.jpg").read_bytes()


def letter(*files: tuple[str, bytes], words: str = "Please find my form.") -> bytes:
    made = EmailMessage()
    made["From"] = "Ada Winter <ada.winter@mail.example.org>"
    made["To"] = "iag@btp.example.org"
    made["Subject"] = "My vetting form – renewed"
    made["Message-ID"] = "<one@mail.example.org>"
    made.set_content(words)
    for name, data in files:
        made.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    return made.as_bytes()


def holds(raw: bytes, data: bytes) -> bool:
    """Whether anything of a file is left: its bytes, or their base64 in any of its three alignments."""
    middle = data[len(data) // 2 :][:90]
    flat = raw.replace(b"\r", b"").replace(b"\n", b"")
    encoded = (binascii.b2a_base64(middle[n:], newline=False)[:80] for n in range(3))
    return middle in raw or any(one in flat for one in encoded)


def test_a_file_is_gone_and_a_note_says_what_it_was():
    raw = letter(("form.pdf", PDF))

    stripped = strip(raw, ["any"])

    assert stripped is not None
    assert holds(raw, PDF)
    assert not holds(stripped.raw, PDF)
    after = read(stripped.raw)
    assert (after.new_text.strip(), after.subject) == ("Please find my form.", "My vetting form – renewed")
    assert [file.name for file in after.attachments] == [NOTE]
    assert f"SHA-256: {hashlib.sha256(PDF).hexdigest()}".encode() in stripped.raw
    assert b"Name: form.pdf" in stripped.raw
    assert [file.sha256 for file in stripped.removed] == [hashlib.sha256(PDF).hexdigest()]


def test_only_the_files_named_go():
    stripped = strip(letter(("form.pdf", PDF), ("notes.docx", DOCX)), [".docx"])

    assert stripped is not None
    assert holds(stripped.raw, PDF)
    assert not holds(stripped.raw, DOCX)
    assert [file.name for file in read(stripped.raw).attachments] == ["form.pdf", NOTE]


@pytest.mark.parametrize("name", ["scan", "form.PDF", "form.pdf.txt", "photo.jpg"])
def test_a_file_is_known_by_its_bytes_when_its_name_hides_it(name: str):
    stripped = strip(letter((name, PDF)), [".pdf"])

    assert stripped is not None
    assert not holds(stripped.raw, PDF)


def test_a_message_without_such_a_file_stays_as_it_is():
    assert strip(letter(("form.pdf", PDF)), [".docx"]) is None
    assert strip(letter(), ["any"]) is None


def test_a_file_in_a_message_that_is_enclosed_goes_with_it():
    outer = EmailMessage()
    outer["From"] = "drew.castell@btp.example.org"
    outer["Subject"] = "Fw: my form"
    outer.set_content("See below.")
    inner = EmailMessage()
    inner["Subject"] = "my form"
    inner.set_content("Here it is.")
    inner.add_attachment(PDF, maintype="application", subtype="pdf", filename="form.pdf")
    outer.add_attachment(inner)

    stripped = strip(outer.as_bytes(), [".pdf"])

    assert stripped is not None
    assert not holds(stripped.raw, PDF)
    assert read(stripped.raw).new_text.strip() == "See below."


def test_a_file_written_into_the_text_goes_and_the_words_stay():
    lines = b"".join(binascii.b2a_uu(PDF[n : n + 45]) for n in range(0, len(PDF), 45))
    raw = b"From: a@mail.example.org\nSubject: form\n\nHere is my form.\n\nbegin 644 form.pdf\n" + lines + b"`\nend\n"

    stripped = strip(raw, [".pdf"])

    assert stripped is not None
    assert lines[100:200] not in stripped.raw
    after = read(stripped.raw)
    assert (after.subject, after.new_text.strip()) == ("form", "Here is my form.")
    assert after.sender.address == "a@mail.example.org"


def test_a_message_that_is_nothing_but_a_file_keeps_its_headers():
    encoded = binascii.b2a_base64(PDF)
    head = b"From: a@mail.example.org\nSubject: scan\nContent-Type: application/pdf; name=scan.pdf\n"
    raw = head + b"Content-Transfer-Encoding: base64\n\n" + encoded

    stripped = strip(raw, ["any"])

    assert stripped is not None
    assert not holds(stripped.raw, PDF)
    after = read(stripped.raw)
    assert (after.subject, after.sender.address) == ("scan", "a@mail.example.org")


def test_what_hides_before_and_after_the_parts_goes_too():
    raw = letter(("form.pdf", PDF))
    hidden = binascii.b2a_base64(PICTURE)
    raw = raw.rstrip() + b"\n" + hidden

    stripped = strip(raw, [".pdf"])

    assert stripped is not None
    assert not holds(stripped.raw, PICTURE)


def test_a_text_file_shown_among_the_words_is_a_file_too():
    made = EmailMessage()
    made["Subject"] = "numbers"
    made.set_content("As promised.")
    made.add_attachment("collar number 4711", filename="officers.txt", disposition="inline")

    stripped = strip(made.as_bytes(), [".txt"])

    assert stripped is not None
    assert b"4711" not in stripped.raw
    assert "As promised." in read(stripped.raw).text


def test_the_endings_of_pictures_go_by_their_bytes():
    [file] = read(letter(("IMG_1", PICTURE))).attachments

    assert is_wanted(file, [".jpeg"])
    assert not is_wanted(file, [".png"])


@settings(max_examples=40)
@given(st.integers(0, 2**32))
def test_no_damage_to_a_message_keeps_a_file_that_can_be_seen(seed: int):
    """Cut, doubled or swapped lines: whatever the reader sees as a file, stripping takes out."""
    chance = random.Random(seed)
    lines = letter(("form.pdf", PDF[:3000]), ("b.txt", b"one\ntwo\n")).split(b"\n")
    for _ in range(chance.randrange(1, 6)):
        at = chance.randrange(len(lines))
        match chance.randrange(3):
            case 0:
                del lines[at]
            case 1:
                lines.insert(at, lines[chance.randrange(len(lines))])
            case _:
                lines[at] = lines[at][: chance.randrange(len(lines[at]) + 1)]
    raw = b"\n".join(lines)
    seen = {file.sha256 for file in read(raw).attachments if file.size}

    stripped = strip(raw, ["any"])

    after = {file.sha256 for file in read(stripped.raw if stripped else raw).attachments}
    assert not seen & after
