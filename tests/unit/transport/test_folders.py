import pytest

from mailroom.transport.folders import Namespace

pytestmark = pytest.mark.fast

PLAIN, EXCHANGE, COURIER, FLAT = Namespace("", "/"), Namespace("", "/"), Namespace("INBOX.", "."), Namespace("", "")


@pytest.mark.parametrize(
    ("namespace", "name", "path"),
    [
        (PLAIN, "Meetings/Replies", "Meetings/Replies"),
        (PLAIN, "inbox", "INBOX"),
        (COURIER, "INBOX", "INBOX"),
        (COURIER, "Meetings/Replies", "INBOX.Meetings.Replies"),
        (COURIER, "Inbox/Replies", "INBOX.Replies"),
        (COURIER, "St. Pancras", "INBOX.St_ Pancras"),
        (FLAT, "Meetings/Replies", "Meetings_Replies"),
        (PLAIN, "/Meetings//Replies/", "Meetings/Replies"),
    ],
)
def test_our_name_becomes_the_servers(namespace: Namespace, name: str, path: str):
    assert namespace.path(name) == path


@pytest.mark.parametrize(
    ("namespace", "path", "ancestry"),
    [
        (PLAIN, "a/b/c", ["a", "a/b", "a/b/c"]),
        (COURIER, "INBOX.a.b", ["INBOX.a", "INBOX.a.b"]),
        (FLAT, "a/b", ["a/b"]),
    ],
)
def test_the_levels_above_a_folder_come_before_it(namespace: Namespace, path: str, ancestry: list[str]):
    assert namespace.ancestry(path) == ancestry
