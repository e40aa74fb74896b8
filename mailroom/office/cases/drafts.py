"""Drafts that wait for a person's word under a name, and what follows from the word: all go, or none.

Each mail is an outbox row like any other, held; one code stands for all that were held together. What is approved is
what was shown: a mail of the outbox never changes.
"""

from datetime import datetime
from random import Random, SystemRandom

from sqlite_utils import Database

from mailroom.office import lint, linting, mail, wording
from mailroom.office.absence import acting_as, who_answers
from mailroom.office.cases import enclosures, facts, inspections, sending, slots, targets, words
from mailroom.office.cases.moments import when
from mailroom.office.cases.scene import Scene
from mailroom.office.commands.links import mailto
from mailroom.office.mail import Cause, Recipient
from mailroom.office.office import Office
from mailroom.office.plain import plain_words
from mailroom.office.working_days import next_working_moment, working_days_late
from mailroom.rules.cases import Hold
from mailroom.rules.cases.awaited import left_behind
from mailroom.store import case_drafts, case_facts, cases, codes, held, journal, outbox, people, tasks
from mailroom.store.case_drafts import Draft

ASKING = "notice/held"
MOST_NAMES = 30


def hold(scene: Scene, effect: Hold) -> None:
    """Write the drafts of a line, each held, and ask whoever may let them go.

    What was held before under the same name is withdrawn: nobody is to let go what has been written anew.
    """
    _withdraw(scene, effect.name, "it was written anew")
    kept = write(scene, effect, f"{scene.case.ref}:{effect.at.line}:{scene.key}")
    said = f"{scene.case.ref}: {effect.name} waits for {_or(effect.for_)} ({wording.count(len(kept), 'mail')})."
    journal.write(scene.db, scene.now, "answered", said, message=scene.row, case=scene.case.id)
    scene.said.append(f"{effect.name.capitalize()} waits for {_or(effect.for_)}.")
    if kept:
        ask(scene.office, scene.db, kept[0], scene.now, SystemRandom())
    else:
        words_ = f"{scene.case.ref}: {effect.name} could not be written, for nobody is to get it. Please look."
        key = f"case:{scene.case.ref}:{effect.at.line}:{scene.key}:nobody"
        tasks.add(scene.db, key, effect.for_[0], words_, scene.now, case=scene.case.id)


def write(scene: Scene, effect: Hold, key: str) -> list[int]:
    """Write the drafts of a line, each held and one of the set that `key` names; returns their rows."""
    expires = when(scene, effect.expires) if effect.expires is not None else None
    kept: list[int] = []
    for target in effect.to:
        if target.kind == "role":
            kept += _for_role(scene, effect, target.name, key, expires)
            continue
        for reader in targets.readers(scene, target):
            to = reader.recipient
            own = f"draft:{key}:{to.person or to.address}"
            row = mail.write(
                scene.office, scene.db, scene.now, key=own, recipient=to, template=effect.template, kind="mail",
                variables=words.of(
                    scene, reader=to.person, without_name=effect.without_name, with_message=effect.with_message,
                    held=True,
                ),
                cause=sending.cause_of(scene, reader, key, hold=True), expires=expires,
                attachments=(
                    *enclosures.enclosed(scene, effect.files, effect.at),
                    *(inspections.safe_files(scene) if effect.with_attached else ()),
                ),
            )  # fmt: skip
            if row is not None:
                sending.guard(scene, own, reader)
                kept.append(row)
    for row in kept:
        case_drafts.add(scene.db, scene.case.id, effect.name, key, effect.for_, row)
    return kept


def _for_role(scene: Scene, effect: Hold, role: str, key: str, expires: datetime | None) -> list[int]:
    if scene.hidden(role):
        return []
    about = scene.about()
    rows: list[int] = []
    for person in people.holders(scene.db, role):
        address = people.address_of(scene.db, person)
        row = None if address is None else mail.write(
            scene.office, scene.db, scene.now, key=f"draft:{key}:{role}:{person}", template=effect.template,
            recipient=Recipient(address, person, people.name_of(scene.db, person), role), kind="mail",
            variables=words.of(scene, role=role, reader=person, without_name=effect.without_name, held=True),
            cause=Cause(about.message, about.case, about.ref, about.thread, about.at, hold=True), expires=expires,
        )  # fmt: skip
        rows += [row] if row is not None else []
    return rows


def ask(office: Office, db: Database, mail_row: int, now: datetime, rnd: Random) -> int:
    """Ask whoever may let a set of drafts go, with a code each; returns how many were asked."""
    found = case_drafts.of_mail(db, mail_row)
    if found is None:
        return 0
    first = held.by_id(db, found.mails[0])
    ref = cases.by_id(db, found.case).ref
    findings = linting.of_held(office, db, first, now)
    mailbox = office.config.office.mailbox
    asked = _approvers(office, db, found, now)
    for role, person in asked:
        address = people.address_of(db, person)
        if address is None:
            continue
        code = codes.issue(db, person, "mail", first.id, first.sha256, now, rnd)
        mail.write(
            office, db, now, key=f"held:{found.key}:{person}:{code}", template=ASKING, kind="notice",
            recipient=Recipient(address, person, people.name_of(db, person), role),
            variables={
                "why": _why(office, db, found, now), "to_whom": _whom(db, found), "held_subject": first.subject,
                "words": plain_words(first.mime), "findings": [one.text for one in findings],
                "may_go": "" if lint.stops(findings) else "yes", "code": code, "slots": slots.listed(office, db, found),
                "approve_link": mailto(mailbox, "APPROVE", ref, code),
                "refuse_link": mailto(mailbox, "REFUSE", ref, code),
            },
            cause=Cause(first.cause, found.case, ref, first.thread),
            not_before=next_working_moment(now, office.config.hours.week, office.zone),
        )  # fmt: skip
    words_ = f"{ref}: {found.name} waits for your word."
    for role in found.roles:
        tasks.add(db, f"hold:{found.key}:{role}", role, words_, now, case=found.case)
    return len(asked)


def _approvers(office: Office, db: Database, found: Draft, now: datetime) -> list[tuple[str, str]]:
    """Return who is asked, each in the role they are asked in: whoever answers for the roles and may see the case."""
    hidden = case_facts.hidden_from(db, found.case)
    asked: dict[str, str] = {}
    for role in found.roles:
        for person in who_answers(office, db, role, now) if role not in hidden else ():
            acting = acting_as(db, person, role)
            if acting not in hidden:
                asked.setdefault(person, acting)
    return [(role, person) for person, role in asked.items()]


def release(db: Database, found: Draft, who: str, now: datetime, message: int | None = None) -> list[int]:
    """Let every mail of a set go that is still held, because of the message that says so; returns those."""
    done = [row for row in found.mails if held.release(db, row, f"approved by {who}", now)]
    for row in done:
        if message is not None:
            held.caused_by(db, row, message)
    _answered(db, found, now)
    return done


def refuse(db: Database, found: Draft, who: str, now: datetime) -> list[int]:
    """Drop every mail of a set that is still held; returns those."""
    done = [row for row in found.mails if held.refuse(db, row, f"refused by {who}", now)]
    _answered(db, found, now)
    return done


def leave_behind(scene: Scene) -> None:
    """Withdraw the drafts that the stage a case has left waited for: in this one nothing would come of the word."""
    for name in sorted(left_behind(scene.process, scene.case.stage)):
        if n := _withdraw(scene, name, f"{scene.case.ref} is now {scene.case.stage}"):
            said = f"{scene.case.ref}: {name} ({wording.count(n, 'mail')}) was withdrawn before anybody let it go."
            journal.write(scene.db, scene.now, "withheld", said, message=scene.row, case=scene.case.id)
            scene.said.append(f"{name.capitalize()} was withdrawn.")


def _withdraw(scene: Scene, name: str, why: str) -> int:
    """Withdraw what is held under a name, and ask nobody about it any more; returns how many mails there were."""
    withdrawn = 0
    for row in case_drafts.waiting(scene.db, scene.case.id, name):
        before = case_drafts.of_mail(scene.db, row)
        if before is not None and outbox.cancel(scene.db, row, why, scene.now):
            _answered(scene.db, before, scene.now)
            withdrawn += 1
    return withdrawn


def _answered(db: Database, found: Draft, now: datetime) -> None:
    for role in found.roles:
        tasks.done(db, f"hold:{found.key}:{role}", now)


def _whom(db: Database, found: Draft) -> str:
    standing = [outbox.standing(db, row) for row in found.mails]
    names = [people.name_of(db, one.person) or "somebody outside the directory" for one in standing if one]
    more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    return f"{', '.join(names[:MOST_NAMES])}{more}"


def _why(office: Office, db: Database, found: Draft, now: datetime) -> str:
    """Say what is held, and how late it is where its case had a day."""
    case = cases.by_id(db, found.case)
    due = facts.day_of(case.due, office.zone) if case.due else None
    late = working_days_late(due, now.astimezone(office.zone).date()) if due is not None else 0
    return f"{found.name}, of {case.ref}" + (f", {wording.count(late, 'working day')} late" if late else "")


def _or(roles: tuple[str, ...]) -> str:
    return " or ".join(role.replace("_", " ") for role in roles)
