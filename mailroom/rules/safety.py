"""What comes before every rule: danger, forgeries, over-marking, and who must not be answered.

The words of danger are the coordinator's, in lists.txt; that danger outranks everything is not hers to change,
so it stands here and not in a rule. Danger is looked for sentence by sentence, in the subject and the newly
written text only: our own emergency footer, quoted below a reply, must never raise it, and neither must a
training text (“if someone is following you”) or a robot.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from mailroom.rules.conditions import View
from mailroom.rules.model import Action
from mailroom.rules.words import Phrase, holds

BUILT_IN = "built in"

DANGER_NOW = "danger now"
DANGER_LISTS = (DANGER_NOW, "danger to oneself", "danger to a child")
DANGER_SEEN = "danger seen"
TALK = "only talk of danger"
DRILL = "drills and songs"

SAFETY_LISTS = (*DANGER_LISTS, DANGER_SEEN, TALK, DRILL)
"""The lists that are looked at before every rule."""

# Two of them: an officer may copy in the one member he is writing about, but a second address is shown to the first.
BREACH_MEMBERS = 2

# A UK number as people write it, or one with a country code: at least nine digits, however they are grouped.
_TELEPHONE = re.compile(r"(?<![\w+])(?:\+\d{1,3}|0)(?:[ \-().]{0,3}\d){8,12}(?!\w)")


@dataclass(frozen=True, slots=True)
class Safety:
    """What was found before the rules: `final` when they are not to be asked at all."""

    class_: str = ""
    flags: tuple[str, ...] = ()
    actions: tuple[Action, ...] = ()
    silence: str = ""
    quarantine: str = ""
    final: bool = False


def judge(view: View, lists: Mapping[str, tuple[Phrase, ...]], *, danger_case: bool) -> Safety:
    """Look for what no rule may overlook. `danger_case`: the office has a cases/danger.txt to open."""
    danger = danger_words(view, lists)
    forged = _forgery(view)
    silence = view.message.silence or forged or _own(view) or _namesake(view)
    flags, actions = _flags(view)
    class_ = quarantine = ""
    if danger:
        class_ = "danger"
        flags = ("danger", *flags)
        actions = (*_danger_actions(danger, danger_case=danger_case), *actions)
    if forged:
        actions = (*actions, _action("tell", ("coordinator", "security", "notice/suspect"), "forged sender", forged))
    over = "" if forged else _over_marked(view)
    if over:
        actions = (*actions, _action("tell", ("coordinator", "security", "notice/suspect"), "over-marked", over))
        silence = silence or over
    if (forged or over) and not danger:
        class_ = "suspect"
        quarantine = forged or over
        actions = (_action("class", ("suspect",), "set apart", quarantine), *actions)
        actions = (*actions, _action("quarantine", (quarantine,), "set apart", quarantine))
    return Safety(class_, flags, actions, silence, quarantine, final=bool(quarantine))


def danger_words(view: View, lists: Mapping[str, tuple[Phrase, ...]]) -> tuple[str, ...]:
    """Return the words that say a person may be at risk now; () when there are none."""
    if view.message.kind != "person":
        return ()
    drills = lists.get(DRILL, ())
    if any(holds(text, "contains", drill) for text in (view.subject, view.text) for drill in drills):
        return ()
    spoken = {one.text: one for name in DANGER_LISTS if name != DANGER_NOW for one in lists.get(name, ())}
    threats = {one.text: one for one in lists.get(DANGER_NOW, ())}
    # An officer's report of a knife is the day's work; the same words from anyone else may be a cry.
    if view.facts.sender.kind not in {"officer", "desk"} and not view.colleague:
        threats |= {one.text: one for one in lists.get(DANGER_SEEN, ())}
    texts = [view.subject, view.text]
    # A member passes on a cry for help. An officer's enclosed report is the day's work.
    if not (view.facts.sender.kind in {"officer", "desk"} or view.colleague):
        texts.append(view.forwarded)
    words = frozenset[str]().union(*(one.words for one in texts))
    wanted = [one for one in (*spoken.values(), *threats.values()) if one.head in words]
    if not wanted:
        return ()
    talk = lists.get(TALK, ())
    found = [
        one.written
        for text in texts
        for sentence in text.sentences()
        for one in wanted
        if holds(sentence, "contains", one)
        # “If someone is following you” is advice. “If you read this I want to die” is not.
        and (one.text in spoken or not any(holds(sentence, "contains", guard) for guard in talk))
    ]
    return tuple(dict.fromkeys(found))


def _danger_actions(words: tuple[str, ...], *, danger_case: bool) -> tuple[Action, ...]:
    why = "a person may be at risk"
    actions = (
        Action("class", ("danger",), why, BUILT_IN, 0, words),
        Action("flag", ("danger",), why, BUILT_IN, 0, words),
    )
    if danger_case:
        return (*actions, Action("open", ("danger",), why, BUILT_IN, 0, words))
    return (
        *actions,
        Action("reply with", ("danger/answer",), why, BUILT_IN, 0, words),
        Action("tell", ("coordinator", "cover", "control", "danger/alert"), why, BUILT_IN, 0, words),
    )


def _forgery(view: View) -> str:
    sender = view.facts.sender
    if sender.impostor_of and sender.impostor_kind != "member":
        return f"an unknown address bears the name of {sender.impostor_of}"
    if sender.lookalike_of:
        return f"the sender's domain only looks like {sender.lookalike_of}"
    if view.message.authentication.verdict == "fail" and _of_our_own(view):
        return "our own server says that this did not come from our own force"
    return ""


def _of_our_own(view: View) -> bool:
    ours = {address.partition("@")[2] for address in view.facts.own_addresses}
    sender = view.facts.sender
    return sender.kind in {"officer", "desk"} or sender.address.partition("@")[2] in ours


def _own(view: View) -> str:
    return "it came from our own address" if view.facts.sender.address in view.facts.own_addresses else ""


def _namesake(view: View) -> str:
    """Rules still sort such a mail: a member may have a new address. But nothing is sent to it."""
    sender = view.facts.sender
    return f"an unknown address bears the name of {sender.impostor_of}" if sender.impostor_of else ""


def _over_marked(view: View) -> str:
    marking = view.message.marking
    return f"it is marked {marking}, above what this mailbox may hold" if marking.endswith("SECRET") else ""


def _flags(view: View) -> tuple[tuple[str, ...], tuple[Action, ...]]:
    flags: list[str] = []
    actions: list[Action] = []
    forward = view.message.forward
    if forward is not None and _TELEPHONE.search(forward.text):
        flags.append("third_party_pii")
        # Why is told in notices: the number itself is what must not be passed on.
        word = "a telephone number in the forwarded text"
        actions.append(_action("flag", ("third_party_pii",), "strangers' telephone numbers", word))
    officer = view.facts.sender.kind in {"officer", "desk"} or view.colleague
    if officer and len(view.facts.cc_members) >= BREACH_MEMBERS:
        flags.append("breach")
        actions.append(
            _action("flag", ("breach",), "members' addresses shown", f"{len(view.facts.cc_members)} members")
        )
    return tuple(flags), tuple(actions)


def _action(verb: str, values: tuple[str, ...], rule: str, word: str) -> Action:
    return Action(verb, values, rule, BUILT_IN, 0, (word,))
