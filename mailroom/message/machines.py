"""The machines that answer mail, told by their words: absences, receipts, recalls, challenges, tickets.

For mail without the headers of RFC 3834. A person may use any one of these words, so nothing rests on one alone,
save the fixed beginnings of a subject that programs write ("Automatic reply: ") and people do not.
"""

from mailroom.message import machine_words as words

# Automatic answers are short, and open with what they are.
_TEXT = 3_000
_OPENING = 400


def absent(subject: str, new_text: str) -> str:
    """Say by which words this is an absent person's automatic answer, or ""."""
    subject, text = subject.lower(), new_text[:_TEXT].lower()
    if words.AWAY_SUBJECT.match(subject) or words.NOTES_SUBJECT.match(subject):
        return "its subject is that of an automatic reply"
    if words.AUTOMATIC.search(text) and words.DECLARED.search(text):
        return "it says of itself that it is automatic"
    if "?" in text or len(new_text) > _TEXT:
        return ""
    gone = words.ABSENT.search(text)
    if gone is None:
        return ""
    more = sum(pattern.search(text) is not None for pattern in words.BESIDES)
    if words.AWAY_SOMEWHERE.search(subject) and more:
        return "its subject and its text are those of an absence"
    opens = not text[: gone.start()].strip(" \n,.!") or (
        words.THANKS.match(text) is not None and gone.start() < _OPENING
    )
    return "its text is that of an absence" if opens and more >= len(words.BESIDES) - 1 else ""


def recalls(subject: str, new_text: str) -> bool:
    """Say whether it recalls an earlier message, as Outlook does."""
    if words.RECALL_SUBJECT.match(subject.lower()) is None:
        return False
    return not new_text.strip() or words.RECALL.search(new_text[:_TEXT].lower()) is not None


def receipt(subject: str, text: str) -> bool:
    """Say whether it tells that a mail was read, in words instead of a report (RFC 8098)."""
    if words.READ_SUBJECT.match(subject.lower()) is None or len(text) > _TEXT:
        return False
    return words.READ.search(text.lower()) is not None and words.OUR_MAIL.search(text.lower()) is not None


def challenges(subject: str, new_text: str) -> bool:
    """Say whether it asks the sender to prove being a person before our mail is delivered."""
    text = new_text[:_TEXT].lower()
    if not words.KEPT.search(text) or not words.HELD.search(text) or not words.PROVE.search(text):
        return False
    return words.CHALLENGE.search(f"{subject.lower()}\n{text}") is not None


def acknowledges(subject: str, new_text: str, *, suppresses: bool) -> bool:
    """Say whether a ticket system says that it has ours; `suppresses`: its headers ask for no automatic answer."""
    text = new_text[:_TEXT].lower()
    if not suppresses and words.UNATTENDED.search(text) is None:
        return False
    return (
        words.TICKET.search(text) is not None and words.TICKET_NUMBER.search(f"{subject.lower()}\n{text}") is not None
    )
