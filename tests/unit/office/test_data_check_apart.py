"""The check in its own process: the same answers, and no file that takes more than it may."""

from email.message import EmailMessage

from mailroom.office.data_check_apart import checked_apart
from tests.workbooks import xlsx


def mail(*files: tuple[str, bytes]) -> bytes:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "analyst@example.org", "iag@example.org", "Table"
    message.set_content("Table attached.")
    for name, data in files:
        message.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    return message.as_bytes()


def test_a_mail_is_checked_as_its_files_are():
    small = xlsx({"Table": [["Station", "Asian"], ["Ashlock", 3], ["Wren Calder", 43]]})
    found = checked_apart(mail(("return.xlsx", small)), names=("Wren Calder",))

    assert (found.tables, found.small_cells) == (1, 1)
    assert [finding.kind for finding in found.findings] == ["small cells", "person"]
    assert checked_apart(mail(("return.xlsx", small)), threshold=3).ok


def test_a_mail_without_files_has_nothing_to_release():
    assert checked_apart(mail()).verdict.public == "No table came with the mail that could be checked."


def test_whatever_comes_instead_of_a_mail_is_blocked_and_raises_nothing():
    assert not checked_apart(b"\0\xff" * 500).ok


def test_a_file_that_takes_too_much_memory_costs_only_its_own_process():
    rows = [[f"S{n}{m}" for m in range(10)] for n in range(5_000)]
    found = checked_apart(mail(("return.xlsx", xlsx({"Table": rows}))), mib=8)

    assert found.reasons == ("The files could not be read: they took more than 5 s or 8 MiB to read.",)


def test_a_file_that_takes_too_long_is_given_up():
    rows = [[f"call 07700 9{n:05} or {m}" for m in range(10)] for n in range(10_000)]
    found = checked_apart(mail(("return.xlsx", xlsx({"Table": rows}))), seconds=1)

    assert found.reasons == ("The files could not be read: they took more than 1 s or 256 MiB to read.",)
