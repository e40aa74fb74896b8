"""Sendings that a person approves: the proof, the word that is given on it, and the sending itself.

The word is given on a hash of what everybody would read. Nothing goes whose words, or whose list, are not those
that were shown: then there is a new proof, with a new code.
"""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from random import Random
from typing import Final

from sqlite_utils import Database

from mailroom.office import lint, mail, newsletter_pictures, preferences, wording
from mailroom.office.absence import who_answers
from mailroom.office.commands.links import mailto
from mailroom.office.lint import Context, Finding
from mailroom.office.linting import FORCE
from mailroom.office.mail import Cause, Recipient
from mailroom.office.many import Many
from mailroom.office.office import Office
from mailroom.office.rendered import Rendered
from mailroom.office.variants import known as known_form
from mailroom.office.working_days import next_working_moment
from mailroom.office.writing import Sending
from mailroom.store import approvals, batches, cases, codes, groups, guards, journal, people
from mailroom.store.approvals import Approval
from mailroom.store.groups import Reader
from mailroom.store.guards import Guard

PROOF, CHASER = "notice/proof", "notice/not-approved"
NOT_YET: Final = "Nobody has approved it yet, and it is for you to do so now."
ROLE: Final = "coordinator"
"""Who approves; whoever covers for them does while they are away."""
MOST_NAMES: Final = 500
"""People whom a proof names; the number it says is always that of all."""
MOST_WORDS: Final = 900
"""Of an issue of the newsletter (domain, D2)."""
MOST_LINES: Final = 6
"""Lines in which a proof shows how another reader's copy differs."""


@dataclass(frozen=True, slots=True)
class Audience:
    """Who gets the sendings of one kind, and what must hold of them."""

    readers: Callable[[Database], list[Reader]]
    guard: Guard
    most_words: int


AUDIENCES: Final[Mapping[str, Audience]] = {"newsletter": Audience(groups.readers, "newsletter", MOST_WORDS)}
"""By what the name of a sending begins with."""


@dataclass(frozen=True, slots=True)
class Listed:
    """Who would get a sending today, and who would not, with the reason."""

    readers: tuple[Reader, ...]
    without: tuple[str, ...]
    unreachable: tuple[Reader, ...] = ()
    """Those of the latter who would get theirs if an address of theirs could be used."""


def propose(  # noqa: PLR0913 - what a sending is made of
    office: Office,
    db: Database,
    batch: str,
    now: datetime,
    rnd: Random,
    *,
    title: str,
    case: int | None,
    template: str,
    variables: Mapping[str, object],
    due_at: datetime,
    note: str = "",
) -> Approval:
    """Put a sending before whoever approves it; a text that was approved before is so no more.

    Raises Problems when its template cannot be filled.
    """
    made = approvals.propose(
        db, batch, now, title=title, case=case, template=template, variables=variables,
        sha256=fingerprint(office, template, variables), due_at=due_at,
    )  # fmt: skip
    approvals.void(db, made.id, now)
    show(office, db, made, now, rnd, note=note)
    return made


def fingerprint(office: Office, template: str, variables: Mapping[str, object]) -> str:
    """Return the hash of what everybody would read: the template as it is today, and what fills it."""
    source, footer = office.templates.mails[template].source, office.templates.footer.source
    said = [source.subject, source.marking, source.body, footer.body, variables]
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def unchanged(office: Office, approval: Approval) -> bool:
    """Tell whether a sending still says what its proof said."""
    return fingerprint(office, approval.template, approval.variables) == approval.sha256


def listed(db: Database, approval: Approval, today: date) -> Listed:
    """Return who gets a sending, in the order of their names, and who does not."""
    audience = _audience(approval)
    return sorted_out(audience.readers(db), audience.guard, today)


def sorted_out(readers: Sequence[Reader], guard: Guard, today: date) -> Listed:
    """Part those who may be written to today, or once what keeps them from it is over, from those who may not."""
    those: list[Reader] = []
    without: list[str] = []
    unreachable: list[Reader] = []
    for one in readers:
        unfit = guards.decide(guard, one.facts, today)
        why = unfit.why if unfit else "" if one.address else "no address of theirs can be used"
        if why:
            later = " (theirs waits until that is over)" if unfit and unfit.waits else ""
            without.append(f"{one.name}: {why}{later}")
        if unfit.waits if unfit else not why:
            those.append(one)
        elif unfit is None or unfit.because == "address":
            unreachable.append(one)
    return Listed(tuple(those), tuple(without), tuple(unreachable))


def _audience(approval: Approval) -> Audience:
    return AUDIENCES[approval.batch.partition(":")[0]]


def show(
    office: Office,
    db: Database,
    approval: Approval,
    now: datetime,
    rnd: Random,
    *,
    note: str = "",
    key: str = "",
    to: Sequence[str] | None = None,
) -> int:
    """Mail the proof with a one-time code to whoever approves, or of those to `to`, and return to how many."""
    today = now.astimezone(office.zone).date()
    found = listed(db, approval, today)
    approvals.show(db, approval.id, len(found.readers))
    texts = _texts(office, db, approval, found)
    lints = _findings(office, db, approval, texts, len(found.readers), today)
    first = texts[0][2]
    variables: dict[str, object] = {
        "note": note,
        "count": wording.count(len(found.readers), "person", "people"),
        "names": _some([one.name for one in found.readers[:MOST_NAMES]], len(found.readers)),
        "without": _some(found.without[:MOST_NAMES], len(found.without)),
        "stops": [one.text for one in lints if one.severity == "stop"],
        "findings": [one.text for one in lints if one.severity == "ask"],
        "sent_subject": first.subject,
        "words": first.text.rpartition("\n-- \n")[0],
        "shown_for": f"{people.name_of(db, texts[0][1])} ({texts[0][0]})" if texts[0][1] else texts[0][0],
        "others": [_differs(db, why, person, text, first) for why, person, text in texts[1:]],
    }
    return _ask(office, db, approval, PROOF, variables, now, rnd, key=key, to=to)


def _some(names: Sequence[str], count: int) -> list[str]:
    """Say how many are left out of a list that is too long for a mail."""
    return [*names, *([f"and {count - len(names)} more"] if count > len(names) else [])]


def chase(office: Office, db: Database, approval: Approval, now: datetime, rnd: Random) -> int:
    """Remind whoever approves that nothing goes without their word; with a code, as the first may have expired.

    Whoever has come to approve it since, and never saw these words, gets the proof instead.
    """
    seen = codes.issued_to(db, "sending", approval.id, approval.sha256)
    asked = approvers(office, db, now)
    if new := [person for person in asked if person not in seen]:
        show(office, db, approval, now, rnd, note=NOT_YET, to=new)
    return len(new) + _ask(office, db, approval, CHASER, {}, now, rnd, to=[one for one in asked if one in seen])


def send(office: Office, db: Database, approval: Approval, now: datetime, expires: datetime, *, key: str = "") -> int:
    """Write every mail of an approved sending, and return how many there are: all in this transaction, or none.

    Their keys begin with the name of the sending, or with `key`, as a rehearsal wants it. Those that were written
    before and stood back (`writing`) go with the others.

    Raises Problems when one of them cannot be written.
    """
    there = batches.people_in(db, approval.batch) if not key else frozenset[str]()
    queued = len(there)
    found = listed(db, approval, now.astimezone(office.zone).date())
    # mail.write keeps for those without an address what they are to catch up with
    if left := [one.id for one in (*found.readers, *found.unreachable) if one.id not in there]:
        many = to_many(office, db, approval)
        written = [write_to(office, db, approval, person, many, now, expires, key=key) for person in left]
        queued += len([row for row in written if row is not None])
    batches.let_go(db, approval.batch)
    approvals.settle(db, approval, "sent", approval.by, now)
    words = f"{approval.title}: {wording.count(queued, 'mail')} queued, as approved by {approval.by}."
    journal.write(db, now, "sending", words, case=approval.case)
    return queued


def to_many(office: Office, db: Database, approval: Approval) -> Many:
    """Begin to write the mails of a sending."""
    return mail.to_many(
        office, db, approval.template, newsletter_pictures.shown(db, approval.variables), _cause(db, approval)
    )


def sending(office: Office, db: Database, approval: Approval, now: datetime, expires: datetime) -> Sending:
    """Return what writes an approved sending a few mails at a time."""
    today = now.astimezone(office.zone).date()
    return Sending(
        approval.batch, approval, expires,
        people=lambda: [one.id for one in listed(db, approval, today).readers],
        begin=lambda: to_many(office, db, approval),
        write=lambda person, many: write_to(office, db, approval, person, many, now, expires),
    )  # fmt: skip


def write_to(
    office: Office,
    db: Database,
    approval: Approval,
    person: str,
    many: Many,
    now: datetime,
    expires: datetime,
    *,
    key: str = "",
) -> int | None:
    """Write one reader's mail of a sending; None where it is there already, or nobody could be written to."""
    address = people.address_of(db, person) or people.last_address_of(db, person)
    if address is None:
        return None
    cause = _cause(db, approval)
    return mail.write(
        office, db, now, key=f"{key or approval.batch}:{person}", template=approval.template, kind="mail",
        recipient=Recipient(address, person, people.name_of(db, person)), cause=cause, many=many, expires=expires,
        variables={"stop_link": preferences.stop_link(office, person)},
        headers=preferences.headers(office, person) if cause.guard == "newsletter" else (),
    )  # fmt: skip


def _cause(db: Database, approval: Approval) -> Cause:
    return Cause(case=approval.case, ref=_ref(db, approval), batch=approval.batch, guard=_audience(approval).guard)


def stopped_by(office: Office, db: Database, approval: Approval, today: date) -> list[str]:
    """Return the findings on a sending that no approval can lift."""
    found = listed(db, approval, today)
    lints = _findings(office, db, approval, _texts(office, db, approval, found), len(found.readers), today)
    return [one.text for one in lints if one.severity == "stop"]


def far_off(shown: int, found: int) -> bool:
    """Tell whether a list has changed by more than a fifth since it was shown."""
    return abs(found - shown) > lint.FAR_OFF * shown


def approvers(office: Office, db: Database, now: datetime) -> tuple[str, ...]:
    """Return who is asked: the coordinators who are here and can be written to, else their cover."""
    asked = who_answers(office, db, ROLE, now)
    return tuple(person for person in asked if people.address_of(db, person))


def _ask(  # noqa: PLR0913 - what a question is made of
    office: Office,
    db: Database,
    approval: Approval,
    template: str,
    variables: Mapping[str, object],
    now: datetime,
    rnd: Random,
    *,
    key: str = "",
    to: Sequence[str] | None = None,
) -> int:
    mailbox, ref = office.config.office.mailbox, _ref(db, approval)
    asked = approvers(office, db, now) if to is None else to
    for person in asked:
        code = codes.issue(db, person, "sending", approval.id, approval.sha256, now, rnd)
        mail.write(
            office, db, now, key=f"{key or template}:{approval.batch}:{code}", template=template, kind="notice",
            recipient=Recipient(people.address_of(db, person) or "", person, people.name_of(db, person)),
            variables={
                "title": approval.title, "when": wording.moment(approval.due_at, office.zone), "code": code,
                "approve_link": mailto(mailbox, "APPROVE", ref, code),
                "cancel_link": mailto(mailbox, "CANCEL", ref, code), "hold_link": mailto(mailbox, "HOLD", ref),
                **variables,
            },
            cause=Cause(case=approval.case, ref=ref),
            not_before=next_working_moment(now, office.config.hours.week, office.zone),
        )  # fmt: skip
    return len(asked)


def _ref(db: Database, approval: Approval) -> str:
    return cases.by_id(db, approval.case).ref if approval.case is not None else ""


def _values(office: Office, db: Database, approval: Approval, person: str) -> dict[str, object]:
    return {**newsletter_pictures.shown(db, approval.variables), "stop_link": preferences.stop_link(office, person)}


def _rendered(office: Office, db: Database, approval: Approval, person: str) -> Rendered:
    """Write one reader's copy as a proof shows it: with a link that would stop nobody's newsletter but its reader's."""
    recipient = Recipient("", person, people.name_of(db, person))
    cause = Cause(case=approval.case, ref=_ref(db, approval))
    return mail.rendered(office, db, recipient, approval.template, _values(office, db, approval, ""), cause)


def _hardest(those: Sequence[Reader]) -> list[tuple[str, str]]:
    """Return whose copies go wrong first: the longest name, the shortest, text alone, large print; each once."""
    if not those:
        return []
    found = [
        ("the longest name", max(those, key=lambda one: len(one.name)).id),
        ("the least is known of them", min(those, key=lambda one: (len(one.name.split()), len(one.name))).id),
        *(
            (words, next(one.id for one in those if known_form(one.form) == form))
            for form, words in (("plain", "text alone"), ("large", "large print"))
            if any(known_form(one.form) == form for one in those)
        ),
    ]
    first = {person: why for why, person in reversed(found)}
    return [(why, person) for person, why in sorted(first.items(), key=lambda one: found.index((one[1], one[0])))]


def _differs(db: Database, why: str, person: str, text: Rendered, first: Rendered) -> str:
    before = set(first.text.splitlines())
    others = [line for line in text.text.splitlines() if line.strip() and line not in before]
    shown = "; ".join(f"“{line}”" for line in others[:MOST_LINES])
    more = f" and {len(others) - MOST_LINES} more lines" if len(others) > MOST_LINES else ""
    return f"{people.name_of(db, person)} ({why}): {shown + more if shown else 'the same words'}."


def _texts(office: Office, db: Database, approval: Approval, found: Listed) -> list[tuple[str, str, Rendered]]:
    """Write what those read whose copies go wrong first: why theirs, whose, and what."""
    those = _hardest(found.readers) or [("nobody gets it at present", "")]
    return [(why, person, _rendered(office, db, approval, person)) for why, person in those]


def _findings(
    office: Office,
    db: Database,
    approval: Approval,
    texts: Sequence[tuple[str, str, Rendered]],
    count: int,
    today: date,
) -> tuple[Finding, ...]:
    """Return what must be changed, or looked at before the word is given."""
    source, settings = office.templates.mails[approval.template].source, office.config.office
    kind = approval.batch.partition(":")[0]
    names = {one.id: one.name for one in people.names(db) if one.kind not in FORCE}
    found: dict[Finding, None] = {}
    for _, person, text in texts:
        context = Context(
            today,
            own=(
                source.subject, source.body, office.templates.footer.source.body, settings.mailbox, settings.name,
                settings.signature, settings.cover_phone,
            ),
            people={email: names[one] for email, one in people.owners(db).items() if one in names and one != person},
            names=tuple(name for one, name in names.items() if one != person),
            recipients=count, last_time=approvals.last_count(db, f"{kind}:%", approval.batch),
        )  # fmt: skip
        found |= dict.fromkeys(lint.lint(text, context))
    most = _audience(approval).most_words
    if (n := max(len(text.text.rpartition("\n-- \n")[0].split()) for *_, text in texts)) > most:
        found[Finding("ask", "length", f"It has {n} words; {most} are the most that is read to the end.")] = None
    return tuple(found)
