"""The message inside a forwarded one: who wrote it, and what it says."""

import re
from collections.abc import Sequence
from email.message import Message as Tree

from mailroom.message import body, headers, labels, mime, quotation
from mailroom.message.mime import Leaf
from mailroom.message.model import Forward
from mailroom.message.text import one_line

_MAILBOX = re.compile(r"[^\s<>\"'\[\](),;:]{1,256}@[^\s<>\"'\[\](),;:]{1,256}")
_NAME = re.compile(r"\A[\s\"'*]*([^<>\[\]\"]{0,200}?)[\s\"']*(?:<|\[mailto:|\Z)")
_WROTE_BY = re.compile(r"([^<>,;:\d]{0,120})<([^<>\s]{1,256}@[^<>\s]{1,256})>")


def forward(subject: str, text: str, leaves: Sequence[Leaf]) -> Forward | None:
    """Find the forwarded message, enclosed whole or quoted in the text; None where nothing is forwarded."""
    for leaf in leaves:
        if leaf.type in mime.ENCLOSED and (inner := mime.subparts(leaf.part)):
            return _enclosed(inner[0])
    marked = labels.is_forward(subject)
    lines = text.split("\n")
    for at, line in enumerate(lines):
        if not line.strip("> \t\xa0"):
            continue
        block = quotation.block_at(lines, at)
        if block and (block.forwarded or (marked and block.fields)):
            return _quoted(block, lines)
        wrote = labels.attribution(lines, at) if marked and not line.startswith(">") else None
        # Quoted beneath its attribution it is answered; Outlook forwards it unquoted.
        rest = lines[at + wrote.lines :] if wrote and wrote.sure else []
        if wrote and not next((words for words in rest if words.strip()), ">").startswith(">"):
            return _attributed(wrote, subject, rest)
    return None


def _enclosed(inner: Tree) -> Forward:
    found = headers.decoded(inner)
    name, address = _mailbox(headers.first(found, "from"))
    return Forward(name, address, headers.first(found, "subject"), body.read(mime.leaves(inner)).text)


def _quoted(block: quotation.Block, lines: list[str]) -> Forward:
    name, address = _mailbox(block.fields.get("from", ""))
    rest = "\n".join(_unquoted(line) for line in lines[block.end :]).strip("\n")
    return Forward(name, address, one_line(block.fields.get("subject", "")), rest)


def _attributed(wrote: labels.Attribution, subject: str, rest: list[str]) -> Forward:
    found = _WROTE_BY.search(wrote.text)
    name, address = (found[1], found[2]) if found else ("", "")
    text = "\n".join(_unquoted(line) for line in rest).strip("\n")
    return Forward(one_line(name).strip(" \"'"), address.lower(), labels.bare_subject(subject), text)


def _mailbox(written: str) -> tuple[str, str]:
    """Read `Ada Member <ada@example.org>` as programs print it, Outlook's doubled [mailto:…] included."""
    found = _MAILBOX.search(written)
    name = _NAME.match(written)
    shown = one_line(name[1]).strip(" \"'*") if name else ""
    return ("" if "@" in shown else shown, found[0].lower().removeprefix("mailto:") if found else "")


def _unquoted(line: str) -> str:
    return line[2:] if line.startswith("> ") else line.removeprefix(">")
