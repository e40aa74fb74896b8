"""A command given earlier, made ready once more: its mail as it was, who gave it, and what it was about."""

from dataclasses import replace

from mailroom.message import read
from mailroom.office.commands import said
from mailroom.office.commands.awaited import case_verbs
from mailroom.office.commands.given import Given, about
from mailroom.office.place import place
from mailroom.rules import commands
from mailroom.store import messages


def recall(given: Given, message: int) -> Given | None:
    """Return the command that a stored message gave, as of now; None where it gives none any more.

    Whoever has left the roster since gives none.
    """
    stored = messages.stored(given.db, message)
    if stored is None or not stored.raw:
        return None
    before = read(stored.raw, given.office.config.border)
    placed = place(given.office, given.db, before, given.now)
    before = said.own(given.db, before, placed)
    command = commands.read(before, placed.facts, case_verbs(given.office))
    if command is None or command.fault:
        return None
    found, fault = about(given.db, command, placed)
    if fault:
        return None
    answered = placed.joined.answered
    return replace(
        given, row=message, message=before, sender=placed.sender, answered=answered, command=command, about=found,
        thread=stored.thread or given.thread,
    )  # fmt: skip
