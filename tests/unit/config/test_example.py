import re
from pathlib import Path

import pytest
from msgspec.structs import fields

from mailroom import config
from mailroom.config import example, words
from mailroom.config.load import SECTIONS, kind_of

pytestmark = pytest.mark.fast

SHIPPED = Path(__file__).parents[3] / "config.example.toml"


def office(folder: Path, text: str) -> config.Config:
    for name in ("rules", "templates"):
        (folder / name).mkdir()
    for name in ("mailbox-password", "m365-secret"):
        (folder / name).write_text("invented")
        (folder / name).chmod(0o600)
    (folder / "config.toml").write_text(text)
    return config.load(folder / "config.toml")


def test_the_example_is_the_one_the_code_prints():
    assert SHIPPED.read_text() == example.text(), "python -m mailroom.config.example > config.example.toml"


@pytest.mark.parametrize("section", list(SECTIONS))
def test_every_key_has_a_sentence(section: str):
    for info in fields(kind_of(section)):
        sentence = words.metas(info.type)[-1].description or ""

        assert sentence.endswith("."), info.name


def test_the_example_loads(tmp_path: Path):
    assert office(tmp_path, SHIPPED.read_text()).office.mailbox == "iag@example.org"


def test_the_example_changes_nothing_when_every_key_is_opened(tmp_path: Path):
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    opened = re.sub(r"(?m)^# (\[\w+\]$|\w+ = )", r"\1", SHIPPED.read_text())
    as_shipped, all_open = office(tmp_path / "one", SHIPPED.read_text()), office(tmp_path / "two", opened)

    for section in set(SECTIONS) - {"office", "imap", "smtp", "m365"}:
        assert getattr(as_shipped, section) == getattr(all_open, section)
    assert all_open.m365 is not None
    assert as_shipped.imap.port == all_open.imap.port
    assert as_shipped.office.zone == all_open.office.zone
