"""docs/commands.md, printed from the table of verbs; a test keeps the two in step."""

from collections.abc import Iterator
from typing import Final

from mailroom.rules.commands.verbs import NUMBERED_APART, VERBS, Verb

_INTRODUCTION: Final = """\
# Commands by mail

What the coordinator, her cover and the chief inspector tell the office, they write as the first line of a mail, or of
an answer to one. This page is printed from the table in `mailroom/rules/commands/verbs.py`; a test keeps the two in
step. HELP, written to the mailbox, shows the same on one screen of a phone, for whoever asks.

    UNDO #412
    LINK #412 INC-2027-001
    Approve 7kqm-3tvx, thank you

- The verb comes first; reference, number and code follow in any order and in any case. A line that only greets may
  stand above. Where the mail has no text, its subject counts, after Re: and Fw:, so a link needs one tap.
- `#412` is a message. After DONE, LATER and MINE a number is a task's, after RESEND and WAS SENT a mail's of ours.
- An answer to a mail of ours is about what that mail was about, unless it names something else.
- Lines below such as `From: 8 February` are parameters. Other words are kept as a note and change nothing.
- A line that a proof lists, such as `Pack: yes`, is filled in with APPROVE and needs no new code; one that can't be
  read so lets nothing go.
- A text of your own stands below ANSWER, or below a line that says BRIEF, and goes on to a line that says END.
- Only new words count: nothing in quoted text, below a signature, in a forwarded mail or from a machine is a command.
  Two commands in one mail are asked back; a misspelt one is answered with the nearest.
- It counts only from a person on the roster whose address our own mail server vouches for. Whoever covers may do what
  the coordinator may.
- Each is answered with what it did and how to take it back.

## Codes

A code such as `7KQM-3TVX` is one person's, for one thing, once, for a week. It has 8 letters and digits, without 0, O,
1 and I. It counts in the new words or the subject, never in quoted text. A reference beside it must agree: the case of
the code, one that was opened from it or that it was opened from, or one merged with it.

| what the command does | does it need a code? |
|---|---|
| it records something, and writes to nobody outside the office | no |
| it sends what is written already (APPROVE, RESEND, AUTHORISE …) | that of the draft, or of the case as it stands |
| it brings a text of yours, or begins a mailing (RELEASE, ANSWER …) | any open code of that case |

Without its code, a command that would send is shown first: whom it writes to, by name, and what they would read.
APPROVE with the code of that proof does it. Has anything changed by then, nothing is done, the difference is shown, and
there is a new proof. A code of an earlier proof is refused, with what has changed since.

Each mail about a case ends with a link for each command that its reader may give now, and one line `Code: …`.
"""

_PROCESSES: Final = """\
## Commands of processes

A process names further commands by itself: `When command: AUTHORISE, from authoriser who is not host`. They count while
a case waits for them, from those it waits for. A word of the table below that a process waits for means there what the
process says. `roles.txt` lets a role use a word of the table: `May: NOTE; LINK`.
"""


def as_markdown() -> str:
    """Return docs/commands.md."""
    return "\n".join([_INTRODUCTION, _PROCESSES, *_table()])


def _table() -> Iterator[str]:
    yield "## The commands of every office\n"
    yield "| write | it | who | code |"
    yield "|---|---|---|---|"
    for verb in VERBS.values():
        yield f"| `{verb.form}`{_also(verb)} | {verb.means} | {_who(verb)} | {_code(verb)} |"
    yield ""


def _also(verb: Verb) -> str:
    words = [word.upper() for word in verb.others]
    return f" (or {', '.join(words)})" if words else ""


def _who(verb: Verb) -> str:
    return ", ".join(sorted(role.replace("_", " ") for role in verb.roles))


def _code(verb: Verb) -> str:
    if verb.kind == "record":
        return "no"
    what = f"that of the {NUMBERED_APART[verb.name]}" if verb.name in NUMBERED_APART else "that of the draft"
    return f"{what}, or it is shown first" if verb.name not in ("approve", "refuse") else what
