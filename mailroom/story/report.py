"""The report of a play: one JSON file, and each mail as .eml beside it, so that another checker can judge."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from mailroom.clock import stamp
from mailroom.store import views
from mailroom.story.judge import Check, Played
from mailroom.transport.embedded import Caught


@dataclass(frozen=True, slots=True)
class Report:
    """What a play came to."""

    folder: Path
    config: Path
    verdicts: tuple[tuple[Played, tuple[Check, ...]], ...]
    wire: tuple[Check, ...]
    caught: tuple[Caught, ...]
    ended: datetime
    """The last moment of the play, in UTC."""

    @property
    def ok(self) -> bool:
        """Whether everything that was judged is as expected."""
        return all(check.ok for _, checks in self.verdicts for check in checks) and all(check.ok for check in self.wire)


def write(report: Report, db: Database, file: Path) -> None:
    """Write the report to `file`, and every mail into the folder of the same name beside it."""
    folder = file.with_name(file.stem + "-mails")
    folder.mkdir(parents=True, exist_ok=True)
    mails = [_mail(db, caught, folder / f"{n:04d}.eml", file.parent) for n, caught in enumerate(report.caught, start=1)]
    rows = [_row(played, checks, mails) for played, checks in report.verdicts]
    numbers = {row["message"] for row in rows}
    whole = {
        "ok": report.ok,
        "office": str(report.folder),
        "rows": rows,
        "other_mails": [mail for mail in mails if mail["cause"] not in numbers],
        "checks": [asdict(check) for check in report.wire],
    }
    file.write_text(json.dumps(whole, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _row(played: Played, checks: Sequence[Check], mails: Sequence[dict[str, Any]]) -> dict[str, Any]:
    message = played.message
    return {
        "id": played.row.id,
        "message": message.id,
        "class": message.class_ or None,
        "flags": list(message.flags),
        "ref": played.ref or None,
        "links": [{"ref": link.ref, "link": link.state, "how": link.how} for link in played.links],
        "stage": played.stage or None,
        "state": message.state,
        "folder": message.folder,
        "person": message.person or None,
        "trust": message.trust,
        "new_text": played.new_text,
        "mails": [mail for mail in mails if mail["cause"] == message.id],
        "ok": all(check.ok for check in checks),
        "checks": [asdict(check) for check in checks],
    }


def _mail(db: Database, caught: Caught, file: Path, beside: Path) -> dict[str, Any]:
    """Keep one mail as a file, and return what it says and which row of the outbox it was."""
    file.write_bytes(caught.raw)
    mail = message_from_bytes(caught.raw, policy=policy.default)
    body = mail.get_body(("plain",))
    row = views.mail(db, str(mail["Message-ID"]))
    return {
        "from": str(mail["From"]),
        "to": str(mail["To"]),
        "envelope_from": caught.envelope_from,
        "envelope_to": list(caught.recipients),
        "at": stamp(caught.at),
        "subject": str(mail["Subject"]),
        "text": body.get_content() if body else "",
        "message_id": str(mail["Message-ID"]),
        "template": row.template if row else None,
        "kind": row.kind if row else None,
        "ref": (row.ref or None) if row else None,
        "cause": row.cause if row else None,
        "person": (row.person or None) if row else None,
        "eml": str(file.relative_to(beside)),
    }
