"""What a case's file may ask while a step is decided: of a person, a form, a message, the case, and its conditions."""

from mailroom.office.cases import checks, inspections, targets
from mailroom.office.cases.scene import Scene
from mailroom.rules.cases import Check, If, Verdict
from mailroom.store import fitness


class Answers:
    """Answers what the pure half asks about one scene; it changes nothing."""

    def __init__(self, scene: Scene) -> None:
        """Look at one case at one moment."""
        self._scene = scene

    def check(self, check: Check, whose: str) -> Verdict:
        """Look whether a named check holds of the requester, the sender, the form, the case or the message."""
        scene = self._scene
        if whose == "case":
            return _of_case(scene, check)
        if whose == "form":
            return inspections.of_form(scene, check)
        if whose == "message":
            return inspections.of_message(scene, check)
        sender = scene.this.sender if scene.this is not None else scene.who.sender if scene.who is not None else None
        person = scene.case.requester if whose == "requester" else sender.person if sender is not None else ""
        return _of_person(scene, check, person)

    def holds(self, condition: If) -> bool:
        """Tell whether the condition at the end of a line holds."""
        value = checks.value(self._scene, condition.fact)
        found = value == condition.is_ if condition.is_ else bool(value) and value != "no"
        return found != condition.negated


def _of_case(scene: Scene, check: Check) -> Verdict:
    """Look at the facts of the case."""
    value = checks.value(scene, check.about)
    held = bool(value) if check.name == "known" else value == check.value
    if held != check.negated:
        return checks.OK
    said = f"{check.about} is {value}" if value else f"{check.about} is not known"
    return Verdict(ok=False, public=f"{said[0].upper()}{said[1:]}.", private=said)


def _of_person(scene: Scene, check: Check, person: str) -> Verdict:
    """Look at what the directory says of somebody."""
    today = scene.now.astimezone(scene.office.zone).date()
    one = fitness.of(scene.db, person) if person else None
    if check.name == checks.IN_GROUP and one is not None:
        return checks.in_group(one, check, targets.members(scene, check.about))
    return checks.of_member(scene, check, one, today)
