"""What no single key can tell: faults that lie between keys, or between the file and this machine.

Works on sections that may be incomplete, so that these faults are listed together with all others.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mailroom import clock
from mailroom.config import secrets
from mailroom.config.model import LOOPBACK, Config
from mailroom.config.source import Source
from mailroom.errors import Problem, Problems

Values = Mapping[str, Mapping[str, Any] | None]


def check(source: Source, values: Values) -> list[Problem]:
    """Find every fault between keys; `values` holds each section as far as it could be read."""
    problems: list[Problem] = []
    for name in ("imap", "smtp"):
        login = values.get(name) or {}
        problems += _encryption(source, name, login)
        problems += _secret(source, name, login, values.get("m365"))
    if m365 := values.get("m365"):
        problems += _secret_file(source, "m365", "client_secret_file", m365.get("client_secret_file"))
    problems += _office_files(source, values.get("office") or {})
    problems += _hours(source, values.get("hours") or {})
    sending = values.get("sending") or {}
    first, cap = sending.get("retry_minutes_first"), sending.get("retry_minutes_cap")
    if first and cap and first > cap:
        text = f"“retry_minutes_first” ({first}) should not be more than “retry_minutes_cap” ({cap})."
        problems.append(Problem(source.file, source.line("sending", "retry_minutes_first"), text))
    return problems


def check_clock(config: Config) -> None:
    """Refuse invented time (MAILROOM_CLOCK) for an office that reaches servers elsewhere.

    Raises:
        Problems: the variable is set and a server is not on loopback.
    """
    if os.environ.get(clock.VARIABLE) and not config.on_loopback:
        text = (
            f"{clock.VARIABLE} is set, which makes time up for tests. An office whose servers are not on this "
            f"machine lives by the real clock: unset {clock.VARIABLE}."
        )
        raise Problems([Problem(str(config.path), 0, text)])


def _encryption(source: Source, name: str, login: Mapping[str, Any]) -> list[Problem]:
    if login.get("security") != "none" or "host" not in login or login["host"] in LOOPBACK:
        return []
    text = (
        f'security = "none" would send the password and the mail in clear to {login["host"]}. '
        'Write "tls" or "starttls"; "none" is for a server on this machine.'
    )
    return [Problem(source.file, source.line(name, "security"), text)]


def _secret(source: Source, name: str, login: Mapping[str, Any], m365: Mapping[str, Any] | None) -> list[Problem]:
    file, variable = login.get("password_file"), login.get("password_env")
    if file and variable:
        text = "the password comes either from “password_file” or from “password_env”: keep one of the two."
        return [Problem(source.file, source.line(name, "password_env"), text)]
    if file:
        return _secret_file(source, name, "password_file", file)
    if variable and not os.environ.get(variable):
        text = f"the environment variable {variable}, which should hold the password, is not set."
        return [Problem(source.file, source.line(name, "password_env"), text)]
    table = source.tree.get(name)
    literal = isinstance(table, dict) and any(key.casefold() in secrets.LITERAL for key in table)
    refused = literal or any((name, key) in source.unread for key in ("password_file", "password_env"))
    complete = {"user", "auth", "password_file", "password_env"} <= login.keys()
    if variable or refused or not complete or not login["user"]:
        return []
    if login["auth"] == "xoauth2":
        if m365 is not None:
            return []
        text = f"[{name}] logs in with a token: add a section [m365], or name a file that holds one as “password_file”."
    else:
        text = f'[{name}] needs a password: password_file = "…" names a file that holds it.'
    return [Problem(source.file, source.line(name, "user"), text)]


def _secret_file(source: Source, section: str, key: str, file: Path | None) -> list[Problem]:
    fault = secrets.fault(file) if file else ""
    return [Problem(source.file, source.line(section, key), fault)] if fault else []


def _office_files(source: Source, office: Mapping[str, Any]) -> list[Problem]:
    problems = []
    for key in ("rules", "templates"):
        folder = office.get(key)
        if isinstance(folder, Path) and not folder.is_dir():
            text = f"there is no folder {folder}. `mailroom init DIR` makes one with everything in it."
            problems.append(Problem(source.file, source.line("office", key), text))
    database = office.get("database")
    if isinstance(database, Path) and (database.is_dir() or not database.parent.is_dir()):
        text = f"“database” should be a file in a folder that exists; {database} is not."
        problems.append(Problem(source.file, source.line("office", "database"), text))
    return problems


def _hours(source: Source, hours: Mapping[str, Any]) -> list[Problem]:
    quiet = hours.get("quiet")
    problems = [
        Problem(source.file, source.line("hours", day), f"on “{day}” work ends before it begins: {span}.")
        for day, span in hours.items()
        if day != "quiet" and span and span.ends <= span.begins
    ]
    # Quiet hours may go over midnight; a whole day of them would let nothing out.
    if quiet and quiet.begins == quiet.ends:
        text = f'“quiet” begins and ends at {quiet.begins:%H:%M}; for no quiet hours, write quiet = "".'
        problems.append(Problem(source.file, source.line("hours", "quiet"), text))
    return problems
