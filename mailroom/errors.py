"""The errors of mailroom, one small tree.

    MailroomError
    ├── Problems          bad input: one or more Problem, each with file, line and a plain sentence
    ├── Temporary         the wire said "later": try again, nothing is lost
    ├── Permanent         the wire said "never": give up on this one thing and say so
    │   ├── Unauthorised  the server refused our credentials: do not hammer it
    │   └── Barred        the server refuses us, or all that we send: not this one recipient's fault
    ├── Doubtful          the wire fell silent after we had sent the message: it may have arrived
    ├── Unreadable        a message killed or outlived its reader
    ├── StoreBusy         the database cannot be written now: another program holds it, or the disk is full
    └── StoreFault        the database cannot be trusted: the start stops here

Temporary, Permanent and Doubtful are WireFaults: they carry the reply code where there was one.
Temporary and permanent are types decided at the wire, so that no caller reads error text.
"""

from dataclasses import dataclass


class MailroomError(Exception):
    """Anything mailroom expects to go wrong."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault in something a person wrote, in words that person can act on.

    `line` counts from 1; 0 means the whole file. `hint` is the nearest valid word, or "". `column` counts
    characters of that line from 1, so that a caret can stand under the word; 0 means the whole line.
    """

    file: str
    line: int
    text: str
    hint: str = ""
    column: int = 0

    def __str__(self) -> str:
        """`rules/sorting/20-members.txt:4: there is no condition “form”. Did you mean “from”?`"""
        where = f"{self.file}:{self.line}" if self.line else self.file
        hint = f" Did you mean “{self.hint}”?" if self.hint else ""
        return f"{where}: {self.text}{hint}"


class Problems(MailroomError):
    """Bad input, all of it at once: `problems` is never empty."""

    def __init__(self, problems: list[Problem]) -> None:
        """Carry every fault found, in file and line order."""
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = tuple(problems)


class WireFault(MailroomError):
    """What the other side answered, or that it did not.

    `code` is its reply code (RFC 5321 section 4.2), 0 when there was no reply; `verb` is the SMTP command it
    answered, "" elsewhere. Both are for the record and for telling one recipient's fault from everybody's.
    """

    def __init__(self, sentence: str = "", *, code: int = 0, verb: str = "") -> None:
        """Carry a plain sentence and what the wire said."""
        super().__init__(sentence)
        self.code = code
        self.verb = verb


class Temporary(WireFault):
    """The other side may accept the same thing later."""


class Permanent(WireFault):
    """The other side will never accept this."""


class Unauthorised(Permanent):
    """The server refused our name, password or token."""


class Barred(Permanent):
    """The server refuses our address, or by its policy what we send, whoever it is for (RFC 3463 section 3.8)."""


class Doubtful(WireFault):
    """The connection ended between the message and its reply (RFC 5321 section 4.5.3.2.6)."""


class Unreadable(MailroomError):
    """The reader process died on a message, or took longer than it may."""


class StoreBusy(MailroomError):
    """The database cannot be written at the moment; nothing was changed, and it may work later."""


class StoreFault(MailroomError):
    """The database is damaged, is no office's, or is of a version we do not know."""
