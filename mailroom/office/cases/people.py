"""Who acted in a case: the directory's answer about the sender, and what they are to this case."""

from datetime import datetime

from sqlite_utils import Database

from mailroom.office.cases import targets
from mailroom.office.cases.scene import Scene
from mailroom.office.office import Office
from mailroom.rules.cases import Actor, CaseFile
from mailroom.rules.model import Sender
from mailroom.rules.who import has_interest
from mailroom.store.cases import Case


def actor(office: Office, db: Database, process: CaseFile, case: Case, sender: Sender, now: datetime) -> Actor:
    """Return what somebody is to a case: its requester, in its groups, recused for its place."""
    requester = sender.person == case.requester if case.requester else sender.address == case.requester_address
    scene = Scene(office, db, process, case, "", now)
    return Actor(sender, requester, targets.groups_of(scene, sender.person), has_interest(sender, case.place))
