"""Forms in the mails of a case: which form its reader is asked to fill in, and what its answers are in words."""

from collections.abc import Iterator, Mapping
from zoneinfo import ZoneInfo

from mailroom.office.cases import facts, targets
from mailroom.office.cases.scene import Scene
from mailroom.rules import forms
from mailroom.rules.cases import From, OnCommand, OnForm
from mailroom.rules.cases.step import places_of
from mailroom.rules.forms import Form
from mailroom.store import people


def to_fill_in(scene: Scene, role: str, reader: str) -> list[dict[str, str]]:
    """Return the lines of the form that the case waits for from a role or a person, as rows to be filled in."""
    made = next(_waited_for(scene, role, reader), None)
    return forms.blanks(made) if made is not None else []


def in_words(form: Form, values: Mapping[str, str], zone: ZoneInfo) -> list[dict[str, str]]:
    """Return what was answered, line by line, as a letter says it."""
    return [
        {"label": one.title, "value": facts.in_words(values[one.label], zone)}
        for one in form.fields
        if one.label in values
    ]


def _waited_for(scene: Scene, role: str, reader: str) -> Iterator[Form]:
    for place in places_of(scene.process, scene.case.stage):
        for when in place.whens:
            trigger = when.trigger
            if isinstance(trigger, OnForm | OnCommand) and _may(scene, trigger.from_, role, reader):
                form = scene.office.rules.forms.get(trigger.form)
                if form is not None:
                    yield form


def _may(scene: Scene, from_: From, role: str, reader: str) -> bool:
    """Tell whether a role or a person is one of those that a line names."""
    if from_.is_anyone:
        return True
    kind = people.kind_of(scene.db, reader) if reader else ""
    roles = {role} if role else set(people.roles_of(scene.db, reader) if reader else ())
    for target in from_.targets:
        if target.kind == "requester" and not role and reader == scene.case.requester:
            return True
        if target.kind == "group" and reader and reader in targets.members(scene, target.name):
            return True
        if target.kind == "role" and target.name in roles:
            return True
    return any((one.kind, one.value) == ("kind", kind) or _is_role(one.kind, one.value, roles) for one in from_.groups)


def _is_role(kind: str, value: str, roles: set[str]) -> bool:
    return kind == "role" and value in roles
