"""WHY: the facts of `mailroom why` about a message or case, as sentences that fit a mail."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from mailroom.clock import moment
from mailroom.office.commands.given import Given, Outcome, not_done
from mailroom.office.wording import short_moment
from mailroom.store import acts, cases, views

MOST_MISSES = 5
MOST_EVENTS = 20


def explain(given: Given) -> Outcome:
    """Say why a message was sorted as it was, or how a case came to where it is."""
    found = given.about
    if found.message is not None:
        return _message(given, found.message)
    if found.case is not None:
        return _case(given, found.case)
    return not_done("WHY what? Please answer a mail about it, or name it, such as WHY #412.")


def _message(given: Given, number: int) -> Outcome:
    from mailroom.office.explain import recall  # noqa: PLC0415 - explaining takes a message the way that ends here

    known = recall(given.office, number)
    if known is None:
        return not_done(f"There is no message #{number} in this office.")
    seen = views.message(given.db, number)
    undo = f"UNDO #{number}" if known["class"] and known["class"] != "control" else ""
    lines = (*_sorted(known, seen), *_actions(known), *_since(given, known, number))
    return Outcome(lines, template="notice/why", undo=undo)


def _sorted(known: Mapping[str, Any], seen: views.MessageView) -> Iterator[str]:
    who = known["sender"]["person"] or "somebody outside the directory"
    yield f"It is from {who} (the address is {known['sender']['trust']})."
    flagged = f", flagged {', '.join(known['flags'])}" if known["flags"] else ""
    # What a person has said since stands in the row; what was decided at the time stands in the decision.
    yield f"It is sorted as {seen.class_ or known['class'] or 'nothing any rule knows: a person looks'}{flagged}."
    if seen.priority:
        yield f"Priority: {seen.priority}."
    if seen.reason:
        yield f"It was set apart: {seen.reason}."
    if seen.folder:
        yield f"Its folder is {seen.folder}."


def _actions(known: Mapping[str, Any]) -> Iterator[str]:
    """Say for each rule what it did and why, in one sentence: its file and line are those of its first action."""
    by_rule: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for action in known["actions"]:
        by_rule.setdefault((action["rule"], action["file"]), []).append(action)
    for (rule, file), actions in by_rule.items():
        words = ", ".join(f"“{word}”" for word in actions[0]["words"]) or "all its lines hold"
        line = min(action["line"] for action in actions)
        where = f"{file}, line {line}" if line else file
        yield f"By “{rule}” ({where}), because {words}: {'; '.join(_done(action['action']) for action in actions)}."
    for miss in known["near_misses"][:MOST_MISSES]:
        yield f"Nearly: “{miss['rule']}” ({miss['file']}, line {miss['line']}), but for “{miss['text']}”."
    for one in known["suggestions"]:
        yield f"Perhaps {one['class']}: {one['near']}."


_SAID: Final[Mapping[str, str]] = {
    "class": "sorted as {}", "flag": "flagged {}", "file in": "filed in {}", "reply with": "answered with {}",
    "tell": "told {}", "forward to": "forwarded to {}", "open": "opened a case of the kind {}", "link": "linked to {}",
    "command": "{}",
}  # fmt: skip


def _done(action: str) -> str:
    verb, _, values = action.partition(": ")
    return _SAID.get(verb, f"{verb}: {{}}" if values else verb).format(values.rstrip("."))


def _since(given: Given, known: Mapping[str, Any], number: int) -> Iterator[str]:
    for link in known["links"]:
        yield f"{link['state'].capitalize()} link to {link['ref']}: {link['how']}."
    for mail in known["mails"]:
        if mail["kind"] != "notice" or not mail["template"].startswith("notice/"):
            yield f"It led to the mail {mail['template']} to {mail['person'] or mail['recipient']}."
    for act in acts.of_message(given.db, number):
        if act.by != acts.OURSELVES:
            yield f"{short_moment(moment(act.at), given.office.zone)}: {act.words.rstrip('.')}."


def _case(given: Given, number: int) -> Outcome:
    case = cases.by_id(given.db, number)
    events = cases.events(given.db, number)
    due = f" Due {case.due[:10]}." if case.due else ""
    lines = [f"{case.ref} is a case of the kind {case.kind}, in the stage {case.stage.replace('_', ' ')}.{due}"]
    if len(events) > MOST_EVENTS:
        lines.append(f"Its last {MOST_EVENTS} events, of {len(events)}:")
    for event in events[-MOST_EVENTS:]:
        moved = f"{event.from_stage} to {event.to_stage}" if event.from_stage != event.to_stage else event.to_stage
        by = f" by #{event.message}" if event.message is not None else ""
        at = short_moment(moment(event.at), given.office.zone)
        lines.append(f"{at}: {event.event} ({moved.replace('_', ' ')}){by}. {event.why}")
    return Outcome(tuple(lines), template="notice/why", undo=f"UNDO {case.ref}")
