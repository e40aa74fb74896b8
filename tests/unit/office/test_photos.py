"""Pictures for the newsletter: small, upright, of their points alone, and shown only where they may be."""

import io
import random
import struct
import sys
import zlib
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest
from PIL import Image

from mailroom.office import newsletter, photos
from mailroom.office.layout import MOST_HTML
from mailroom.office.office import Office
from mailroom.store import people
from mailroom.store.people import Person
from tests.office import AUTHSERV, MAILBOX, small_office
from tests.unit.office.news import DREW, WORDS, at, code, reply, rows, texts, until, with_readers
from tests.unit.office.taking import arrive

ALT = "six officers stand behind a row of posters"


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with small_office(tmp_path) as made:
        with_readers(made)
        newsletter.look(made, at(4, "09:00"))
        yield made


def photo(
    width: int = 3000, height: int = 2000, *, kind: str = "JPEG", orientation: int = 1, noise: bool = False
) -> bytes:
    """Return a picture as a telephone takes it: with the place it was taken at, red at its top, blue below."""
    made = Image.new("RGB", (width, height), "blue")
    made.paste("red", (0, 0, width, height // 4))
    if noise:
        made = Image.frombytes("RGB", (width, height), random.Random(1).randbytes(width * height * 3))
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010F] = "Fictional telephones"
    exif.get_ifd(0x8825)[1] = "N"
    exif.get_ifd(0x8825)[2] = (51.0, 30.0, 26.0)
    file = io.BytesIO()
    made.save(file, kind, exif=exif)
    return file.getvalue()


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


def with_files(*files: tuple[str, bytes], text: str = WORDS) -> bytes:
    made = EmailMessage()
    made["Authentication-Results"] = f"{AUTHSERV}; dmarc=pass"
    made["From"], made["To"], made["Subject"] = DREW, MAILBOX, "Item for the newsletter"
    made["Message-ID"] = "<item-with-files@btp.example.org>"
    made.set_content(text)
    for name, data in files:
        made.add_attachment(data, maintype="image", subtype=name.rpartition(".")[2], filename=name)
    return made.as_bytes()


def sent(
    office: Office, *files: tuple[str, bytes], text: str = f"{WORDS}\n\nAlt text: {ALT}\nPermission: yes, all six\n"
) -> None:
    arrive(office, with_files(*files, text=text), at(20, "10:00"))


def issue(office: Office) -> None:
    until(office, at(22, "09:00"))
    reply(office, f"APPROVE {code(office)}", "notice/proof", at(25, "09:05"))
    until(office, at(29, "10:00"))


def test_a_picture_is_made_anew_of_its_points_alone():
    before = photo()
    after = photos.small(before)

    assert dict(opened(before).getexif().get_ifd(0x8825))
    assert after.width == 1200
    assert opened(after.data).size == (1200, 800)
    assert not dict(opened(after.data).getexif())
    assert b"Fictional" not in after.data


@pytest.mark.parametrize(("orientation", "corner"), [(1, "top"), (3, "bottom"), (6, "right"), (8, "left")])
def test_a_picture_stands_upright(orientation: int, corner: str):
    shown = opened(photos.small(photo(orientation=orientation)).data).convert("RGB")
    width, height = shown.size
    where = {
        "top": (width // 2, 9),
        "bottom": (width // 2, height - 9),
        "left": (9, height // 2),
        "right": (width - 9, height // 2),
    }

    red = [name for name, point in where.items() if shown.getpixel(point)[0] > 200]  # type: ignore[index]
    at_edges = {"top": {"top", "left", "right"}, "bottom": {"bottom", "left", "right"}}.get(corner)
    assert corner in red
    assert at_edges is None or set(red) <= at_edges


def test_however_busy_it_is_it_is_light_enough():
    after = photos.small(photo(1500, 1500, noise=True))

    assert 0 < len(after.data) <= photos.LARGEST


def test_what_is_transparent_is_white():
    file = io.BytesIO()
    Image.new("RGBA", (100, 100), (0, 0, 0, 0)).save(file, "PNG")

    assert opened(photos.small(file.getvalue()).data).convert("RGB").getpixel((50, 50)) == (255, 255, 255)


def bomb(side: int) -> bytes:
    """Return a PNG of a few hundred bytes that claims to be as wide and tall as it likes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 99999)) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    "data",
    [b"", b"no", photo()[:3000], bomb(60_000), bomb(7_000), b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0" + bytes(99)],
)
def test_what_cannot_be_opened_is_said_to_be_so(data: bytes):
    assert photos.small(data).data == b""


def test_the_pictures_of_a_mail_come_in_their_order_from_a_process_of_their_own():
    found = photos.of_mail(
        with_files(("a.jpeg", photo(900, 600)), ("b.png", b"broken"), ("c.png", photo(300, 200, kind="PNG"))), 3
    )

    assert [(bool(one.data), one.width) for one in found] == [(True, 900), (False, 0), (True, 300)]


def test_what_kills_that_process_is_a_picture_that_cannot_be_opened(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sys, "executable", "/bin/false")

    assert photos.of_mail(with_files(("a.jpeg", photo(90, 60))), 1) == [photos.Photo(b"", 0)]


def test_a_picture_is_in_the_issue_with_the_words_for_who_cannot_see_it(office: Office):
    with office.store.immediate() as db:
        plain = Person("P1", "Pat Plain", "member", ("pat@mail.example.org",), newsletter=True, state="active")
        people.save(db, plain)
        db.execute("INSERT OR REPLACE INTO members (person_id, format) VALUES ('P1', 'no images')")
    sent(office, ("team.jpeg", photo()))
    assert len(texts(office, "newsletter/item-complete")) == 1
    issue(office)

    [[mime]] = rows(office, "SELECT mime FROM mails WHERE template = 'newsletter/issue' AND person_id = 'M01'")
    tree = message_from_bytes(mime, policy=policy.default)
    [image] = [part for part in tree.walk() if part.get_content_maintype() == "image"]
    page = str(next(part for part in tree.walk() if part.get_content_type() == "text/html").get_content())
    assert opened(image.get_payload(decode=True)).size == (1200, 800)  # type: ignore[arg-type]
    assert f'<img src="cid:{image["Content-ID"].strip("<>")}"' in page
    assert f'alt="{ALT}"' in page
    assert 'width="608"' in page
    assert len(page.encode()) < MOST_HTML
    assert f"[Picture: {ALT}]" in texts(office, "newsletter/issue")[0]

    [[bare]] = rows(office, "SELECT mime FROM mails WHERE template = 'newsletter/issue' AND person_id = 'P1'")
    assert message_from_bytes(bare, policy=policy.default).get_content_type() == "text/plain"
    assert f"[Picture: {ALT}]".encode() in bare.replace(b"=\r\n", b"")
    assert rows(office, "SELECT 1 FROM outbox WHERE state = 'held' AND template = 'newsletter/issue'") == []


@pytest.mark.parametrize("text", [WORDS, f"{WORDS}\n\nAlt text: {ALT}\n", f"{WORDS}\n\nPermission: yes, all six\n"])
def test_no_picture_is_shown_without_its_words_and_a_yes(office: Office, text: str):
    sent(office, ("team.jpeg", photo()), text=text)
    assert len(texts(office, "newsletter/item-incomplete")) == 1
    issue(office)

    for (mime,) in rows(office, "SELECT mime FROM mails WHERE template = 'newsletter/issue'"):
        assert b"image/jpeg" not in mime


def test_a_picture_that_cannot_be_opened_is_asked_for_once_more_and_the_next_takes_its_place(office: Office):
    sent(office, ("team.heic", b"\x00\x00\x00\x18ftypheic" + bytes(200)))
    [asked] = texts(office, "newsletter/item-incomplete")
    assert "the picture once more: we could not open the one that came." in " ".join(asked.split())

    [[message_id]] = rows(office, "SELECT message_id FROM outbox WHERE template = 'newsletter/item-incomplete'")
    answer = with_files(("team.jpeg", photo(800, 600)), text="Here it is again.")
    answer = answer.replace(b"<item-with-files@", b"<again@").replace(
        b"Subject:", b"In-Reply-To: " + message_id.encode() + b"\nSubject: Re:"
    )
    arrive(office, answer, at(20, "11:00"))

    assert rows(office, "SELECT pictures, gaps FROM news_items") == [(1, "[]")]
    issue(office)
    [[mime]] = rows(office, "SELECT mime FROM mails WHERE template = 'newsletter/issue' AND person_id = 'M01'")
    assert b"image/jpeg" in mime
