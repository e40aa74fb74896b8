"""The small office the golden messages arrive in, and the judging of them by `mailroom why --json`.

Each NNN-slug.eml has an NNN-slug.toml: `class`, `flags`, `nothing_to` (who must not be mailed: "sender"),
`quarantined`, and under [office] what the office knew at that moment: the mail of ours that is answered
(`answers_template`, `answers_ref`), cases that are open and references that exist. people.csv is the directory.
"""

import contextlib
import json
import tomllib
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

from click.testing import CliRunner
from sqlite_utils import Database

from mailroom.cli.why import why
from mailroom.config import Config
from mailroom.store import cases, open_store, outbox, people, threads
from mailroom.store.outbox import Outgoing
from mailroom.transport.settings import ImapSettings, SmtpSettings
from tests.office import write_office

HERE = Path(__file__).parent
NOW = datetime(2031, 3, 10, 10, 15, tzinfo=UTC)
BEFORE = NOW - timedelta(days=3)
COPY = "copy@btp.example.org"
"""The mail of ours that a golden message answers; each message gets one of its own."""


def expected(path: Path) -> dict[str, Any]:
    """Return what is expected of the message at `path`."""
    return tomllib.loads(path.with_suffix(".toml").read_text())


def messages() -> list[Path]:
    """Return every golden message, in order."""
    return sorted(HERE.glob("*.eml")) + sorted(HERE.glob("private/*.eml"))


def broken(path: Path, found: Mapping[str, Any]) -> list[str]:
    """Say which “must not” of the message at `path` the decision breaks."""
    wanted = expected(path)
    faults = []
    quarantined = any(action["action"].startswith("quarantine") for action in found["actions"])
    if wanted.get("quarantined", False) != quarantined:
        faults.append("set apart" if quarantined else "not set apart")
    if "sender" in wanted.get("nothing_to", ()) and found["from"]["address"] in {
        mail["recipient"] for mail in found["mails"]
    }:
        faults.append("mail to the sender")
    if "danger" in wanted["flags"] and "danger" not in found["flags"]:
        faults.append("danger not noticed")
    return faults


def judge(paths: Iterable[Path], folder: Path) -> dict[Path, dict[str, Any]]:
    """Ask `why --json` about each message; those that need the same cases open share an office."""
    groups: dict[str, list[Path]] = {}
    for path in paths:
        groups.setdefault(json.dumps(expected(path).get("office", {}).get("open_cases", [])), []).append(path)
    found: dict[Path, dict[str, Any]] = {}
    for number, (open_cases, members) in enumerate(groups.items()):
        made = _office(folder / str(number), json.loads(open_cases), members)
        found |= _asked(made, members, folder / str(number))
    return found


def _asked(made: Config, members: list[Path], folder: Path) -> dict[Path, dict[str, Any]]:
    files = {folder / path.name: path for path in members}
    for copy, path in files.items():
        copy.write_bytes(path.read_bytes().replace(COPY.encode(), f"{path.stem}.{COPY}".encode()))
    arguments = ["--config", str(made.path), "--json", "--now", NOW.isoformat(), *map(str, files)]
    result = CliRunner().invoke(why, arguments, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    answers = [json.loads(line) for line in result.output.splitlines()]
    assert [answer["file"] for answer in answers] == list(map(str, files))
    return dict(zip(files.values(), answers, strict=True))


def _office(folder: Path, open_cases: list[dict[str, str]], members: list[Path]) -> Config:
    """Make an office with its people, the cases that are open, and the mails of ours that are answered."""
    nowhere = ImapSettings("127.0.0.1", 1, "none", "iag", str), SmtpSettings("127.0.0.1", 1, "none")
    made = write_office(folder, *nowhere, people=(HERE / "people.csv").read_text())
    store = open_store(made.office.database)
    with contextlib.closing(store), store.immediate() as db:
        for case in open_cases:
            requester = case.get("requester", "")
            prefix, year, number = case["ref"].split("-")
            if number.isdigit():
                cases.reserve(db, prefix, int(year), int(number))
            cases.add(
                db, case["ref"], case["kind"], case["stage"], BEFORE, place=case.get("place", ""), requester=requester,
                requester_address=people.address_of(db, requester) or "",
            )  # fmt: skip
            _take(db, case["ref"])
        for path in members:
            known = expected(path).get("office", {})
            for ref in {*known.get("known_refs", ()), known.get("answers_ref", "")} - {""}:
                if cases.by_ref(db, ref) is None:
                    cases.add(db, ref, ref.partition("-")[0].lower(), "closed", BEFORE, final=True)
                    _take(db, ref)
            if "answers_template" in known:
                _remember_our_mail(db, path, known)
    return made


def _take(db: Database, ref: str) -> None:
    """Keep the office from giving a reference to a case of its own."""
    prefix, year, number = (*ref.split("-"), "")[:3]
    if number.isdigit():
        cases.reserve(db, prefix, int(year), int(number))


def _remember_our_mail(db: Database, path: Path, known: Mapping[str, Any]) -> None:
    sender = message_from_bytes(path.read_bytes(), policy=policy.default)["From"].addresses[0].addr_spec.lower()
    case = cases.by_ref(db, known.get("answers_ref", ""))
    message_id = f"<{path.stem}.{COPY}>"
    thread = threads.new(db, path.stem, BEFORE)
    mail = Outgoing(
        message_id, sender, people.owner(db, sender) or "", "mail", known["answers_template"], path.stem, message_id,
        b"-", case=case.id if case else None, thread=thread,
    )  # fmt: skip
    outbox.record_history(db, mail, BEFORE)
