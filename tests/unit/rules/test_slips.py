"""The slips that Word, Notepad, Outlook and fingers make, in each kind of file: as meant or refused, none silent."""

from collections.abc import Callable
from dataclasses import fields, is_dataclass

import pytest

from mailroom.errors import Problem, Problems
from mailroom.office import template_file, templates
from mailroom.rules import ROLES, load
from tests.unit.rules.conftest import LISTS, TEMPLATES

pytestmark = pytest.mark.fast

SORTING = """\
Rule: Replies about a meeting
If from: any member
If subject contains: self-help; can attend
Unless message is: automatic reply
Then class: concern
Then file in: Meetings/Replies
Then reply with: incident/received
"""
CASE = """\
Case: Somebody is worried
Reference: CONC
Owner: coordinator; chief-inspector
Final: closed
If nothing happens: task to coordinator, 1 working day after entry
Stage: received
Then send: incident/received to requester
When message: inc.advice from any member
Then go to: closed
"""
LIST = """\
List: waiting
Words: self-help; can attend
"""
SCHEDULE = """\
Send: digest
Every: Monday, 07:30
To: coordinator; chief-inspector
"""
FORM = """\
Form: Coming along
Field: date, a date
Field: self-help, one of low; can attend
"""
TEMPLATE = """\
Subject: Your self-help, we have it
Marking: OFFICIAL-SENSITIVE
Kind: ack

Hello.
"""
TEXTS = {
    "sorting": SORTING, "case": CASE, "list": LIST, "schedule": SCHEDULE, "form": FORM, "template": TEMPLATE,
}  # fmt: skip
PLACES = {
    "sorting": "rules/sorting/50-own.txt", "case": "rules/cases/worry.txt", "list": "rules/lists.txt",
    "schedule": "rules/schedule.txt", "form": "rules/forms/coming.txt",
}  # fmt: skip
OTHER = b"Rule: Other\nIf from: any officer\nThen file in: Elsewhere\nThen class: noise\n"
NEIGHBOUR = OTHER.replace(b"Elsewhere", b"Meetings/Replies")
WHERE = {"line", "file", "column", "written", "body_line", "subject_line", "head", "by_head"}
EVERY = tuple(TEXTS)


def meaning(kind: str, data: bytes, other: bytes = OTHER) -> str:
    """Say what a file means to the program, beside one other rule, and without where it says so."""
    if kind == "template":
        made = templates.load({"templates/_footer.md": b"Bye.", "templates/one.md": data})
        assert made.mails
        source, _ = template_file.read("templates/one.md", data)
        return said(source)
    files = {"rules/sorting/10-other.txt": other, "rules/lists.txt": LISTS, PLACES[kind]: data}
    if kind == "list":
        files["rules/lists.txt"] = LISTS + b"\n"
        whole = data if data.startswith((b"\xff", b"\xfe", b"\xef")) or b"\0" in data else LISTS + b"\n" + data
        if whole is data:
            # A file in one of Notepad's encodings is in it from end to end.
            whole = _encoded_like(data, LISTS.decode())
        files["rules/lists.txt"] = whole
    found = load(files, TEMPLATES, ROLES)
    return {
        "sorting": lambda: said(found.rules[1:]),
        "case": lambda: said(found.cases),
        "list": lambda: said({name: words for name, words in found.lists.items() if name.casefold() == "waiting"}),
        "schedule": lambda: said(found.duties),
        "form": lambda: said(found.forms),
    }[kind]()


def _encoded_like(data: bytes, more: str) -> bytes:
    if data.startswith(b"\xef\xbb\xbf"):
        return (more + "\n" + data.decode("utf-8-sig")).encode("utf-8-sig")
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return (more + "\n" + data.decode("utf-16")).encode("utf-16")
    return (more + "\n" + data.decode("utf-16-le")).encode("utf-16-le")


def said(value: object) -> str:
    if is_dataclass(value) and not isinstance(value, type):
        return said({one.name: getattr(value, one.name) for one in fields(value) if one.name not in WHERE})
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}={said(one)}" for key, one in value.items()) + "}"
    if isinstance(value, tuple | list):
        return "(" + ", ".join(said(one) for one in value) + ")"
    return str(value).casefold()


def labels_only(text: str) -> str:
    """Write the labels above the first empty row in capitals: a template's text is for people to read."""
    head, empty, body = text.partition("\n\n")
    rows = (row.partition(":") for row in head.split("\n"))
    return "\n".join(f"{label.upper()}{colon}{value}" for label, colon, value in rows) + empty + body


def in_values(text: str, old: str, new: str) -> str:
    """Change what stands after the colons."""
    head, empty, body = text.partition("\n\n")
    rows = [row.partition(":") for row in head.split("\n")]
    return "\n".join(label + colon + value.replace(old, new) for label, colon, value in rows) + empty + body


ANY_FILE: dict[str, Callable[[str], bytes]] = {
    "a mark of byte order": lambda text: text.encode("utf-8-sig"),
    "UTF-16": lambda text: text.encode("utf-16"),
    "UTF-16 without its mark": lambda text: text.encode("utf-16-le"),
    "CRLF": lambda text: text.replace("\n", "\r\n").encode(),
    "a tab": lambda text: (
        in_values(text, " ", "\t").encode() if "Hello" not in text else text.replace(": ", ":\t").encode()
    ),
    "a non-breaking space": lambda text: text.replace(": ", ":\u00a0").encode(),
    "an en dash for a hyphen": lambda text: text.replace("self-help", "self–help").replace("L-S", "L–S").encode(),
    "capitals": lambda text: (labels_only(text) if "\n\n" in text else text.upper()).encode(),
    "no space after the colon": lambda text: text.replace(": ", ":").encode(),
    "a row indented for looks": lambda text: (
        text.replace("\nThen", "\n  Then").replace("\nField", "\n  Field").encode()
    ),
}


@pytest.mark.parametrize("kind", EVERY)
@pytest.mark.parametrize("slip", ANY_FILE)
def test_what_programs_do_to_a_whole_file_changes_nothing(slip: str, kind: str):
    made = meaning(kind, ANY_FILE[slip](TEXTS[kind]))

    assert made.replace("–", "-") == meaning(kind, TEXTS[kind].encode())


SAME = "the same"
# What was written, what was meant to be written, and how it comes out: the same; refused, with these words of the
# sentence; or, after "=", something that stands in the meaning.
TABLE: dict[str, dict[str, tuple[str, str, str]]] = {
    "curly quotes round a value": {
        "sorting": ("self-help; can attend", "“self-help”; ‘can attend’", SAME),
        "case": ("coordinator;", "“coordinator”;", SAME),
        "list": ("self-help; can attend", "“self-help”; “can attend”", SAME),
        "schedule": ("coordinator;", "“coordinator”;", SAME),
        "form": ("low;", "“low”;", SAME),
        "template": ("OFFICIAL-SENSITIVE", "“OFFICIAL-SENSITIVE”", SAME),
    },
    "a row wrapped after a semicolon": {
        "sorting": ("self-help; can", "self-help;\ncan", SAME),
        "case": ("coordinator; ", "coordinator;\n", SAME),
        "list": ("self-help; can", "self-help;\ncan", SAME),
        "schedule": ("coordinator; ", "coordinator;\n", SAME),
        "form": ("low; can", "low;\ncan", SAME),
        "template": ("self-help, we", "self-help,\nwe", SAME),
    },
    "a row wrapped between two words": {
        "sorting": ("can attend", "can\nattend", "“attend” isn't “Label: value”"),
        "case": ("is worried", "is\nworried", "“worried” isn't “Label: value”"),
        "list": ("can attend", "can\nattend", "“attend” isn't “Label: value”"),
        "schedule": ("Monday, 07:30", "Monday\n07:30", "“07:30” isn't “Label: value”"),
        "form": ("can attend", "can\nattend", "“attend” isn't “Label: value”"),
        "template": ("we have it", "we\nhave it", "“have it” isn't “Label: value”"),
    },
    "a row that lost its colon below one that goes on": {
        "sorting": ("can attend\nUnless message is:", "can attend;\nUnless message is", "is a colon missing?"),
        "case": ("requester\nWhen message:", "requester;\nWhen message", "is a colon missing?"),
    },
    "a duplicated line": {
        "sorting": ("If from: any member\n", "If from: any member\n" * 2, "“If from” stands twice"),
        "case": ("Then send: incident/received to requester\n",) * 1
        + ("Then send: incident/received to requester\n" * 2, "“Then send” stands twice"),
        "list": ("Words: self-help; can attend\n", "Words: self-help; can attend\n" * 2, SAME),
        "schedule": ("To: coordinator", "To: coordinator\nTo: coordinator", "“To” stands twice"),
        "form": ("Field: date, a date\n", "Field: date, a date\n" * 2, "the field “date” stands twice"),
        "template": ("Kind: ack\n", "Kind: ack\n" * 2, "“Kind” stands here twice"),
    },
    "a duplicated block": {
        "sorting": (SORTING, SORTING * 2, "another rule is called"),
        "case": ("Stage: r", CASE[CASE.index("Stage") :] + "Stage: r", "the stage “received” stands twice"),
        "list": (LIST, LIST * 2, "the list “waiting” stands twice"),
        "schedule": (SCHEDULE, SCHEDULE * 2, "“digest” is scheduled twice"),
        "form": (FORM, FORM * 2, "“Form” stands twice"),
    },
    "a misspelt field": {
        "sorting": ("If from", "If form", "Did you mean “from”?"),
        "case": ("Owner", "Onwer", "Did you mean “Owner”?"),
        "list": ("Words", "Wrods", "Did you mean “Words”?"),
        "schedule": ("Every", "Evry", "Did you mean “Every”?"),
        "form": ("Field: date", "Feild: date", "Did you mean “Field”?"),
        "template": ("Marking", "Makring", "Did you mean “Marking”?"),
    },
    "a misspelt name": {
        "sorting": ("incident/received", "incident/recieved", "Did you mean “incident/received”?"),
        "case": ("incident/received", "incident/recieved", "Did you mean “incident/received”?"),
        "list": ("List: waiting", "List: danger now", "the list “danger now” stands twice"),
        "schedule": ("digest", "digset", "Did you mean “digest”?"),
        "form": ("a date", "a dat", "Did you mean “a date”?"),
        "template": ("ack", "akc", "Did you mean “ack”?"),
    },
    "a misspelt folder": {
        "sorting": ("Meetings/Replies", "Meeting/Replies", "Did you mean “Meetings/Replies”?"),
    },
    "a folder in other capitals": {
        "sorting": ("Meetings/Replies", "meetings/replies", "Did you mean “Meetings/Replies”?"),
    },
    "a value with a colon": {
        "sorting": ("self-help;", "10:30;", "= 10 30 "),
        "case": ("is worried", "is: worried", "title=somebody is: worried"),
        "list": ("self-help;", "10:30;", "= 10 30 "),
        "schedule": ("Monday,", "Monday: at,", "“monday: at” is no rhythm"),
        "form": ("Field: date,", "Field: date: when,", "“date: when” can't begin a line"),
        "template": ("Your self", "Re: your self", "subject=re: your self"),
    },
    "a value with a number sign": {
        "sorting": ("self-help;", "#412;", "= 412 "),
        "case": ("is worried", "# worried", "title=somebody # worried"),
        "list": ("self-help;", "#412;", "= 412 "),
        "schedule": ("coordinator;", "coordinator # not cover;", "there is no role “coordinator # not cover”"),
        "form": ("a date", "a date # when", "nothing is read as “a date # when”"),
        "template": ("Your self", "# your self", "subject=# your self"),
    },
    "a value with a bracket": {
        "sorting": ("self-help;", "[INC-2031-001];", "= inc 2031 001 "),
        "case": ("is worried", "[worried]", "title=somebody [worried]"),
        "list": ("self-help;", "[INC-2031-001];", "= inc 2031 001 "),
        "schedule": ("coordinator;", "[coordinator];", "there is no role “[coordinator]”"),
        "form": ("Field: date,", "Field: [date],", "“[date]” can't begin a line"),
        "template": ("Your self", "[your] self", "“[your]” in the subject was never filled in"),
    },
    "a value with an apostrophe": {
        "sorting": ("self-help;", "O'Brien's;", "= obriens "),
        "case": ("is worried", "isn't worried", "title=somebody isn't worried"),
        "list": ("self-help;", "O'Brien's;", "= obriens "),
        "schedule": ("coordinator;", "coordinator's;", "Did you mean “coordinator”?"),
        "form": ("Field: date,", "Field: day's date,", "label=day's date"),
        "template": ("Your self", "It's your self", "subject=it's your self"),
    },
    "Yes": {
        "sorting": ("Then class: concern", "Status: Yes\nThen class: concern", "on, trial or off, not “Yes”"),
        "case": ("Owner: coordinator;", "Owner: Yes;", "there is no role “yes”"),
        "list": ("self-help;", "Yes;", "= yes "),
        "schedule": ("Every: Monday, 07:30", "Every: Yes", "“Every” needs a time"),
        "form": ("a date", "Yes", "nothing is read as “yes”"),
        "template": ("Kind: ack", "Kind: ack\nAny hour: Yes", "any_hour=true"),
    },
    "No, after what stands alone": {
        "sorting": ("Then class: concern", "Then class: concern\nStop: no", "“Stop” stands alone"),
    },
    "a number": {
        "sorting": ("Then file in: Meetings/Replies", "Then bin in: 30", "bin in, values=(30)"),
        "case": ("task to coordinator, 1 working day after entry", "2", "is written like “task to coordinator"),
        "list": ("self-help;", "7;", "= 7 "),
        "schedule": ("Monday, 07:30", "7", "“Every” needs a time"),
        "form": ("Field: date,", "Field: 7,", "“7” can't begin a line"),
        "template": ("OFFICIAL-SENSITIVE", "2", "“Marking” cannot be “2”"),
    },
    "nothing to do": {
        "sorting": (SORTING[SORTING.index("Then") :], "", "has no “Then” line"),
        "case": (CASE[CASE.index("If nothing") :], "Stage: received\n", "neither waits for anything nor is final"),
        "list": ("Words: self-help; can attend\n", "", "the list “waiting” is empty"),
        "schedule": ("Every: Monday, 07:30\n", "", "needs a line “Every”"),
        "form": (FORM[FORM.index("Field") :], "", "needs at least one “Field”"),
        "template": ("Hello.\n", "", "has no text"),
    },
    "a blank value": {
        "sorting": ("any member", "", "“If from” has nothing after its colon"),
        "case": ("CONC", "", "“Reference” has nothing after its colon"),
        "list": ("self-help; can attend", "", "“Words” has nothing after its colon"),
        "schedule": ("Monday, 07:30", "", "“Every” has nothing after its colon"),
        "form": ("Coming along", "", "“Form” has nothing after its colon"),
        "template": ("OFFICIAL-SENSITIVE", "", "“Marking” has nothing after its colon"),
    },
    "an unclosed quote": {
        "sorting": ("self-help;", '"self-help;', SAME),
        "case": ("coordinator;", '"coordinator;', SAME),
        "list": ("self-help;", '"self-help;', SAME),
        "schedule": ("coordinator;", '"coordinator;', SAME),
        "form": ("low;", '"low;', SAME),
        "template": ("OFFICIAL-SENSITIVE", '"OFFICIAL-SENSITIVE', SAME),
    },
    "a quote unclosed among others": {
        "sorting": ("self-help;", '"self; help"; "x;', "a quote in “If subject contains” is not closed"),
        "list": ("self-help;", '"self; help"; "x;', "a quote in “Words” is not closed"),
    },
    "no quotes": {
        "sorting": ("Rule", "Rule", "= can attend "),
        "case": ("Owner", "Owner", "owner=(coordinator, chief_inspector)"),
        "list": ("Words", "Words", "= can attend "),
        "schedule": ("To", "To", "to=(coordinator, chief_inspector)"),
        "form": ("Field", "Field", "choices=(low, can attend)"),
        "template": ("Marking", "Marking", "marking=official-sensitive"),
    },
    "prose above the first line": {
        "sorting": ("Rule: R", "My rules\nRule: R", "“My rules” isn't “Label: value”"),
        "case": ("Case: S", "My case\nCase: S", "“My case” isn't “Label: value”"),
        "list": ("List: w", "My lists\nList: w", "“My lists” isn't “Label: value”"),
        "schedule": ("Send: d", "My week\nSend: d", "“My week” isn't “Label: value”"),
        "form": ("Form: C", "My form\nForm: C", "“My form” isn't “Label: value”"),
        "template": ("Subject: Y", "My mail\nSubject: Y", "“My mail” isn't “Label: value”"),
    },
}  # fmt: skip
ROWS = [(slip, kind, *row) for slip, kinds in TABLE.items() for kind, row in kinds.items()]


def outcome_of(kind: str, data: bytes, other: bytes) -> tuple[str, tuple[Problem, ...]]:
    """Return what a file means, or why it is refused."""
    try:
        return meaning(kind, data, other), ()
    except Problems as refused:
        return "", refused.problems


@pytest.mark.parametrize(("slip", "kind", "right", "wrong", "outcome"), ROWS, ids=[f"{r[0]}-{r[1]}" for r in ROWS])
def test_each_slip_is_read_as_meant_or_refused_in_plain_words(slip, kind, right, wrong, outcome):
    text = TEXTS[kind]
    assert right in text, "the slip is not made"

    made, refused = outcome_of(kind, text.replace(right, wrong, 1).encode(), NEIGHBOUR if "folder" in slip else OTHER)

    if refused:
        assert outcome in "".join(map(str, refused))
        assert kind == "template" or all(one.line for one in refused), "a fault has its line"
    elif outcome == SAME:
        assert made == meaning(kind, text.encode())
    else:
        assert outcome.removeprefix("=") in made
