"""What the mails of a case may say besides what every mail may: one table, printed in docs/templates.md."""

from typing import Final

from mailroom.office.variable import Facts, Variable

_ITEM = {"n": "1", "name": "advice", "at": "Tue 12 January, 22:31", "words": "Say “serious assault”.", "late": ""}

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
    Variable("items", "A list of rows: what people have said: n, name, at, words, late.", [_ITEM], private=True),
    Variable("item_count", "How many such items count, late ones left out.", "3 items"),
    Variable("adviser_count", "From how many people they are.", "2 people"),
    Variable("stage", "The stage the case is in.", "open"),
    Variable("requester_name", "Who asked, by name; empty for somebody unknown.", "Sam Carter", private=True),
)  # fmt: skip
