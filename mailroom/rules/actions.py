"""The `Then` lines of a rule: which there are, and what each may say.

    Then class: mtg.rsvp                       Then move: incident to triaged
    Then flag: tor; access                     Then record: observation
    Then file in: Meetings/Replies             Then remind: coordinator in 3 working days, if still unanswered
    Then reply with: incident/received         Then hold: a person should read the answer first
    Then tell: coordinator; cover              Then quarantine: it looks like bait
    Then forward to: press                     Then restrict: it holds health matters
    Then open: incident                        Then strip attachments: .docx; .pdf
    Then link to: incident                     Then do not index
    Then bin in: 30 days                       Then stop

No action deletes. The strongest is a bin with a date, from which a person may take a message back until then.
"""

import re
from collections.abc import Callable, Collection, Mapping
from typing import Final

from mailroom.rules import vocabulary
from mailroom.rules.known import Fault, Known, one_of
from mailroom.rules.lines import Line, canonical

TOLD: Final = "notice/told"
FORWARDED: Final = "notice/forwarded"
ANSWERED: Final = "the case it answers"
ANY: Final = "any"

STILL: Final = ("open", "unanswered", "undecided")
"""When a reminder is still wanted: its case is not closed; nobody wrote since; no class was found."""

PLACES: Final = frozenset({"file in", "quarantine", "restrict", "bin in"})
"""Actions that say where a message lies: a rule has one of them."""

LEAST_DAYS: Final = 7
_MOST_DAYS = 3650
_MOST_WORKING_DAYS = 250

_FOLDER = re.compile(r"[^\W_][\w .&'()-]*(/[^\W_][\w .&'()-]*)*")
_ASIDES = re.compile(r",?\s*\b(straight away|at once|any hour)\b", re.IGNORECASE)
_REMIND = re.compile(r"(?P<roles>.+?),? in (?P<days>\d{1,4}) working days?(?P<rest>.*)")
_STILL = re.compile(r",? ?if still (.+)")
_SUFFIX = re.compile(r"\*?\.?([a-z0-9]{1,8})")
_DAYS = re.compile(r"(?:in )?(\d{1,6})(?: days?)?")

# Where a mail program puts what it is about to delete, and its own folders.
_DELETING = frozenset(
    {"trash", "bin", "deleted", "deleted items", "deleted messages", "rubbish", "junk", "junk e-mail", "junk email",
     "spam", "bulk mail"}
)  # fmt: skip
_PROGRAMS_OWN = frozenset({"sent", "sent items", "sent mail", "drafts", "outbox", "templates"})


def read_action(verb: str, line: Line, known: Known) -> tuple[str, tuple[str, ...]]:
    """Return a `Then` line as its verb and values; raises Fault."""
    verb = _SAME.get(verb, verb)
    reader = ACTIONS.get(verb)
    if reader is None:
        if verb in _DELETES:
            raise Fault(
                f"no rule can {verb} a message; the strongest is a bin with a date.", "Then bin in: 30 days", verb
            )
        near = vocabulary.nearest(verb, (*ACTIONS, *_SAME, "stop"))
        raise Fault(f"there is no action “{verb}”.", near, verb)
    return verb, reader(line, known)


def read_tell(value: str, default: str, known: Known) -> tuple[str, ...]:
    """Read `coordinator; cover, straight away with danger/alert` into roles and, last, a template.

    Raises Fault on an unknown role or template.
    """
    value = _ASIDES.sub("", value)
    named, *template = re.split(r" with ", value, maxsplit=1, flags=re.IGNORECASE)
    return (*read_roles(named, known), read_template(template[0] if template else default, known))


def read_roles(value: str, known: Known) -> tuple[str, ...]:
    """Read `coordinator; chief inspector` into the names of roles, each once; raises Fault."""
    roles = [_role(one, known) for one in re.split(r"[;,]", value) if one.strip()]
    if not roles:
        raise Fault("nobody is named.", "coordinator")
    return tuple(dict.fromkeys(roles))


def read_template(value: str, known: Known) -> str:
    """Return the name of a template the office has; raises Fault."""
    return one_of(canonical(value).removesuffix(".md"), known.templates, "template")


def _role(value: str, known: Known) -> str:
    found = vocabulary.role(value.strip(' "'), known.roles)
    if not found:
        near = vocabulary.nearest(value, [one.replace("_", " ") for one in known.roles])
        raise Fault(f"there is no role “{canonical(value)}”.", near, value.strip())
    return found


def _class(line: Line, _: Known) -> tuple[str, ...]:
    return (one_of(canonical(_only(line)), vocabulary.CLASSES, "class"),)


def _flags(line: Line, _: Known) -> tuple[str, ...]:
    return tuple(dict.fromkeys(read_flag(value) for value in line.values))


def read_flag(value: str) -> str:
    """Return the name of a flag; raises Fault."""
    flag = canonical(value).replace(" ", "_").replace("-", "_")
    if flag not in vocabulary.FLAGS:
        raise Fault(f"there is no flag “{flag}”.", vocabulary.nearest(flag, vocabulary.FLAGS), value)
    return flag


def _folder(line: Line, _: Known) -> tuple[str, ...]:
    value = _only(line)
    folder = "/".join(part.strip() for part in value.split("/"))
    if not _FOLDER.fullmatch(folder):
        raise Fault(f"“{value}” is no folder; write it like Meetings/Replies.", "", value)
    top = canonical(folder).partition("/")[0]
    if top in _DELETING:
        text = f"“{value}” is where mail programs delete from, and no rule can delete a message."
        raise Fault(text, "Then bin in: 30 days", value)
    if top in _PROGRAMS_OWN:
        raise Fault(f"“{value}” is the mail program's own folder; choose another name.", "", value)
    return (folder,)


def _case(line: Line, known: Known) -> tuple[str, ...]:
    return (_kind(_only(line), known),)


def _kind(value: str, known: Known) -> str:
    kind = canonical(value)
    if kind not in known.cases:
        raise Fault(f"there is no file cases/{kind}.txt.", vocabulary.nearest(kind, known.cases), value)
    return kind


def _open(line: Line, known: Known) -> tuple[str, ...]:
    kind, handed, given = canonical(_only(line)).partition(" with ")
    kind = _kind(kind, known)
    return (kind, *read_fact(kind, given, known)) if handed else (kind,)


def read_fact(kind: str, given: str, known: Known) -> tuple[str, str]:
    """Read `right foi`, a fact handed to the case that is opened and its answer, a word; raises Fault.

    A case file with a fault in it is taken on trust.
    """
    fact, _, answer = given.strip().rpartition(" ")
    if not fact:
        raise Fault("“with” needs a fact of the case and what it is.", "rights with right foi", given)
    facts = known.facts.get(kind)
    if facts is not None and fact not in facts:
        raise Fault(f"cases/{kind}.txt reads no fact “{fact}”.", vocabulary.nearest(fact, facts), fact)
    answers = facts[fact] if facts is not None else ()
    if answers and answer not in answers:
        text = f"“{fact}” is {' or '.join(answers)} in cases/{kind}.txt, never “{answer}”."
        raise Fault(text, vocabulary.nearest(answer, answers), answer)
    return fact, answer


def _link(line: Line, known: Known) -> tuple[str, ...]:
    return (ANSWERED,) if canonical(line.value) == ANSWERED else _case(line, known)


def _move(line: Line, known: Known) -> tuple[str, ...]:
    kind, to, stage = canonical(_only(line)).partition(" to ")
    kind = _kind(kind, known)
    if not to:
        raise Fault("“Then move” needs a kind of case and a stage.", f"{kind} to triaged")
    return kind, read_stage(kind, stage, known)


def read_stage(kind: str, stage: str, known: Known) -> str:
    """Return a stage that cases of this kind have; raises Fault. A case file with a fault in it is taken on trust."""
    stages = known.stages.get(kind)
    if stages is not None and stage not in stages:
        near = vocabulary.nearest(stage, stages)
        raise Fault(f"cases/{kind}.txt has no stage “{stage}”.", near, stage)
    return stage


def _form(line: Line, known: Known) -> tuple[str, ...]:
    name = canonical(_only(line)).removesuffix(".txt")
    if name not in known.forms:
        raise Fault(f"there is no file forms/{name}.txt.", vocabulary.nearest(name, known.forms), line.value)
    return (name,)


def _remind(line: Line, known: Known) -> tuple[str, ...]:
    found = _REMIND.fullmatch(canonical(line.value))
    still = _STILL.fullmatch(found["rest"]) if found else None
    if not found or (found["rest"].strip() and not still):
        raise Fault("“Then remind” says whom and when.", "coordinator in 3 working days, if still unanswered")
    days = int(found["days"])
    if not 0 < days <= _MOST_WORKING_DAYS:
        raise Fault(f"a reminder comes after 1 to {_MOST_WORKING_DAYS} working days.", "", found["days"])
    asked = still[1].removeprefix("it is ") if still else ""
    if asked and asked not in STILL:
        text = f"“if still” can be {', '.join(STILL)}, not “{asked}”."
        raise Fault(text, vocabulary.nearest(asked, STILL), asked)
    return (*read_roles(found["roles"], known), str(days), asked)


def _words(line: Line, _: Known) -> tuple[str, ...]:
    return (" ".join(line.value.split()),)


def _attachments(line: Line, _: Known) -> tuple[str, ...]:
    found: list[str] = []
    for value in line.values:
        name = canonical(value)
        suffix = _SUFFIX.fullmatch(name)
        if name in {ANY, "all", "yes"}:
            found.append(ANY)
        elif suffix:
            found.append(f".{suffix[1]}")
        else:
            raise Fault(f"“{value}” is no kind of file; write any, or endings such as .docx; .pdf.", "any", value)
    return (ANY,) if ANY in found else tuple(dict.fromkeys(found))


def _nothing(line: Line, _: Known) -> tuple[str, ...]:
    if canonical(line.value) not in {"", "yes", "true"}:
        raise Fault(f"“{line.label.capitalize()}” stands alone; take “{line.value}” out.", "", line.value)
    return ()


def _bin(line: Line, _: Known) -> tuple[str, ...]:
    found = _DAYS.fullmatch(canonical(line.value))
    if not found:
        raise Fault(f"“{line.value}” is no number of days.", "30 days", line.value)
    if not LEAST_DAYS <= int(found[1]) <= _MOST_DAYS:
        raise Fault(f"a bin is kept for {LEAST_DAYS} to {_MOST_DAYS} days.", "30 days", line.value)
    return (str(int(found[1])),)


def _only(line: Line) -> str:
    if len(line.values) > 1:
        text = f"“{line.label.capitalize()}” takes one value; “{line.values[1]}” is a second."
        raise Fault(text, "", line.values[1])
    return line.values[0]


ACTIONS: Final[Mapping[str, Callable[[Line, Known], tuple[str, ...]]]] = {
    "class": _class,
    "flag": _flags,
    "file in": _folder,
    "reply with": lambda line, known: (read_template(_only(line), known),),
    "tell": lambda line, known: read_tell(line.value, TOLD, known),
    "forward to": lambda line, known: read_tell(line.value, FORWARDED, known),
    "open": _open,
    "link": _link,
    "move": _move,
    "record": _form,
    "remind": _remind,
    "hold": _words,
    "quarantine": _words,
    "restrict": _words,
    "strip attachments": _attachments,
    "do not index": _nothing,
    "bin in": _bin,
}
"""Every action by its verb, and what reads its values."""

_SAME = {
    "link to": "link", "strip attachment": "strip attachments", "strip": "strip attachments", "forward": "forward to",
    "don't index": "do not index", "reply": "reply with", "file": "file in",
}  # fmt: skip
_DELETES: Collection[str] = frozenset({"delete", "bin", "bounce", "remove", "discard", "erase"})
