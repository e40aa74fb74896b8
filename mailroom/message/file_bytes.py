"""The bytes of a message's files, for the few steps that need them: each under the safe name it is shown by."""

from mailroom.message import body, limits, mime, tnef
from mailroom.message.attachments import attachments
from mailroom.message.mime_tree import parsed
from mailroom.message.model import Attachment


def file_bytes(raw: bytes) -> list[tuple[Attachment, bytes]]:
    """Return the files of a message and what they hold, in reading order.

    `raw` was read before, in the reader process: what is deadly to read never comes here.
    """
    files = body.read(tnef.unwrapped(mime.leaves(parsed(limits.cap(raw).raw)))).files
    return [(one, mime.content(leaf.part)) for leaf, one in zip(files, attachments(files), strict=True)]
