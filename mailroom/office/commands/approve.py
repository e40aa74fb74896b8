"""APPROVE and REFUSE: one person's word, by one-time code, on a change of the rules or a mail that is held.

What it does to a sending stands in sendings.py.
"""

from mailroom.errors import Problems
from mailroom.office import changes, lint, linting
from mailroom.office.commands import sendings
from mailroom.office.commands.given import Given, Outcome, not_done
from mailroom.store import codes, drafts, held, outbox, rule_sets, tasks
from mailroom.store.codes import Code, Refused

APPROVED, REFUSED = "approved", "refused"


def approve(given: Given) -> Outcome:
    """Let what the code stands for go ahead."""
    code = _valid(given)
    if isinstance(code, Refused):
        return not_done(code.sentence)
    if code.about == "sending":
        return sendings.approve(given, code)
    return _adopt(given, code) if code.about == "rules" else _send(given, code)


def refuse(given: Given) -> Outcome:
    """Drop what the code stands for."""
    code = _valid(given)
    if isinstance(code, Refused):
        return not_done(code.sentence)
    if code.about == "sending":
        return sendings.cancel(given, code)
    if code.about == "rules":
        draft = drafts.by_id(given.db, code.subject)
        if draft.state != "waiting":
            return not_done(_settled(draft.words, draft.state))
        drafts.settle(given.db, draft.id, "refused", given.now)
        _use(given, REFUSED)
        return Outcome((f"Dropped: {draft.words}. The rules stay as they are.",))
    mail = held.by_id(given.db, code.subject)
    if not held.refuse(given.db, mail.id, f"refused by {given.who}", given.now):
        return not_done(_settled(f"The mail “{mail.subject}”", mail.state))
    _use(given, REFUSED)
    _settle_task(given, mail)
    return Outcome((f"The mail “{mail.subject}” will not be sent.",))


def _valid(given: Given) -> Code | Refused:
    """Return the code, if this person may use it and it agrees with the reference that stands beside it."""
    code = codes.valid(given.db, given.command.code, given.sender.person, given.now)
    if isinstance(code, Refused):
        return code
    ref = _ref(given, code)
    if given.command.ref and ref != given.command.ref:
        belongs = f"belongs to {ref}" if ref else "belongs to no case"
        return Refused(f"The code {code.code} {belongs}, not to {given.command.ref}; nothing was done.")
    return code


def _ref(given: Given, code: Code) -> str:
    """Return the reference of the case that a code is about."""
    if code.about == "mail":
        return held.by_id(given.db, code.subject).ref
    return sendings.ref_of(given, code) if code.about == "sending" else ""


def _adopt(given: Given, code: Code) -> Outcome:
    """Put the draft's files into force with this transaction, if nobody has changed them since it was shown."""
    draft = drafts.by_id(given.db, code.subject)
    if draft.state != "waiting" or draft.sha256 != code.sha256:
        return not_done(_settled(draft.words, draft.state))
    present = rule_sets.last_good(given.db) or {}
    now_like = drafts.hashes(present, draft.files)
    if moved := [name for name in sorted(draft.base) if draft.base[name] != now_like[name]]:
        return not_done(
            f"{', '.join(moved)} was changed after this was shown to you. Nothing was done; please send the change "
            "again and look at the new report."
        )
    try:
        changes.adopt(given.office, given.db, draft.files, given.now, who=draft.by)
    except changes.NotNow as error:
        return not_done(f"Nothing was done: {error}. The code stays good.")
    except Problems as error:
        return not_done(f"It fits the other files no more, so nothing was done: {error.problems[0]}")
    drafts.settle(given.db, draft.id, "live", given.now)
    _use(given, APPROVED)
    in_force = next(one.id for one in rule_sets.accepted(given.db) if one.in_force)
    said = f"In force from the next message on: {draft.words}."
    return Outcome((said,), undo="UNDO RULES", rules=in_force)


def _send(given: Given, code: Code) -> Outcome:
    mail = held.by_id(given.db, code.subject)
    found = linting.of_held(given.office, given.db, mail, given.now) if mail.state == "held" else ()
    if lint.stops(found):
        stopping = (one.text for one in found if one.severity == "stop")
        return not_done(" ".join((f"The mail “{mail.subject}” must not leave as it is.", *stopping)))
    if mail.sha256 != code.sha256 or not held.release(given.db, mail.id, f"approved by {given.who}", given.now):
        return not_done(_settled(f"The mail “{mail.subject}”", mail.state))
    _use(given, APPROVED)
    _settle_task(given, mail)
    return Outcome((f"The mail “{mail.subject}” goes out now.",), kept=("A mail that has left can't be called back.",))


def _settle_task(given: Given, mail: held.Held) -> None:
    """Close the task about a message's answers once none of them waits any more."""
    if mail.cause is not None and not outbox.held_for(given.db, mail.cause):
        tasks.done(given.db, f"hold:{mail.cause}", given.now)


def _use(given: Given, used: str) -> None:
    codes.redeem(given.db, given.command.code, given.sender.person, given.now, used)


def _settled(words: str, state: str) -> str:
    means = {
        "live": "is in force already", "ready": "was approved already", "sent": "was sent already",
        "sending": "is being sent", "refused": "was refused already", "expired": "is past its time",
        "cancelled": "was withdrawn", "faulty": "has a fault", "held": "is past its time",
    }  # fmt: skip
    return f"{words} {means.get(state, f'is {state}')}; nothing was done."
