"""A mail's words once its template is filled, before it is addressed to anybody."""

from dataclasses import dataclass

from mailroom.message.picture import Picture


@dataclass(frozen=True, slots=True)
class Rendered:
    """A mail's words. `text` and `html` say the same; `marking` is what the mail is, printed or not.

    `html` is "" for a reader who wants text alone; `pictures` are those that `html` shows.
    """

    subject: str
    text: str
    html: str
    marking: str
    kind: str
    any_hour: bool = False
    pictures: tuple[Picture, ...] = ()
