"""Understanding mail and writing it: bytes to `Message`, `Draft` to bytes. Pure: no files, no clock, no chance."""

from mailroom.message.as_json import as_json
from mailroom.message.compose import Draft, compose, is_message_id, message_id_for
from mailroom.message.model import Border, Message
from mailroom.message.opaque import opaque

__all__ = ["Border", "Draft", "Message", "as_json", "compose", "is_message_id", "message_id_for", "opaque", "read"]

_NO_BORDER = Border()


def read(raw: bytes, border: Border = _NO_BORDER) -> Message:
    """Understand one message; what can't be understood is among its `defects`.

    Args:
        raw: the message as the server holds it.
        border: whose word about the sender's identity we take; without one, nobody's.

    Raises:
        MemoryError: and nothing else. Run it in `mailroom.reader`, which survives that too.

    """
    # The parsers take a third of a second to import; most commands never read a message themselves.
    from mailroom.message import reading  # noqa: PLC0415

    return reading.read(raw, border)
