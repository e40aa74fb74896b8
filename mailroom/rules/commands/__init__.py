"""Commands by mail: what the coordinator, her cover or somebody else on the roster tells the office, in one line.

    UNDO #412                       WHY                     APPROVE 7KQM-3TVX
    CLASS concern #412              2                       Re: Draft ready: approve 7kqm-3tvx, thank you

The first line of the new text is read, or, where that holds no command, the subject after Re: and Fw:. It begins
with a verb; references, number and code may follow in any order. Labelled lines below are parameters, other words a
note that changes nothing. Quoted text, signatures and what a machine wrote hold no commands. Who may give one is
settled here as well: only somebody on the roster, and only where our own server vouches for the address.
"""

from mailroom.rules.commands.command import NO_CHOICE, Command, written
from mailroom.rules.commands.deciding import CONTROL, FOLDER, RULE, decide
from mailroom.rules.commands.pieces import REFERENCE
from mailroom.rules.commands.reading import UNKNOWN, may_change_rules, read
from mailroom.rules.commands.verbs import (
    BRINGS_TEXT,
    BY_CODE,
    HELP,
    NUMBERED_APART,
    OFFICE,
    ROSTER,
    VERBS,
    CaseVerbs,
    Verb,
    class_of,
    may,
    verb_of,
)

__all__ = [
    "BRINGS_TEXT",
    "BY_CODE",
    "CONTROL",
    "FOLDER",
    "HELP",
    "NO_CHOICE",
    "NUMBERED_APART",
    "OFFICE",
    "REFERENCE",
    "ROSTER",
    "RULE",
    "UNKNOWN",
    "VERBS",
    "CaseVerbs",
    "Command",
    "Verb",
    "class_of",
    "decide",
    "may",
    "may_change_rules",
    "read",
    "verb_of",
    "written",
]
