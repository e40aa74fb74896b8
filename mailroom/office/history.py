"""The history of the coordinator's files: each set that went into force is a commit in the office folder's git.

It is there to be read: who changed what, and when. What was in force before is taken back from the database, so
an office without git loses the reading only, and says so.
"""

import os
import shutil
import subprocess
from collections.abc import Collection, Mapping
from datetime import datetime
from pathlib import Path

from mailroom.config import Config
from mailroom.office import files

GIT_SECONDS = 20.0
"""A git that takes longer is stuck: on a lock, or on a question nobody sees."""

NO_GIT = "git is not installed, so changes to rules and templates have no history. Install git to get one"
NOT_OURS = "the office's folder is not under git of its own, so changes to rules and templates have no history"

OURS = ("-c", "core.hooksPath=/dev/null", "-c", "commit.gpgsign=false", "-c", "core.autocrlf=false")


def lacking(config: Config) -> str:
    """Say why there is no history, or "" where there is one."""
    if shutil.which("git") is None:
        return NO_GIT
    folder = config.path.parent
    top = _git(folder, "rev-parse", "--show-toplevel")
    if top.returncode != 0 or not _same(Path(top.stdout.strip()), folder):
        return f"{NOT_OURS}. “git init {folder.resolve()}” gives it one"
    return ""


def commit(config: Config, kept: Collection[str], words: str, who: str, now: datetime) -> str:
    """Commit the rule files and templates `kept` (by key) as they are on disk; "" or why that could not be.

    Only these files and those that have gone are committed, whatever else stands in the folder.
    """
    if fault := lacking(config):
        return fault
    folder = config.path.parent
    roots = [str(root.resolve()) for root in (config.office.rules, config.office.templates)]
    paths = [str(files.path_of(config, key)) for key in kept]
    identity = ("-c", f"user.name={who or 'mailroom'}", "-c", "user.email=office@localhost")
    dated = ("--date", now.isoformat(), "-q", "-m", words)
    steps = (
        (*OURS, "add", "-u", "--", *roots),
        (*OURS, "add", "--", *paths),
        (*OURS, *identity, "commit", *dated, "--", *roots),
    )
    for step in steps:
        done = _git(folder, *step)
        if done.returncode != 0:
            if "nothing to commit" in done.stdout or "nothing added" in done.stdout:
                return ""
            reason = (done.stderr.strip().splitlines() or done.stdout.strip().splitlines() or ["it gave no reason"])[-1]
            return f"git would not keep the change: {reason}"
    return ""


def changed(before: Mapping[str, bytes], after: Mapping[str, bytes]) -> str:
    """Say which files differ: “rules/lists.txt changed; templates/x.md new”."""
    parts = [
        f"{key} {'new' if key not in before else 'gone' if key not in after else 'changed'}"
        for key in sorted(before.keys() | after.keys())
        if before.get(key) != after.get(key)
    ]
    named = "; ".join(parts[:5])
    return f"{named}; and {len(parts) - 5} more" if len(parts) > 5 else named  # noqa: PLR2004 - what fits a line


def _same(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:
        return False


def _git(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = ["git", "-C", str(folder), *words]
    # A hook's or a caller's GIT_DIR would send us into another repository than the office's.
    plain = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    plain |= {"GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
    try:
        return subprocess.run(  # noqa: S603 - our own words, no shell
            command, capture_output=True, text=True, errors="replace", check=False, stdin=subprocess.DEVNULL,
            timeout=GIT_SECONDS, env=plain,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as error:
        return subprocess.CompletedProcess(command, 1, "", str(error))
