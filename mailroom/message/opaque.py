"""The message of which nothing is known but that it exists."""

from mailroom.message.model import Address, Authentication, Message


def opaque(size: int, sha256: str, defects: tuple[str, ...]) -> Message:
    """Give the message nobody could read: all its facts are absent, and it is never answered."""
    nobody = Address("", "")
    return Message(
        message_id="", sender=nobody, reply_to=(), to=(), cc=(), date=None, subject="", in_reply_to="", references=(),
        text="", new_text="", kind="person", automatic=None, silence="it could not be read", bounces=(), calendar=None,
        forward=None, authentication=Authentication(), marking="", attachments=(), headers=(), size=size,
        sha256=sha256, defects=defects, look=defects,
    )  # fmt: skip
