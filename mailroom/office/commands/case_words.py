"""A command that a case waits for: whether it needs a code, and then the case answers.

What would send nothing is done at once. What would send needs a code: for a text of the sender's own, or a mailing
that begins, any open code of that case; for what is written already, the code of the case as it stands. Without one
the command is shown first.
"""

from dataclasses import replace
from random import SystemRandom

from mailroom.office import linting
from mailroom.office.cases.commanding import command as answer
from mailroom.office.cases.commanding import waiting
from mailroom.office.commands import showing
from mailroom.office.commands.coded import agree, case_of
from mailroom.office.commands.given import Given, Outcome, not_done
from mailroom.office.commands.offering import stage_hash
from mailroom.rules.cases import OnCommand
from mailroom.rules.cases.step import commands
from mailroom.rules.commands import BRINGS_TEXT
from mailroom.store import approvals, cases, codes, held, links
from mailroom.store.cases import Case
from mailroom.store.codes import Code, Refused


def is_waited_for(given: Given) -> bool:
    """Tell whether the case that a command is about waits for it, or some process opens by it."""
    return target(given) is not None or (given.about.case is None and _opens(given))


def target(given: Given) -> Case | None:
    """Return the case that waits for a command: the one it is about, or the one case opened from it, or it from."""
    about = _about(given)
    if about is None:
        return None
    return waiting(given, about)


def give(given: Given) -> Outcome:
    """Give a command to its case, if it needs no code or brings the right one; else show what it would do."""
    shown = showing.rehearse(given, do)
    if not shown.outcome.done:
        return shown.outcome
    if not shown.people:
        return do(given)
    if stopping := linting.of_own_words(
        given.office,
        given.db,
        _own_words(given),
        [(one.recipient, one.person, one.template) for one in shown.mails],
        given.now,
    ):
        return not_done(" ".join(("Your words must not leave as they are; nothing was done.", *stopping)))
    if not given.command.code:
        return showing.show(given, do)
    code = _valid(given)
    if isinstance(code, Refused):
        return not_done(code.sentence)
    outcome = do(given)
    if not outcome.done:
        return outcome
    codes.redeem(given.db, code.code, given.sender.person, given.now, given.command.verb)
    return replace(outcome, lines=(*outcome.lines, *_code_anew(given, code)))


def do(given: Given) -> Outcome:
    """Let the case answer."""
    return answer(given.office, given.db, given)


def _valid(given: Given) -> Code | Refused:
    """Return the code, if it is this person's, of this case, and of what is written where nothing new is brought."""
    code = codes.valid(given.db, given.command.code, given.sender.person, given.now)
    case = target(given)
    if isinstance(code, Refused):
        return code
    if case is None or not agree(given.db, case.id, case_of(given.db, code)):
        ref = case.ref if case is not None else "what this would begin"
        return Refused(f"The code {code.code} is not of {ref}; nothing was done.")
    if not _brings_text(given, case) and (code.about != "case" or code.sha256 != _hash(given, code)):
        return Refused(
            f"The code {code.code} was given before {case.ref} stood where it stands now, or for something else. "
            f"Nothing was done; {given.command.verb.upper()} {case.ref} without a code shows what it would do."
        )
    return code


def _own_words(given: Given) -> str:
    """Return what somebody wrote with a command that others may come to read."""
    command = given.command
    return "\n".join(part for part in (command.note, command.text or command.below) if part)


def _code_anew(given: Given, code: Code) -> tuple[str, ...]:
    """Give a draft that still waits another code, where its own was used for a text of the sender's."""
    match code.about:
        case "mail":
            waits = held.by_id(given.db, code.subject).state == "held"
        case "sending":
            waits = approvals.by_id(given.db, code.subject).state == "waiting"
        case _:
            waits = False
    if not waits:
        return ()
    new = codes.issue(given.db, given.sender.person, code.about, code.subject, code.sha256, given.now, SystemRandom())
    return (f"The draft whose code you used still waits; its code is {new} now.",)


def _hash(given: Given, code: Code) -> str:
    return stage_hash(cases.by_id(given.db, code.subject))


def _brings_text(given: Given, case: Case) -> bool:
    """Tell whether a command brings a text of the sender's own, by its line in the process file or by itself."""
    waits = commands(given.office.rules.cases[case.kind], case.stage, given.command.verb)
    return bool(given.command.text) or given.command.verb in BRINGS_TEXT or any(map(_asks_text, waits))


def _asks_text(one: OnCommand) -> bool:
    return bool(one.form) or one.reason


def _opens(given: Given) -> bool:
    said = " ".join(given.command.words).casefold()
    return any(
        one.command == given.command.verb and said.startswith(one.words)
        for process in given.office.rules.cases.values()
        for one in process.opens_on
    )


def _about(given: Given) -> Case | None:
    if given.about.case is not None:
        return cases.by_id(given.db, given.about.case)
    if given.about.message is not None:
        found = [one for one in links.of_message(given.db, given.about.message) if one.state == "confirmed"]
        if len(found) == 1:
            return cases.by_id(given.db, found[0].case)
    return None
