"""What a stage waits for: the `When` lines.

When message: obs.process from host, saying yes
When command: RELEASE with form brief, from coordinator; cover; chief inspector
When command: DECLINE with reason, from chief inspector
When form: agreement from requester
When time: half way to window ends, if 6 hours or more, not in quiet hours
When flag: gold_suggestion from called
When approved: summary            When refused: summary
When case: gold is agreed
"""

import re
from collections.abc import Callable, Mapping
from typing import Final

from mailroom.rules import vocabulary
from mailroom.rules.actions import read_flag
from mailroom.rules.cases import moments
from mailroom.rules.cases.effects import Hours
from mailroom.rules.cases.people import who
from mailroom.rules.cases.scope import Scope, parts, several
from mailroom.rules.cases.triggers import (
    ANYONE,
    OnApproved,
    OnCase,
    OnCommand,
    OnFlag,
    OnForm,
    OnMessage,
    OnTime,
    Trigger,
)
from mailroom.rules.commands.verbs import MOST_WORDS, verb_of
from mailroom.rules.known import Fault, one_of
from mailroom.rules.lines import Line, canonical

ALWAYS: Final = frozenset(
    {"approve", "class", "done", "help", "later", "link", "merge", "mine", "refuse", "resend", "split", "undo",
     "unlink", "was sent", "why"}
)  # fmt: skip
"""Commands that mean the same in every case; no process file may give them a meaning of its own."""

_VERB = re.compile(r"[a-z][a-z' -]{1,30}")


def read_message(line: Line, scope: Scope) -> OnMessage:
    """Read `CLASS from WHO, saying yes`; raises Fault."""
    first, *rest = parts(line.value)
    class_, people = _from(first)
    one_of(class_, vocabulary.CLASSES, "class")
    saying = ""
    for part in rest:
        text = canonical(part)
        if text not in {"saying yes", "saying no"}:
            raise Fault(f"“{text}” can't stand here; write saying yes or saying no.", "saying yes", text)
        saying = text.removeprefix("saying ")
    return OnMessage(
        class_,
        who(people, scope, line) if people else ANYONE,
        "yes" if saying == "yes" else "no" if saying else "",
    )


def read_command(line: Line, scope: Scope) -> OnCommand:
    """Read `VERB; VERB with form NAME, from ROLES`; raises Fault."""
    first, *rest = parts(line.value)
    if not rest and " from " in canonical(first):
        first, rest = _split_from(first)
    form, reason = "", False
    verbs: list[str] = []
    for one in several(first):
        verb, _, addition = canonical(one).partition(" with ")
        verbs.append(a_verb(verb))
        if addition in {"reason", "a reason", "words"}:
            reason = True
        elif addition.startswith("form "):
            form = a_form(addition.removeprefix("form "), scope)
        elif addition:
            raise Fault(f"a command comes with form … or with reason, not with “{addition}”.", "with reason", addition)
    people = ";".join(rest)
    if not canonical(people).startswith("from "):
        raise Fault("“When command” says from which roles the command counts.", ", from coordinator")
    from_ = who(people.strip()[len("from ") :], scope, line)
    for group in from_.groups:
        if group.kind != "role":
            raise Fault(f"a command is given by a role; “{group.written}” is none.", "from coordinator", group.written)
    return OnCommand(tuple(dict.fromkeys(verbs)), from_, form, reason)


def a_verb(written: str) -> str:
    """Return a verb that a process may give a meaning of its own; raises Fault."""
    verb = canonical(written)
    if not _VERB.fullmatch(verb) or len(verb.split()) > MOST_WORDS:
        raise Fault(f"“{written}” can't be a command; write one to {MOST_WORDS} words such as NOT NEEDED.", "", written)
    office = verb_of(verb)
    if office is not None and verb == office.name and verb in ALWAYS:
        text = f"{verb.upper()} means the same in every case, so no file can say what it does; choose another word."
        raise Fault(text, "", verb)
    return verb


def a_form(written: str, scope: Scope) -> str:
    """Return the name of a form the office has; raises Fault."""
    name = canonical(written).removesuffix(".txt")
    if name not in scope.known.forms:
        raise Fault(f"there is no file forms/{name}.txt.", vocabulary.nearest(name, scope.known.forms), name)
    return name


def read_form(line: Line, scope: Scope) -> OnForm:
    """Read `NAME from WHO`; raises Fault."""
    name, people = _from(line.value)
    return OnForm(a_form(name, scope), who(people, scope, line) if people else ANYONE)


def read_time(line: Line, scope: Scope) -> OnTime:
    """Read `MOMENT, if 6 hours or more, any hour`; raises Fault."""
    first, *rest = parts(line.value)
    made = moments.moment(first, scope)
    hours: Hours = ""
    least = 0
    for part in rest:
        text = canonical(part)
        if text in {"any hour", "straight away"}:
            hours = "any"
        elif text == "not in quiet hours":
            hours = "not_quiet"
        elif (found := moments.at_least(text)) is not None:
            least = found
        else:
            known = ("any hour", "not in quiet hours", "if 6 hours or more")
            raise Fault(f"“{text}” says nothing of a time.", vocabulary.nearest(text, known), text)
    if least and made.anchor != "half_way":
        raise Fault("“or more” stands beside “half way to” only.", "half way to window ends, if 6 hours or more")
    return OnTime(made, hours, least)


def read_flag_seen(line: Line, scope: Scope) -> OnFlag:
    """Read `NAME from WHO`; raises Fault."""
    name, people = _from(line.value)
    return OnFlag(read_flag(name), who(people, scope, line) if people else ANYONE)


def read_approved(line: Line, _: Scope) -> OnApproved:
    """Read the name of what was held."""
    return OnApproved(canonical(line.value))


def read_refused(line: Line, _: Scope) -> OnApproved:
    """Read the name of what was held."""
    return OnApproved(canonical(line.value), refused=True)


def read_case_reached(line: Line, scope: Scope) -> OnCase:
    """Read `KIND is STAGE`; raises Fault. That it has such a stage is seen once every file is read."""
    kind, is_, stage = canonical(line.value).partition(" is ")
    if kind not in scope.known.cases:
        raise Fault(f"there is no file cases/{kind}.txt.", vocabulary.nearest(kind, scope.known.cases), kind)
    if not is_ or not stage:
        raise Fault("“When case” needs a kind of case and a stage.", f"{kind} is closed")
    return OnCase(kind, stage)


TRIGGERS: Final[Mapping[str, Callable[[Line, Scope], Trigger]]] = {
    "message": read_message,
    "command": read_command,
    "form": read_form,
    "time": read_time,
    "flag": read_flag_seen,
    "approved": read_approved,
    "refused": read_refused,
    "case": read_case_reached,
}
"""Every `When …`, and what reads it."""


def _from(written: str) -> tuple[str, str]:
    """Split `inc.advice from called; host` into what comes and from whom."""
    what, _, people = canonical(written).partition(" from ")
    return what.strip(), people.strip()


def _split_from(written: str) -> tuple[str, list[str]]:
    found = re.split(r" (?=from )", written, maxsplit=1, flags=re.IGNORECASE)
    return found[0], found[1:]
