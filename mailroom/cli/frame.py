"""What the verbs share: where the config is, what `now` means, and whether to use colour."""

import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import click

from mailroom import clock

Verb = TypeVar("Verb", bound=Callable[..., Any])


def config_option(verb: Verb) -> Verb:
    """Give a verb `--config`, handed over as `config_path: Path`."""
    return click.option(
        "--config",
        "config_path",
        type=click.Path(path_type=Path),
        envvar="MAILROOM_CONFIG",
        default="config.toml",
        show_default=True,
        show_envvar=True,
        help="The office's config.toml.",
    )(verb)


def json_option(verb: Verb) -> Verb:
    """Give a verb `--json`, handed over as `as_json: bool`."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")(verb)


FIRST_YEAR, LAST_YEAR = 1980, 2199
"""What a calendar can look a year back and ahead from."""


class Moment(click.ParamType[datetime]):
    """A moment on the command line; without an offset it is UTC."""

    name = "moment"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Read `2027-01-04T09:12` or `2027-01-04T09:12+00:00`."""
        if isinstance(value, datetime):
            return value
        try:
            at = datetime.fromisoformat(str(value))
        except ValueError:
            self.fail(f"“{value}” should be a moment such as 2027-01-04T09:12", param, ctx)
        if not FIRST_YEAR <= at.year <= LAST_YEAR:
            self.fail(f"“{value}” lies outside the years {FIRST_YEAR} to {LAST_YEAR}", param, ctx)
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def now_option(verb: Verb) -> Verb:
    """Give a verb `--now`, handed over as `now: datetime` in UTC; the clock's time when not given."""
    return click.option(
        "--now",
        type=Moment(),
        default=lambda: clock.from_environment().now(),
        show_default="the present moment",
        help="Look as if it were this moment, such as 2027-01-04T09:12 (UTC).",
    )(verb)


def colour() -> bool | None:
    """No colour where NO_COLOR asks for none (no-color.org); else click colours a terminal and nothing else."""
    return False if os.environ.get("NO_COLOR") else None
