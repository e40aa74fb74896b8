"""How long reading takes at most, whatever was made to be slow. Too long for the fast tests; scripts/test runs them."""

import time
from collections.abc import Callable

import pytest

from mailroom.message import read
from mailroom.message.html import to_text
from mailroom.message.mime_tree import parsed
from mailroom.message.new_text import new_text

REPORT = b"From: MAILER-DAEMON@example.org\r\nReturn-Path: <>\r\nSubject: Undelivered Mail Returned to Sender\r\n\r\n"
MIXED = b"Content-Type: multipart/mixed; boundary=a\n\n"


def seconds(reading: Callable[[], object]) -> float:
    """Give the processor's time that a reading takes; the machine is not alone."""
    began = time.process_time()
    reading()
    return time.process_time() - began


@pytest.mark.parametrize(
    "raw",
    [
        b'Content-Type: multipart/mixed; boundary=""\n\n' + b"--x\n" * 100_000,
        MIXED + b"--a\nContent-Type: message/delivery-status\nx\n" * 4_000,
        b"Content-Type: message/delivery-status\n\n" + b"a: b\n\n" * 20_000 + b"--x\n" * 20_000,
        MIXED + b"--a\nContent-Type: message/delivery-status\n\na: b\n\n--x\n" * 5_000,
        MIXED + b"--a\n\n--b\n" * 20_000,
        b"Subject: x" + b"\n" * 200_000,
        b"x" * 1_000_000,
        MIXED + b"--a\n\n" + b"\r" * 200_000,
    ],
    ids=["hyphens", "no blank lines", "groups", "reports", "parts", "blank lines", "one line", "line ends"],
)
def test_a_tree_takes_time_by_its_length_only(raw: bytes):
    assert seconds(lambda: parsed(raw)) < 2


@pytest.mark.parametrize(
    "page",
    [
        "<div>" * 100_000 + "x",
        "<" * 300_000,
        "<script" * 50_000,
        "&" * 300_000,
        "<p>" * 20_000 + "x",
        "<p " + " ".join(f"a{n}" for n in range(100_000)) + ">x",
    ],
    ids=["nested", "open", "scripts", "ampersands", "paragraphs", "attributes"],
)
def test_hostile_html_is_read_in_bounded_time(page: str):
    assert seconds(lambda: to_text(page)) < 2


@pytest.mark.parametrize(
    "text",
    [
        "On 1 " * 40_000, "> " * 100_000, "-" * 200_000, "From: a\n" * 30_000, "On 1\n" * 50_000, "_" * 200_000,
        "x\n" + "-- \n" * 40_000, "x\n" + "---\n\n" * 20_000, "x\n--\n" + "\n" * 200_000,
    ],
    ids=["openings", "quotes", "rule", "fields", "attributions", "line", "marks", "rules", "signature"],
)  # fmt: skip
def test_crafted_text_is_read_in_linear_time(text: str):
    assert seconds(lambda: new_text(text, "Re: x")) < 2


@pytest.mark.parametrize(
    "line",
    [
        "- " * 60_000,
        "OFFICIAL" * 20_000,
        ("[" * 19 + "OFFICIAL ") * 9_000,
        "- \r\n" * 60_000,
        "[OFFICIAL \r\n" * 20_000,
    ],
    ids=["hyphens", "official", "brackets", "lists", "marks"],
)
def test_looking_for_a_marking_takes_no_time_an_attacker_could_use(line: str):
    raw = f"From: a@example.org\r\nSubject: {line[:20_000]}\r\n\r\nofficial {line}\r\n".encode()

    assert seconds(lambda: read(raw)) < 4


def test_more_lines_than_anybody_writes_are_cut():
    raw = b"From: a@example.org\r\nSubject: x\r\n\r\n" + b"a:\n" * 150_000

    assert seconds(lambda: read(raw)) < 4
    assert any("lines" in defect for defect in read(raw).defects)


def test_a_bounce_with_one_endless_line_costs_no_time():
    raw = REPORT + b"The following addresses had permanent fatal errors\r\n\r\n" + b"<" * 60_000 + b"\r\n"

    assert seconds(lambda: read(raw)) < 2


def test_a_report_of_many_groups_costs_no_time():
    raw = REPORT.replace(b"\r\n\r\n", b"\r\n") + b"Content-Type: message/delivery-status\r\n\r\n" * 3_000

    assert seconds(lambda: read(raw)) < 3
