"""docs/cases.md, the reference page of the language of processes. A test keeps it in step and says how to renew it."""

from collections.abc import Iterable, Iterator, Mapping
from textwrap import fill

from mailroom.rules.cases import catalogue, checks, doing, head, readers, sending
from mailroom.rules.catalogue import Entry

_WIDTH = 118

_OPENING = """\
# Cases

<!-- Printed by mailroom/rules/cases/page.py; a test keeps it so. -->

A case is something that goes on: a call for advice, an observation, a concern. How each kind goes on is a text file in
`rules/cases/` that can be read aloud. Save it, and within a minute it is in force; if anything in it is wrong, nothing
changes and you get a mail that says what and where. `mailroom check` says the same at once, `mailroom cases show NAME`
draws it, and `mailroom try` shows which open cases a change would move differently.

```
Case: Gold suggestion
Reference: GOLD
Owner: chief inspector
Final: agreed; declined

Stage: asked
Then send: incident/gold-asked to chief inspector; coordinator, any hour
When command: AGREED, from chief inspector
Then hold: gold note, incident/gold-agreed to requester, for coordinator
Then go to: agreed
When command: DECLINE with reason, from chief inspector
Then go to: declined
Chase: digest line to chief inspector, 1 working day after entry
```

Read it aloud: when such a case opens it is `asked`, and the chief inspector and the coordinator get a mail at any hour.
Then it waits. When the chief inspector writes AGREED, a note is held for the coordinator and the case is `agreed`,
which is final; when the answer is DECLINE, with a reason beside it, it is `declined`. After a working day in which
nothing came, a line in the digest says so.

- **The head** says what holds for all of it. **A `Stage` line** begins what is done there; `Stage: a; b` is both.
- **Lines under a stage, before its first `When`,** are done as a case comes into it, in their order.
- **`When` lines** are what it then waits for, with what is done below each. Of several the first that fits is followed.
  What no line of the stage answers, `Stage: any` may: it holds in every stage that is not final. What nobody answers
  becomes a task for the coordinator; nothing is lost.
- **`If` lines** ask before what follows is done. All their checks must hold; otherwise the `Otherwise` lines below are
  done, and the rest of the list is not.
- **Any `Then` line** may end in `, if FACT`, `, if no FACT` or `, if FACT is ANSWER`.
- **Nothing else.** No loops, no sums, no brackets. What needs more is done by a person, or by a programmer.
"""

_IFS = """\
## If and Otherwise

```
If requester: vetted on day; confidential; not on leave
Otherwise send: observation/declined to requester, with own failed check
Otherwise go to: withdrawn
```

Each check gives yes, or a reason in two wordings: one for the person it is about, and one that stays in the office.
“not” before a check of a person turns it round; the name of a group asks whether they are in it.
"""

_FILES = """\
## Roles and groups

`rules/roles.txt` says what each role means in this office, and may add roles; who holds one stands in people.csv. “May”
names commands that the role may give beside those that a process waits for.

```
Role: night desk
Means: sits up while the others sleep
May: NOTE; LINK
```

`rules/groups.txt` names groups of members that more than one process writes to.

```
Group: called
Who: members who are active; vetted now; not recused for place; not on leave
```
"""

_REFUSED = """\
## What is refused

A set goes live whole or not at all. Beside what can't be read, these are refused: a stage that no case reaches, or
that stands twice; a stage that is not final and has no clock that is sure to come; a `When` with nothing below it;
stages that pass a case round for ever, and cases that open each other for ever; a `When` that an earlier one always
answers first; an approval of what is never held before; a time that can never come; a fact that no line reads or
sets; a sender or a message where a clock speaks and nobody wrote; an `If` without an `Otherwise`; a command without a
role, or one that means the same in every case; words of an officer that would go to members, who read only a draft
that somebody approved; a linked case that has no such group or stage; and a template, role, class, flag, list, form,
field, case or group that does not exist.
"""


def page() -> str:
    """Return docs/cases.md."""
    return "\n".join(_parts())


def _parts() -> Iterator[str]:
    yield _OPENING
    yield "## The head\n"
    yield from _entries(catalogue.HEAD)
    yield "## When: what a stage waits for\n"
    yield from _entries(catalogue.WHENS)
    yield "## Then: what is done\n"
    yield from _entries(catalogue.EFFECTS)
    yield from _table("What may follow in “Then send”", sending.SENDING)
    yield from _table("What may follow in “Then hold”", sending.HOLDING)
    yield from _table("What may follow in “Then tell”", sending.TELLING)
    yield from _table("What may follow in “Then record”", doing.RECORDING)
    yield from _table("What may follow in “Then open”", doing.OPENING)
    yield "## Chase: who is reminded\n"
    yield from _entries(catalogue.CHASES)
    yield _IFS
    for title, kinds in (
        ("Checks of a person (“If requester”, “If sender”, and in groups)", checks.OF_PERSON),
        ("Checks of a form (“If form”)", checks.OF_FORM),
        ("Checks of a message (“If message”)", checks.OF_MESSAGE),
        ("Checks of a case (“If case”)", checks.OF_CASE),
    ):
        yield from _table(title, {name: kind.means for name, kind in kinds.items()})
    yield "## Whom a mail is for\n"
    yield from _table("Name", dict(catalogue.PEOPLE))
    yield "After “from” in a `When` line stand these, and the people that rules name ([rules.md](rules.md)).\n"
    yield "## Moments\n"
    yield from _table("Written", dict(catalogue.MOMENTS))
    yield "## How a fact is read\n"
    yield from _table("Reader", readers.READERS)
    yield "## Readers who are unfit at sending\n"
    yield fill(f"In `If unfit at sending` may stand: {', '.join(head.UNFIT)}.", _WIDTH) + "\n"
    yield _FILES
    yield _REFUSED


def _entries(entries: Iterable[Entry]) -> Iterator[str]:
    for entry in entries:
        yield fill(f"**{entry.name}**: {entry.means}", _WIDTH, break_on_hyphens=False)
        yield ""
        yield from (f"    {line}" for line in entry.lines)
        yield ""


def _table(title: str, rows: Mapping[str, str]) -> Iterator[str]:
    yield f"| {title} | |\n|---|---|"
    yield from (f"| `{name}` | {means} |" for name, means in rows.items())
    yield ""
