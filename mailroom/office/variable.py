"""One word that a template may use in `{{ }}`."""

from dataclasses import dataclass

from mailroom.message.picture import Picture


class Facts(dict[str, str]):
    """Words by their names; one that nobody knows is empty, so that a template may name it."""

    def __missing__(self, key: str) -> str:
        """Return nothing for what is not known."""
        return ""


@dataclass(frozen=True, slots=True)
class Variable:
    """One word a template may use. `sample` also says what it is: text, a picture, or a list of texts or of rows.

    `private`: may not stand in a subject, which lock screens show. `lines`: text that is handed over
    with line ends and used line by line.
    """

    name: str
    sentence: str
    sample: object
    private: bool = False
    lines: bool = False

    @property
    def empty(self) -> object:
        """What the variable is in a mail that has none."""
        if isinstance(self.sample, Facts):
            return Facts()
        return "" if isinstance(self.sample, str | Picture) else ()
