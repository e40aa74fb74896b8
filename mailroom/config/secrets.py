"""Secrets by reference: a file of its own or the environment, read only when a login needs it.

A secret is handed straight to the login and kept in no value, so no repr, log or report can show it.
"""

import os
import stat
from pathlib import Path

from mailroom.config.model import M365, Login
from mailroom.errors import Problem, Problems

# Names under which people write a secret where only a reference belongs.
LITERAL = frozenset({"password", "passwd", "pass", "secret", "token", "client_secret", "api_key"})

# A password or token longer than this is the wrong file.
MOST_BYTES = 64 << 10


def password(login: Login) -> str:
    """Read the password (or access token) of a login now; "" where it names none.

    Raises:
        Problems: the file is missing, empty or open to others, or the variable is not set.
    """
    if login.password_env:
        return os.environ.get(login.password_env) or _refuse(
            login.password_env, "this environment variable is not set."
        )
    return from_file(login.password_file) if login.password_file else ""


def client_secret(m365: M365) -> str:
    """Read the application's secret now.

    Raises:
        Problems: the file is missing, empty or open to others.
    """
    return from_file(m365.client_secret_file)


def from_file(file: Path) -> str:
    """Read the one line of a secret's file.

    Raises:
        Problems: the file is missing, empty or open to others.
    """
    if words := fault(file):
        return _refuse(str(file), words)
    return file.read_text(encoding="utf-8-sig").strip("\r\n") or _refuse(str(file), "the file is empty.")


def fault(file: Path) -> str:
    """Say why a secret's file cannot be used, without opening it; "" when it can."""
    try:
        status = file.stat()
    except FileNotFoundError:
        return f"there is no file {file}. Write the password into it, alone on one line, then: chmod 600 {file}"
    except OSError as error:
        return f"{file} cannot be reached: {error.strerror}."
    if not stat.S_ISREG(status.st_mode):
        return f"{file} is not a file."
    if status.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        return f"others on this machine may read {file}. Keep it to its owner: chmod 600 {file}"
    if not 0 < status.st_size <= MOST_BYTES:
        return f"{file} is {'empty' if not status.st_size else 'too long for a password'}."
    return "" if os.access(file, os.R_OK) else f"this user may not read {file}."


def _refuse(name: str, words: str) -> str:
    raise Problems([Problem(name, 0, words)])
