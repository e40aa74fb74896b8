"""Mails and tasks that a line of a case has written: to whom, in which slot, under which key, and what guards them.

The key names the case, the line and the event, so that a replay writes nothing twice. A case that is hidden from a
role writes to that role nothing at all.
"""

from dataclasses import replace
from typing import Final, Literal

from mailroom.office import mail
from mailroom.office.cases import enclosures, targets, words
from mailroom.office.cases.moments import slot, too_late
from mailroom.office.cases.scene import Scene
from mailroom.office.cases.targets import Reader
from mailroom.office.forwarding import WORDS_STAY
from mailroom.office.linting import FORCE
from mailroom.office.mail import Cause
from mailroom.rules.cases import At, Send, Target, Tell
from mailroom.store import journal, needs, people, tasks
from mailroom.store.outbox import MailKind

KINDS: Final[frozenset[str]] = frozenset({"alert", "task", "notice", "mail", "forward"})


def send(scene: Scene, effect: Send) -> None:
    """Write one mail to each of whom a line is for."""
    for target in effect.to:
        if target.kind == "role":
            _to_role(scene, effect, target)
            continue
        for reader in targets.readers(scene, target):
            _to_reader(scene, effect, reader)


def kind_of(scene: Scene, template: str) -> str:
    """Return what kind of mail a template says it is."""
    return scene.office.templates.mails[template].source.kind


def key_of(scene: Scene, at: At, template: str, *, once: bool = False) -> str:
    """Return what a mail's key begins with: once for an event, or once for all in this case."""
    ref = scene.case.ref
    return f"case:{ref}:{template}:once" if once else f"case:{ref}:{at.line}:{template}:{scene.key}"


def _to_role(scene: Scene, effect: Send, target: Target) -> None:
    role = target.name
    if scene.hidden(role):
        return
    effect = _by_its_marking(scene, effect)
    found = kind_of(scene, effect.template)
    at_once = effect.hours == "any" or found == "alert"
    kind: MailKind = "alert" if found == "alert" or (effect.hours == "any" and found == "notice") else _mail_kind(found)
    within = effect.with_message or found == "forward"
    cause = scene.about()
    mail.to_role(
        scene.office, scene.db, scene.now, key=key_of(scene, effect.at, effect.template, once=effect.once_each),
        role=role, template=effect.template, kind=kind, within_force=within, cause=cause,
        variables=words.of(
            scene, role=role, reader=_first_holder(scene, role), without_name=effect.without_name,
            with_message=effect.with_message or within,
        ),
        not_before=None if at_once else slot(scene.office, scene.now, role, effect.hours),
        attachments=enclosures.enclosed(scene, effect.files, effect.at),
    )  # fmt: skip


def _by_its_marking(scene: Scene, effect: Send) -> Send:
    """Return what is written in place of a mail that would pass on marked words: that there is something to look at."""
    passes = effect.with_message or effect.without_name or kind_of(scene, effect.template) == "forward"
    this = words.at_hand(scene) if passes else None
    if this is None or not words.is_marked(this):
        return effect
    return replace(effect, template=WORDS_STAY, with_message=False, without_name=False)


def _first_holder(scene: Scene, role: str) -> str:
    return next(iter(people.holders(scene.db, role)), "")


def _to_reader(scene: Scene, effect: Send, reader: Reader) -> None:
    to, effect = reader.recipient, _by_its_marking(scene, effect)
    if effect.with_message and people.kind_of(scene.db, to.person) not in FORCE:
        said = f"Did not pass #{scene.row} on to {to.person or to.address}: it may not leave the force."
        journal.write(scene.db, scene.now, "withheld", said, message=scene.row, case=scene.case.id)
        return
    whose = to.person or to.address
    # Who is named twice in a line, as requester and as one of a group, or by a role, gets its mail once.
    key = f"{key_of(scene, effect.at, effect.template, once=effect.once_each)}:{whose}"
    kind = kind_of(scene, effect.template)
    passed_on = effect.with_message or kind == "forward"
    variables = words.of(scene, reader=to.person, without_name=effect.without_name, with_message=passed_on)
    this = scene.this
    if reader.answers and this is not None and not (this.sender.trust == "verified" and kind in KINDS):
        mail.answer(
            scene.office, scene.db, scene.now, sender=this.sender, template=effect.template, silence=this.silence,
            variables=variables, cause=this.cause(scene.case.id, scene.case.ref), key=key,
        )  # fmt: skip
        return
    if reader.answers and this is not None and (this.silence or this.message.silence):
        why = this.silence or this.message.silence
        said = f"Did not send {effect.template}: {why}."
        journal.write(scene.db, scene.now, "withheld", said, message=scene.row, case=scene.case.id)
        return
    hours = effect.hours or ("any" if reader.answers else "")
    mail.write(
        scene.office, scene.db, scene.now, key=key, recipient=to, template=effect.template, kind=_mail_kind(kind),
        variables=variables, cause=cause_of(scene, reader, f"{scene.case.ref}:{effect.at.line}:{scene.key}"),
        not_before=slot(scene.office, scene.now, "", hours),
        expires=too_late(scene) if reader.group or this is None else None,
        attachments=enclosures.enclosed(scene, effect.files, effect.at),
    )  # fmt: skip
    guard(scene, key, reader)


def cause_of(scene: Scene, reader: Reader, batch: str, *, hold: bool = False) -> Cause:
    """Return why a mail to one reader is written, with what must hold as it leaves."""
    about = scene.about()
    this = scene.this
    answers = this.message if reader.answers and this is not None else None
    many = f"case:{batch}" if reader.group else ""
    return Cause(
        about.message, about.case, about.ref, about.thread, about.at, answers, about.hold or hold, many,
        reader.guard if reader.guard != "any" else "",
    )  # fmt: skip


def guard(scene: Scene, key: str, reader: Reader) -> None:
    """Write down what must hold of the reader at the moment the mail leaves."""
    if reader.needs:
        needs.write(scene.db, key, reader.needs)


def tell(scene: Scene, effect: Tell) -> None:
    """Put the case before roles: a task for each, and a mail about it."""
    case, row = scene.case, scene.row
    asked = effect.words
    what = f"please {asked}" if asked else f"look at #{row}" if row is not None else "please look"
    for role in dict.fromkeys(shown_to(scene, effect.roles)):
        said = f"{case.ref} ({case.stage.replace('_', ' ')}): {what}."
        tasks.add(
            scene.db, f"case:{case.ref}:{role}:{scene.key}:{effect.at.line}", role, said, scene.now, message=row,
            case=case.id,
        )  # fmt: skip
        mail.to_role(
            scene.office, scene.db, scene.now, key=key_of(scene, effect.at, effect.template), role=role,
            template=effect.template, kind="alert" if effect.hours == "any" else "notice",
            variables={**words.of(scene, role=role), "reasons": [f"{what[0].upper()}{what[1:]}."] if asked else []},
            cause=scene.about(), not_before=slot(scene.office, scene.now, role, effect.hours),
        )  # fmt: skip


def owners(scene: Scene) -> tuple[str, ...]:
    """Return the roles that own the case, those it is hidden from left out; the cover where the first is away."""
    own = [role for role in scene.case.owner.split("; ") if role]
    return tuple(shown_to(scene, own or scene.process.owner or ("coordinator",)))


def shown_to(scene: Scene, roles: tuple[str, ...] | list[str]) -> list[str]:
    """Leave out roles the case is hidden from; whoever owns it is told in their place."""
    shown = [role for role in roles if not scene.hidden(role)]
    if shown:
        return shown
    own = [role for role in scene.case.owner.split("; ") if role and not scene.hidden(role)]
    return own or ["chief_inspector"]


def _mail_kind(kind: str) -> MailKind:
    found: dict[str, Literal["alert", "task", "notice", "mail", "forward"]] = {
        "alert": "alert", "task": "task", "notice": "notice", "forward": "forward",
    }  # fmt: skip
    return found.get(kind, "mail")
