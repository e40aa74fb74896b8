"""Shared by the tests of cases: an office that plays the three example processes, and what happened in it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from mailroom.message import read
from mailroom.office import imports, templates
from mailroom.office.cases import Incoming, begin, linked, tick
from mailroom.office.cases.commanding import command
from mailroom.office.commands.given import Given, Outcome
from mailroom.office.files import OfficeFiles
from mailroom.office.office import Office
from mailroom.office.place import identify
from mailroom.rules import ROLES, load
from mailroom.rules.commands import Command
from mailroom.store import case_facts, case_timers, cases, links, messages, turns
from mailroom.store import threads as store_threads
from mailroom.store.cases import Case
from mailroom.store.commands import About
from mailroom.store.messages import Arrived, Packed
from tests.office import REPOSITORY, mail, shipped_set, small_office

EXAMPLES = REPOSITORY / "tests" / "cases"
NOW = datetime(2031, 1, 14, 21, 40, tzinfo=UTC)  # a Tuesday evening
COLUMNS = (
    "id,name,kind,roles,emails,station,state,recused_for,vetting_to,vetting_status,confidentiality_signed,ci_input"
)
FIT = "active,,2033-01-31,granted,2030-09-01,2030-05-01"
PEOPLE = f"""{COLUMNS}
samir,Sol Costa,officer,officer,sol.costa@btp.example.org,,,,,,,
ellen,Elin Frayne,officer,observation host,elin.frayne@btp.example.org,Kingsmead,,,,,,
hs,Health and Safety,desk,health and safety,hs@btp.example.org,,,,,,,
alex,Alex Dunmore,officer,chief inspector; authoriser,alex.dunmore@btp.example.org,,,,,,,
M01,Ada Winter,member,,ada.winter@mail.example.org,,{FIT}
M02,Ben Ortiz,member,,ben.ortiz@post.example.org,,{FIT}
M03,Cleo Marsh,member,,cleo.marsh@mail.example.org,,active,,2031-02-19,granted,2030-09-01,2030-05-01
M04,Dev Rao,member,,dev.rao@mail.example.org,,active,Kingsmead,2033-01-31,granted,2030-09-01,2030-05-01
M05,Eve Lowe,member,,eve.lowe@mail.example.org,,onboarding,,2033-01-31,granted,2030-09-01,
M06,Finn Noor,member,,finn.noor@mail.example.org,,{FIT}
"""
KINDS = {
    "received": "ack", "thanks": "ack", "kept-apart": "ack", "alert": "alert", "gold-asked": "alert",
    "relay": "forward", "health-note": "task", "please-assess": "task", "please-authorise": "task",
    "brief-refused": "notice",
}  # fmt: skip
BODIES = {
    "relay": "{% for line in words %}\n{{ line }}\n\n{% endfor %}",
    "summary": "{{ item_count }} from {{ adviser_count }}.\n\n{% for one in items %}\n- {{ one.words }}\n{% endfor %}",
    "call": "Please answer by {{ facts.window_ends }}.\n\n{{ form.question_1 }}",
    "declined": "{{ reasons | join(' ') }}",
    "brief-refused": "{{ reasons | join(' ') }}",
    "health-note": "{{ facts.health_words }}",
    "please-authorise": "{{ facts.level }}: {{ facts.conditions }}",
    "can-you-host": "On {{ facts.activity_date }}. {{ facts.health_words }}",
}
FORMS = {
    "brief": "Form: A brief\nField: question 1, words\nField: reply by, words\n",
    "agreement": "Form: Agreement\nField: read and agree, yes or no\n",
}
HEALTH = "\nList: health\nWords: asthma; inhaler; epilepsy\n"


def example(name: str) -> str:
    """Return an example process as it was specified."""
    return (EXAMPLES / f"{name}.txt").read_text(encoding="utf-8")


def template(name: str) -> bytes:
    """Return a mail of an example: short, but with what it is there to say."""
    bare = name.rpartition("/")[2]
    body = BODIES.get(bare, "This is about your case.")
    return f"Subject: {bare} {{{{ ref }}}}\nKind: {KINDS.get(bare, 'mail')}\n\n{body}\n".encode()


@contextmanager
def at_work(folder: Path, **processes: str) -> Iterator[Office]:
    """Make an office that plays the examples, and further processes given as text."""
    with small_office(folder) as office:
        ready(office, processes)
        with office.store.immediate() as db:
            imports.people(db, PEOPLE.encode(), "people.csv", NOW)
        yield office


def ready(office: Office, processes: dict[str, str]) -> None:
    """Give an office the examples, their mails and forms, and further processes."""
    texts = {name: example(name) for name in ("incident", "observation", "gold")} | processes
    named = {
        line.split(" to ")[0].partition(": ")[2].rpartition(", ")[2]
        for text in texts.values()
        for line in text.splitlines()
        if line.startswith(("Then send", "Otherwise send", "Then hold", "Chase: ")) and "/" in line.split(" to ")[0]
    }
    shipped = OfficeFiles.of(
        {
            path.relative_to(REPOSITORY).as_posix(): path.read_bytes()
            for folder in ("rules", "templates")
            for path in (REPOSITORY / folder).rglob("*.*")
        }
    )
    mails = {**shipped.templates, **{f"templates/{name}.md": template(name) for name in sorted(named)}}
    rules = {
        name: data for name, data in shipped.rules.items() if not name.startswith(("rules/sorting", "rules/schedule"))
    }
    rules["rules/lists.txt"] += HEALTH.encode()
    rules |= {f"rules/cases/{name}.txt": text.encode() for name, text in texts.items()}
    rules |= {f"rules/forms/{name}.txt": text.encode() for name, text in FORMS.items()}
    office.templates = templates.load(mails)
    made = load(rules, tuple(office.templates.mails), ROLES)
    office.rules = replace(made, duties=shipped_set()[0].duties)


def bring(
    office: Office,
    sender: str,
    class_: str,
    subject: str,
    text: str,
    at: datetime = NOW,
    flags: tuple[str, ...] = (),
    **how: Any,  # noqa: ANN401 - what the mail is made of
) -> Incoming:
    """Let a message come, read and sorted, to which nothing has followed yet."""
    raw = mail(sender, subject, text, **how)
    message = read(raw, office.config.border)
    with office.store.immediate() as db:
        [[uid]] = db.execute("SELECT count(*) + 1 FROM messages")
        row = messages.receive(db, Arrived("INBOX", 1, uid, at, len(raw), Packed.of(raw)), at, history=False)
        assert row is not None
        who = identify(db, message, office.config.trust.internal_domains)
        thread = store_threads.new(db, subject, at)
        messages.record_reading(db, row, message, who, thread)
        for flag in flags:
            messages.add_flag(db, row, flag)
    return Incoming(row, message, who, class_, thread, at, "")


def opened(office: Office, kind: str, this: Incoming, now: datetime | None = None) -> Case:
    """Open a case by a message."""
    with office.store.immediate() as db:
        return begin.open_case(office, db, kind, this, "by a test", now or this.at)


def answered(office: Office, ref: str, this: Incoming, now: datetime | None = None) -> Case:
    """Confirm that a message belongs to a case, and let the case answer it."""
    with office.store.immediate() as db:
        case = case_of(office, ref)
        links.to_case(db, this.row, case.id, now or this.at, confirmed=True, how="a test", by="mailroom")
        return linked(office, db, case, this, now or this.at)


def ordered(office: Office, sender: str, line: str, at: datetime, below: str = "", **how: Any) -> Outcome:  # noqa: ANN401
    """Give a command about a case: `RELEASE INC-2031-001`, its verb first and its reference last."""
    *verb, ref = line.split()
    this = bring(office, sender, "control", line, f"{line}\n\n{below}", at, **how)
    with office.store.immediate() as db:
        given = Given(
            office, db, this.row, this.message, this.sender, None, this.thread,
            Command(" ".join(verb).lower(), line, ref=ref, text=below), About(case=case_of(office, ref).id), at,
        )  # fmt: skip
        return command(office, db, given)


def case_of(office: Office, ref: str) -> Case:
    """Return a case by its reference."""
    found = cases.by_ref(office.store.db, ref)
    assert found is not None, ref
    return found


def stage(office: Office, ref: str) -> str:
    """Return the stage of a case."""
    return case_of(office, ref).stage


def fact(office: Office, ref: str, name: str) -> str:
    """Return what is known of a case."""
    return case_facts.known(office.store.db, case_of(office, ref).id).get(name, "")


def mails(office: Office, template_: str = "", *states: str) -> list[tuple[str, str]]:
    """Return whom mails were written to, and in which state they are; of one template, or all."""
    rows = office.store.db.execute(
        "SELECT coalesce(person_id, recipient), state FROM outbox WHERE (?1 = '' OR template = ?1) ORDER BY id",
        (template_,),
    )
    return [(who, state) for who, state in rows if not states or state in states]


def readers(office: Office, template_: str, *states: str) -> list[str]:
    """Return whom a mail was written to."""
    return sorted(who for who, _ in mails(office, template_, *states))


def words(office: Office, template_: str, reader: str = "") -> str:
    """Return what the newest mail of a template says, to one reader or whoever."""
    row = office.store.db.execute(
        "SELECT mime FROM mails WHERE template = ?1 AND (?2 = '' OR person_id = ?2) ORDER BY id DESC LIMIT 1",
        (template_, reader),
    ).fetchone()
    return bytes(row[0]).decode() if row else ""


def sends(office: Office, now: datetime) -> list[tuple[str, str]]:
    """Send all that may go at a moment, and return each as its reader and template."""
    sent: list[tuple[str, str]] = []
    with office.store.immediate() as db:
        today = now.astimezone(office.zone).date()
        while (claimed := turns.claim(db, now, today)) is not None:
            whose = "SELECT coalesce(person_id, recipient) FROM outbox WHERE id = ?"
            [person] = db.execute(whose, (claimed.id,)).fetchone()
            db.execute("UPDATE outbox SET state = 'sent', settled_at = ? WHERE id = ?", (now.isoformat(), claimed.id))
            sent.append((person, claimed.template))
    return sent


def passes(office: Office, until: datetime, start: datetime, step: timedelta = timedelta(minutes=30)) -> None:
    """Let time pass, looking what is due now and then."""
    at = start
    while at < until:
        at = min(at + step, until)
        tick(office, at)


def running(office: Office, ref: str) -> list[tuple[str, str]]:
    """Return the clocks of a case: which kind, and when each comes in local time."""
    found = case_timers.of_case(office.store.db, case_of(office, ref).id)
    return [(one.kind, f"{one.due_at.astimezone(office.zone):%Y-%m-%d %H:%M}") for one in found]


def everything(office: Office) -> dict[str, list[tuple[Any, ...]]]:
    """Return all rows that cases are made of."""
    tables = (
        "cases", "case_events", "case_timers", "case_seen", "items", "frozen", "kinship", "case_drafts", "digest_lines",
        "tasks", "links",
    )  # fmt: skip
    found = {table: list(office.store.db.execute(f"SELECT * FROM {table} ORDER BY 1")) for table in tables}
    found["outbox"] = list(office.store.db.execute("SELECT key, state FROM outbox ORDER BY id"))
    return found
