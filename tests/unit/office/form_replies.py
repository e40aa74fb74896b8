"""Shared by the tests of forms: a mail of ours with lines to fill in, and how people's programs answer it."""

import html
import textwrap
from collections.abc import Callable, Mapping, Sequence
from email.message import EmailMessage

from mailroom.message import Border, Message, read
from mailroom.office import templates
from mailroom.office.rendered import Rendered
from mailroom.office.variants import Format
from mailroom.rules import forms
from mailroom.rules.forms import Field, Form
from tests.office import REPOSITORY

ASKING = """\
Subject: A few lines to fill in
Kind: mail

Hello {{ recipient_first_name }},

Please answer this mail, and write behind each colon. It takes two minutes.

{% for row in to_fill_in %}
{{ row.line }}

{% endfor %}

{{ coordinator_name }}
"""

SET = templates.load(
    {
        "templates/observation/fill.md": ASKING.encode(),
        "templates/_footer.md": (REPOSITORY / "templates" / "_footer.md").read_bytes(),
    }
)
HEAD = "On Tue, 14 Jan 2031 at 10:02, Riverside Advisory Group <iag@btp.example.org> wrote:"
OUTLOOK = (
    "From: Riverside Advisory Group <iag@btp.example.org>\nSent: 14 January 2031 10:02\n"
    "To: Finn Noor <finn.noor@mail.example.org>\nSubject: A few lines to fill in\n"
)


def asking(form: Form, size: Format = "standard") -> Rendered:
    """Return our mail that shows a form."""
    given = {
        "to_fill_in": forms.blanks(form),
        "recipient_first_name": "Finn",
        "coordinator_name": "The coordinator's office",
        "office_name": "Riverside Advisory Group",
        "mailbox": "iag@btp.example.org",
        "cover_phone": "",
    }
    return templates.render(SET, "observation/fill", given, size)


def came(text: str, page: str = "") -> Message:
    """Return an answer as it is understood: plain words, or a page."""
    made = EmailMessage()
    made["From"], made["To"] = "finn.noor@mail.example.org", "iag@btp.example.org"
    made["Subject"], made["Message-ID"] = "Re: A few lines to fill in", "<1@mail.example.org>"
    made.set_content(page or text, subtype="html" if page else "plain")
    return read(made.as_bytes(), Border())


def _quoted(text: str, mark: str = "> ") -> str:
    return "\n".join(f"{mark}{row}".rstrip() for row in text.rstrip("\n").split("\n"))


def _filled(text: str, fields: Sequence[Field], said: Mapping[str, str], put: str) -> str:
    for one in fields:
        if one.label in said:
            text = text.replace(f"\n{one.blank}\n", f"\n{one.blank}{put}{said[one.label]}\n", 1)
    return text


def _lines(fields: Sequence[Field], said: Mapping[str, str], line: Callable[[Field], str]) -> str:
    return "\n\n".join(f"{line(one)} {said[one.label]}" for one in fields if one.label in said)


def gmail_above(ours: Rendered, fields: Sequence[Field], said: Mapping[str, str]) -> Message:
    """Return lines copied above the quotation, as Gmail writes it."""
    return came(f"{_lines(fields, said, lambda one: one.blank)}\n\nFinn\n\n{HEAD}\n\n{_quoted(ours.text)}\n")


def gmail_within(ours: Rendered, fields: Sequence[Field], said: Mapping[str, str]) -> Message:
    """Return answers written behind the quoted lines."""
    return came(f"Here you are.\n\n{HEAD}\n\n{_quoted(_filled(ours.text, fields, said, ' '))}\n")


def gmail_below(ours: Rendered, fields: Sequence[Field], said: Mapping[str, str]) -> Message:
    """Return answers written below the quoted lines, on rows that are no quotation."""
    text = _quoted(ours.text)
    for one in fields:
        if one.label in said:
            text = text.replace(f"> {one.blank}\n>", f"> {one.blank}\n\n{said[one.label]}\n\n>", 1)
    return came(f"{HEAD}\n\n{text}\n")


def apple(ours: Rendered, fields: Sequence[Field], said: Mapping[str, str]) -> Message:
    """Return labels typed on a telephone, in small letters and without the hints."""
    above = _lines(fields, said, lambda one: f"{one.label}:")
    head = "> On 14 Jan 2031, at 10:02, Riverside Advisory Group <iag@btp.example.org> wrote:\n> "
    return came(f"{above}\n\nSent from my iPhone\n\n{head}\n{_quoted(ours.text)}\n")


def outlook_text(ours: Rendered, fields: Sequence[Field], said: Mapping[str, str]) -> Message:
    """Return answers written into Outlook's copy, which marks nothing as quoted."""
    return came(f"Please see below.\n\nFinn\n\n{OUTLOOK}\n{_filled(ours.text, fields, said, ' ')}\n")


def outlook_page(ours: Rendered, fields: Sequence[Field], said: Mapping[str, str]) -> Message:
    """Return answers written in blue into Outlook's copy of the page."""
    page = ours.html
    for one in fields:
        if one.label in said:
            blank = html.escape(one.blank, quote=False)
            assert blank in page, blank
            blue = f'<span style="color:#1F497D"> {html.escape(said[one.label])}</span>'
            page = page.replace(blank, f"{blank}{blue}", 1)
    head = "<br>".join(html.escape(row) for row in OUTLOOK.split("\n"))
    rule = '<div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm">'
    return came("", f"<html><body><p>My answers are in blue.</p>{rule}<p>{head}</p></div>{page}</body></html>")


def wrapped(ours: Rendered, fields: Sequence[Field], said: Mapping[str, str]) -> Message:
    """Return a quotation whose rows were broken at sixty characters, with the answers in it."""
    filled = _filled(ours.text, fields, said, " ")
    rows = [part for row in filled.split("\n") for part in textwrap.wrap(row, 60) or [""]]
    return came(f"{HEAD}\n\n{_quoted(chr(10).join(rows))}\n")


STYLES = (gmail_above, gmail_within, gmail_below, apple, outlook_text, outlook_page, wrapped)
