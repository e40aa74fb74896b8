"""What a template may say in `{{ }}`: one frozen table for each kind of mail.

The table is the contract between the coordinator's templates and the code that writes mail:
docs/templates.md is printed from it, `check` refuses every other word, and a value that a mail does
not have is empty. What must never reach a lock screen or an alert is simply not on offer there.
"""

from collections.abc import Mapping
from datetime import date
from typing import Final

from mailroom.office import newsletter_variables as news
from mailroom.office.case_variables import CASE, FORM
from mailroom.office.command_variables import (
    AWAY,
    COMMANDS,
    DONE,
    DOUBTFUL,
    HELD,
    HELP,
    MOVED,
    RULES_REPORT,
    SHOWN,
    STOPPED,
    TASK,
    UNKNOWN,
    WHICH,
    WHY,
)
from mailroom.office.variable import Variable

SHARED_FOOTER: Final = "_footer"
SHARED_COMMANDS: Final = "_commands"

DAY: Final = date(2027, 1, 4)
"""The day on which the samples are written."""


COMMON: Final = (
    Variable(
        "recipient_name",
        "The name of the person who gets the mail; empty for somebody unknown.",
        "Jo Miller",
        private=True,
    ),
    Variable("recipient_first_name", "Their first name; empty for somebody unknown.", "Jo"),
    Variable("ref", "The reference of the case the mail is about; empty when there is none.", "INC-2027-001"),
    Variable("message_number", "The number of the message that led to this mail; empty when none did.", "#412"),
    Variable(
        "received", "When that message came, in local time; empty when there is none.", "Monday 4 January 2027, 09:12"
    ),
    Variable("office_name", "The group's name, from the configuration.", "Riverside Advisory Group", private=True),
    Variable(
        "coordinator_name", "How the coordinator's office signs, from the configuration.", "The coordinator's office"
    ),
    Variable("cover_phone", "A telephone number answered when the coordinator is away; may be empty.", "01632 960000"),
    Variable("mailbox", "The shared mailbox's own address.", "iag@example.org"),
    Variable(
        "back_at",
        "In an answer to somebody who wrote out of hours, when the office is next at work; otherwise empty.",
        "Monday 18 January 2027, 08:30",
    ),
)

_DUE = Variable("answer_due", "The day an answer is due; may be empty.", "Friday 8 January 2027")

_BEHIND = (
    Variable("class_words", "What the message was sorted as.", "inc.request", private=True),
    Variable(
        "priority_words",
        "How soon somebody should look, and why; may be empty.",
        "today: an officer waits",
        private=True,
    ),
    Variable(
        "reasons",
        "A list: why it was sorted so, one sentence a rule.",
        ["by rule “Advice” because “advice please”"],
        private=True,
    ),
    Variable("sender_name", "Who wrote, by name; may be empty.", "Sam Carter", private=True),
)

_PASSED_ON = Variable(
    "words",
    "A list: what the sender wrote, line by line.",
    ["Please send me the figures.", "Thank you"],
    private=True,
    lines=True,
)

_SAID = Variable(
    "words",
    "A list: the words of whoever gave the command that sends it, line by line; may be empty.",
    ["Thank you for telling us."],
    private=True,
    lines=True,
)

_PUBLIC_REASONS = Variable(
    "reasons", "A list: why something could not be done, as far as its reader may know it.", ["A sheet is hidden."]
)

_EXPLANATION = Variable(
    "explanation",
    "A list: what the figures show and what they do not, line by line; may be empty.",
    ["These are counts of searches, not of people."],
    private=True,
    lines=True,
)

_COMING_ROW = {"date": "Fri 8 January", "what": "action", "ref": "ACT-2027-004", "stage": "open"}
_LATE_ROW = {"ref": "ACT-2026-007", "owner": "police", "due": "Thu 17 December", "late": "12"}
_NEW_ROW = {
    "number": "#412",
    "class": "concern",
    "sender": "Sam Carter",
    "received": "Mon 09:12",
    "priority": "somebody is worried",
}
_CASE_ROW = {"ref": "INC-2027-001", "kind": "incident", "stage": "triaged", "due": "Wed 13 January"}

DIGEST: Final = (
    Variable("week", "The week the digest covers.", "28 December 2026 to 3 January 2027"),
    Variable("as_at", "When the figures were taken.", "Monday 4 January 2027, 07:30"),
    Variable("last_read", "When the mailbox was last read; “never” when it was not.", "Monday 4 January 2027, 07:29"),
    Variable("last_read_level", "“on time”, “amber” (over an hour ago) or “red” (over four hours ago).", "on time"),
    Variable("cover_names", "A list: who covers for the coordinator.", ["Alex Reed"], private=True),
    Variable(
        "needs_you",
        "A list: what waits for the chief inspector, oldest first.",
        ["ACT-2026-007 is 12 working days late."],
        private=True,
    ),
    Variable(
        "figures",
        "A list of rows: name, now, before (the week before, where that is known).",
        [{"name": "Mail in", "now": "23", "before": "19"}],
        private=True,
    ),
    Variable("coming", "A list of rows for the next 14 days: date, what, ref, stage.", [_COMING_ROW], private=True),
    Variable(
        "overdue",
        "A list of rows: ref, owner (police or IAG), due, late (full working days).",
        [_LATE_ROW],
        private=True,
    ),
    Variable(
        "health", "A list: how delivery went, and what of it needs a look.", ["All mail was delivered."], private=True
    ),
    Variable("gaps", "A list: what the figures leave out.", ["No vetting date is known for 1 member."], private=True),
)

_TRIAL_ROW = {
    "rule": "Worry in a newsletter reply",
    "count": "4 messages",
    "actions": "class: concern, tell: coordinator",
    "examples": "#410, #412, #415",
    "more": "yes",
}

SUMMARY: Final = (
    Variable("as_at", "When the summary was written.", "Monday 4 January 2027, 08:30"),
    Variable("since", "From when on mail counts as new.", "Friday 1 January 2027, 08:30"),
    Variable("last_read", "When the mailbox was last read; “never” when it was not.", "Monday 4 January 2027, 08:29"),
    Variable("last_read_level", "“on time”, “amber” (over an hour ago) or “red” (over four hours ago).", "on time"),
    Variable("new", "A list of rows: number, class, sender, received, priority.", [_NEW_ROW], private=True),
    Variable("more_new", "How many further messages came; empty when all are listed.", "3"),
    Variable(
        "needs_you",
        "A list: what waits for the coordinator, most pressing first.",
        ["#410 could not be decided."],
        private=True,
    ),
    Variable("more_needs_you", "How many further things wait; empty when all are listed.", "2"),
    Variable("open_cases", "A list of rows: ref, kind, stage, due (may be empty).", [_CASE_ROW], private=True),
    Variable("more_open_cases", "How many further cases are open; empty when all are listed.", "4"),
    Variable(
        "trials",
        "A list of rows, one for each rule on trial that held since: rule, count, actions, examples, more (yes or no).",
        [_TRIAL_ROW],
        private=True,
    ),
)

OF_KIND: Final[Mapping[str, tuple[Variable, ...]]] = {
    "ack": (*COMMON, _DUE),
    "danger": COMMON,
    "alert": COMMON,
    "mail": (*COMMON, _DUE, _SAID, _PUBLIC_REASONS, _EXPLANATION, *CASE),
    "notice": (*COMMON, *_BEHIND, _DUE, *CASE),
    "task": (*COMMON, *_BEHIND, _DUE, *CASE),
    "forward": (*COMMON, *_BEHIND, _DUE, _PASSED_ON, *CASE),
    "digest": COMMON,
}
"""The variables of each kind of mail. An acknowledgement cannot quote its reader, and an alert names
nothing but a reference, because neither is offered more."""

OF_TEMPLATE: Final[Mapping[str, tuple[Variable, ...]]] = {
    "digest/weekly": (*COMMON, *DIGEST),
    "digest/summary": (*COMMON, *SUMMARY),
    "forms/ask-again": (*COMMON, *FORM),
    "forms/ask-once-more": (*COMMON, *FORM),
    "notice/away": (*COMMON, *AWAY),
    "notice/done": (*COMMON, *DONE),
    "notice/doubtful": (*COMMON, *DOUBTFUL),
    "notice/help": (*COMMON, *HELP),
    "notice/held": (*COMMON, *HELD),
    "notice/moved": (*COMMON, *MOVED),
    "notice/rules-report": (*COMMON, *RULES_REPORT),
    "notice/shown": (*COMMON, *SHOWN),
    "notice/stopped": (*COMMON, *STOPPED),
    "notice/task": (*COMMON, *TASK),
    "notice/unknown": (*COMMON, *UNKNOWN),
    "notice/which-case": (*COMMON, *WHICH),
    "notice/why": (*COMMON, *WHY),
    "newsletter/call": (*COMMON, *news.CALL),
    "newsletter/issue": (*COMMON, *news.ISSUE),
    "newsletter/item-complete": (*COMMON, *news.ITEM),
    "newsletter/item-incomplete": (*COMMON, *news.ITEM),
    "newsletter/item-next-issue": (*COMMON, *news.ITEM),
    "newsletter/report": (*COMMON, *news.REPORT),
    "notice/not-approved": (*COMMON, *news.NOT_APPROVED),
    "notice/proof": (*COMMON, *news.PROOF),
    SHARED_COMMANDS: (*COMMON, *COMMANDS),
    SHARED_FOOTER: COMMON,
}
"""Templates with variables of their own."""


def of(name: str, kind: str) -> tuple[Variable, ...]:
    """Return what a template may say."""
    return OF_TEMPLATE.get(name) or OF_KIND[kind]


def values(table: tuple[Variable, ...], given: Mapping[str, object]) -> dict[str, object]:
    """Return a value for every variable of a table: what was given, else empty. Anything else stays out."""
    return {variable.name: _value(variable, given) for variable in table}


def samples(table: tuple[Variable, ...]) -> dict[str, object]:
    """Return the published sample of every variable."""
    return {variable.name: variable.sample for variable in table}


def empties(table: tuple[Variable, ...]) -> dict[str, object]:
    """Return a mail's values when it has none."""
    return {variable.name: variable.empty for variable in table}


def as_markdown() -> str:
    """Return docs/templates.md."""
    parts = [_INTRODUCTION, _table("Every mail", "", COMMON)]
    for kind, table in OF_KIND.items():
        parts.append(_table(f"Kind: {kind}", _MEANS[kind], table[len(COMMON) :]))
    for name, table in OF_TEMPLATE.items():
        if table[len(COMMON) :]:
            parts.append(_table(f"templates/{name}.md", "", table[len(COMMON) :]))
    return "\n".join(parts)


def _value(variable: Variable, given: Mapping[str, object]) -> object:
    value = given.get(variable.name, variable.empty)
    if variable.lines and isinstance(value, str):
        return [line for line in value.splitlines() if line.strip()]
    return value


def _table(title: str, sentence: str, table: tuple[Variable, ...]) -> str:
    lines = [f"## {title}", ""]
    if sentence:
        lines += [sentence, ""]
    if not table:
        return "\n".join([*lines, "Only the variables of every mail.", ""])
    lines += ["| variable | what it is | sample |", "|---|---|---|"]
    for variable in table:
        subject = " Not in a subject." if variable.private else ""
        lines.append(f"| `{variable.name}` | {variable.sentence}{subject} | {_shown(variable.sample)} |")
    return "\n".join([*lines, ""])


def _shown(sample: object) -> str:
    if isinstance(sample, list):
        return "; ".join(_shown(one) for one in sample)
    if isinstance(sample, Mapping):
        return ", ".join(f"`{name}`: {value}" for name, value in sample.items())
    return str(sample)


_MEANS: Final[Mapping[str, str]] = {
    "ack": "An answer to somebody who wrote. It cannot quote what they wrote.",
    "danger": "The answer to a person who may be in danger. It goes out at any hour and past every cap.",
    "alert": "Something that cannot wait, for people on duty: a reference and how to look, nothing else.",
    "mail": "Anything else to one person. A template without a `Kind` is of this kind.",
    "notice": "News for the office: who wrote, what it was sorted as and why.",
    "task": "Something a person in the office has to do.",
    "forward": "A message passed on to a desk: its words and who wrote them, without addresses.",
    "digest": "A regular report. The two that ship have variables of their own, below.",
}

_INTRODUCTION: Final = """\
# Templates

One mail is one file in `templates/`; `templates/incident/received.md` is called `incident/received` in rules.
This page is printed from the table in `mailroom/office/variables.py`; a test keeps the two in step.

    Subject: We have your request [{{ ref }}]
    Kind: ack
    Any hour: yes
    # A line like this is a note for whoever edits the file. It is never sent.

    Hello{% if recipient_first_name %} {{ recipient_first_name }}{% endif %},

    Thank you. Somebody will answer by **Friday**.

- The first line is the `Subject`. It shows on lock screens: no group, place or incident in it.
- `Kind` says what sort of mail it is, and so which variables it may use: the tables below.
- `Marking` (OFFICIAL, OFFICIAL-SENSITIVE) is printed above the mail; without the line it is OFFICIAL, unprinted.
- `Any hour: yes` lets a mail out in quiet hours. `Catch up: until closes` sends it again to somebody whose address
  had failed; `Catch up: never` does not.
- After the first empty line comes the mail, in Markdown: an empty line between paragraphs, `#` for a heading, `-` for
  a list, `**bold**`, `[words](https://…)` for a link, `|` for a table. HTML and pictures are refused.
- `{{ name }}` puts a value in, always as plain text. `{% if name %} … {% else %} … {% endif %}` chooses;
  `{% for row in rows %} … {% endfor %}` goes through a list, `{{ row.date }}` takes a column. Nothing else is allowed.
- A value may pass through one of these: capitalize, default, first, join, last, length, lower, title, trim, truncate,
  upper; as in `{{ names | join(", ") }}`.
- `templates/_footer.md` ends every mail. A file whose name begins with `_` is never a mail of its own.
- Every mail goes out as text and as a page in one layout, and each reader gets the form they asked for: standard,
  plain (text alone) or large print. `mailroom preview incident/received --format large --html letter.html` shows it.
- What must never leave is refused here already: a bank account, a link nobody can open, a day that is no day.
- Save with any editor. A file with a fault is named with its line, and the last good set stays in force until it
  is mended. `mailroom check` tells all faults at once.
"""
