"""docs/rules.md, the reference page of the rule language. A test keeps the file in step, and says how to renew it.

Every list in it is that of the program, so the page can't promise what is not there.
"""

from collections.abc import Iterable, Iterator
from textwrap import fill

from mailroom.message.language import LANGUAGES
from mailroom.rules import actions, form_readers, patterns, vocabulary
from mailroom.rules.catalogue import ACTIONS, CONDITIONS, SLIPS, Entry
from mailroom.rules.example_lines import PARTS

_WIDTH = 118

_OPENING = """\
# Rules

<!-- Printed by mailroom/rules/page.py; a test keeps it so. -->

Rules sort the mail. They stand in `rules/sorting/`, in plain text files that Notepad can write. Save a file, and
within a minute it is in force; if anything in it is wrong, nothing changes and you get a mail that says what and where.
`mailroom check` says the same at once, and `mailroom try` shows which stored messages a change would sort differently.

```
Rule: Replies about a meeting
If from: any member
If subject or text contains: RSVP; can attend; {coming or not}
Unless message is: automatic reply
Then class: mtg.rsvp
Then file in: Meetings/Replies
Stop
Note: Partners answer by telephone, so only members are asked about here.
Should catch: RSVP for the quarterly meeting
Should not catch: from stranger: RSVP to win a holiday
```

Read it aloud: if it is from a member, and the subject or the text contains one of these, unless it is an automatic
reply, then it is of the class `mtg.rsvp` and is filed there, and no rule below is asked.

- **A line is a label, a colon, and what it says.** `;` between values means *any of these*. A line may go on below if
  it ends with `;` or if the row below begins with a space. A row that begins with `#` is a remark.
- **All `If` lines must hold, and no `Unless` line.** There are no brackets, no “and”, “or” and “not” inside a line.
  A rule without an `If` is refused: write `If from: anyone`.
- **Order** is the name of the file, then the line. The first rule that gives a class decides, and so does the first
  that names a folder; rules below can add flags, tell more people, link and remind. `Stop` ends the asking.
- **`Status: on`** may be left out. `Status: trial` does nothing and tells you in the daily summary what it would have
  done. `Status: off` sets the rule aside.
- **Danger comes first.** What is looked for before any rule is asked stands in `lists.txt` under the names that begin
  with “danger”, and no rule can lower it.
"""

_WORDS = """\
## How words are compared

Only with what the sender wrote this time: quoted mail, signatures, and the subject of our own mail that somebody
answers are not looked at. Capitals, accents, apostrophes, dashes and spaces make no difference: “can't attend” finds
“Cant attend”. Words are whole words: “minute” does not find “minutes”. A phrase is not found across the end of a
sentence.

`...` in a phrase leaves room for up to five words of the same sentence: “left my ... on the train” finds “left my green
scarf on the train”. What is written short is written out: “cld u pls” is “could you please”, “don't” is “do not”.

After `subject`, `text`, `subject or text`, `forwarded text`, `header NAME`, `attachment name` and
`attachment type` one of these stands:
"""

_FORMS = (
    ("contains", "the words stand anywhere in it"),
    ("is", "it is these words and nothing else"),
    ("starts with", "it begins with them"),
    ("ends with", "it ends with them"),
    ("matches pattern", "a pattern fits somewhere"),
)

_EXAMPLES = f"""\
## Examples that are tried

`Should catch` and `Should not catch` are tried whenever a file is saved; one that fails keeps the whole set from going
live. A line is a subject that might as well be the text, or the parts of a mail, with ` / ` between them:

```
Should catch: Apologies, I can't come on the 14th
Should catch: from any member / subject: our meeting / text: I can attend
Should not catch: from stranger: RSVP to win a holiday
Should catch: from any officer / text: figures are attached / attachment: table.xlsx / answers: chaser
```

The parts are {", ".join(PARTS)}. Only what an example says is tried: its words always; who writes,
what is answered and what is attached where it names them. Everything else the rule asks for is granted.
"""

_LISTS = """\
## Lists

`rules/lists.txt` gives words a name, to be used in braces wherever words may stand.

```
List: worry
Words: frightened; scared to travel; people are saying
```
"""

_FORM = """\
## Forms

A file in `rules/forms/` says what a mail may be asked to fill in, and `Then record: observation` reads it.

```
Form: Coming along on an observation
Field: date, a date
Field: arrival, a time
Field: risk, one of low; medium; high
Field: read and agreed, yes or no
Field: remarks, words
```
"""

_REFUSED = """\
## What is refused

A set goes live whole or not at all. Beside what can't be read, these are refused: a rule that would catch every message
or do nothing; one that an earlier rule always stops, or whose class or folder an earlier rule always gives first; two
lines that can never hold together; a line that stands twice; two classes or two places for one message; a folder spelt
nearly like another; a class, flag, role, list, template, case, stage, form or reference that does not exist; rules that
pass a class or a case round in circles; a desk that would be sent its own mail; an answer to a machine; and an example
that fails.
"""


def page() -> str:
    """Return docs/rules.md."""
    return "\n".join(_parts())


def _parts() -> Iterator[str]:
    yield _OPENING
    yield "## If and Unless\n"
    yield from _entries(CONDITIONS)
    yield _WORDS
    yield from (f"- **{form}**: {means}" for form, means in _FORMS)
    yield "\n" + _wrapped(
        "Patterns are for people who know regular expressions, and off unless config.toml says `patterns = true` under "
        f"`[rules]`. They have at most {patterns.LONGEST} characters and no back-references or looking around (RE2)."
    )
    yield "\n## Then\n"
    yield from _entries(ACTIONS)
    yield _EXAMPLES
    yield from _choices()
    yield _LISTS
    yield _FORM
    named = ", ".join(form_readers.READERS)
    words = f"A field is read as {named}, or one of the answers you name; docs/forms.md says how, with examples."
    yield _wrapped(words) + "\n"
    yield _REFUSED
    yield "## What is read as meant\n"
    yield from (f"- {slip}" for slip in SLIPS)
    yield ""


def _entries(entries: Iterable[Entry]) -> Iterator[str]:
    for entry in entries:
        yield f"**{entry.name}**: " + _wrapped(entry.means, len(entry.name) + 6)
        yield ""
        yield from (f"    {line}" for line in entry.lines)
        yield ""


def _choices() -> Iterator[str]:
    yield "## The words there are\n"
    yield "**Classes**\n"
    yield "| class | what it is |\n|---|---|"
    yield from (f"| `{name}` | {means} |" for name, means in vocabulary.CLASSES.items())
    yield ""
    kinds = [f"any {kind}" for kind in vocabulary.PEOPLE]
    others = ["anyone", "stranger (nobody in the directory)", "known person", "requester (who opened its case)", "us"]
    others += ["recused member (has an interest in an open incident)"]
    yield from _choice("Groups", [*kinds, *others, "any role"])
    states = [state.replace("_", " ") for state in vocabulary.STATES]
    yield from _choice("A state before or after a kind, as in “suspended member” or “member on leave”", states)
    yield from _choice("Roles every office has", sorted(role.replace("_", " ") for role in vocabulary.ROLES))
    yield from _choice("Flags", sorted(vocabulary.FLAGS))
    yield from _choice("A message is", [one for one in vocabulary.MESSAGE_IS if not one.startswith("reply to")])
    yield from _choice("A reply to", vocabulary.ANSWERS)
    yield from _choice("An attachment is, or has", ["any", *vocabulary.ATTACHMENTS])
    yield from _choice("Markings", vocabulary.MARKINGS)
    yield from _choice("Languages", LANGUAGES)
    yield from _choice("References begin with", sorted(vocabulary.REFERENCES))
    yield from _choice("A reminder, if still", actions.STILL)


def _choice(title: str, choices: Iterable[str]) -> Iterator[str]:
    yield _wrapped(f"**{title}**: {', '.join(choices)}.") + "\n"


def _wrapped(text: str, indent: int = 0) -> str:
    return fill(text, _WIDTH, initial_indent=" " * indent, break_on_hyphens=False)[indent:]
