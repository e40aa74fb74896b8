"""The report of a fault in mailroom itself: enough to mend it, and nothing anybody wrote.

It holds versions, the verb and where in the code the fault arose. What an exception says and what
the variables held stay out: they may carry a member's words.
"""

import os
import platform
import sqlite3
import tempfile
import traceback
from collections.abc import Iterator, Sequence
from importlib import metadata
from pathlib import Path

from mailroom import __version__, clock

# The libraries whose version a reader of the report asks for first.
LIBRARIES = ("imapclient", "aiosmtplib", "mail-parser", "jinja2", "sqlite-utils", "apscheduler", "msgspec", "click")


def sentence(error: BaseException, args: Sequence[str]) -> str:
    """Write the report and return the one sentence that says so."""
    kind = type(error).__name__
    try:
        path = write(error, args)
    except OSError as fault:
        return f"mailroom met a fault of its own ({kind}) and could not write a report of it: {fault.strerror}."
    return f"mailroom met a fault of its own ({kind}). Its report, which holds no mail, is in {path}."


def write(error: BaseException, args: Sequence[str]) -> Path:
    """Write the report, readable by its owner only, and return where it is.

    Raises:
        OSError: nowhere could it be written.
    """
    name = f"mailroom-report-{clock.stamp(clock.SystemClock().now()).replace(':', '')}-{os.getpid()}.txt"
    folder = next(_folders())
    descriptor = os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text(error, args))
    return folder / name


def text(error: BaseException, args: Sequence[str]) -> str:
    """Return the report."""
    verb = next((arg for arg in args if not arg.startswith("-")), "")
    versions = [
        f"mailroom {__version__}",
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}",
        f"{platform.system()} {platform.machine()}",
        *(f"{library} {_version(library)}" for library in LIBRARIES),
    ]
    return "\n".join([*versions, f"verb: {verb}", "", *_chain(error)]) + "\n"


def _version(library: str) -> str:
    try:
        return metadata.version(library)
    except metadata.PackageNotFoundError:
        return "not installed"


def _chain(error: BaseException) -> Iterator[str]:
    """Name each exception and its frames, the cause before the effect."""
    earlier = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if earlier is not None:
        yield from _chain(earlier)
        yield "which led to"
    yield f"{type(error).__module__}.{type(error).__qualname__}"
    for frame in traceback.extract_tb(error.__traceback__):
        yield f"  {frame.filename}:{frame.lineno} in {frame.name}: {frame.line}"
    if isinstance(error, BaseExceptionGroup):
        for inner in error.exceptions:
            yield from _chain(inner)


def _folders() -> Iterator[Path]:
    """The first folder that takes a file: systemd's for the service, the user's own, the machine's."""
    home = os.environ.get("XDG_STATE_HOME") or str(Path("~/.local/state").expanduser())
    for folder in (os.environ.get("STATE_DIRECTORY", "").split(":")[0], f"{home}/mailroom", tempfile.gettempdir()):
        if folder:
            try:
                Path(folder).mkdir(mode=0o700, parents=True, exist_ok=True)
            except OSError:
                continue
            if os.access(folder, os.W_OK):
                yield Path(folder)
    message = "no folder can be written to"
    raise OSError(0, message)
