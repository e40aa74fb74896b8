"""The lines that write to somebody: `Then send`, `Then hold`, `Then tell` and `Chase`.

Then send: incident/nudge to called who are silent, not in quiet hours
Then hold: summary, incident/summary to requester, for coordinator, too late after window ends
Then tell: cover; chief inspector, straight away, to phone them
Chase: incident/feedback-owed to requester, at feedback due; 5 working days after
Chase: digest line to chief inspector, 10 working days after feedback due
Chase: danger/alert to coordinator; cover, every 10 minutes, any hour
"""

import re
from dataclasses import dataclass, field
from typing import Final

from mailroom.rules import vocabulary
from mailroom.rules.actions import read_template
from mailroom.rules.cases import moments
from mailroom.rules.cases.effects import ASKED, Hold, Hours, If, Moment, Send, Tell
from mailroom.rules.cases.people import is_role, roles, target, targets
from mailroom.rules.cases.scope import Scope, parts, several
from mailroom.rules.cases.triggers import Chase
from mailroom.rules.known import Fault
from mailroom.rules.lines import Line, canonical

SENDING: Final = {
    "any hour": "it leaves at once, whatever the hour",
    "not in quiet hours": "it waits until the quiet hours are over",
    "once each": "nobody gets this mail of this case twice",
    "without name": "the message at hand goes along without a word of whose it is",
    "with the message": "the words of the message at hand go along; within the force only",
    "with own failed check": "it says which check did not hold, as far as its reader may know",
    "with FILE": "a file of the folder files beside config.toml goes along: “with risk-assessment.pdf”",
}
"""What may follow in a `Then send` line."""

HOLDING: Final = {
    "for ROLE": "who reads the draft and lets it go; it must stand there",
    "without name": "as in “Then send”",
    "with the message": "as in “Then send”",
    "with FILE": "as in “Then send”",
    "with the file": "the files of the message at hand go along; only those that are “safe to release” do",
    "too late after FACT": "from that time the draft is never sent",
}
TELLING: Final = {
    "straight away": "the mail about the task leaves at once, whatever the hour",
    "to WORDS": "what they are asked to do: “to phone them”",
    "with TEMPLATE": "another mail than notice/asked",
}
_FILE = re.compile(r"with ([\w .()&-]{1,80}\.[a-z0-9]{2,5})")
_WITH_TEMPLATE = re.compile(r"with ([\w-]+/[\w-]+)")
_STRAIGHT_AWAY = frozenset({"straight away", "at once", "any hour"})
_TO = re.compile(r" to ", re.IGNORECASE)
_TASK = re.compile(r"task to (.+)", re.IGNORECASE)
_DIGEST = re.compile(r"digest line to (.+)", re.IGNORECASE)
_NAME = re.compile(r"[a-z][\w '-]{0,40}")


@dataclass(slots=True)
class Said:
    """What the parts of a value after its commas say."""

    marks: set[str] = field(default_factory=set)
    files: list[str] = field(default_factory=list)
    condition: If | None = None
    more: list[str] = field(default_factory=list)
    """Further people, as in `requester, host`: a comma where a semicolon is meant."""

    @property
    def hours(self) -> Hours:
        """When a mail may leave."""
        return "any" if "any hour" in self.marks else "not_quiet" if "not in quiet hours" in self.marks else ""


def _said(rest: list[str], allowed: dict[str, str], what: str, scope: Scope, line: Line) -> Said:
    said = Said()
    for part in rest:
        text = canonical(part)
        if text.startswith("if "):
            said.condition = scope.condition(text.removeprefix("if "))
        elif "with FILE" in allowed and _FILE.fullmatch(text):
            said.files.append(_file(part.strip()[len("with ") :].strip(), scope))
        elif text in allowed:
            said.marks.add(text)
        elif _is_somebody(part, scope, line):
            said.more.append(part)
        else:
            written = [one for one in allowed if one.islower()]
            raise Fault(f"“{text}” is not a way to {what}.", vocabulary.nearest(text, written), text)
    if {"any hour", "not in quiet hours"} <= said.marks:
        raise Fault("“any hour” and “not in quiet hours” can't both hold.", "", "not in quiet hours")
    return said


def _file(name: str, scope: Scope) -> str:
    """Return a file that the office keeps in its folder `files`; raises Fault."""
    if scope.known.files is not None and name not in scope.known.files:
        near = vocabulary.nearest(name, scope.known.files)
        raise Fault(f"there is no file “{name}” in the folder files.", near, name)
    return name


def _is_somebody(part: str, scope: Scope, line: Line) -> bool:
    try:
        target(part, scope, line)
    except Fault:
        return False
    return True


def read_send(line: Line, scope: Scope) -> Send:
    """Read `Then send: TEMPLATE to TARGETS, …`; raises Fault."""
    first, *rest = parts(line.value) or [""]
    template, to = _template_to(first, line, scope, "incident/received to requester")
    said = _said(rest, SENDING, "send", scope, line)
    marks = said.marks
    return Send(
        template, targets(";".join([to, *said.more]), scope, line), scope.at(line), said.hours,
        once_each="once each" in marks, without_name="without name" in marks, with_message="with the message" in marks,
        with_failed_check="with own failed check" in marks, files=tuple(said.files), condition=said.condition,
    )  # fmt: skip


def read_hold(line: Line, scope: Scope) -> Hold:
    """Read `Then hold: NAME, TEMPLATE to TARGETS, for ROLE, …`; raises Fault."""
    example = "summary, incident/summary to requester, for coordinator"
    name, *rest = parts(line.value)
    if not rest or _TO.search(name):
        raise Fault("“Then hold” needs a name by which the draft is approved, and then the mail.", example)
    name = canonical(name)
    if not _NAME.fullmatch(name):
        raise Fault(f"“{name}” can't be the name of a draft; use a few words.", "", name)
    template, to = _template_to(rest[0], line, scope, example.partition(", ")[2])
    by: tuple[str, ...] = ()
    expires: Moment | None = None
    others: list[str] = []
    for part in rest[1:]:
        text = canonical(part)
        if text.startswith("for "):
            by += roles(part.strip()[len("for ") :], scope)
        elif text.startswith("too late after "):
            expires = moments.moment(text.removeprefix("too late after "), scope)
        else:
            others.append(part)
    said = _said(others, HOLDING, "hold a draft", scope, line)
    if not by:
        raise Fault("“Then hold” says for whom the draft waits.", "for coordinator")
    return Hold(
        name, template, targets(";".join([to, *said.more]), scope, line), by, scope.at(line),
        without_name="without name" in said.marks, with_message="with the message" in said.marks,
        files=tuple(said.files), expires=expires, condition=said.condition,
        with_attached="with the file" in said.marks,
    )  # fmt: skip


def read_tell(line: Line, scope: Scope) -> Tell:
    """Read `Then tell: ROLES, straight away, to WORDS`; raises Fault."""
    first, *rest = parts(line.value) or [""]
    first, _, inline = first.partition(" with ")
    template = read_template(inline, scope.known) if inline else ASKED
    hours: Hours = ""
    words = ""
    condition: If | None = None
    told = [first]
    for part in rest:
        text = canonical(part)
        if text in _STRAIGHT_AWAY:
            hours = "any"
        elif text.startswith("to "):
            words = part.strip()[len("to ") :].strip()
        elif text.startswith("if "):
            condition = scope.condition(text.removeprefix("if "))
        elif found := _WITH_TEMPLATE.fullmatch(text):
            template = read_template(found[1], scope.known)
        elif words and not is_role(text, scope):
            # A comma within what they are asked to do.
            words = f"{words}, {part}"
        else:
            told.append(part)
    return Tell(roles(";".join(told), scope), template, scope.at(line), hours, words, condition)


def read_chase(line: Line, scope: Scope) -> Chase:
    """Read `Chase: WHAT to WHOM, MOMENTS, …`; raises Fault."""
    first, *rest = parts(line.value) or [""]
    task, digest = _TASK.fullmatch(first), _DIGEST.fullmatch(first)
    template = ""
    if found := task or digest:
        to = targets(found[1], scope, line)
        if any(one.kind != "role" for one in to):
            kind = "a task" if task else "a line in a digest"
            raise Fault(f"{kind} is for a role: nobody else has a list to find it in.", "task to coordinator")
    else:
        template, whom = _template_to(first, line, scope, "incident/feedback-owed to requester, at feedback due")
        to = targets(whom, scope, line)
    counted: list[Moment] = []
    repeated: Moment | None = None
    hours: Hours = ""
    for part in rest:
        text = canonical(part)
        if text in {"any hour", "straight away"}:
            hours = "any"
        elif text == "not in quiet hours":
            hours = "not_quiet"
        elif again := moments.every(part):
            repeated = again
        else:
            for one in several(part):
                counted.append(moments.moment(one, scope, counted[-1] if counted else None))
    if not counted and repeated is None:
        raise Fault("“Chase” says when.", "at feedback due; 5 working days after")
    return Chase(to, scope.at(line), template, bool(task), bool(digest), tuple(counted), repeated, hours)


def _template_to(first: str, line: Line, scope: Scope, example: str) -> tuple[str, str]:
    """Split `incident/received to requester; host` into a template the office has and the people."""
    template, *rest = _TO.split(first, maxsplit=1)
    if not rest:
        raise Fault(f"“{line.label.capitalize()}” needs a template and a recipient.", example)
    return read_template(template, scope.known), rest[0]
