"""A process file made of a few lines, and an office that knows enough to read it."""

import functools
from collections.abc import Mapping
from pathlib import Path

from mailroom.errors import Problem
from mailroom.rules import ROLES, RuleSet, load
from mailroom.rules.cases import Actor, CaseFile, Check, If, Verdict
from mailroom.rules.model import Sender
from tests.unit.rules.conftest import LISTS, somebody

EXAMPLES = Path(__file__).parents[3] / "cases"
TEMPLATES = (
    "notice/told", "notice/forwarded", "danger/answer", "danger/alert", "incident/received", "incident/alert",
    "incident/brief-refused", "incident/call", "incident/thanks", "incident/relay", "incident/kept-apart",
    "incident/nudge", "incident/summary", "incident/what-was-done", "incident/feedback-owed", "incident/gold-asked",
    "incident/gold-agreed", "incident/gold-declined", "observation/declined", "observation/form",
    "observation/health-note", "observation/form-again", "observation/can-you-host", "observation/please-assess",
    "observation/please-authorise", "observation/authorised", "observation/joining", "observation/not-available",
    "observation/thanks", "observation/how-was-it", "observation/cancelled",
)  # fmt: skip
FORMS = {
    "rules/forms/brief.txt": b"Form: A brief\nField: reply by, a time\nField: text, words\n",
    "rules/forms/agreement.txt": b"Form: Agreement\nField: read and agree, yes or no\n",
}
CONCERN = b"""
Case: Concern
Reference: CONC
Owner: coordinator
If nothing happens: task to coordinator, 5 working days after entry
Final: closed
Stage: received
Then tell: coordinator
"""
HEAD = """\
Case: Worry
Reference: WORRY
Owner: coordinator
Read: place, a place; level, one of low, high; wanted by, a time; day, a date; note, words; critical, yes or no
Group host: the observation_host of place
Group called: members who are active; not recused for place
If nothing happens: task to coordinator, 1 working day after entry
Final: closed; withdrawn
"""


def office(others: Mapping[str, bytes] | None = None, /, **cases: str) -> RuleSet:
    """Load process files by name, beside one that is a concern, and `others` by path; raises Problems."""
    files = {f"rules/cases/{name}.txt": text.encode() for name, text in cases.items()}
    lists = {"rules/lists.txt": LISTS}
    return load(lists | FORMS | {"rules/cases/concern.txt": CONCERN} | files | dict(others or {}), TEMPLATES, ROLES)


def made(body: str, head: str = HEAD) -> CaseFile:
    """Read one process file; raises Problems."""
    return office(worry=head + body).cases["worry"]


def faults(body: str, head: str = HEAD) -> tuple[Problem, ...]:
    """Return what is wrong with a process file."""
    from mailroom.errors import Problems  # noqa: PLC0415 - beside its one use

    try:
        made(body, head)
    except Problems as refused:
        return refused.problems
    return ()


@functools.cache
def examples() -> Mapping[str, CaseFile]:
    """Load the three example processes."""
    return office(**{path.stem: path.read_text(encoding="utf-8") for path in sorted(EXAMPLES.glob("*.txt"))}).cases


class Known:
    """Facts by name, and the checks that do not hold."""

    def __init__(self, failing: tuple[str, ...] = (), **facts: str) -> None:
        self.failing = failing
        self.facts = {name.replace("_", " "): value for name, value in facts.items()}

    def check(self, check: Check, whose: str) -> Verdict:
        if check.written in self.failing:
            return Verdict(ok=False, public=f"not {check.written}", private=f"{whose} fails {check.written}")
        return Verdict(ok=True)

    def holds(self, condition: If) -> bool:
        value = self.facts.get(condition.fact, "")
        held = value == condition.is_ if condition.is_ else bool(value)
        return held is not condition.negated


NOTHING = Known()


def role(name: str, **changed: object) -> Actor:
    """Make somebody who holds a role."""
    return Actor(somebody("officer", roles=(name,)), **changed)  # type: ignore[arg-type]


def member(*groups: str, **changed: object) -> Actor:
    """Make a member who is in some of the case's groups."""
    return Actor(somebody("member"), groups=frozenset(groups), **changed)  # type: ignore[arg-type]


STRANGER = Actor(Sender("nobody@mail.example.org"))
