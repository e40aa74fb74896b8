"""Everything a process file can say, with an example of each: what docs/cases.md is printed from (page.py).

A test keeps it whole: every label, effect, trigger and modifier of the language is here, and every line can be read.
"""

from typing import Final

from mailroom.rules.catalogue import Entry

HEAD: Final = (
    Entry("Case", ("Case: Incident call",), "what people call such a case. Needed."),
    Entry(
        "Reference",
        ("Reference: WORRY",),
        "what its references begin with: two to six letters, and the year and a number follow. Needed.",
    ),
    Entry(
        "Opens on",
        (
            "Opens on: inc.request from any officer; any desk",
            "Opens on: command START hate crime day from coordinator",
            "Opens on: another case",
        ),
        "what may open one: a message of a class from somebody, a command, or another case. Without the line, any rule "
        "may open one.",
    ),
    Entry(
        "Owner",
        ("Owner: coordinator; cover when she is away",),
        "whose such a case is, until a line hands it on. Whoever comes first acts; the others stand in. Needed.",
    ),
    Entry(
        "Read",
        ("Read: wanted by, a time; place, a place; critical, yes or no",),
        "facts, each with how it is read from the opening message. What could not be read is asked of the owner.",
    ),
    Entry(
        "Group NAME",
        (
            "Group neighbours: members who are active; vetted now; not recused for place",
            "Group host: the observation_host of place",
            "Group readers: members addressed in the opening message",
            "Group called: as in groups",
        ),
        "people named once. A group is counted at the first mail to it and stays as it was; its readers are looked "
        "at again as each mail leaves. The last is a group of rules/groups.txt, which may also be used "
        "simply by its name.",
    ),
    Entry(
        "If unfit at sending",
        ("If unfit at sending: restricted, wait; left, cancel",),
        "what becomes of a mail whose reader is not fit for it as it leaves: it waits, or is cancelled.",
    ),
    Entry(
        "If nothing happens",
        ("If nothing happens: task to coordinator, 2 working days after entry",),
        "the deadline of every stage that has none of its own. It may also stand under a stage.",
    ),
    Entry("Final", ("Final: closed; withdrawn",), "stages that are ends: nothing runs in them. They need no block."),
    Entry(
        "Seal",
        ("Seal: the opening message and its attachments",),
        "the opening message is shown to nobody but its owners; only what is written anew goes on.",
    ),
    Entry(
        "Keep apart",
        ("Keep apart: health words, for health_and_safety only",),
        "a fact that only one role reads. “health words” need no reader: they are what the opening message holds of "
        "the list “health”.",
    ),
    Entry("Note", ("Note: agreed with the chief inspector in May",), "a remark; so is a row that begins with #."),
)

WHENS: Final = (
    Entry(
        "When message",
        ("When message: inc.advice from called", "When message: obs.process from host; requester, saying yes"),
        "a message of this class is linked to the case, from one of these.",
    ),
    Entry(
        "When command",
        (
            "When command: NOT NEEDED; WITHDRAW, from coordinator; chief inspector",
            "When command: RELEASE with form brief, from coordinator",
            "When command: DECLINE with reason, from chief inspector",
            "When command: AUTHORISE, from authoriser who is not host",
        ),
        "somebody who holds one of these roles gives the command. “with form” asks for its labelled lines, “with "
        "reason” for words beside the verb. A verb has up to three words.",
    ),
    Entry("When form", ("When form: agreement from requester",), "somebody fills in this form of rules/forms/."),
    Entry(
        "When time",
        ("When time: 2 hours after entry, any hour", "When time: half way to wanted by, if 6 hours or more"),
        "this moment has come while the case was in the stage. A clock dies with its stage.",
    ),
    Entry(
        "When flag",
        ("When flag: gold_suggestion from called",),
        "a linked message bears this flag; an event of its own, beside the message's class.",
    ),
    Entry("When approved", ("When approved: summary",), "what was held under this name was let go."),
    Entry("When refused", ("When refused: summary",), "what was held under this name was refused."),
    Entry(
        "When case", ("When case: gold is agreed",), "a case opened from this one, or which opened it, has come there."
    ),
)

EFFECTS: Final = (
    Entry(
        "Then send",
        (
            "Then send: incident/received to requester, any hour",
            "Then send: incident/nudge to called who are silent, not in quiet hours",
            "Then send: observation/form to requester, with risk-assessment.pdf",
        ),
        "a mail of templates/ to each of these, one by one.",
    ),
    Entry(
        "Then hold",
        ("Then hold: summary, incident/summary to requester, for coordinator, too late after wanted by",),
        "a draft for each, under a name; they go when somebody in the role approves, and that is an event: “When "
        "approved”. From “too late after” on they are never sent.",
    ),
    Entry(
        "Then tell",
        ("Then tell: cover; chief inspector, straight away", "Then tell: coordinator, to phone them"),
        "a task for each role and a mail about it, with what they are asked to do.",
    ),
    Entry(
        "Then set",
        (
            "Then set: wanted by = form reply by",
            "Then set: answer due = 10 working days from now",
            "Then set: outcome = answered by phone",
        ),
        "a fact: a field of the form at hand, a time, or words.",
    ),
    Entry(
        "Then record",
        ("Then record: advice, unattributed", "Then record: advice, apart", "Then record: advice, late"),
        "the message becomes a numbered item of the case and is counted, but for what is apart. It bears its own time, "
        "however late it is linked.",
    ),
    Entry(
        "Read",
        ("Read: level, low medium or high; conditions, numbered lines",),
        "facts, as in the head, from the message at hand.",
    ),
    Entry(
        "Then open",
        ("Then open: gold, linked", "Then open: concern, as a child"),
        "another case beside this one, or under it: a child's commands count under this one's reference too.",
    ),
    Entry("Then flag", ("Then flag: breach",), "a flag on the message at hand."),
    Entry("Then hand to", ("Then hand to: chief inspector",), "the case has this owner from now on."),
    Entry(
        "Then hide from",
        ("Then hide from: coordinator",),
        "no mail, task, list or digest shows the case to this role: a complaint about somebody is not theirs to read.",
    ),
    Entry(
        "Then freeze",
        ("Then freeze: the case", "Then freeze: everything of the requester"),
        "nothing of it is disposed of until the case is final.",
    ),
    Entry("Then go to", ("Then go to: closed",), "the case comes into this stage. Nothing can follow it."),
)

CHASES: Final = (
    Entry(
        "Chase",
        (
            "Chase: incident/feedback-owed to requester, at wanted by; 5 working days after",
            "Chase: task to coordinator, 2 working days after entry",
            "Chase: digest line to chief inspector, 10 working days after wanted by",
            "Chase: danger/alert to coordinator; cover, every 10 minutes, any hour",
        ),
        "a mail, a task or a line in the digest at each of these moments, while the case stays in the stage. “5 "
        "working days after” counts from the moment before it; “every” goes on until the stage is left.",
    ),
)

PEOPLE: Final[tuple[tuple[str, str], ...]] = (
    ("requester", "whoever opened the case"),
    ("sender", "whoever wrote the message at hand"),
    ("chief inspector, cover, …", "whoever holds that role"),
    ("called, host, …", "a group of the case"),
    ("called who are silent", "those of a group from whom nothing is recorded yet"),
    ("called who answered", "the others"),
    ("called of the linked case", "the same group of the case that opened this one"),
)
"""Whom a mail may be for."""

MOMENTS: Final[tuple[tuple[str, str], ...]] = (
    ("2 hours after entry", "so long after the case came into the stage: minutes, hours, days, weeks, months"),
    ("wanted by", "the time itself; “at wanted by” is the same"),
    (
        "3 working days after wanted by",
        "working days are Monday to Friday, less the bank holidays of England and Wales",
    ),
    ("5 working days before day", "what counts from a day comes at nine in the morning"),
    ("day ends", "when the hours of that day end, or the day itself"),
    ("half way to wanted by", "half way from entry to it; “if 6 hours or more” leaves it out where they are nearer"),
    ("the coordinator's day ends", "the end of her hours on the day of entry"),
    ("1 month from now", "in “Then set” only: the same day of the next month, or its last"),
)
