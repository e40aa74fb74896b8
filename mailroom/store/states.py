"""The states of a message and of an outgoing mail: the one table, and everything that follows from it.

The database refuses any other step (triggers made from this table by the schema), the docs print
from it, and what a crash leaves in each state is said beside it.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class State:
    """One state: where it may go, what it means, and what a restart does with a row found in it."""

    to: tuple[str, ...]
    means: str
    after_a_crash: str


MESSAGE: Mapping[str, State] = {
    "received": State(
        ("handled", "stuck", "quarantined", "restricted"),
        "The raw bytes and the ledger row are committed. Nothing has been read yet.",
        "Read and decided as if it had just come.",
    ),
    "handled": State(
        ("filed", "quarantined", "restricted"),
        "Decided: class, links, cases, tasks and outgoing mail were committed together.",
        "Filed, if it is still in the folder it came to; marked filed if the move had gone through.",
    ),
    "filed": State(
        ("restricted", "quarantined"),
        "Its outcome is complete: moved to its folder, or left where it was for a person.",
        "Nothing.",
    ),
    "stuck": State(
        ("received",),
        "Deciding it failed three times. It stays in the inbox, and a person is asked to read it there.",
        "Tried again at each start, and whenever a new set of rules goes live.",
    ),
    "quarantined": State(
        ("handled", "filed", "restricted"),
        "Set apart unread or unanswered: too large, deadly to the reader, or not from whom it says.",
        "Moved to the Quarantine folder, if that had not happened yet.",
    ),
    "restricted": State(
        ("handled", "filed"),
        "Parts were stripped, or only the coordinator may see it.",
        "Moved to the Restricted folder, if that had not happened yet.",
    ),
}

OUTBOX: Mapping[str, State] = {
    "held": State(
        ("ready", "refused", "expired", "cancelled"),
        "Waits for a person's approval.",
        "Nothing: it waits on.",
    ),
    "ready": State(
        ("sending", "expired", "cancelled", "failed"),
        "May go as soon as its time has come and its guards hold.",
        "Sent.",
    ),
    "sending": State(
        ("sent", "deferred", "failed", "doubtful"),
        "Claimed by the delivery loop; the server's reply is not recorded yet.",
        "Becomes doubtful: whether the server took it cannot be known.",
    ),
    "sent": State(
        ("deferred",),
        "The server took it.",
        "Copied to the Sent folder, if that had not happened yet.",
    ),
    "deferred": State(
        ("ready", "failed", "expired", "cancelled"),
        "The server said later. Tried again with growing pauses.",
        "Tried again when its time comes.",
    ),
    "doubtful": State(
        ("ready", "sent", "failed"),
        "The connection ended between the message and its reply. An acknowledgement, alert or danger "
        "answer is repeated once under the same Message-ID; anything else waits for a person.",
        "As before the crash.",
    ),
    "failed": State((), "The server will never take it, or did not for the time we try.", "Nothing."),
    "refused": State((), "The approver said no.", "Nothing."),
    "expired": State((), "Its moment passed before it could be sent.", "Nothing."),
    "cancelled": State((), "A person or a guard withdrew it before it was sent.", "Nothing."),
}

TABLES: Mapping[str, Mapping[str, State]] = {"messages": MESSAGE, "outbox": OUTBOX}


def trigger(table: str) -> str:
    """Return the SQL of the trigger that refuses every step the table of states does not list."""
    steps = ", ".join(f"'{a}>{b}'" for a, state in TABLES[table].items() for b in state.to)
    return (
        f'CREATE TRIGGER "{table}_state" BEFORE UPDATE OF "state" ON "{table}" '
        f"WHEN OLD.state <> NEW.state AND OLD.state || '>' || NEW.state NOT IN ({steps}) "
        f"BEGIN SELECT RAISE(ABORT, 'no such step in the table of states of {table}'); END"
    )


def check(table: str) -> str:
    """Return the CHECK expression that names the states of a table."""
    return "state IN (" + ", ".join(f"'{name}'" for name in TABLES[table]) + ")"


def as_markdown() -> str:
    """Return docs/states.md."""
    lines = [
        "# States",
        "",
        "Printed from the table in `mailroom/store/states.py`; a test keeps the two in step, and prints this",
        "page when they are not. The database refuses any step that is not listed here.",
        "The stages of a case are those of its file in `rules/cases/`.",
    ]
    for title, table in (("Message (inbound)", MESSAGE), ("Outbox (outbound)", OUTBOX)):
        lines += ["", f"## {title}", "", "| state | may become | means | after a crash |", "|---|---|---|---|"]
        lines += [
            f"| {name} | {', '.join(state.to) or '(final)'} | {state.means} | {state.after_a_crash} |"
            for name, state in table.items()
        ]
    return "\n".join(lines) + "\n"
