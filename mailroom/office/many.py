"""One mail to many people: what is the same for all of them is written, read and looked at once.

Every copy is a mail of its own all the same: its words, its lint and its row are what they would be if it were the only
one (`slots`). What differs in a copy is linted in each; the rest once, in the finished bytes of the first copy and
against everybody's names and addresses, so that whatever stops one reader's copy is found for all.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlite_utils import Database

from mailroom.office import lint, linting
from mailroom.office.layout import MOST_HTML
from mailroom.office.lint import Finding
from mailroom.office.linting import Known, Leaving
from mailroom.office.office import Office
from mailroom.office.slots import Copy, Masters
from mailroom.office.variants import Format


@dataclass(frozen=True, slots=True)
class Many:
    """One sending while it is written; made and used within one transaction, as it keeps what the directory said."""

    masters: Masters
    known: Known
    clear: dict[int, bool] = field(default_factory=dict)
    """Of each master, whether nothing that all its copies share stops any of them."""

    def copy(self, own: Mapping[str, object], form: Format) -> Copy | None:
        """Write one reader's copy, None where it has to be rendered by itself."""
        words = {name: value for name, value in own.items() if isinstance(value, str)}
        return self.masters.copy(words, form) if len(words) == len(own) else None

    def looked_at(
        self, office: Office, db: Database, leaving: Leaving, copy: Copy | None, now: datetime
    ) -> tuple[Finding, ...]:
        """Lint one copy: all of it, or what is not the same in the others; in a call everything."""
        if copy is None or leaving.guard == "call" or not self._is_clear(office, db, leaving, copy, now):
            return linting.of_mail(office, db, leaving, now, self.known)
        if len(copy.rendered.html.encode()) > MOST_HTML:
            return linting.of_mail(office, db, leaving, now, self.known)
        return lint.lint(copy.own, linting.context(office, self.known, leaving, now, _ANY))

    def _is_clear(self, office: Office, db: Database, leaving: Leaving, copy: Copy, now: datetime) -> bool:
        number = id(copy.master)
        if number not in self.clear:
            nobody = replace(leaving, address="", person="")
            found = lint.lint(copy.master.marked, linting.context(office, self.known, nobody, now, _ANY))
            whole = linting.of_mail(office, db, leaving, now, self.known)
            self.clear[number] = not lint.stops(found) and not lint.stops(whole)
        return self.clear[number]


_ANY = 1
"""Whether something is attached is the same in all copies, and looked at in the first."""
