"""Found the demo's office: its folder, and the world of the story brought in by the import functions everyone uses."""

import csv
import io
import os
import secrets
import shutil
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from sqlite_utils import Database

from mailroom.defaults import shipped
from mailroom.message import Draft, compose
from mailroom.message.model import Address
from mailroom.office import imports
from mailroom.office.people_file import LAYOUT
from mailroom.store import Store, cases, outbox, threads
from mailroom.store.outbox import Outgoing
from mailroom.story.model import HarnessFault, SentBefore, Someone, World

MARKER = "THIS-IS-A-DEMO.txt"
MARKED = "`mailroom demo` made this folder and makes it anew each time: keep nothing here.\n"
PASSWORD = "mailbox-password"  # noqa: S105 - the file's name

KINDS = {"INC": "incident", "NEWS": "newsletter", "APP": "application", "VET": "vetting"}
"""The kind of a case by the prefix of its reference, for work from before the story."""
TEMPLATES = {
    "NEWS": "newsletter/issue", "INC": "incident/call", "APP": "recruitment/update", "VET": "vetting/renewal",
}  # fmt: skip
"""What the mails of the outbound history are, by the prefix of their reference."""


def clear(folder: Path) -> None:
    """Make room for a fresh office. Raises HarnessFault where the folder holds anything but a demo's office."""
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise HarnessFault(f"{folder} is not a folder. Name another one: mailroom demo --office DIR")
    if folder.exists() and any(folder.iterdir()):
        if not (folder / MARKER).is_file():
            raise HarnessFault(
                f"{folder} holds something that no demo made, so it is left alone. Name another: --office DIR"
            )
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MARKER).write_text(MARKED, encoding="utf-8")


def found(world: World, folder: Path, imap_port: int, smtp_port: int, password: str) -> Path:
    """Write the office's files, the shipped rules and templates among them, and return its config.toml."""
    for name in ("rules", "templates"):
        shutil.copytree(shipped(name), folder / name)
    secret = folder / PASSWORD
    with os.fdopen(os.open(secret, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(password + "\n")
    lists = {"people.csv": people_csv(world), "cases.csv": cases_csv(world), "actions.csv": actions_csv(world)}
    for name, data in lists.items():
        (folder / name).write_bytes(data)
    config = folder / "config.toml"
    config.write_text(_config(world, imap_port, smtp_port), encoding="utf-8")
    return config


def fill(store: Store, world: World, now: datetime) -> None:
    """Import the people and the open work, and enter the mails that were sent before."""
    with store.immediate() as db:
        imports.people(db, people_csv(world), "people.csv", now)
        imports.cases(db, cases_csv(world), "cases.csv", now)
        imports.actions(db, actions_csv(world), "actions.csv", now)
        for mail in world.outbound_history:
            _sent_before(db, world, mail)


def new_password() -> str:
    """Return a password for the demo's own mail servers."""
    return secrets.token_urlsafe(24)


def people_csv(world: World) -> bytes:
    """Return the people of the story as a people.csv."""
    rows = [_person(world, person, "officer") for person in world.people]
    rows += [_person(world, person, "member") for person in world.members]
    rows += [_person(world, person, "applicant") for person in world.applicants]
    rows += [_person(world, person, "former") for person in world.former_members]
    rows += [
        {"id": desk.id, "name": desk.name, "kind": "desk", "roles": desk.role, "emails": desk.address}
        for desk in world.desks
    ]
    rows += [
        {
            "id": partner.id, "name": partner.contact, "kind": "partner", "organisation": partner.org,
            "emails": partner.address, "agreement_until": partner.agreement_expires or "",
        }
        for partner in world.partners
    ]  # fmt: skip
    return _csv(LAYOUT.columns, rows)


def cases_csv(world: World) -> bytes:
    """Return the cases the story begins with: old ones, the open application, the renewals under way."""
    rows = [
        {
            "ref": case.ref,
            "kind": _of(KINDS, case.ref),
            "stage": case.state,
            "facts": f"place={case.place}" if case.place else "",
        }
        for case in world.old_cases
    ]
    rows += [
        {
            "ref": one.ref,
            "kind": "application",
            "stage": one.state,
            "owner": "coordinator",
            "facts": f"requester={one.id}",
        }
        for one in world.applicants
    ]
    known = {row["ref"] for row in rows}
    rows += [
        {
            "ref": mail.ref,
            "kind": "vetting",
            "stage": "renewal_due",
            "owner": "coordinator",
            "facts": f"requester={mail.recipient}",
        }
        for mail in world.outbound_history
        if mail.ref not in known
    ]
    return _csv(("ref", "kind", "stage", "owner", "due", "text", "facts"), rows)


def actions_csv(world: World) -> bytes:
    """Return the open actions of the story."""
    rows = [
        {"ref": one.ref, "stage": one.state, "owner": one.owner, "due": one.due, "text": one.text}
        for one in world.actions
    ]
    return _csv(("ref", "stage", "owner", "due", "text"), rows)


def _person(world: World, person: Someone, kind: str) -> dict[str, str]:
    roles = (*person.roles, *(role for role, holder in world.roles.items() if holder == person.id))
    row = {
        "id": person.id, "name": person.name, "kind": kind, "rank": person.rank,
        "roles": _several(dict.fromkeys(roles)),
        "station": person.station or "",
        "emails": _several(one.email for one in person.addresses),
        "state": person.state, "joined": person.joined or "", "left": person.left or "",
        "newsletter": "yes" if person.id in world.newsletter_readers_inside else "no",
        "skills": _several(person.skill_tags), "links": _several(person.link_tags),
        "links_consent": person.link_tags_consent or "", "recused_for": _several(person.recusal_tags),
        "privacy_notice": person.privacy_notice_version, "leave_until": person.leave_to or "",
        "ci_input": person.induction.critical_incident_input or "",
        "residency_seen": person.induction.residency_seen or "",
    }  # fmt: skip
    if vetting := person.vetting:
        row |= {
            "vetting_status": vetting.status, "vetting_level": vetting.level, "vetting_from": vetting.from_,
            "vetting_to": vetting.to, "ladder_sent": _several(map(str, vetting.ladder_already_sent)),
        }  # fmt: skip
    if person.confidentiality:
        row["confidentiality_signed"] = person.confidentiality.signed_on
    if person.tor_acknowledged:
        row |= {"tor_version": person.tor_acknowledged.version, "tor_acknowledged": person.tor_acknowledged.on}
    if person.preferences:
        row |= {"format": person.preferences.format, "newsletter": "yes" if person.preferences.newsletter else "no"}
    return row


def _several(values: Iterable[str]) -> str:
    return "; ".join(values)


def _csv(columns: Sequence[str], rows: Iterable[Mapping[str, str]]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, columns)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def _sent_before(db: Database, world: World, mail: SentBefore) -> None:
    """Enter one mail as sent, in a thread of its own, so that an answer to it finds its case."""
    [recipient] = world.recipients(mail.recipient)
    case = cases.by_ref(db, mail.ref)
    mime = compose(
        Draft(
            sender=Address(_name(world), world.mailbox),
            recipient=Address("", recipient),
            subject=mail.subject,
            text=mail.text,
            html="",
            message_id=mail.message_id,
            date=mail.at,
            automatic="auto-generated",
        ),
    )
    outgoing = Outgoing(
        key=f"history:{mail.message_id}",
        recipient=recipient,
        person=mail.recipient,
        kind="mail",
        template=_of(TEMPLATES, mail.ref),
        subject=mail.subject,
        message_id=mail.message_id,
        mime=mime,
        case=case.id if case else None,
        thread=threads.new(db, mail.subject, mail.at),
    )
    outbox.record_history(db, outgoing, mail.at)


def _of(words: Mapping[str, str], ref: str) -> str:
    prefix = ref.partition("-")[0]
    if prefix not in words:
        raise HarnessFault(f"world.json: the reference {ref} begins with none of {', '.join(words)}")
    return words[prefix]


def _name(world: World) -> str:
    return f"Independent Advisory Group, {world.mailbox.rpartition('@')[2]}"


def _config(world: World, imap_port: int, smtp_port: int) -> str:
    pattern = world.working_pattern.items()
    hours = "\n".join(f'{day.lower()} = "{begins}-{ends}"' for day, (begins, ends) in pattern)
    domains = ", ".join(f'"{domain}"' for domain in world.internal_domains)
    server = f'host = "127.0.0.1"\nsecurity = "none"\nuser = "{world.mailbox}"\npassword_file = "{PASSWORD}"\n'
    return f"""# The demo's office. Its mail servers ran on this machine only while the demo did.
[office]
name = "{_name(world)}"
mailbox = "{world.mailbox}"
cover_phone = "{world.cover_phone}"
zone = "{world.timezone}"

[imap]
port = {imap_port}
{server}
[smtp]
port = {smtp_port}
{server}
[trust]
trusted_authserv = ["{world.authserv_id}"]
internal_domains = [{domains}]

[hours]
{hours}
"""
