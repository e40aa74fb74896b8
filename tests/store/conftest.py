"""An office's file for each test, and its clock."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mailroom.store import Store, open_store

NOW = datetime(2031, 5, 5, 9, tzinfo=UTC)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "office.db"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    opened = open_store(path)
    yield opened
    opened.close()


@pytest.fixture
def other(store: Store, path: Path) -> Iterator[Store]:
    """A second connection to the same office, as a backup or a database browser has one."""
    del store
    opened = open_store(path)
    yield opened
    opened.close()


@pytest.fixture
def now() -> datetime:
    return NOW
