r"""The `If` and `Unless` lines of a rule: how each is read. Whether one holds stands in holding.py.

    If from: any member; vetting unit          If message is: automatic reply; reply to a poll
    If to: us; chief inspector                 If attachment: any; hidden sheet
    If trust: verified                         If attachment name ends with: .xlsx
    If subject or text contains: {worry}       If open case: incident; concern received
    If header List-Id contains: bulletin       If its case: incident triaged
    If text matches pattern: "\d{4} ?[A-Z]+"   If reference: ACT; HCD
    If weekday: weekend                        If time: out of hours
    If date: from 1 December to 5 January      If size: over 5 MB
    If language: not English                   If class so far: none
    If reads like: concern; media

`;` means any of these. Subject and text are the writer's own new words only: quoted text, signatures, and the
subject of our own mail that somebody answers, are not looked at.
"""

import re
from collections.abc import Callable, Collection, Mapping
from typing import Final, Literal

from mailroom.message.language import LANGUAGES
from mailroom.rules import patterns, vocabulary, when
from mailroom.rules.holding import held_by
from mailroom.rules.known import Fault, Known, one_of
from mailroom.rules.lines import Line, canonical
from mailroom.rules.looks import FORMS, LOOKS, PATTERN, PEOPLED, TEXTUAL, WORDED, Condition, Look, Pattern
from mailroom.rules.view import View
from mailroom.rules.who import Group, group, names
from mailroom.rules.words import Form, Phrase, phrase, together

__all__ = [
    "LABELS", "LOOKS", "TEXTUAL", "Condition", "Fault", "Known", "Look", "View", "held_by", "read_condition",
]  # fmt: skip

# What people write for the same thing.
_SAME: Mapping[str, Look] = {
    "sender": "from", "body": "text", "text or subject": "subject or text", "subject or body": "subject or text",
    "attachments": "attachment", "to/cc": "to or cc", "cc or to": "to or cc", "day": "weekday", "file name":
    "attachment name", "file type": "attachment type",
}  # fmt: skip
_NEEDS = "“contains”, “is”, “starts with” or “ends with”"


def read_condition(line: Line, known: Known) -> Condition:
    """Read one If or Unless line; raises Fault."""
    word, _, rest = line.label.partition(" ")
    look, form, header = _look(rest)
    found: list[Phrase] = []
    values: list[str] = []
    groups: list[Group] = []
    if form == PATTERN:
        values = [_pattern(value, known) for value in line.values]
    elif look in WORDED:
        found = _phrases(line.values, known.lists)
    elif look in PEOPLED:
        groups = [_group(value, known.roles) for value in line.values]
    else:
        values = [_VALUES[look](value, known) for value in line.values]
    written = f"{line.label.capitalize()}: {line.value}"
    return Condition(
        look, form, together(found), tuple(dict.fromkeys(values)), tuple(groups), header, word == "unless", line.line,
        written,
    )  # fmt: skip


def _look(rest: str) -> tuple[Look, Form | Pattern | Literal[""], str]:
    form: Form | Pattern | Literal[""] = next((one for one in FORMS if rest.endswith(f" {one}")), "")
    what = rest.removesuffix(f" {form}") if form else rest
    if rest == "message is":
        return "message is", "", ""
    if what.startswith("header "):
        name = what.removeprefix("header ").strip()
        if not form:
            raise Fault(f"“If header {name}” needs {_NEEDS}.", f"If header {name} contains")
        return "header", form, name
    if negated := re.fullmatch(r"(.+?) (?:does not|doesn't|is not|isn't|not)(?: (.+))?", what):
        hint = f"Unless {negated[1]} {vocabulary.nearest(negated[2] or form, FORMS)}".strip()
        raise Fault(f"a line never says “not”: what must not hold begins with “Unless”, not “If {rest}”.", hint, what)
    look = next((one for one in LOOKS if one == _SAME.get(what, what) and one != "header"), None)
    if look is not None:
        if look in WORDED and not form:
            raise Fault(f"“If {what}” needs {_NEEDS}.", f"If {what} contains")
        if look in WORDED or form in {"", "is", "contains"}:
            return look, form if look in WORDED else "", ""
    raise Fault(f"there is no condition “{rest}”.", vocabulary.nearest(rest, LABELS), what)


def _phrases(values: Collection[str], lists: Mapping[str, tuple[Phrase, ...]]) -> list[Phrase]:
    found: list[Phrase] = []
    for value in values:
        if value.startswith("{") and value.endswith("}"):
            name = canonical(value[1:-1])
            if name not in lists:
                raise Fault(f"there is no list “{name}” in lists.txt.", vocabulary.nearest(name, lists), name)
            found += lists[name]
        elif "{" in value or "}" in value:
            raise Fault(f"“{value}” has braces in it; a list's name stands in braces, between semicolons.", "", value)
        elif made := phrase(value):
            found.append(made)
        else:
            raise Fault(f"“{value}” holds no word to look for.", "", value)
    return found


def _pattern(value: str, known: Known) -> str:
    if not known.patterns:
        text = "patterns are off in this office; config.toml turns them on, with “patterns = true” under [rules]."
        raise Fault(text, "", value)
    if said := patterns.fault(value):
        raise Fault(said, "", value)
    return value


def _group(value: str, roles: Collection[str]) -> Group:
    found = group(value, roles)
    if found is None:
        text = f"“{value}” is no group, role, address or domain."
        raise Fault(text, vocabulary.nearest(value, names(roles)), value)
    return found


def _attachment(value: str, _: Known) -> str:
    name = re.sub(r"^an? ", "", canonical(value))
    if name in {"any", "yes", "some"}:
        return "any"
    name = vocabulary.ATTACHMENT_SAME.get(name, name)
    if name not in vocabulary.ATTACHMENTS:
        text = f"nothing is known of attachments as “{value}”; for a name write “If attachment name ends with”."
        raise Fault(text, vocabulary.nearest(name, ("any", *vocabulary.ATTACHMENTS)) or "any", value)
    return vocabulary.ATTACHMENTS[name]


def _flag(value: str, _: Known) -> str:
    return one_of(canonical(value).replace(" ", "_").replace("-", "_"), vocabulary.FLAGS, "flag")


def _class(value: str, _: Known) -> str:
    name = canonical(value)
    return name if name == "none" else one_of(name, vocabulary.CLASSES, "class")


def _case(value: str, known: Known) -> str:
    name = canonical(value)
    kind, _, stage = name.partition(" ")
    if name == "any":
        return name
    one_of(kind, known.cases, "kind of case")
    if stage and stage not in known.stages.get(kind, (stage,)):
        near = vocabulary.nearest(stage, known.stages[kind])
        raise Fault(f"cases/{kind}.txt has no stage “{stage}”.", near, stage)
    return name


def _reference(value: str, known: Known) -> str:
    name = canonical(value).upper()
    prefix = name.partition("-")[0]
    prefixes = sorted({*known.references, *vocabulary.REFERENCES})
    if prefix not in prefixes:
        raise Fault(f"no reference of this office begins with “{prefix}”.", vocabulary.nearest(prefix, prefixes), value)
    return name


def _message_is(value: str, _: Known) -> str:
    name = canonical(value)
    bare = re.sub(r"^(an?|the) ", "", name)
    if bare.startswith("reply to "):
        answered = re.sub(r"^(an?|the) ", "", bare.removeprefix("reply to "))
        if answered in vocabulary.ANSWERS:
            return f"reply to {answered}"
    elif bare in vocabulary.MESSAGE_IS:
        return bare
    raise Fault(f"a message is never “{name}”.", vocabulary.nearest(bare, vocabulary.MESSAGE_IS), value)


def _language(value: str, _: Known) -> str:
    name = canonical(value)
    bare = name.removeprefix("not ").removeprefix("in ")
    found = {one.casefold(): one for one in LANGUAGES}
    if bare not in found:
        raise Fault(f"“{value}” is no language that can be told.", vocabulary.nearest(bare, LANGUAGES), value)
    return f"not {found[bare]}" if name.startswith("not ") else found[bare]


_VALUES: Mapping[Look, Callable[[str, Known], str]] = {
    "trust": lambda value, _: one_of(canonical(value), vocabulary.TRUSTS, "level of trust"),
    "attachment": _attachment,
    "message is": _message_is,
    "class so far": _class,
    "flag": _flag,
    "marking": lambda value, _: one_of(canonical(value).upper(), vocabulary.MARKINGS, "marking"),
    "open case": _case,
    "its case": lambda value, known: "none" if canonical(value) == "none" else _case(value, known),
    "reference": _reference,
    "weekday": lambda value, _: when.read_weekday(value),
    "date": lambda value, _: when.read_dates(value),
    "time": lambda value, _: when.read_hours(value),
    "size": lambda value, _: when.read_size(value),
    "language": _language,
    "reads like": lambda value, _: one_of(canonical(value), vocabulary.CLASSES, "class"),
}

LABELS: Final = (
    *(f"{one} {form}" for one in sorted(WORDED - {"header"}) for form in FORMS),
    *(one for one in LOOKS if one not in WORDED),
    *(f"header NAME {form}" for form in FORMS),
)
"""Every condition as it is written after If and Unless."""
