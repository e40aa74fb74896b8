"""What the mails of a case may say besides what every mail may: one table, printed in docs/templates.md."""

from typing import Final

from mailroom.office.variable import Facts, Variable

_ITEM = {"n": "1", "name": "advice", "at": "Tue 12 January, 22:31", "words": "Say “serious assault”.", "late": ""}

_LINE = {
    "line": "Date (such as 20 February 2031):",
    "label": "Date",
    "hint": "such as 20 February 2031",
    "example": "Date: 20 February 2031",
}

CASE: Final = (
    Variable(
        "facts",
        "What is known of the case, by the names its file gives: facts.place, facts.window_ends; empty where unknown.",
        Facts(place="Harrow Cross", window_ends="Wednesday 13 January 2027, 12:00"),
        private=True,
    ),
    Variable(
        "form",
        "What a form says that was just filled in, line by line: form.reply_by; empty where it says nothing.",
        Facts(reply_by="Wed 13 Jan 12:00"),
        private=True,
    ),
    Variable(
        "to_fill_in",
        "A list of rows: the lines of the form that the case waits for from its reader, to be filled in: line (the "
        "whole line, put each in a paragraph of its own), label, hint, example; empty where it waits for none.",
        [_LINE],
        private=True,
    ),
    Variable("items", "A list of rows: what people have said: n, name, at, words, late.", [_ITEM], private=True),
    Variable("item_count", "How many such items count, late ones left out.", "3 items"),
    Variable("adviser_count", "From how many people they are.", "2 people"),
    Variable("stage", "The stage the case is in.", "open"),
    Variable("requester_name", "Who asked, by name; empty for somebody unknown.", "Sam Carter", private=True),
)  # fmt: skip

_OPEN = {
    "label": "Arrival",
    "line": "Arrival (such as 2.30 pm):",
    "example": "2.30 pm",
    "wrote": "half two",
}

FORM: Final = (
    Variable("form_title", "What the form is called, from its file.", "Coming along on an observation", private=True),
    Variable(
        "understood",
        "A list of rows: what is known by now: label, value.",
        [{"label": "Date", "value": "Thursday 20 February 2031"}],
        private=True,
    ),
    Variable(
        "needed",
        "A list of rows: what is still open: label, line (the whole line, to be filled in), example, wrote (what was "
        "written and could not be read; may be empty).",
        [_OPEN],
        private=True,
    ),
)
"""What may be said to whoever filled in a form of which a line is open."""
