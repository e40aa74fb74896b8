"""The message at hand, as the effects of rules and cases need it."""

from dataclasses import dataclass
from datetime import datetime

from mailroom.message import Message
from mailroom.office.mail import Cause
from mailroom.rules.model import Sender
from mailroom.rules.words import fold, holds, phrase


@dataclass(frozen=True, slots=True)
class Incoming:
    """The message being handled."""

    row: int
    message: Message
    sender: Sender
    class_: str
    thread: int
    at: datetime
    silence: str
    hold: bool = False
    """A rule holds the answers to it."""

    @property
    def vouched(self) -> bool:
        """Whether our own server vouches for the address it is from."""
        return self.message.authentication.verdict == "pass"

    def cause(self, case: int | None, ref: str) -> Cause:
        """Return why an answer to this message is written."""
        return Cause(self.row, case, ref, self.thread, self.at, self.message, self.hold)


def names_place(message: Message, place: str) -> bool:
    """Tell whether the newly written words or the subject name a place, as whole words."""
    wanted = phrase(place)
    texts = (message.subject, message.new_text)
    return wanted is not None and any(holds(fold(text), "contains", wanted) for text in texts)
