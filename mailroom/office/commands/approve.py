"""APPROVE and REFUSE: one person's word, by one-time code, on a change of the rules or a mail that is held.

What it does to a sending stands in sendings.py.
"""

from mailroom.errors import Problems
from mailroom.office import changes, lint, linting
from mailroom.office.commands import differing, held_together, sendings, showing
from mailroom.office.commands.coded import agree, case_of
from mailroom.office.commands.doing import approved
from mailroom.office.commands.given import Given, Outcome, hidden, not_done
from mailroom.office.commands.recalling import recall
from mailroom.store import case_drafts, cases, codes, drafts, held, links, outbox, pending, rule_sets, tasks
from mailroom.store.codes import Code, Refused

APPROVED, REFUSED = "approved", "refused"


def approve(given: Given) -> Outcome:
    """Let what the code stands for go ahead."""
    code = _valid(given)
    if isinstance(code, Refused):
        return Outcome((code.sentence, *differing.since(given.db, given.command.code, given.sender.person)), done=False)
    match code.about:
        case "sending":
            return sendings.approve(given, code)
        case "rules":
            return _adopt(given, code)
        case "mail":
            return _send(given, code)
        case "command":
            return _as_shown(given, code)
        case "doubt" | "case" | "message":
            return not_done(_not_for_this(given, code))


def refuse(given: Given) -> Outcome:
    """Drop what the code stands for."""
    code = _valid(given)
    if isinstance(code, Refused):
        return not_done(code.sentence)
    if code.about == "sending":
        return sendings.cancel(given, code)
    if code.about == "command":
        return showing.refuse(given, code)
    if code.about in ("doubt", "case", "message"):
        return not_done(_not_for_this(given, code))
    if code.about == "rules":
        change = drafts.by_id(given.db, code.subject)
        if change.state != "waiting":
            return not_done(_settled(change.words, change.state))
        drafts.settle(given.db, change.id, "refused", given.now)
        _use(given, REFUSED)
        return Outcome((f"Dropped: {change.words}. The rules stay as they are.",))
    if draft := case_drafts.of_mail(given.db, code.subject):
        return held_together.refuse(given, code, draft)
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
    case = case_of(given.db, code)
    if hidden(given.db, given.sender, case):
        return Refused(f"There is no code {code.code} any more; nothing was done.")
    if given.command.ref and (given.about.case is None or not agree(given.db, given.about.case, case)):
        ref = cases.by_id(given.db, case).ref if case is not None else ""
        belongs = f"belongs to {ref}" if ref else "belongs to no case"
        return Refused(f"The code {code.code} {belongs}, not to {given.command.ref}; nothing was done.")
    if given.command.number is not None and not _is_about(given, code, case):
        return Refused(f"The code {code.code} is not for #{given.command.number}; nothing was done.")
    return code


def _is_about(given: Given, code: Code, case: int | None) -> bool:
    """Tell whether a message whose number stands beside a code is what its draft is about, or belongs to its case."""
    number = given.command.number
    if number is None or (code.about == "message" and code.subject == number):
        return True
    if code.about == "mail" and held.by_id(given.db, code.subject).cause == number:
        return True
    if code.about == "command" and pending.by_id(given.db, code.subject).message == number:
        return True
    found = (given.about.case, *(one.case for one in links.of_message(given.db, number) if one.state == "confirmed"))
    return any(agree(given.db, one, case) for one in found if one is not None)


def _as_shown(given: Given, code: Code) -> Outcome:
    """Carry out a command that was shown to its sender first."""
    kept = pending.by_id(given.db, code.subject)
    original = recall(given, kept.message)
    if original is None or original.sender.person != given.sender.person:
        return not_done(f"“{kept.line}” can't be carried out any more. Please write it again.")
    return showing.approve(given, code, original, approved(kept.verb))


def _not_for_this(given: Given, code: Code) -> str:
    verb = given.command.verb.upper()
    if code.about == "doubt":
        return f"The code {code.code} is for a mail in doubt: RESEND sends it again. {verb} did nothing."
    return f"The code {code.code} is no draft's: the mail it stands in says what it is for. {verb} did nothing."


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
    if draft := case_drafts.of_mail(given.db, code.subject):
        return held_together.release(given, code, draft)
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
