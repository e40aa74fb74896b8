"""What the mails of a case may say: its facts, the form at hand, what people said, and why something can't be.

The table of names is `case_variables`. What is kept apart for a role reaches that role's mails and no others; nobody
outside the force is given the words of somebody inside it; and who said what is no one's but the office's.
"""

import re

from mailroom.clock import moment
from mailroom.office import forwarding, stored, wording
from mailroom.office.cases import facts, form_rows
from mailroom.office.cases.incoming import Incoming
from mailroom.office.cases.scene import Scene
from mailroom.office.data_check_words import explanation
from mailroom.office.linting import FORCE
from mailroom.office.variable import Facts
from mailroom.rules.commands import CONTROL
from mailroom.rules.lines import canonical
from mailroom.store import case_facts, items, people


def of(
    scene: Scene, *, role: str = "", reader: str = "", without_name: bool = False, with_message: bool = False,
    held: bool = False,
) -> dict[str, object]:  # fmt: skip
    """Return what a mail of this case may say to a role or a person; `held`: somebody reads it first."""
    zone, db, case = scene.office.zone, scene.db, scene.case
    known = {**scene.facts, **case_facts.apart(db, case.id).get(role, {})}
    due = facts.day_of(case.due, zone) if case.due else None
    recorded = [one for one in items.of_case(db, case.id) if one.counted]
    this, failing = scene.this, scene.failed
    filled = scene.filled.values if scene.filled else {}
    passed_on = without_name or with_message
    return {
        "facts": Facts({_name(fact): facts.in_words(value, zone) for fact, value in known.items()}),
        "form": Facts({_name(label): facts.in_words(said, zone) for label, said in filled.items()}),
        "to_fill_in": form_rows.to_fill_in(scene, role, reader),
        "items": [
            {
                "n": str(one.n), "name": one.name, "at": wording.short_moment(moment(one.at), zone),
                "words": _unnamed(one.words, _names(scene, one.person)), "late": "yes" if one.late else "",
            }
            for one in recorded
        ],
        "item_count": wording.count(len([one for one in recorded if not one.late]), "item"),
        "adviser_count": wording.count(len({one.person or one.address for one in recorded}), "person", "people"),
        "requester_name": people.name_of(db, case.requester) if case.requester else "",
        "stage": case.stage.replace("_", " "),
        "reasons": failing.public.split("\n") if failing is not None and failing.public else [],
        "words": _passed_on(scene, reader, without_name=without_name) if passed_on else scene.text or scene.words,
        "explanation": _explanation(scene) if held else (),
        "sender_name": "" if this is None or without_name else this.sender.name or "somebody outside the directory",
        "class_words": this.class_ if this is not None else "",
        "answer_due": wording.day(due) if due else "",
    }  # fmt: skip


def _explanation(scene: Scene) -> tuple[str, ...]:
    """Return what the figures at hand show, for a draft: of an officer's mail only the sentences that explain."""
    if scene.this is None:
        return ()
    return explanation(scene.this.message.new_text, scene.figures.words if scene.figures is not None else ())


def at_hand(scene: Scene) -> Incoming | None:
    """Return the message a line passes on: the one that came, or, where time or a command is the cause, the first."""
    if scene.this is not None and scene.this.class_ != CONTROL:
        return scene.this
    opened = case_facts.opened_by(scene.db, scene.case.id)
    return stored.incoming(scene.office, scene.db, opened) if opened is not None else None


def is_marked(this: Incoming) -> bool:
    """Tell whether a message is marked above OFFICIAL: its words are never passed on by themselves."""
    return this.message.marking not in ("", "OFFICIAL")


def _passed_on(scene: Scene, reader: str, *, without_name: bool) -> str:
    """Return the words of the message at hand for one reader; invariant 5: an officer's never leave the force."""
    this = at_hand(scene)
    if this is None or is_marked(this):
        return ""
    inside = people.kind_of(scene.db, reader) in FORCE
    if not inside and (this.sender.kind in FORCE or not this.sender.person):
        return ""
    text = forwarding.without_members(scene.db, this.message.new_text)
    return _unnamed(text, (this.sender.name, this.message.sender.name)) if without_name else text


def _names(scene: Scene, person: str) -> tuple[str, ...]:
    return (people.name_of(scene.db, person),) if person else ()


def _unnamed(text: str, names: tuple[str, ...]) -> str:
    """Take a person's name out of their own words: whole lines that hold little else, and the name within others."""
    parts = {part for name in names for part in (name, *name.split()) if len(part) > 1}
    if not parts:
        return text
    pattern = re.compile(rf"\b(?:{'|'.join(sorted(map(re.escape, parts), key=len, reverse=True))})\b", re.IGNORECASE)
    lines = [
        line for line in text.split("\n") if not (pattern.search(line) and not pattern.sub("", line).strip(" ,.-–—*_"))
    ]
    return pattern.sub("(name)", "\n".join(lines)).strip()


def _name(fact: str) -> str:
    return re.sub(r"\W+", "_", canonical(fact)).strip("_")
