"""`We did: …` below NOTE: what the newsletter says was done about a case, in the coordinator's words and no others.

The next issue has it once the case has been answered or has ended, and names nobody: not the case, not who wrote.
What people wrote is never looked at for it.
"""

from typing import Final

from mailroom.office.commands.given import Given
from mailroom.office.newsletter_edit import blocks
from mailroom.rules.commands.verbs import OFFICE, roles_of
from mailroom.store import news_lines, people
from mailroom.store.cases import Case

MOST: Final = 60
"""Words of each of the two lines: an item of an issue has 120."""
_LABELS: Final = frozenset({news_lines.WE_DID, news_lines.YOU_SAID})
_NONE: Final = frozenset({"none", "nothing"})


def note(given: Given, case: Case) -> list[str]:
    """Keep the lines for the newsletter that a note holds, and say what becomes of them."""
    found = {label: " ".join(value.split()) for label, value in _lines(given)}
    if not found:
        return []
    we_did, you_said = found.get(news_lines.WE_DID, ""), found.get(news_lines.YOU_SAID, "")
    if not OFFICE & roles_of(given.sender):
        return ["Only the coordinator decides what the newsletter says was done; it says nothing of this."]
    if not we_did:
        return ["The newsletter needs a line “We did: …” as well; it says nothing of this."]
    if we_did.casefold().strip(". ") in _NONE:
        news_lines.say(given.db, case.id, "", "")
        return ["The newsletter says nothing of it from now on."]
    if (n := max(len(one.split()) for one in (we_did, you_said))) > MOST:
        return [f"A line for the newsletter has {n} words; there is room for {MOST}. It says nothing of this."]
    news_lines.say(given.db, case.id, you_said, we_did)
    when = "has it" if news_lines.is_ready(given.db, case.id) else f"has it once {case.ref} is answered or has ended"
    said = f"You said: {you_said} We did: {we_did}" if you_said else f"We did: {we_did}"
    return [
        f"The next newsletter {when}, without the reference or anybody's name: “{said}”",
        *_named(given, case, said),
    ]


def _lines(given: Given) -> list[tuple[str, str]]:
    rows = given.command.note.split("\n")
    return [(label, value) for label, value in blocks(rows, _LABELS.__contains__) if label in _LABELS]


def _named(given: Given, case: Case, said: str) -> list[str]:
    """Say whom or what of the case those words name, as nobody else will look for it."""
    whom = people.name_of(given.db, case.requester) if case.requester else ""
    named = [one for one in (case.place, whom) if one and one.casefold() in said.casefold()]
    return [f"It names {' and '.join(named)}: write it anew, if that was not meant."] if named else []
