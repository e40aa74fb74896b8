"""What has become of a message or a case, and because of what: journal, acts, events of a case, mails."""

from dataclasses import asdict
from typing import Any

from sqlite_utils import Database

from mailroom.store import acts, cases, journal, links, merges, views
from mailroom.store.acts import Act
from mailroom.store.cases import Case, Event


def of_message(db: Database, row: int) -> list[dict[str, Any]]:
    """Return everything that was done with a message: at, what, by, words, and whether it was taken back."""
    return _told(journal.about(db, message=row), acts.of_message(db, row))


def of_case(db: Database, case: Case) -> dict[str, Any]:
    """Return a case as it stands, the events that led it there with their causes, its messages and our mails."""
    return {
        "ref": case.ref,
        "kind": case.kind,
        "stage": case.stage,
        "open": not case.final,
        "owner": case.owner,
        "requester": case.requester or None,
        "due": case.due or None,
        "events": [asdict(one) for one in _events(db, case.id)],
        "messages": [
            {"message": f"#{one.message}", "at": one.received_at, "class": one.class_ or None,
             "person": one.person or None, "state": one.state, "how": one.how, "by": one.by}
            for one in links.of_case(db, case.id)
        ],
        "mails": [
            {"template": one.template, "to": one.person or one.recipient, "state": one.state,
             "at": one.settled_at or None, "cause": f"#{one.cause}" if one.cause else None}
            for one in views.about(db, case.id)
        ],
        "history": _told(journal.about(db, case=case.id), acts.of_case(db, case.id)),
    }  # fmt: skip


def _events(db: Database, case: int) -> list[Event]:
    """Return what happened in a case and in those that went into it, in the order of time."""
    found = [event for number in (case, *merges.merged(db, case)) for event in cases.events(db, number)]
    return sorted(found, key=lambda event: event.at)


def _told(lines: list[tuple[str, str, str]], done: list[Act]) -> list[dict[str, Any]]:
    """Put the journal and the acts in one order of time; what both tell is told once, with who did it."""
    acted = [
        {"at": one.at, "what": one.kind, "by": one.by, "words": one.words, "taken_back": one.undone_at or None}
        for one in done
    ]
    said = {one["words"] for one in acted}
    noted = [
        {"at": at, "what": event, "by": None, "words": words, "taken_back": None}
        for at, event, words in lines
        if words not in said
    ]
    return sorted((*acted, *noted), key=lambda one: str(one["at"]))
