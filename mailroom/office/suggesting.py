"""What suggestions are drawn from in this office: its rules, its examples, and what its people have confirmed."""

from collections.abc import Iterator

from sqlite_utils import Database

from mailroom.clock import moment
from mailroom.office import wording
from mailroom.office.office import Office, Weighed
from mailroom.rules import RuleSet
from mailroom.rules.nearest import Nearest, of_rules
from mailroom.rules.samples import Sample, shortened
from mailroom.store import confirmed, readings

MOST_LEARNED = 500
"""How many confirmed messages are learned from, the newest first: weighing them must not hold up the mail."""
MOST_TEXT = 1500


def nearest(office: Office, db: Database) -> Nearest:
    """Return the weighed examples; anew when the rules have changed or somebody has confirmed something."""
    state = confirmed.state(db)
    kept = office.nearest
    if kept is None or kept.rules is not office.rules or kept.state != state:
        kept = Weighed(office.rules, state, of_rules(office.rules, tuple(_confirmed(office, db))))
        office.nearest = kept
    return kept.nearest


def of(office: Office, db: Database, ruleset: RuleSet) -> Nearest:
    """Return the weighed examples as they would be with another set of rules."""
    return nearest(office, db) if ruleset is office.rules else of_rules(ruleset, tuple(_confirmed(office, db)))


def _confirmed(office: Office, db: Database) -> Iterator[Sample]:
    for one in confirmed.newest(db, MOST_LEARNED):
        reading = readings.one(db, one.message)
        text = reading.message.new_text[:MOST_TEXT] if reading and reading.message else ""
        received = moment(one.received_at).astimezone(office.zone)
        words = shortened(one.subject or text)
        near = f"like your message of {wording.day_and_month(received)}" + (f", “{words}”" if words else "")
        yield Sample(one.class_, f"{one.subject}\n\n{text}", near)
