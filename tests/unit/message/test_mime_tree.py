"""The tree of parts: the same as the standard library's parser builds, whatever is wrong with a mail, but sooner."""

import email
from email.message import Message

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mailroom.message.mime_tree import Part, parsed

pytestmark = pytest.mark.fast

LINES = [
    "Content-Type: multipart/mixed; boundary=a",
    'Content-Type: multipart/alternative; boundary="b"',
    'Content-Type: multipart/digest; boundary="b c"',
    "Content-Type: multipart/mixed",
    'Content-Type: multipart/mixed; boundary=""',
    "Content-Type: message/rfc822",
    "Content-Type: message/delivery-status",
    "Content-Type: text/html; charset=utf-8",
    "Content-Transfer-Encoding: base64",
    "Subject: x",
    " folded",
    "\tfolded",
    "Subject:",
    ": no name",
    "not a header",
    "Status: 5.1.1",
    "",
    "",
    "",
    "--a",
    "--a--",
    "--a-- \t",
    "--a  ",
    "--ab",
    "--b",
    "--b--",
    "--b c",
    "--",
    "----",
    "--a: b",
    "-- ",
    "£ café",
]


def shape(part: Message) -> object:
    """Give all that the parser decides about a part and the parts in it."""
    inside = part._payload  # type: ignore[attr-defined]
    noted = sorted(type(defect).__name__ for defect in part.defects)
    # Later Pythons drop the line end where a header begins with a fold.
    headers = [(name, value.lstrip()) for name, value in part.raw_items()]
    return (
        headers, part.get_unixfrom(), part.get_default_type(), part.preamble, part.epilogue,
        # Of an encoding that a multipart may not have, nobody here takes notice.
        [name for name in noted if name != "InvalidMultipartContentTransferEncodingDefect"],
        [shape(child) for child in inside] if isinstance(inside, list) else inside,
    )  # fmt: skip


def by_the_standard_library(raw: bytes) -> object:
    return shape(email.message_from_bytes(raw, _class=Part))


@given(st.lists(st.tuples(st.sampled_from(LINES), st.sampled_from(["\n", "\n", "\r\n", "\r"])), max_size=25))
@example([("Content-Type: multipart/mixed; boundary=a", "\n"), ("", "\n"), ("--a", "\n"), ("--a--", "\n"), ("x", "")])
@example([("Content-Type: multipart/mixed; boundary=a", "\n"), (" folded", "\n"), ("--a", "\n"), (" folded", "\n")])
@example([("Content-Type: message/delivery-status", "\n"), ("", "\r"), ("a: b", "\n"), ("", "\r\n"), ("", "\n")])
def test_it_is_the_tree_that_the_standard_library_builds(lines: list[tuple[str, str]]):
    raw = "".join(line + end for line, end in lines).encode()

    assert by_the_standard_library(raw) == shape(parsed(raw))


def test_an_envelope_line_on_top_is_kept_apart_and_one_among_the_headers_is_a_defect():
    raw = b"From a@example.org Mon Jan  4\nSubject: x\nFrom b\nTo: y\n\nwords\n"

    assert by_the_standard_library(raw) == shape(parsed(raw))


def test_an_envelope_line_under_the_headers_belongs_to_the_words():
    found = parsed(b"Subject: x\nFrom here on it is easy\n\nwords\n")

    assert found.get_payload() == "From here on it is easy\n\nwords\n"
