"""One-time codes: a person's yes or no to one text, for a week. A code names what it was issued for and its hash.

8 of A-Z and 2-9 without O and I, which look like 0 and 1; every code holds a letter and a digit, so that no word is
taken for one. Nobody else's use of a code counts, and no second use.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Final, Literal

from sqlite_utils import Database

from mailroom.clock import moment, stamp
from mailroom.store import people

LETTERS: Final = "ABCDEFGHJKLMNPQRSTUVWXYZ"
DIGITS: Final = "23456789"
LIFE: Final = timedelta(days=7)

About = Literal["rules", "mail", "sending", "doubt", "case", "message", "command"]
"""What a code may be for: a draft of changed files, a mail that is held, a sending to many, a mail that may or may
not have arrived, a case in its present stage, a message, or a command that was shown before it is carried out."""

ABOUT_ALL: Final = (
    "ALTER TABLE codes RENAME TO codes_before",
    "DROP INDEX codes_subject",
    """CREATE TABLE codes (
        code TEXT PRIMARY KEY,
        person_id TEXT NOT NULL REFERENCES people (id),
        about TEXT NOT NULL CHECK (about IN ('rules', 'mail', 'sending', 'doubt', 'case', 'message', 'command')),
        subject_id INTEGER NOT NULL,
        sha256 TEXT NOT NULL,
        issued_at TEXT NOT NULL, expires_at TEXT NOT NULL,
        used TEXT NOT NULL DEFAULT '', used_at TEXT
    ) STRICT""",
    "INSERT INTO codes SELECT * FROM codes_before",
    "DROP TABLE codes_before",
    "CREATE INDEX codes_subject ON codes (about, subject_id)",
    "CREATE INDEX codes_person ON codes (person_id) WHERE used = ''",
)


@dataclass(frozen=True, slots=True)
class Code:
    """A code as it was issued; `used` says what it was used for, "" while it was not."""

    code: str
    person: str
    about: About
    subject: int
    sha256: str
    expires: datetime
    used: str
    used_at: datetime | None


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a code counts for nothing, in a sentence for whoever sent it."""

    sentence: str


def issue(db: Database, person: str, about: About, subject: int, sha256: str, now: datetime, rnd: Random) -> str:
    """Return a new code for one person's word on one text."""
    while True:
        code = _drawn(rnd)
        added = db.execute(
            "INSERT INTO codes (code, person_id, about, subject_id, sha256, issued_at, expires_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            (code, person, about, subject, sha256, stamp(now), stamp(now + LIFE)),
        )
        if added.rowcount:
            return code


def redeem(db: Database, code: str, person: str, now: datetime, used: str) -> Code | Refused:
    """Use a code for what `used` says, such as “approved”; or say why it can't be used, and change nothing."""
    found = valid(db, code, person, now)
    if isinstance(found, Code):
        db.execute("UPDATE codes SET used = ?, used_at = ? WHERE code = ?", (used, stamp(now), code))
    return found


def valid(db: Database, code: str, person: str, now: datetime) -> Code | Refused:
    """Return what a code stands for while it may be used by this person, or why it may not."""
    found = look(db, code)
    if found is None:
        return Refused(f"There is no code {code}. Please copy it from the mail it stands in; nothing was done.")
    if found.person != person:
        name = people.name_of(db, found.person) or "somebody else"
        return Refused(f"The code {code} was sent to {name} and works for nobody else; nothing was done.")
    if found.used == REPLACED:
        return Refused(f"The code {code} is of an earlier proof; a newer one was sent to you since. Nothing was done.")
    if found.used:
        return Refused(f"The code {code} was used already ({found.used}); nothing was done a second time.")
    if now >= found.expires:
        return Refused(f"The code {code} has expired; codes are good for {LIFE.days} days. Nothing was done.")
    return found


def look(db: Database, code: str) -> Code | None:
    """Return a code as it stands, None when there is none such."""
    row = db.execute(
        "SELECT code, person_id, about, subject_id, sha256, expires_at, used, used_at FROM codes WHERE code = ?",
        (code,),
    ).fetchone()
    if row is None:
        return None
    name, person, about, subject, sha256, expires, used, used_at = row
    return Code(name, person, about, subject, sha256, moment(expires), used, moment(used_at) if used_at else None)


def issued_to(db: Database, about: About, subject: int, sha256: str) -> frozenset[str]:
    """Return who was ever given a code for these words."""
    sql = "SELECT person_id FROM codes WHERE about = ? AND subject_id = ? AND sha256 = ?"
    return frozenset(person for (person,) in db.execute(sql, (about, subject, sha256)))


def standing(db: Database, person: str, about: About, subject: int, sha256: str, now: datetime) -> str:
    """Return the code that somebody holds for a text and has not used, "" for none: one mail after another shows it."""
    row = db.execute(
        "SELECT code FROM codes WHERE person_id = ? AND used = '' AND about = ? AND subject_id = ? AND sha256 = ?"
        " AND expires_at > ? ORDER BY issued_at DESC LIMIT 1",
        (person, about, subject, sha256, stamp(now + LIFE / 2)),
    ).fetchone()
    return str(row[0]) if row else ""


def void(db: Database, about: About, subject: int, why: str, now: datetime) -> int:
    """Let no code count any more that was given for this; returns how many there were."""
    return db.execute(
        "UPDATE codes SET used = ?, used_at = ? WHERE about = ? AND subject_id = ? AND used = ''",
        (why, stamp(now), about, subject),
    ).rowcount


REPLACED: Final = "replaced by a newer proof"
"""What a code was used for whose text has been changed since."""


def newest(db: Database, about: About, subject: int) -> str:
    """Return the newest code that was given for something, "" for none."""
    row = db.execute(
        "SELECT code FROM codes WHERE about = ? AND subject_id = ? ORDER BY issued_at DESC, rowid DESC LIMIT 1",
        (about, subject),
    ).fetchone()
    return str(row[0]) if row else ""


def proof_with(db: Database, code: str) -> bytes:
    """Return the proof in which a code was sent, b"" where there is none: its key ends with the code."""
    row = db.execute("SELECT mime FROM mails WHERE key LIKE '%:' || ? ORDER BY id DESC LIMIT 1", (code,)).fetchone()
    return bytes(row[0]) if row else b""


def _drawn(rnd: Random) -> str:
    while True:
        drawn = [rnd.choice(LETTERS + DIGITS) for _ in range(8)]
        if any(one in DIGITS for one in drawn) and any(one in LETTERS for one in drawn):
            return f"{''.join(drawn[:4])}-{''.join(drawn[4:])}"
