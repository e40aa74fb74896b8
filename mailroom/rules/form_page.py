"""docs/forms.md: how a form is written, shown, filled in and read, printed from the readers' own catalogue."""

from collections.abc import Iterator
from typing import Final

from mailroom.rules.form_readers import READERS

FILE: Final = """\
Form: Coming along on an observation
Field: date, a date
Field: arrival, a time
Field: read and agree, yes or no
Field: remarks, words, may be empty
"""

SHOWN: Final = """\
Date (such as 20 February 2031):

Arrival (such as 2.30 pm):

Read and agree (yes or no):

Remarks:
"""

WAYS: Final[tuple[tuple[str, str], ...]] = (
    (
        "Behind the colons",
        (
            "Date (such as 20 February 2031): 20 February 2031\n"
            "Arrival (such as 2.30 pm): 2.30 pm\n"
            "Read and agree (yes or no): yes"
        ),
    ),
    ("On the rows below", "Date:\n20/2/31\n\nArrival:\n14.30\n\nRead and agree:\nYes, thanks"),
    ("With other marks, or none", "DATE - Thu 20 Feb\nArrival = 2.30pm\nRead and agree aye"),
    ("A little misspelt", "Dat: 20 Febuary\nArival: 1430\nRead an agree: agreed"),
    ("All on one row", "Date: 20 Feb; Arrival: 2.30 p.m.; Read and agree: yes"),
    ("With numbers, in the order of the form", "1. 20 Feb\n2. 2.30pm\n3. I have read and agree"),
    (
        "Among other words",
        (
            "Hello,\nthank you for the form.\n\n"
            "Date: the 20th of February, please.\nArrival: 2.30pm\nRead and agree: of course\n\nKind regards\nSam"
        ),
    ),
)
"""Ways to fill in the same form, each read as the same three answers."""

READ_AS: Final = {"date": "2031-02-20", "arrival": "14:30", "read and agree": "yes"}


def page() -> str:
    """Return docs/forms.md."""
    return "\n".join(_parts())


def _parts() -> Iterator[str]:
    yield _INTRODUCTION.format(file=_block(FILE), shown=_block(SHOWN))
    yield "## How a person may answer\n"
    yield "Each of these, in a mail of January 2031, is read as the same three answers.\n"
    for title, text in WAYS:
        yield f"{title}:\n\n{_block(text)}"
    yield _COPY
    yield "## How an answer is read\n"
    yield "An answer that can be read in two ways is never guessed at: it is asked back.\n"
    for name, reader in READERS.items():
        yield f"### {name}\n"
        yield f"{reader.says[:1].upper()}{reader.says[1:]}"
        if reader.hint:
            yield f"In a mail the line says: ({reader.hint})."
        yield "\n| written | read as |\n|---|---|"
        for written, value in reader.reads:
            yield f"| {written} | {value.replace(chr(10), '; ')} |"
        for written in reader.asks:
            yield f"| {written} | asked back |"
        yield ""
    yield _ONE_OF
    yield _AFTER


def _block(text: str) -> str:
    rows = [f"    {row}".rstrip() for row in text.rstrip("\n").split("\n")]
    return "\n".join([*rows, ""])


_INTRODUCTION: Final = """\
# Forms

A form is a few labelled lines that a person fills in by answering a mail. It is one file in `rules/forms/`;
`rules/forms/observation.txt` is called `observation` in rules and cases. This page is printed from the catalogue in
`mailroom/rules/form_readers.py`; a test keeps the two in step, and tries every example.

{file}
- `Form` is what people call it. Each `Field` is a label, a comma, and how its answer is read: the list below.
- `may be empty` at the end of a field: nobody is asked for it.
- A case waits for it with `When form: observation from requester`, and hears of it once, when it is whole.
- `Then record: observation` in a sorting rule keeps what a mail says, and makes a task of what can't be read.

## How a mail shows it

A mail of a case that waits for a form from its reader shows its lines with these words in the template, in
a paragraph of their own:

    {{% for row in to_fill_in %}}
    {{{{ row.line }}}}

    {{% endfor %}}

The mail then ends with lines to fill in, the same as text, as a page, in large print and in plain:

{shown}"""

_COPY: Final = """\
An answer may also be written into the quoted copy of our own mail, as Outlook users do in blue: behind the colon, or
on the row below. A line of ours that was empty as we sent it and has words now is newly written; a line as we sent it
never counts. The copy is compared with what we really sent to that person. This holds for forms alone: a command in
quoted words is never one.

Words written above the copy count before it. Where somebody answers one line twice and differently in one mail, it is
asked back.
"""

_ONE_OF: Final = """\
### one of

`Field: risk, one of low; medium; high`: one of the answers you name, also a little misspelt or among other words.

| written | read as |
|---|---|
| Medium. | medium |
| hgih | high |
| low, I think | low |
| low or medium | asked back |
| not low | asked back |
"""

_AFTER: Final = """\
## What is missing, or can't be read

- It is asked back in one mail, `templates/forms/ask-again.md`: what was understood, what is open with an example
  each, and empty lines for those alone. What was understood is kept.
- The next answer fills the gaps and keeps the rest; the last answer to a line counts. Where one line was asked for,
  the answer alone is enough: `yes`.
- If something is open even so, `templates/forms/ask-once-more.md` asks a second time. After that, or where the limits
  on answers allow no mail, it is a task for whoever owns the case. A machine is never asked.
- `mailroom cases show OBS-2031-001` shows what was said so far, by which message, and what is open. Of what a case
  keeps apart it shows only that it was said.
- A corrected answer replaces the one before it for as long as the case waits for the form; every answer stays in the
  history. Once the case has gone on, an answer that says otherwise is a task, and changes nothing by itself.
"""

ONE_OF: Final = (("Medium.", "medium"), ("hgih", "high"), ("low, I think", "low"), ("low or medium", ""),
                 ("not low", ""))  # fmt: skip
"""The examples of that table, for low, medium and high."""
