import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailroom import config
from mailroom.config.secrets import password
from mailroom.config.source import masked
from mailroom.errors import Problems

pytestmark = pytest.mark.fast

BAD = sorted((Path(__file__).parents[2] / "bad" / "config").glob("*.toml"))


def faults(path: Path) -> str:
    with pytest.raises(Problems) as raised:
        config.load(path)
    root = str(path.resolve().parent)
    return str(raised.value).replace(f"{root}/", "").replace(root, "") + "\n"


@pytest.mark.parametrize("bad", BAD, ids=[path.stem for path in BAD])
def test_each_bad_config_is_refused_in_the_words_beside_it(bad: Path, office_folder: Path):
    shutil.copy(bad, office_folder / "config.toml")

    assert bad.with_suffix(".expected").read_text() == faults(office_folder / "config.toml")


def test_paths_count_from_the_folder_of_the_config(office_folder: Path):
    loaded = config.load(office_folder / "config.toml")

    assert office_folder / "office.db" == loaded.office.database
    assert office_folder / "rules" == loaded.office.rules
    assert office_folder / "templates" == loaded.office.templates
    assert office_folder / "secret" == loaded.imap.password_file


def test_addresses_and_domains_are_folded(office_folder: Path):
    path = office_folder / "config.toml"
    text = path.read_text().replace('"iag@example.org"', '"IAG@Example.org"', 1)
    path.write_text(text.replace("[trust]", '[trust]\ninternal_domains = ["BTP.example.org"]'))

    loaded = config.load(path)

    assert loaded.office.mailbox == "iag@example.org"
    assert loaded.trust.internal_domains == ("btp.example.org",)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_config_saved_by_notepad_is_read(office_folder: Path, encoding: str, end: str):
    path = office_folder / "config.toml"
    path.write_bytes(path.read_text().replace("\n", end).encode(encoding))

    assert config.load(path).office.name == "Riverside Advisory Group"


def test_a_missing_config_says_how_to_make_one(tmp_path: Path):
    assert "config.toml: there is no such file. `mailroom init DIR` writes one" in faults(tmp_path / "config.toml")


@pytest.mark.parametrize("mode", [0o604, 0o640, 0o666])
def test_a_secret_others_may_read_is_refused(office_folder: Path, mode: int):
    (office_folder / "secret").chmod(mode)

    assert faults(office_folder / "config.toml") == (
        "config.toml:10: others on this machine may read secret. Keep it to its owner: chmod 600 secret\n"
    )


def test_an_empty_secret_is_refused(office_folder: Path):
    (office_folder / "secret").write_text("")

    assert "secret is empty" in faults(office_folder / "config.toml")


def test_a_secret_is_read_when_it_is_asked_for_and_stands_in_no_repr(office_folder: Path):
    loaded = config.load(office_folder / "config.toml")
    (office_folder / "secret").write_text("CANARY-81c0\r\n")

    assert password(loaded.imap) == "CANARY-81c0"
    assert "CANARY" not in repr(loaded)


def test_a_secret_may_come_from_the_environment(office_folder: Path, monkeypatch: pytest.MonkeyPatch):
    path = office_folder / "config.toml"
    path.write_text(path.read_text().replace('password_file = "secret"', 'password_env = "IAG_PASSWORD"'))
    monkeypatch.setenv("IAG_PASSWORD", "CANARY-77aa")

    loaded = config.load(path)

    assert password(loaded.imap) == "CANARY-77aa"
    assert "CANARY" not in repr(loaded)


def test_a_password_in_the_file_is_never_quoted_back(office_folder: Path):
    path = office_folder / "config.toml"
    path.write_text(path.read_text().replace('password_file = "secret"', 'password = "CANARY-5e1f'))

    assert "CANARY" not in faults(path)
    assert masked('password = "CANARY-5e1f') == "password = ***"
    assert masked("client_secret: CANARY") == "client_secret: ***"
    assert masked('password_file = "secret"') == 'password_file = "secret"'


def test_invented_time_is_refused_where_a_server_is_elsewhere(office_folder: Path, monkeypatch: pytest.MonkeyPatch):
    path = office_folder / "config.toml"
    monkeypatch.setenv("MAILROOM_CLOCK", "/run/clock")
    config.check_clock(config.load(path))
    path.write_text(
        path.read_text().replace('host = "127.0.0.1"\nport = 1025\nsecurity = "none"', 'host = "smtp.example.org"')
    )

    with pytest.raises(Problems, match="MAILROOM_CLOCK is set"):
        config.check_clock(config.load(path))


def test_a_day_off_is_written_as_nothing(office_folder: Path):
    path = office_folder / "config.toml"
    path.write_text(path.read_text() + '\n[hours]\nfri = ""\nsat = "10:00–12:00"\n')

    week = config.load(path).hours.week

    assert [str(day) if day else "" for day in week] == [
        "08:30-16:30", "08:30-16:30", "08:30-16:30", "08:30-16:30", "", "10:00-12:00", "",
    ]  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(
    st.one_of(
        st.binary(max_size=200),
        st.text(alphabet="[]imap=\"\n'#.{},:\\ \t1é", max_size=200).map(str.encode),
    )
)
def test_no_bytes_at_all_break_the_reader(tmp_path_factory: pytest.TempPathFactory, data: bytes):
    path = tmp_path_factory.getbasetemp() / "any.toml"
    path.write_bytes(data)

    with pytest.raises(Problems):
        config.load(path)
