"""The named checks: what may be asked of a person, a form, a message or a case before a step is taken.

    If requester: vetted on activity date; confidential; no interest in place; not on leave
    If form: fit to release
    If message: safe to release; explained
    If case: right is foi; place known

Each gives ok, or a private and a public reason. A check of a person may be turned round with `not`. This file knows
what there is and how it is written; what each looks at is the office's.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from mailroom.rules import vocabulary
from mailroom.rules.cases.effects import Check
from mailroom.rules.cases.scope import Scope
from mailroom.rules.known import Fault
from mailroom.rules.lines import Line, canonical

Whose = Literal["requester", "sender", "form", "case", "message"]
Takes = Literal["", "date", "fact", "field"]

PERSON: Final = ("requester", "sender")
IN_GROUP: Final = "in group"


@dataclass(frozen=True, slots=True)
class Kind:
    """One check of the catalogue: what it takes after its name, and what it means."""

    takes: Takes
    means: str


OF_PERSON: Final[Mapping[str, Kind]] = {
    "active": Kind("", "a member who is active: not on leave, restricted, suspended or gone"),
    "vetted now": Kind("", "the vetting unit has cleared them, and the clearance has not ended"),
    "vetted on": Kind("date", "the same on the day that a fact names: “vetted on activity date”"),
    "confidential": Kind("", "they signed the confidentiality agreement within the year"),
    "inducted": Kind("", "they have seen the chief inspector and spent time at a station"),
    "18 or over": Kind("", "they are 18 or over"),
    "first this year": Kind("", "no case of this kind was theirs this year"),
    "no interest in": Kind("fact", "they declared no interest in the place that a fact names: “no interest in place”"),
    "recused for": Kind("fact", "they declared an interest there; written “not recused for place”"),
    "on leave": Kind("", "they are on leave; written “not on leave”"),
}
"""Checks of a person, each of which `not` turns round. The name of a group asks whether they are in it."""

OF_FORM: Final[Mapping[str, Kind]] = {
    "fit to release": Kind("", "the brief has nothing in it that must not go out, and all that must"),
    "complete": Kind("", "every line of the form could be read"),
    "says": Kind("field", "the line of this name says yes: “says read and agree”"),
}
OF_MESSAGE: Final[Mapping[str, Kind]] = {
    "attached": Kind("", "a file came with it"),
    "safe to release": Kind("", "no sheet of an attached table shows or hides a person"),
    "explained": Kind("", "it says what the figures show, what they do not, of how many, and from when to when"),
}
OF_CASE: Final[Mapping[str, Kind]] = {
    "is": Kind("fact", "a fact has this answer: “right is foi”"),
    "known": Kind("fact", "a fact is known: “place known”"),
}
CATALOGUE: Final[Mapping[str, Mapping[str, Kind]]] = {
    "requester": OF_PERSON, "sender": OF_PERSON, "form": OF_FORM, "message": OF_MESSAGE, "case": OF_CASE,
}  # fmt: skip


def read_checks(line: Line, whose: str, scope: Scope, form: str | None = None) -> tuple[Check, ...]:
    """Read the checks of an `If` line or a group; `form` is the form at hand. Raises Fault."""
    found: list[Check] = []
    for value in line.values:
        one = check(value, whose, scope, line, form)
        if one in found:
            raise Fault(f"“{canonical(value)}” stands twice in this line.", "", value)
        found.append(one)
    return tuple(found)


def check(written: str, whose: str, scope: Scope, line: Line, form: str | None = None) -> Check:
    """Read one check; raises Fault with the nearest there is."""
    text = canonical(written)
    if whose == "case":
        return _of_case(text, written, scope)
    catalogue = CATALOGUE[whose]
    negated = whose in PERSON and text.startswith("not ")
    bare = text.removeprefix("not ") if negated else text
    if whose in PERSON and (name := scope.group(bare, line)):
        return Check(IN_GROUP, name, negated, text)
    for name, kind in catalogue.items():
        if kind.takes and bare.startswith(f"{name} "):
            about = bare.removeprefix(name).strip()
            return Check(name, _about(kind.takes, about, scope, form), negated, text)
        if bare == name:
            if kind.takes:
                raise Fault(f"“{name}” needs a word after it: {kind.means}.", "", name)
            return Check(name, "", negated, text)
    near = vocabulary.nearest(text, _written(whose, scope))
    what = "a person" if whose in PERSON else f"a {whose}"
    raise Fault(f"there is no check “{text}” of {what}.", near, written)


def _of_case(text: str, written: str, scope: Scope) -> Check:
    name, is_, value = text.partition(" is ")
    if is_:
        fact = scope.fact(name)
        negated = value.startswith("not ")
        return Check("is", fact.name, negated, text, scope.answer(fact, value.removeprefix("not ")))
    known = text.removesuffix(" known")
    if known != text:
        negated = known.endswith(" not")
        return Check("known", scope.fact(known.removesuffix(" not").removesuffix(" is")).name, negated, text)
    raise Fault(f"“{text}” asks nothing of a case.", "right is foi, or: place known", written)


def _about(takes: Takes, about: str, scope: Scope, form: str | None) -> str:
    if takes == "field":
        fields = scope.known.fields.get(form, ()) if form else ()
        if form and fields and about not in fields:
            near = vocabulary.nearest(about, fields)
            raise Fault(f"the form “{form}” has no field “{about}”.", near, about)
        return about
    fact = scope.fact(about)
    if takes == "date" and fact.kind not in {"date", "moment"}:
        raise Fault(f"“{about}” is no date: it is read as {fact.reader or 'words'}.", "", about)
    return fact.name


def _written(whose: str, scope: Scope) -> Iterator[str]:
    """Write every check there is with every fact of the case, for the hint beside a misspelt one."""
    for name, kind in CATALOGUE[whose].items():
        facts = [fact.name for fact in scope.facts.values() if kind.takes != "date" or fact.kind in {"date", "moment"}]
        written = [f"{name} {fact}" for fact in facts] if kind.takes in {"fact", "date"} else [name]
        for one in written:
            yield from (one, f"not {one}") if whose in PERSON else (one,)
    yield from scope.groups
