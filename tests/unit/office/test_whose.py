"""Whose move it was, by what is known: the table of every case."""

import pytest

from mailroom.office.put_away import is_put_away
from mailroom.office.whose import Whose, likely, same_bytes, whose
from mailroom.store.places import Lying, Spot

pytestmark = pytest.mark.fast

OLD = Spot("Concerns", 7, 3)


def lying(
    wanted: str = "Concerns", spot: Spot = OLD, *, state: str = "filed", headed: str = "", size: int = 5000
) -> Lying:
    return Lying(1, state, "<a@example.org>", size, "hash", wanted, spot, state != "handled", headed)


@pytest.mark.parametrize(
    ("row", "found", "still_there", "verdict"),
    [
        (lying(), OLD, False, "known"),
        (lying(), Spot("Media", 1, 1), False, "hers"),
        (lying(), Spot("Media", 1, 1), True, "copy"),
        (lying(), Spot("INBOX", 1, 9), False, "hers"),
        (lying(state="received"), Spot("Media", 1, 1), False, "later"),
        (lying(spot=Spot("INBOX", 1, 1), state="handled"), Spot("Concerns", 7, 4), False, "ours"),
        (lying(spot=Spot("INBOX", 1, 1), state="handled"), Spot("Concerns", 7, 4), True, "copy"),
        (lying(spot=Spot("INBOX", 1, 1), state="handled"), Spot("Media", 1, 4), False, "hers"),
        (lying("INBOX"), Spot("INBOX", 1, 9), False, "ours"),
        (lying("Media", headed="Rights"), Spot("Rights", 1, 9), False, "ours"),
        (lying(spot=Spot("Concerns")), Spot("Concerns", 8, 1), False, "ours"),
        (lying("Rights"), Spot("Concerns", 8, 1), False, "ours"),
    ],
)
def test_whose_move_it_was(row: Lying, found: Spot, still_there: bool, verdict: Whose):
    assert whose(row, found, still_there=still_there) == verdict


def test_a_message_is_known_by_its_id_and_size_where_that_leaves_no_doubt():
    one = lying()

    assert likely([one], "<a@example.org>", 5000) is one
    assert likely([one], "<a@example.org>", 5900) is one, "Exchange Online tells sizes only roughly"
    assert likely([one], "<a@example.org>", 9000) is None
    assert likely([one, lying(size=5001)], "<a@example.org>", 5000) is None
    assert likely([one], "", 5000) is None
    assert likely([], "<a@example.org>", 5000) is None
    assert same_bytes([one], "hash") is one
    assert same_bytes([one], "other") is None


@pytest.mark.parametrize(
    ("folder", "flags", "away"),
    [
        ("Trash", (), True),
        ("Deleted Items", (), True),
        ("Junk E-mail", (), True),
        ("Archive/2026", (), True),
        ("Papierkorb", (), True),
        ("Éléments supprimés", (), True),
        ("Elementos eliminados", (), True),
        ("Posta indesiderata", (), True),
        ("Elementy usunięte", (), True),
        ("Concerns", ("\\trash",), True),
        ("Concerns", ("\\hasnochildren",), False),
        ("Concerns", (), False),
        ("Meetings/Papers", (), False),
        ("Binders", (), False),
        ("INBOX", (), False),
        ("", (), False),
    ],
)
def test_folders_for_what_is_thrown_or_put_away(folder: str, flags: tuple[str, ...], away: bool):
    assert is_put_away(folder, flags) == away
