"""After an update of mailroom, readings of an older shape are made anew, a few at a time, so that trying stays quick.

Until one is, `try` reads the message from its stored bytes itself.
"""

from typing import Final

from mailroom.message import read
from mailroom.office.office import Office
from mailroom.office.place import place
from mailroom.store import messages, readings, settings

DONE: Final = "readings_shape"
"""Setting: the shape that every reading has, so that nothing needs to be looked for."""

AT_A_TIME: Final = 25
"""So few that the mail does not notice: some milliseconds each."""


def renew(office: Office, most: int = AT_A_TIME) -> int:
    """Make some readings anew, the newest messages first; return how many. 0 when there is nothing to do."""
    if settings.get(office.store.db, DONE) == str(readings.SHAPE):
        return 0
    with office.store.immediate() as db:
        rows = readings.stale(db, most)
        for row in rows:
            before = readings.one(db, row)
            message = read(messages.raw(db, row), office.config.border)
            if before is not None:
                facts = before.facts or place(office, db, message, before.received_at).facts
                readings.write(db, row, message, facts)
        if len(rows) < most:
            settings.put(db, DONE, str(readings.SHAPE))
    return len(rows)
