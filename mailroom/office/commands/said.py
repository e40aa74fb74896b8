"""A message as a command is read from it: without the copy of our own mail that it answers, marked or not."""

from dataclasses import replace

from sqlite_utils import Database

from mailroom.message import Message
from mailroom.office.place import Placed
from mailroom.office.plain import all_words
from mailroom.rules.commands.own_words import own_words
from mailroom.store import held


def own(db: Database, message: Message, placed: Placed) -> Message:
    """Return a message with nothing in its new text but what its sender wrote."""
    answered = placed.joined.answered
    if answered is None:
        return message
    words = own_words(message.new_text, all_words(held.by_id(db, answered.id).mime))
    return message if words == message.new_text else replace(message, new_text=words)
