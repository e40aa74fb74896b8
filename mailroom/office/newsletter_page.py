"""The half of docs/newsletter.md that tells the coordinator how to give each part of an issue."""

from typing import Final

_HEAD: Final = """
## What an issue holds, and how you give it

You answer the proof with `EDIT` on the first line, or write `EDIT NEWS-2027-01` at any time before it; below it stands
a line for each thing you change. Every EDIT after the draft brings a new proof with a new code. A line that cannot be
read changes nothing, and you hear which. A part with nothing in it has no heading. More than 900 words in all are
pointed out in the proof.

| part | you write | it is |
|---|---|---|
"""

PARTS: Final = (
    ("In this issue", "(nothing)", "the headings of what follows"),
    (
        "From the coordinator",
        "`From me: Dear all, …` and, below the last line of it, `END`",
        "up to 80 words; without END it ends at the next empty line; `From me: none` takes it away",
    ),
    (
        "You said, we did",
        (
            "`NOTE CONC-2027-002`, and below it `We did: The lamps were changed.` and, if you like, "
            "`You said: It was dark there.`"
        ),
        (
            "told once, in the first issue after the case was answered or has ended; up to 60 words each; "
            "`We did: none` takes it away"
        ),
    ),
    (
        "Items",
        "`Item 2: new words`, `Heading 2: …`, `Leave out: 3`, `Put back: 3`",
        "what people sent, as the proof counts it",
    ),
    (
        "Dates",
        "`Date: 16 March 18:00, meeting`, or `Date: 16 March 18:00 to 20:00, meeting`",
        (
            "yours; members' meetings with a date in the next eight weeks; bank holidays until the next issue; when "
            "items for it close; `Date: none` takes away yours"
        ),
    ),
    (
        "Places and gaps",
        "`Gap: somebody with links to Deaf travellers`",
        (
            "by skill or link, in your words and never as a table, as a small number can point to a person; "
            "`Gap: none` takes yours away"
        ),
    ),
    (
        "How to reach us",
        "(nothing; the words stand in `templates/newsletter/issue.md`)",
        "your news, reporting a crime, other formats, how to stop it",
    ),
)
"""The parts of an issue in their order: what each is called, what the coordinator writes, and what it is."""

_FOOT: Final = """
- `Leave out: you said`, `Leave out: dates` and `Leave out: places` leave out a whole part; `Put back: dates` brings it
  back.
- Nothing of a case is in an issue but what you wrote below `We did` and `You said`: not its reference, not who wrote,
  not where. The answer to your NOTE tells you when your own words name the place or the person.
- What an issue told that was never sent counts as told to nobody, and comes into the next.
- The call for items, like the issue, is written a few mails at a time, and none of them leaves before all are there.
  `HOLD NEWS-2027-01` before the draft keeps the call back, and `RESUME NEWS-2027-01` lets it go after all.
"""


def parts() -> str:
    """Return the second half of docs/newsletter.md."""
    return _HEAD + "".join(f"| {name} | {how} | {what} |\n" for name, how, what in PARTS) + _FOOT
