"""The answer to HELP: what this person may say, on one screen of a phone; or what one verb does.

Where a command was not understood, it first says why, and what may have been meant.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from mailroom.office.commands.given import Given, Outcome, hidden, named
from mailroom.office.commands.links import mailto
from mailroom.office.commands.offering import verbs_of_case
from mailroom.rules.commands import VERBS, Verb, may
from mailroom.rules.commands.verbs import find, roles_of
from mailroom.store import cases

TEMPLATE: Final = "notice/help"
MOST_WAITING: Final = 5
"""Commands that cases wait for now; with them the list still fits a phone."""

_OF_KIND: Final[Mapping[str, str]] = {
    "record": "It needs no code.",
    "send": "It needs the code of what it sends; without one you are shown first what it does.",
    "text": "With any code of that case it is done; without one you are shown first what it does.",
}


def help_about(given: Given) -> Outcome:
    """List the commands this person may give, or tell of the one they ask about."""
    command, mailbox = given.command, given.office.config.office.mailbox
    near = _near(given)
    one = None if command.fault else _asked_about(given)
    variables: dict[str, object] = {
        "problem": command.fault,
        "near": near,
        "near_link": mailto(mailbox, near) if near else "",
        "one": f"{one.form} {one.means}. {_OF_KIND[one.kind]}" if one is not None else "",
        "lines": [] if one is not None else [verb.brief for verb in _own(given) if verb.brief],
        "waiting": []
        if one is not None
        else [{"words": said, "link": mailto(mailbox, said)} for said in _waiting(given)],
    }
    said = command.fault or "The commands were listed."
    return Outcome((said,), done=not command.fault, template=TEMPLATE, variables=variables)


def _near(given: Given) -> str:
    """Return the command that may have been meant, whole."""
    command = given.command
    if not command.near:
        return ""
    number = f"#{command.number}" if command.number is not None else ""
    target = command.ref or number or named(given.db, given.about)
    return " ".join(part for part in (command.near.upper(), target) if part)


def _asked_about(given: Given) -> Verb | None:
    """Return the verb that HELP is asked about."""
    said = [word for word in given.command.words if word.casefold() not in VERBS["help"].fillers]
    name, _ = find(said, {})
    return VERBS.get(name) if name and may(name, given.sender) else None


def _own(given: Given) -> Iterator[Verb]:
    """Give the verbs that this person may use."""
    yield from (verb for verb in VERBS.values() if may(verb.name, given.sender))


def _waiting(given: Given) -> list[str]:
    """Return the commands that open cases wait for from this person, those that have waited longest first."""
    roles = set(roles_of(given.sender))
    found: list[str] = []
    for case in sorted(cases.still_open(given.db), key=lambda one: one.entered_at):
        if hidden(given.db, given.sender, case.id):
            continue
        found += [
            f"{verb.upper()} {case.ref}" for verb in verbs_of_case(given.office, case, roles) if verb not in VERBS
        ]
        if len(found) >= MOST_WAITING:
            break
    return found[:MOST_WAITING]
