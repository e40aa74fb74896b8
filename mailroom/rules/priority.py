"""How soon a person should look at a message, in a number and in words."""

from collections.abc import Collection

from mailroom.rules import vocabulary
from mailroom.rules.model import Priority

_BY_FLAG = (
    ("danger", 1, "danger: a person may be at risk"),
    ("breach", 1, "members' addresses were shown to each other"),
    ("gold_suggestion", 1, "a member suggests a Gold group"),
    ("complaint_hint", 2, "somebody may be complaining about an officer"),
    ("resign_hint", 2, "a member may be leaving"),
)

_BY_CLASS = {
    "danger": 1,
    "inc.request": 1,
    "suspect": 2,
    "inc.advice": 2,
    "concern": 2,
    "rights": 2,
    "media": 2,
    "control": 2,
    "vet.unit": 2,
    "ops.update": 2,
    "news.reply": 4,
    "auto": 4,
    "noise": 4,
}
_USUAL = 3


def priority(class_: str, flags: Collection[str]) -> Priority:
    """Weigh a message: 1 at once, 2 today, 3 this week, 4 when there is time."""
    if not class_ and not flags:
        return Priority(2, "no rule knew what this is: a person must look")
    found = [Priority(n, words) for flag, n, words in _BY_FLAG if flag in flags]
    if class_:
        found.append(Priority(_BY_CLASS.get(class_, _USUAL), f"{class_}: {vocabulary.CLASSES[class_]}"))
    else:
        found.append(Priority(2, "no rule knew what this is: a person must look"))
    return min(found, key=lambda one: one.n)
