"""The small office the golden messages arrive in, and the judging of one of them.

Each NNN-slug.eml has an NNN-slug.toml: `class`, `flags`, `nothing_to` (who must not be mailed: "sender"),
`quarantined`, and under [office] what the office knew at that moment. people.csv is the directory.
"""

import csv
import functools
import re
import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from mailroom.message import Border, Message, read
from mailroom.rules import ROLES, RuleSet, decide, load
from mailroom.rules.cases import Entered, Send, step
from mailroom.rules.model import Decision, Facts, OpenCase, Sender

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
MAILBOX = "iag@btp.example.org"
NOW = datetime(2031, 3, 10, 10, 15, tzinfo=UTC)
BORDER = Border(("mx.btp.example.org",))
_TEMPLATE = re.compile(r"(?:^Then (?:send|reply with): |\bwith )([a-z]+/[a-z-]+)", re.MULTILINE)
_REFERENCE = re.compile(r"\b[A-Z]{2,6}-\d{4}-\d{2,3}\b")


def shipped() -> dict[str, bytes]:
    """Return the rules as they ship, by name."""
    return {str(path.relative_to(ROOT)): path.read_bytes() for path in sorted((ROOT / "rules").rglob("*.txt"))}


@functools.cache
def ruleset() -> RuleSet:
    """Load the shipped rules, with every template they name."""
    files = shipped()
    named = {name for data in files.values() for name in _TEMPLATE.findall(data.decode())}
    return load(files, named | {"notice/told", "notice/forwarded"}, ROLES)


@functools.cache
def directory() -> dict[str, dict[str, str]]:
    """Return the people of people.csv by address."""
    with (HERE / "people.csv").open(newline="") as file:
        return {row["emails"]: row for row in csv.DictReader(file)}


def expected(path: Path) -> dict[str, Any]:
    """Return what is expected of the message at `path`."""
    return tomllib.loads(path.with_suffix(".toml").read_text())


def judge(path: Path, rules: RuleSet) -> Decision:
    """Read one message and decide it."""
    message = read(path.read_bytes(), BORDER)
    return decide(rules, message, facts(message, expected(path).get("office", {})))


def facts(message: Message, office: dict[str, Any]) -> Facts:
    """Gather what the office knows of the message."""
    people = directory()
    open_cases = tuple(OpenCase(**case) for case in office.get("open_cases", ()))
    existing = {case.ref for case in open_cases} | set(office.get("known_refs", ()))
    written = _REFERENCE.findall(f"{message.subject} {message.new_text}")
    shown = [people[one.address] for one in (*message.to, *message.cc) if one.address in people]
    return Facts(
        sender=sender(message, people),
        now=NOW,
        answers_template=office.get("answers_template", ""),
        answers_ref=office.get("answers_ref", ""),
        open_cases=open_cases,
        places=("Millgate", "Harrow Vale"),
        known_refs=tuple(ref for ref in written if ref in existing),
        own_addresses=(MAILBOX,),
        cc_members=tuple(one["id"] for one in shown if one["kind"] == "member"),
    )


def sender(message: Message, people: dict[str, dict[str, str]]) -> Sender:
    """Say who wrote it, as the office's directory would."""
    row = people.get(message.sender.address)
    if row is None:
        twin = next((one for one in people.values() if one["name"] in message.sender.name), None)
        return Sender(
            message.sender.address,
            message.sender.name,
            impostor_of=twin["id"] if twin else "",
            impostor_kind=twin["kind"] if twin else "",
        )
    return Sender(
        message.sender.address,
        row["name"],
        row["id"],
        row["kind"],
        _values(row["roles"]),
        "verified" if message.authentication.verdict == "pass" else "claimed",
        row["state"],
        row["station"],
        _values(row["recused_for"]),
    )


def mails_sender(rules: RuleSet, decision: Decision) -> bool:
    """Tell whether the decision, or a case it opens, would write to the sender."""
    if any(action.verb == "reply with" for action in decision.actions):
        return True
    if decision.silence:
        return False
    opened = [rules.cases[action.values[0]] for action in decision.actions if action.verb == "open"]
    effects = [effect for case in opened for effect in step(case, case.first, Entered())]
    return any(isinstance(one, Send) and {"requester", "sender"} & set(one.to) for one in effects)


def _values(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(";") if part.strip())
