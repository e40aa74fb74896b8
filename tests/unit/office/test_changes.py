"""How the set in force changes, on real files, a real database and a real git."""

import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mailroom.errors import Problems
from mailroom.office import changes, office
from mailroom.office.office import Office
from mailroom.store import alarms, open_store, rule_sets
from mailroom.transport.settings import ImapSettings, SmtpSettings
from tests.office import write_office

NOW = datetime(2031, 3, 10, 10, 15, tzinfo=UTC)
MINE = "rules/sorting/60-mine.txt"
PARKING = "Rule: Parking\nIf subject contains: {}\nThen class: noise\n"


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Office]:
    nowhere = ImapSettings("127.0.0.1", 1, "none", "iag", str), SmtpSettings("127.0.0.1", 1, "none")
    settings = write_office(tmp_path, *nowhere)
    (tmp_path / ".gitignore").write_text("*.db*\n")
    git(tmp_path, "init", "-q")
    store = open_store(settings.office.database)
    yield office.open_office(settings, store, NOW)
    store.close()


def git(folder: Path, *words: str) -> str:
    return subprocess.run(["git", "-C", folder, *words], capture_output=True, text=True, check=True).stdout


def save(made: Office, words: str, key: str = MINE) -> None:
    (made.config.path.parent / key).write_text(PARKING.format(words))


def live(made: Office, at: datetime = NOW) -> str:
    return changes.refresh(made, at, settled=True)


def phrase(made: Office) -> str:
    """Return the words that the rule in force looks for, "" when there is no such rule."""
    rule = next((one for one in made.rules.rules if one.name == "Parking"), None)
    return rule.conditions[0].phrases.all[0].written if rule else ""


def test_a_file_is_taken_over_only_when_two_looks_find_the_same(made: Office):
    save(made, "car p")
    assert changes.refresh(made, NOW) == "settling"
    save(made, "car park")

    assert changes.refresh(made, NOW) == "settling"
    assert phrase(made) == ""
    assert changes.refresh(made, NOW) == "live"
    assert phrase(made) == "car park"
    assert changes.refresh(made, NOW) == "nothing"


def test_a_broken_file_leaves_the_last_good_set_and_is_told_again_only_when_it_is_broken_otherwise(made: Office):
    save(made, "car park")
    live(made)
    (made.config.path.parent / MINE).write_text("Rule: Parking\nIf subjct contains: x\nThen class: noise\n")

    assert live(made) == "refused"
    [first] = alarms.sounding(made.store.db)
    assert live(made) == "nothing"
    (made.config.path.parent / MINE).write_text("Rule: Parking\nIf subject contains: x\nThen class: nose\n")
    assert live(made, NOW + timedelta(minutes=1)) == "refused"
    [second] = alarms.sounding(made.store.db)

    assert phrase(made) == "car park"
    assert "subjct" in first.words
    assert "nose" in second.words
    assert second.since > first.since
    save(made, "garage")
    assert live(made) == "live"
    assert alarms.sounding(made.store.db) == []


def test_each_accepted_change_is_a_commit_with_who_and_when_and_nothing_else_is_committed(made: Office):
    changes.write_history(made)
    folder = made.config.path.parent
    (folder / "private.csv").write_text("names")
    save(made, "car park")
    live(made, NOW + timedelta(hours=1))

    assert changes.write_history(made) == ""

    assert git(folder, "log", "-1", "--format=%s|%aI").strip() == f"{MINE} new|2031-03-10T11:15:00+00:00"
    assert git(folder, "log", "-1", "--format=%an").strip() == (folder / MINE).owner()
    assert git(folder, "show", "--stat", "--format=", "HEAD").count("|") == 1
    assert "private.csv" in git(folder, "status", "--porcelain")


def test_an_office_without_git_works_and_says_what_it_lacks(made: Office, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PATH", "/nowhere")
    save(made, "car park")
    live(made)

    assert changes.write_history(made).startswith("git is not installed")
    assert phrase(made) == "car park"
    with made.store.immediate() as db:
        changes.go_back(made, db, NOW, who="Rowan")
    assert changes.refresh(made, NOW) == "live"
    assert phrase(made) == ""


def test_an_office_inside_somebody_elses_repository_commits_nothing_there(tmp_path: Path):
    git(tmp_path, "init", "-q")
    nowhere = ImapSettings("127.0.0.1", 1, "none", "iag", str), SmtpSettings("127.0.0.1", 1, "none")
    settings = write_office(tmp_path / "office", *nowhere)
    store = open_store(settings.office.database)
    made = office.open_office(settings, store, NOW)

    assert "not under git of its own" in changes.write_history(made)
    assert git(tmp_path, "status", "--porcelain") == "?? office/\n"
    store.close()


def test_taking_back_walks_back_a_change_at_a_time_until_there_is_none(made: Office):
    for words in ("one", "two", "three"):
        save(made, words)
        live(made)

    found = []
    for _ in range(3):
        with made.store.immediate() as db:
            changes.go_back(made, db, NOW, who="Rowan")
        changes.refresh(made, NOW)
        found.append(phrase(made))

    assert found == ["two", "one", ""]
    assert not (made.config.path.parent / MINE).exists()
    with pytest.raises(changes.NotNow, match="no change has been made"), made.store.immediate() as db:
        changes.go_back(made, db, NOW, who="Rowan")


def test_any_earlier_set_can_be_had_again_by_its_number(made: Office):
    for words in ("one", "two", "three"):
        save(made, words)
        live(made)
    number = rule_sets.accepted(made.store.db)[1].id

    with made.store.immediate() as db:
        changes.go_back(made, db, NOW, who="Rowan", to=number)
    changes.refresh(made, NOW)

    assert phrase(made) == "one"


def test_taking_back_a_broken_change_gives_the_set_in_force_and_keeps_what_was_typed(made: Office):
    save(made, "one")
    live(made)
    path = made.config.path.parent / MINE
    path.write_text("Rule: half a th")
    live(made)

    with made.store.immediate() as db:
        back = changes.go_back(made, db, NOW, who="Rowan")
    assert changes.refresh(made, NOW) == "live"

    assert back.files == (MINE,)
    assert path.read_text() == PARKING.format("one")
    assert path.with_name("60-mine.txt.bak").read_text() == "Rule: half a th"
    assert alarms.sounding(made.store.db) == []


def test_a_change_that_is_rolled_back_touches_no_file(made: Office):
    with made.store.rolled_back() as db:
        changes.adopt(made, db, {MINE: PARKING.format("one").encode()}, NOW, who="Rowan")

    assert changes.refresh(made, NOW) == "nothing"
    assert not (made.config.path.parent / MINE).exists()


def test_an_approved_change_is_in_force_and_on_disk_also_when_a_crash_comes_between(made: Office):
    with made.store.immediate() as db:
        changes.adopt(made, db, {MINE: PARKING.format("one").encode()}, NOW, who="Rowan")
    again = office.open_office(made.config, made.store, NOW)

    assert phrase(again) == "one"
    assert changes.refresh(again, NOW) == "live"
    assert (made.config.path.parent / MINE).read_text() == PARKING.format("one")
    assert changes.write_history(again) == ""
    assert git(made.config.path.parent, "log", "-1", "--format=%an %s").strip() == f"Rowan {MINE} new"


def test_a_faulty_change_is_not_adopted_and_one_beside_an_unfinished_edit_neither(made: Office):
    with pytest.raises(Problems, match="nose"), made.store.immediate() as db:
        changes.adopt(made, db, {MINE: b"Rule: P\nIf subject contains: x\nThen class: nose\n"}, NOW, who="Rowan")
    save(made, "half", "rules/sorting/61-hers.txt")
    with pytest.raises(changes.NotNow, match=r"61-hers\.txt new"), made.store.immediate() as db:
        changes.adopt(made, db, {MINE: PARKING.format("one").encode()}, NOW, who="Rowan")

    assert phrase(made) == ""


def test_a_file_somebody_holds_open_is_waited_for_and_then_told(made: Office, monkeypatch: pytest.MonkeyPatch):
    save(made, "one")
    path = made.config.path.parent / MINE
    path.unlink()
    path.mkdir()  # reading it fails, as with a file that is locked: root may read any mere file
    assert changes.refresh(made, NOW) == "nothing"  # a folder is no rule file
    path.rmdir()
    save(made, "one")
    held = [True] * 3

    def reading(self: Path) -> bytes:
        if self.name == path.name and held and held.pop():
            raise PermissionError(13, "Permission denied", str(self))
        with self.open("rb") as file:
            return file.read()

    monkeypatch.setattr(Path, "read_bytes", reading)

    assert [changes.refresh(made, NOW) for _ in range(6)] == ["settling"] * 4 + ["live", "nothing"]


def test_a_mail_that_a_newer_mailroom_has_brought_is_taken_as_shipped_until_it_is_in_the_folder(made: Office):
    key = "templates/notice/help.md"
    older = {name: data for name, data in (rule_sets.last_good(made.store.db) or {}).items() if name != key}
    with made.store.immediate() as db:
        rule_sets.keep(db, older, NOW)
    (made.config.path.parent / key).unlink()

    again = office.open_office(made.config, made.store, NOW)
    save(again, "car park")

    assert again.problems == ()
    assert live(again) == "live"
    assert "notice/help" in again.templates.mails
    assert key not in (rule_sets.last_good(made.store.db) or {})


def test_a_folder_from_which_a_mail_has_vanished_is_not_taken_over(made: Office):
    (made.config.path.parent / "templates/notice/help.md").unlink()

    assert live(made) == "refused"
    assert "templates/notice/help.md: this file is missing" in alarms.sounding(made.store.db)[0].words


def test_the_first_set_of_all_has_none_before_it_and_the_same_set_twice_is_one(made: Office):
    assert [one.follows for one in rule_sets.accepted(made.store.db)] == [None]
    office.open_office(made.config, made.store, NOW)
    assert len(rule_sets.accepted(made.store.db)) == 1
