"""Checks of what came: whether a form is whole and fit to go out, and a message's figures safe and explained."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from mailroom.message.compose import Attached
from mailroom.message.file_bytes import file_bytes
from mailroom.office import data_checks, linting
from mailroom.office.cases import facts, words
from mailroom.office.cases.incoming import Incoming
from mailroom.office.cases.scene import Scene
from mailroom.office.data_check_apart import checked_apart
from mailroom.office.data_check_words import explained
from mailroom.rules.cases import Check, Verdict
from mailroom.store import messages, people

OK: Final = Verdict(ok=True)
REPLY_BY: Final = "reply by"
"""The line of a brief that says until when an answer is of use."""


def of_form(scene: Scene, check: Check) -> Verdict:
    """Look at the form at hand."""
    filled = scene.filled
    if filled is None:
        return Verdict(ok=False, public="The form is missing.", private="no form")
    if check.name == "says":
        if filled.values.get(check.about, "") not in ("", "no"):
            return OK
        public = f"The line “{check.about.capitalize()}” has to say yes."
        return Verdict(
            ok=False, public=public, private=f"{check.about}: {filled.values.get(check.about) or 'not said'}"
        )
    if filled.unread:
        lines = ", ".join(f"“{one.capitalize()}”" for one in filled.unread)
        return Verdict(ok=False, public=f"I could not read: {lines}.", private=f"unread: {lines}")
    return OK if check.name == "complete" else _fit(scene)


def of_message(scene: Scene, check: Check) -> Verdict:
    """Look at the files and the words of the message at hand."""
    this = scene.this
    if this is None:
        return Verdict(ok=False, public="Nothing has come.", private="no message")
    if check.name == "attached":
        held = any(not one.type.startswith("image/") for one in this.message.attachments)
        return OK if held else Verdict(ok=False, public="No file came with it.", private="no file")
    found = scene.figures = scene.figures or _figures(scene, this)
    if check.name == "explained":
        said = explained(this.message.new_text, found.words)
        return OK if said.ok else Verdict(ok=False, public=said.reason, private=said.reason)
    if words.is_marked(this):
        marking = this.message.marking
        public = f"The mail is marked {marking}, and its files stay where it may go. Only you can lower the marking."
        return Verdict(ok=False, public=public, private=f"marked {marking}")
    return OK if found.ok else Verdict(ok=False, public=_listed(found.reasons), private=_listed(found.reasons))


def safe_files(scene: Scene) -> tuple[Attached, ...]:
    """Return the files of the message at hand that were checked, where every one may leave."""
    this, found = scene.this, scene.figures
    if this is None or found is None or not found.ok or words.is_marked(this):
        return ()
    raw = messages.raw(scene.db, this.row)
    return tuple(Attached(one.name, one.type, data) for one, data in file_bytes(raw) if one.name in found.files)


def _figures(scene: Scene, this: Incoming) -> data_checks.Checked:
    try:
        raw = messages.raw(scene.db, this.row)
    except LookupError:
        return data_checks.Checked()
    # A desk is called by what it does, and so may be a column.
    names = [one.name for one in people.names(scene.db) if one.kind != "desk"]
    smallest = scene.office.config.figures.smallest
    return checked_apart(raw, names=names, own=(this.sender.name,), threshold=smallest)


def _fit(scene: Scene) -> Verdict:
    """Look for what a brief must not hold; a fault names its line by number, and repeats nothing of it."""
    text = "\n".join(_brief(scene))
    value = facts.of_form(scene, REPLY_BY)
    found = linting.of_brief(
        scene.office, scene.db, text, scene.now, subject="", deadline=_moment(value),
        attachments=len(scene.this.message.attachments) if scene.this is not None else 0,
    )  # fmt: skip
    stops = [one.text for one in found if one.severity == "stop"]
    return Verdict(ok=False, public=_listed(stops), private=_listed(stops)) if stops else OK


def _moment(value: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        return None
    return at if at.tzinfo else None


def _brief(scene: Scene) -> list[str]:
    """Return the lines of the brief as they were written, or as the form was read."""
    if scene.text:
        return scene.text.split("\n")
    values = scene.filled.values if scene.filled is not None else {}
    return [f"{label.capitalize()}: {value}" for label, value in values.items()]


def _listed(lines: Iterable[str]) -> str:
    """Put reasons one below the other, as those who read them see them."""
    return "\n".join(lines)
