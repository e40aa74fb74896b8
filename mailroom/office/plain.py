"""What a mail of ours says, as a person who decides on it is shown it."""

from email import message_from_bytes, policy


def plain_words(mime: bytes) -> str:
    """Return what a mail of ours says, without the lines that end every mail."""
    text = all_words(mime)
    return text.rpartition("\n-- \n")[0] or text


def all_words(mime: bytes) -> str:
    """Return every word of a mail of ours, as whoever answers it may quote it."""
    plain = message_from_bytes(mime, policy=policy.default).get_body(("plain",))
    text = str(plain.get_content()) if plain is not None else ""
    return text.replace("\r\n", "\n")
