"""What the newsletter's mails may say, and those about a sending that waits for a person's word."""

from typing import Final

from mailroom.office.variable import Variable

_ISSUE = Variable("issue", "The month of the issue.", "January 2027")
_STOP = Variable(
    "stop_link",
    "A link by which this reader stops the newsletter: one tap.",
    "mailto:iag@example.org?subject=STOP%20newsletter",
    private=True,
)
_CLOSES = Variable("closes", "When items for that issue close.", "Thursday 21 January 2027, 17:00")

_ITEM_ROW = {
    "n": "1",
    "heading": "Platform safety week",
    "words": "The neighbourhood team met 300 pupils and talked about the yellow line.",
    "picture": "six officers stand behind a row of posters",
    "images": [],
}

_SAID_ROW = {
    "you_said": "The announcements cannot be heard on the far platform.",
    "we_did": "The loudspeakers there were changed in January.",
}

ISSUE: Final = (
    _ISSUE,
    Variable(
        "intro", "A list: what the coordinator says first, a paragraph each; may be empty.", ["A happy new year."]
    ),
    Variable(
        "contents",
        "A list: the headings of what is in it.",
        ["From the coordinator", "Platform safety week"],
        private=True,
    ),
    Variable(
        "said",
        "A list of rows: you_said (may be empty), we_did: what was done on advice, as the coordinator wrote it.",
        [_SAID_ROW],
        private=True,
    ),
    Variable(
        "items",
        "A list of rows: n, heading, words, images (a list: its pictures, shown where they stand), picture (what "
        "they show; may be empty).",
        [_ITEM_ROW],
        private=True,
    ),
    Variable("dates", "A list: what is when, a line each.", ["Tuesday 16 March 2027, 18:00: meeting of our members"]),
    Variable(
        "places",
        "A list: places to fill and what is missing among the members, in the coordinator's words.",
        ["Somebody with links to Deaf travellers"],
    ),
    Variable("next_close", "The last day for items for the next issue; may be empty.", "Friday 19 February 2027"),
    _STOP,
)

CALL: Final = (_ISSUE, _CLOSES, Variable("goes", "The day the issue goes out.", "Friday 29 January 2027"), _STOP)

ITEM: Final = (
    _ISSUE,
    _CLOSES,
    Variable("heading", "The heading of the item; may be empty.", "Platform safety week", private=True),
    Variable("missing", "A list: what the item still lacks.", ["alt text: a sentence for each picture;"]),
)

REPORT: Final = (
    _ISSUE,
    Variable("lines", "A list: what became of it, a sentence each.", ["20 mails were taken."], private=True),
)

_TITLE = Variable("title", "What the sending is called.", "Newsletter, January 2027")
_CODE = (
    Variable("when", "When it goes, if it is approved.", "Friday 29 January 2027, 10:00"),
    Variable("code", "The one-time code.", "7KQM-3TVX", private=True),
    Variable(
        "approve_link",
        "A link that writes the mail that says yes.",
        "mailto:iag@example.org?subject=APPROVE%207KQM-3TVX",
        private=True,
    ),
    Variable(
        "cancel_link",
        "A link that writes the mail that says no.",
        "mailto:iag@example.org?subject=CANCEL%207KQM-3TVX",
        private=True,
    ),
    Variable(
        "hold_link",
        "A link that writes the mail that holds it back.",
        "mailto:iag@example.org?subject=HOLD%20NEWS-2027-01",
        private=True,
    ),
)

NOT_APPROVED: Final = (_TITLE, *_CODE)

PROOF: Final = (
    _TITLE,
    *_CODE,
    Variable("note", "What else is to be known, such as what was left out; may be empty.", "Item 2 is not in it."),
    Variable("count", "How many people get it.", "20 people", private=True),
    Variable("names", "A list: their names.", ["Sam Carter", "Alex Reed"], private=True),
    Variable("without", "A list: who does not get it, and why.", ["Jo Miller: they are on leave"], private=True),
    Variable("stops", "A list: what must be changed before it may go.", ["A telephone number stands in line 4."]),
    Variable("findings", "A list: what to look at first.", ["Sam Carter is named in line 5."]),
    Variable("sent_subject", "The subject its readers see.", "Newsletter, January 2027", private=True),
    Variable("words", "A list: what one of them reads, line by line.", ["Hello Sam,"], private=True, lines=True),
    Variable(
        "shown_for", "Whose copy that is, and why theirs is shown.", "Sam Carter (the longest name)", private=True
    ),
    Variable(
        "others",
        "A list: how the other copies differ that go wrong first.",
        ["Jo Miller (large print): the same words."],
        private=True,
    ),
)
