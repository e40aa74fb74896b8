"""Links that write a command: one tap on a phone."""

from urllib.parse import quote


def mailto(mailbox: str, *words: str) -> str:
    """Return a link that writes a mail with these words as its subject."""
    return f"mailto:{mailbox}?subject={quote(' '.join(word for word in words if word))}"
