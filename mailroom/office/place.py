"""Place a message: who sent it, how far that is believed, which thread and which cases it belongs to.

Identity comes from the From address and our own server's verdict, never from Reply-To, the shown
name, or a header that is not ours (design, section 5).
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from sqlite_utils import Database

from mailroom.message import Message
from mailroom.message.resemblance import lookalike, namesake
from mailroom.message.threads import is_ours
from mailroom.office import threads
from mailroom.office.office import Office
from mailroom.office.threads import Joined
from mailroom.office.working_days import in_hours
from mailroom.rules.model import Facts, OpenCase, Sender
from mailroom.store import cases, links, people


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a message belongs."""

    sender: Sender
    facts: Facts
    joined: Joined


def place(office: Office, db: Database, message: Message, now: datetime) -> Placed:
    """Place a message that arrived at `now` by the server's clock."""
    sender = identify(db, message, office.config.trust.internal_domains)
    joined = threads.find(db, message, sender, office.config.office.mailbox)
    if joined.copy and joined.copy.person and sender.trust == "stranger" and not sender.impostor_of:
        # An unknown address that answers a member's own copy proposes an identity; the copy may
        # just as well have been forwarded, so it proves nothing (domain, section G 3).
        sender = replace(sender, trust="proposed")
    answered = joined.answered
    facts = Facts(
        sender=sender,
        now=now.astimezone(office.zone),
        answers_template=answered.template if answered else "",
        answers_ref=cases.by_id(db, answered.case).ref if answered and answered.case else "",
        thread_refs=tuple(links.of_thread(db, joined.thread)) if joined.thread else (),
        open_cases=tuple(
            OpenCase(case.ref, case.kind, case.stage, case.place, case.requester) for case in cases.still_open(db)
        ),
        places=people.places(db),
        known_refs=cases.existing(db, threads.references(f"{message.subject}\n{message.new_text}")),
        out_of_hours=not in_hours(now, office.config.hours.week, office.zone),
        own_addresses=own_addresses(office, sender.address),
        cc_members=_members_shown(db, message, sender),
        addressed=_addressed(db, message),
    )
    return Placed(sender, facts, joined)


def own_addresses(office: Office, address: str) -> tuple[str, ...]:
    """Return our own addresses: the mailbox's, and an address at hand that is a form of it."""
    mailbox = office.config.office.mailbox.lower()
    return (mailbox, address) if address != mailbox and is_ours(address, mailbox) else (mailbox,)


def identify(db: Database, message: Message, internal_domains: Iterable[str]) -> Sender:
    """Say who the From address belongs to, and how far that is believed."""
    address, name = message.sender.address, message.sender.name
    known = people.known(db, address) if address else None
    if known is None:
        twin = namesake(name, people.names(db)) if name else None
        return Sender(
            address=address,
            name=name,
            impostor_of=twin.id if twin else "",
            impostor_kind=twin.kind if twin else "",
            lookalike_of=lookalike(address.rpartition("@")[2], internal_domains),
        )
    passed = message.authentication.verdict == "pass" and known.address_status in ("ok", "soft", "suspended")
    return Sender(
        address=address,
        name=known.name,
        person=known.person,
        kind=known.kind,
        roles=known.roles,
        trust="verified" if passed else "claimed",
        state=known.state,
        station=known.station,
        recused_for=known.recused_for,
    )


def _addressed(db: Database, message: Message) -> tuple[Sender, ...]:
    """Return who of the directory stands in To or Cc. Nothing is proved of them: anybody can be written to."""
    shown = tuple(dict.fromkeys(a.address for a in (*message.to, *message.cc) if a.address))
    return tuple(
        Sender(address, known.name, known.person, known.kind, known.roles, "claimed", known.state, known.station)
        for address, known in people.all_known(db, shown).items()
    )


def _members_shown(db: Database, message: Message, sender: Sender) -> tuple[str, ...]:
    shown = tuple({a.address for a in (*message.to, *message.cc) if a.address and a.address != sender.address})
    return people.members_at(db, shown) if shown else ()
