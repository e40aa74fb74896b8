"""The lines of a case file before its first stage.

Case: Incident call
Reference: INC
Opens on: inc.request from any officer; command CALL an advice call from coordinator; another case
Owner: coordinator; cover when she is away
Seal: the opening message and its attachments
Keep apart: health words, for health_and_safety only
Read: advice wanted by, a time; place, a place
Group called: members who are active; vetted now
If unfit at sending: restricted, wait; left, cancel
If nothing happens: task to coordinator, 2 working days after entry
Final: closed; withdrawn
"""

import re
from typing import Final, Literal

from mailroom.rules import vocabulary
from mailroom.rules.cases import moments
from mailroom.rules.cases.checks import read_checks
from mailroom.rules.cases.effects import At
from mailroom.rules.cases.model import CaseGroup, Deadline, KeptApart, OpensOn
from mailroom.rules.cases.people import role, roles, who
from mailroom.rules.cases.scope import GROUP, HEALTH, Scope
from mailroom.rules.cases.triggers import ANYONE
from mailroom.rules.cases.waiting import a_verb
from mailroom.rules.known import Fault, one_of
from mailroom.rules.lines import Line, canonical

LABELS: Final = (
    "case", "reference", "opens on", "owner", "seal", "keep apart", "read", "if unfit at sending",
    "if nothing happens", "final", "note",
)  # fmt: skip
REPEATED: Final = frozenset({"opens on", "keep apart", "read", "note"})
"""Lines that may stand more than once."""

Unfit = Literal["wait", "cancel"]
"""What becomes of a mail whose reader is unfit as it leaves."""

UNFIT: Final = (
    "restricted", "on leave", "suspended", "leaving", "left", "stopped", "recused", "not vetted",
)  # fmt: skip
_DEADLINE = re.compile(r"task to (.{1,80}?), (.+)")
_APART = re.compile(r"(.+?), for (.+?)(?: only)?")
MEMBERS: Final = re.compile(r"(?:active )?members who are (.+)")
_ROLE_OF = re.compile(r"(?:the |a )(.+) of (.+)")
_ADDRESSED = "members addressed in the opening message"
_LISTED = re.compile(r"as in groups(?:\.txt)?")
_REFERENCE = re.compile(r"[A-Z]{2,6}")


def read_reference(line: Line) -> str:
    """Read the beginning of a case's references; raises Fault."""
    reference = line.value.strip().upper()
    if not _REFERENCE.fullmatch(reference):
        raise Fault("a reference is two to six letters, such as INC.", "", line.value)
    return reference


def read_opens_on(line: Line, scope: Scope) -> tuple[OpensOn, ...]:
    """Read what may open such a case; `inc.request from any officer; any desk` names two. Raises Fault."""
    written: list[str] = []
    for value in line.values:
        name = canonical(value)
        begins = name.partition(" ")[0] in vocabulary.CLASSES or name.startswith(("command ", "another case"))
        if begins or not written or " from " in f"{name} ":
            written.append(value)
        else:
            written[-1] += f"; {value}"
    return tuple(_opens_on(one, scope, line) for one in written)


def _opens_on(written: str, scope: Scope, line: Line) -> OpensOn:
    name = canonical(written)
    if name in {"another case", "by another case"}:
        return OpensOn(by_case=True)
    what, _, people = name.partition(" from ")
    from_ = who(people, scope, line) if people else ANYONE
    if what.startswith("command "):
        verb, words = _command(written)
        if not people or any(one.kind != "role" for one in from_.groups):
            raise Fault("a command is given by a role: say from which.", "command START from coordinator", written)
        return OpensOn(command=a_verb(verb), words=words, from_=from_)
    return OpensOn(class_=one_of(what, vocabulary.CLASSES, "class"), from_=from_)


def _command(written: str) -> tuple[str, str]:
    """Split `command START hate crime day from …` into its verb, in capitals as written, and the words after it."""
    said = re.split(r"\s+from\s+", written.strip(), maxsplit=1, flags=re.IGNORECASE)[0].split()[1:]
    capitals = 1
    while capitals < len(said) and said[capitals].isupper() and said[0].isupper():
        capitals += 1
    return " ".join(said[:capitals]), canonical(" ".join(said[capitals:]))


def read_deadline(line: Line, scope: Scope) -> Deadline:
    """Read `task to ROLES, 2 working days after entry`; raises Fault."""
    found = _DEADLINE.fullmatch(canonical(line.value))
    if not found:
        raise Fault("“If nothing happens” is written like “task to coordinator, 2 working days after entry”.")
    moment = moments.moment(found[2], scope)
    if moment.anchor not in {"entry", "day_ends"}:
        text = f"“If nothing happens” counts from entry, which always comes; “{moment.fact}” may never be known."
        raise Fault(text, "2 working days after entry", moment.fact)
    return Deadline(roles(found[1], scope), moment, scope.at(line))


def read_apart(line: Line, scope: Scope) -> KeptApart:
    """Read `health words, for health_and_safety only`; raises Fault."""
    found = _APART.fullmatch(canonical(line.value))
    if not found:
        raise Fault("“Keep apart” says what, and for which role.", "health words, for health_and_safety only")
    if found[1] not in scope.facts and vocabulary.nearest(found[1], [*scope.facts, HEALTH]) == HEALTH:
        raise Fault(f"no line reads or sets “{found[1]}”, so it is never known.", HEALTH, found[1])
    return KeptApart(scope.fact(found[1]).name, role(found[2], scope))


def read_unfit(line: Line) -> tuple[tuple[str, Unfit], ...]:
    """Read `restricted, wait; left, cancel`; raises Fault."""
    found: list[tuple[str, Unfit]] = []
    for value in line.values:
        state, _, then = (canonical(one) for one in value.partition(","))
        one_of(state, UNFIT, "way to be unfit")
        if then not in {"wait", "cancel"}:
            text = f"a mail can wait or cancel, not “{then}”." if then else f"say what a mail to one {state} does."
            raise Fault(text, vocabulary.nearest(then, ("wait", "cancel")) or f"{state}, wait", then or value)
        found.append((state, "wait" if then == "wait" else "cancel"))
    return tuple(found)


def read_group(line: Line, scope: Scope) -> CaseGroup:
    """Read a `Group NAME:` line; raises Fault."""
    return group(canonical(line.label.removeprefix(GROUP)), line, scope, scope.at(line))


def group(name: str, line: Line, scope: Scope, at: At) -> CaseGroup:
    """Read who is in a group; raises Fault."""
    text = canonical(line.value)
    if text == _ADDRESSED:
        return CaseGroup(name, "addressed", at=at)
    if _LISTED.fullmatch(text):
        if name not in scope.known.groups:
            near = vocabulary.nearest(name, scope.known.groups)
            raise Fault(f"groups.txt has no group “{name}”.", near, text)
        return CaseGroup(name, "listed", role=name, at=at)
    if MEMBERS.fullmatch(text):
        return CaseGroup(name, "members", read_checks(_after(line, "members who are "), "requester", scope), at=at)
    if found := _ROLE_OF.fullmatch(text):
        fact = scope.fact(found[2])
        if fact.reader not in {"a place", ""}:
            raise Fault(f"“{fact.name}” is no place: it is read as {fact.reader}.", "", found[2])
        return CaseGroup(name, "role_of", role=role(found[1], scope), fact=fact.name, at=at)
    if text in scope.known.groups:
        return CaseGroup(name, "listed", role=text, at=at)
    known = ("members who are active; vetted now", _ADDRESSED, "the observation_host of place", "as in groups")
    raise Fault(
        f"“{line.value}” is no group: write “members who are …”, “the ROLE of FACT”, “members addressed in the opening "
        "message”, or a group of groups.txt.",
        vocabulary.nearest(text, known), line.value,
    )  # fmt: skip


def _after(line: Line, words: str) -> Line:
    """Return the line without the words it opens with, so that its checks can be read."""
    first, *rest = line.values
    begins = canonical(first).find(words)
    return Line(
        line.label, line.value, line.line, line.column,
        (canonical(first)[begins + len(words) :], *rest), line.label_column, line.pieces,
    )  # fmt: skip
