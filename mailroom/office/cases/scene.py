"""One event in one case while it is carried out: everything an effect needs to know, in one place."""

from dataclasses import dataclass, field
from datetime import datetime

from sqlite_utils import Database

from mailroom.office.cases.incoming import Incoming
from mailroom.office.data_checks import Checked
from mailroom.office.mail import Cause
from mailroom.office.office import Office
from mailroom.rules.cases import Actor, CaseFile, Verdict
from mailroom.rules.forms import Filled
from mailroom.store import acts, case_facts, threads
from mailroom.store.cases import Case

DEEPEST = 5
"""How far one case's news may travel to others it is tied to; beyond, two files answer each other."""


@dataclass(slots=True)
class Scene:
    """An event at work. `key` names it for good: the same event again changes nothing.

    `this` is the message at hand, None where time or a person's word is the cause; `who` whoever acted, `by` how the
    history names them. `said` collects what was done, in sentences for whoever acted.
    """

    office: Office
    db: Database
    process: CaseFile
    case: Case
    key: str
    now: datetime
    this: Incoming | None = None
    who: Actor | None = None
    filled: Filled | None = None
    words: str = ""
    text: str = ""
    """The text of their own that a command brings."""
    by: str = acts.OURSELVES
    failed: Verdict | None = None
    figures: Checked | None = None
    """What the files of the message at hand were found to hold, once somebody asked."""
    said: list[str] = field(default_factory=list)
    unforeseen: bool = False
    learned: bool = False
    """A fact has changed, so that the clocks may come at another time."""
    depth: int = 0
    opened: list["Scene"] = field(default_factory=list)
    """Cases that were opened out of this one and have yet to begin."""

    @property
    def facts(self) -> dict[str, str]:
        """What is known of the case, what is kept apart left out."""
        return case_facts.known(self.db, self.case.id)

    @property
    def row(self) -> int | None:
        """The message behind it."""
        return self.this.row if self.this is not None else None

    @property
    def at(self) -> datetime:
        """When it happened: a message counts from when it came, however late it was linked."""
        return self.this.at if self.this is not None else self.now

    def about(self) -> Cause:
        """Return why a mail is written that answers nobody: it names the case and shows nothing of the message."""
        this = self.this
        if this is not None:
            return Cause(this.row, self.case.id, self.case.ref, this.thread, this.at, hold=this.hold)
        return Cause(None, self.case.id, self.case.ref, self.thread(), None)

    def thread(self) -> int | None:
        """Return the exchange the case was opened in."""
        opened = case_facts.opened_by(self.db, self.case.id)
        return threads.of_message(self.db, opened) if opened is not None else None

    def hidden(self, role: str) -> bool:
        """Tell whether the case is not shown to a role."""
        return role in case_facts.hidden_from(self.db, self.case.id)
