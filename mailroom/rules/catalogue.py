"""Everything a rule can say, with an example of each: what docs/rules.md is printed from (rules/page.py).

A test keeps it whole: every condition and action of the language is here, and every example can be loaded.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Entry:
    """One condition or action: its name in the language, lines as one would write them, and what they mean."""

    name: str
    lines: tuple[str, ...]
    means: str


CONDITIONS: Final = (
    Entry(
        "from",
        ("If from: any member; any officer", "If from: vetting unit; chief inspector", "If from: suspended member"),
        "who writes, by the address they write from. Below is a list of the groups there are. A single person, address "
        "or domain will do: “person M07”, “press@example.org”, “example.org”.",
    ),
    Entry(
        "to",
        ("If to: chief inspector", "Unless to: us"),
        "who stands in “To”; “us” is this mailbox.",
    ),
    Entry("cc", ("If cc: us",), "who stands in “Cc”."),
    Entry("to or cc", ("If to or cc: any member",), "who stands in either."),
    Entry(
        "trust",
        ("If trust: verified",),
        "how sure it is who wrote: verified (our own server vouches for the address), claimed (a known address without "
        "proof), proposed (an unknown address answers somebody's own copy), stranger. Actions that change or disclose "
        "something ask for “verified” by themselves.",
    ),
    Entry(
        "subject",
        ("If subject contains: RSVP; can attend",),
        "words of the subject, without Re: and Fw:. The subject of our own mail, when somebody answers it, is not "
        "looked at.",
    ),
    Entry("text", ("If text starts with: dear editor",), "words newly written, without quoted mail and signature."),
    Entry("subject or text", ("If subject or text contains: {worry}; rumour",), "words in either."),
    Entry(
        "forwarded text",
        ("If forwarded text contains: reporter; journalist",),
        "words of a mail that is passed on below the writer's own, with its subject.",
    ),
    Entry(
        "header",
        ("If header List-Id contains: bulletin",),
        "words of any line in the mail's technical heading.",
    ),
    Entry(
        "attachment",
        ("If attachment: any", "If attachment: hidden sheet; position in a photo"),
        "whether files are attached, or what is known of them.",
    ),
    Entry("attachment name", ("If attachment name ends with: .xlsx; .csv",), "the names of attached files."),
    Entry("attachment type", ("If attachment type starts with: image",), "the types of attached files."),
    Entry(
        "message is",
        ("If message is: automatic reply; bounce", "If message is: reply to a poll"),
        "what sort of message it is, or which mail of ours it answers.",
    ),
    Entry(
        "class so far",
        ("If class so far: news.item; none",),
        "the class a rule above has given. Only a rule that asks this can change a class that is given.",
    ),
    Entry("flag", ("If flag: danger; access",), "a flag raised above, or by the safety filters."),
    Entry("marking", ("If marking: OFFICIAL-SENSITIVE",), "the protective marking the mail bears."),
    Entry(
        "open case",
        ("If open case: incident; concern received", "Unless open case: any"),
        "whether any case of that kind, or in that stage, is open in the office.",
    ),
    Entry(
        "its case",
        ("If its case: incident triaged", "If its case: none"),
        "the open case this message belongs to: that of the mail it answers, or of its thread.",
    ),
    Entry(
        "reference",
        ("If reference: ACT; HCD", "If reference: INC-2031-004"),
        "a reference that exists and is named in the subject or the new text, or belongs to the mail it answers.",
    ),
    Entry("weekday", ("If weekday: Saturday; Sunday", "If weekday: weekend"), "the day it came, on the office's wall."),
    Entry(
        "date",
        ("If date: from 1 December to 5 January", "If date: 24 December; from 1 May 2031 to 31 May 2031"),
        "the date it came. Without a year it holds every year; both ends count.",
    ),
    Entry(
        "time",
        ("If time: out of hours", "If time: from 22:00 to 06:00"),
        "the time it came: out of hours, office hours (as config.toml has them), or between two times.",
    ),
    Entry("size", ("If size: over 5 MB", "If size: under 2 kB"), "how big the whole message is, with its files."),
    Entry(
        "language",
        ("If language: not English", "If language: Polish; Welsh"),
        "the language newly written in. A mail of fewer than six words, or one that could be of two languages, is of "
        "none: then neither “Polish” nor “not English” holds.",
    ),
    Entry(
        "reads like",
        ("If reads like: concern", "Unless reads like: inc.request; media"),
        "which class its words, its writer and what it answers are most like: by the examples in examples.txt, and by "
        "what people have confirmed in this office. It holds only where one class is clearly ahead. "
        "Good as a second witness beside words; by itself it should do nothing that cannot be taken back.",
    ),
)

ACTIONS: Final = (
    Entry("class", ("Then class: mtg.rsvp",), "say what the message is. The first rule that does so decides."),
    Entry("flag", ("Then flag: tor; access",), "raise a flag, which rules below can ask for."),
    Entry(
        "file in",
        ("Then file in: Meetings/Replies",),
        "move it to that folder of the mailbox. The first rule that names a folder decides. A folder spelt nearly like "
        "another is refused as a slip.",
    ),
    Entry(
        "reply with",
        ("Then reply with: incident/received",),
        "answer the sender with templates/incident/received.md. Machines, lists and forgeries are never answered, and "
        "nobody gets the same answer twice a day.",
    ),
    Entry(
        "tell",
        ("Then tell: coordinator; cover with danger/alert",),
        "write to everybody who holds the role, each a mail of their own; without “with …” it is notice/told.",
    ),
    Entry(
        "forward to",
        ("Then forward to: press",),
        "pass the new text on to a desk inside the force, in a mail of our own.",
    ),
    Entry(
        "open",
        ("Then open: incident", "Then open: rights with right foi"),
        "open a case as cases/incident.txt says. What stands after “with” is a fact that the case is handed: its name, "
        "and one word for what it is.",
    ),
    Entry(
        "link",
        ("Then link to: incident", "Then link to: the case it answers"),
        "link it to the one open case of that kind, or to that of the mail it answers. What is not certain is only "
        "proposed, and a person asked.",
    ),
    Entry("move", ("Then move: incident to triaged",), "bring its case into that stage."),
    Entry(
        "record",
        ("Then record: observation",),
        "read the lines of forms/observation.txt from the new text, and keep the answers with the case.",
    ),
    Entry(
        "remind",
        ("Then remind: coordinator; cover in 3 working days, if still unanswered",),
        "put it before somebody later. “If still” may be open (its case is not closed), unanswered (nobody has written "
        "in the thread since) or undecided (it has no class); without it the reminder comes in any case.",
    ),
    Entry("hold", ("Then hold: a person should read the answer first",), "keep what is answered until it is approved."),
    Entry("quarantine", ("Then quarantine: it looks like bait",), "set it apart in the folder Quarantine."),
    Entry(
        "restrict",
        ("Then restrict: it holds health matters",),
        "set it apart in the folder Restricted, where the search does not look.",
    ),
    Entry(
        "strip attachments",
        ("Then strip attachments: any", "Then strip attachments: .docx; .pdf"),
        "take attached files out of everything that is kept; their names, sizes and check sums stay. This can't be "
        "undone.",
    ),
    Entry("do not index", ("Then do not index",), "keep its words out of the search."),
    Entry(
        "bin in",
        ("Then bin in: 30 days",),
        "put it in the folder Bin with a date, at least 7 days away. It is the strongest thing a rule can do: no rule "
        "deletes.",
    ),
)

SLIPS: Final = (
    "quotes of any sort round a value, or none",
    "long and short dashes, no-break spaces and tabs",
    "capitals or none, in labels and in words",
    "files saved by Notepad as Unicode, with or without its mark, and Windows line ends",
    "a line that goes on below, where it ends with “;” or the row below begins with a space",
    "colons, “#”, brackets and apostrophes inside a value",
)
"""What programs and people do to a text, and which is read as it was meant."""
