"""What each answer, and each silence, of an SMTP server becomes."""

import asyncio
import socket
from dataclasses import replace

import pytest
from aiosmtplib.protocol import PERIOD_REGEX, normalize_message_line_endings
from hypothesis import given
from hypothesis import strategies as st

from mailroom.errors import Barred, Doubtful, MailroomError, Permanent, Temporary, Unauthorised
from mailroom.transport import smtp
from mailroom.transport.settings import SmtpSettings
from mailroom.transport.smtp import Sender
from tests.wire.sink import FAULTS, VERBS, Sink, sink

OFFICE, MEMBER = "iag@example.org", "member@example.org"
MIME = b"From: iag@example.org\r\nTo: member@example.org\r\nSubject: hello\r\n\r\nHello.\r\n.a dot\r\n"


def settings(to: Sink, user: str = "", seconds: float = 5.0) -> SmtpSettings:
    return SmtpSettings(
        "127.0.0.1",
        to.port,
        "none",
        user=user,
        secret=lambda: "invented-password",
        local_hostname="mailroom.invalid",
        data_seconds=seconds,
        connect_seconds=seconds,
        command_seconds=seconds,
    )


def expected(verb: str, fault: str) -> type[MailroomError] | None:
    if verb == "QUIT":
        return None
    if verb == "dot":
        return {"421": Temporary, "450": Temporary, "550": Permanent}.get(fault, Doubtful)
    if fault == "550" and verb == "AUTH":
        return Unauthorised
    if fault == "550" and verb == "MAIL":
        return Barred
    return Permanent if fault == "550" and verb in {"RCPT", "DATA"} else Temporary


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("fault", FAULTS)
async def test_each_fault_at_each_verb_becomes_the_error_it_means(verb: str, fault: str):
    async with sink({verb: fault}, extensions=("AUTH PLAIN",)) as server:
        sender = Sender(settings(server, user=OFFICE, seconds=0.15 if fault == "hang" else 5.0))
        error: MailroomError | None = None
        try:
            await sender.send(OFFICE, MEMBER, MIME)
        except MailroomError as raised:
            error = raised
        async with asyncio.timeout(5):
            await sender.close()

        assert type(error) is (expected(verb, fault) or type(None))
        assert getattr(error, "code", 0) == (int(fault) if fault.isdigit() and error else 0)
        assert len(server.kept) == (1 if verb in {"dot", "QUIT"} else 0)
        assert sum(line.startswith("AUTH") for line in server.commands) <= 1


async def test_the_error_is_one_plain_sentence_with_the_code():
    async with sink({"RCPT": "550 5.1.1 no such person"}) as server:
        sender = Sender(settings(server))
        with pytest.raises(Permanent) as caught:
            await sender.send(OFFICE, MEMBER, MIME)
        await sender.close()

    assert f"127.0.0.1:{server.port} answered RCPT with 550 5.1.1 no such person" == str(caught.value)
    assert (caught.value.code, caught.value.verb) == (550, "RCPT")


@pytest.mark.parametrize(
    ("verb", "reply", "meant"),
    [
        ("RCPT", "550 5.1.1 no such person", Permanent),
        ("RCPT", "554 5.7.1 relay access denied", Barred),
        ("RCPT", "553 5.7.27 your domain takes no mail", Barred),
        ("RCPT", "550 5.1.8 sender address rejected", Barred),
        ("RCPT", "550 5.7.17 that mailbox has a new owner", Permanent),
        ("RCPT", "550 5.71.1 no code of ours", Permanent),
        ("dot", "550 5.7.1 this text looks like advertising", Barred),
        ("dot", "554 5.6.0 this text cannot be read", Permanent),
        ("dot", "552 5.3.4 too large", Permanent),
        ("MAIL", "552 5.3.4 too large", Permanent),
        ("MAIL", "501 5.1.7 bad sender", Barred),
        ("MAIL", "530 5.7.0 authentication needed", Unauthorised),
    ],
)
async def test_what_is_refused_for_everybody_is_told_from_what_one_recipient_meets(
    verb: str, reply: str, meant: type[MailroomError]
):
    async with sink({verb: reply}) as server:
        sender = Sender(settings(server))
        with pytest.raises(Permanent) as caught:
            await sender.send(OFFICE, MEMBER, MIME)
        await sender.close()

    assert type(caught.value) is meant


async def test_a_message_goes_out_byte_for_byte_to_one_recipient():
    async with sink() as server:
        sender = Sender(settings(server))
        reply = await sender.send(OFFICE, MEMBER, MIME)
        await sender.close()

    assert reply == "250 2.0.0 kept"
    (kept,) = server.kept
    assert (kept.envelope_from, kept.recipients, kept.raw) == (OFFICE, (MEMBER,), MIME)


async def test_a_bounce_may_have_no_sender():
    async with sink() as server:
        sender = Sender(settings(server))
        await sender.send("", MEMBER, MIME)
        await sender.close()

    assert server.kept[0].envelope_from == ""


@pytest.mark.parametrize(
    "recipient",
    [
        "",
        "a@example.org,b@example.org",
        "a@example.org b@example.org",
        "<a@example.org>",
        "a@b@c",
        "x",
        "a\r\n@b.example",
    ],
)
async def test_what_is_not_exactly_one_address_never_reaches_the_wire(recipient: str):
    async with sink() as server:
        sender = Sender(settings(server))
        with pytest.raises(Permanent):
            await sender.send(OFFICE, recipient, MIME)
        await sender.close()

    assert server.connections == 0


async def test_one_connection_serves_many_messages_and_survives_a_refusal():
    async with sink() as server:
        sender = Sender(settings(server))
        await sender.send(OFFICE, MEMBER, MIME)
        server.script["RCPT"] = "550"
        with pytest.raises(Permanent):
            await sender.send(OFFICE, MEMBER, MIME)
        del server.script["RCPT"]
        await sender.send(OFFICE, MEMBER, MIME)
        await sender.close()

    assert (server.connections, len(server.kept), server.commands.count("RSET")) == (1, 2, 1)


async def test_a_connection_the_server_has_left_is_made_again_without_a_word():
    async with sink() as server:
        sender = Sender(settings(server))
        await sender.send(OFFICE, MEMBER, MIME)
        server.hang_up()
        await sender.send(OFFICE, MEMBER, MIME)
        server.script["MAIL"] = "cut"
        with pytest.raises(Temporary):
            await sender.send(OFFICE, MEMBER, MIME)
        await sender.close()

    assert (server.connections, len(server.kept)) == (3, 2)


async def test_a_cancelled_send_leaves_no_half_open_envelope_behind():
    async with sink({"dot": "hang"}) as server:
        sender = Sender(replace(settings(server), data_seconds=20.0))
        sending = asyncio.create_task(sender.send(OFFICE, MEMBER, MIME))
        await asyncio.sleep(0.2)
        assert server.kept
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending
        del server.script["dot"]
        await sender.send(OFFICE, MEMBER, MIME)
        await sender.close()

    assert server.connections == 2


async def test_two_sends_at_once_take_turns():
    async with sink() as server:
        sender = Sender(settings(server))
        await asyncio.gather(*(sender.send(OFFICE, f"m{n}@example.org", MIME) for n in range(5)))
        await sender.close()

    assert {(f"m{n}@example.org",) for n in range(5)} == {kept.recipients for kept in server.kept}


async def test_letters_outside_ascii_need_a_server_that_takes_them():
    async with sink() as plain, sink(extensions=("SMTPUTF8", "8BITMIME")) as modern:
        poor, rich = Sender(settings(plain)), Sender(settings(modern))
        with pytest.raises(Permanent, match="SMTPUTF8"):
            await poor.send(OFFICE, "zoë@example.org", MIME)
        await rich.send(OFFICE, "zoë@example.org", MIME)
        await rich.send(OFFICE, MEMBER, MIME)
        await poor.close()
        await rich.close()

    assert modern.kept[0].recipients == ("zoë@example.org",)
    assert ["SMTPUTF8" in line for line in modern.commands if line.startswith("MAIL")] == [True, False]


async def test_where_starttls_is_stripped_nothing_is_said():
    async with sink(extensions=("AUTH PLAIN",)) as server:
        sender = Sender(replace(settings(server, user=OFFICE), security="starttls"))
        with pytest.raises(Permanent, match="does not offer STARTTLS"):
            await sender.connect()

    assert [line.split()[0] for line in server.commands] == ["EHLO"]


async def test_a_server_without_our_login_is_told_apart_from_one_that_refuses_it():
    async with sink(extensions=("AUTH NTLM",)) as server:
        sender = Sender(settings(server, user=OFFICE))
        with pytest.raises(Permanent, match="it offers"):
            await sender.connect()

    assert not any(line.startswith("AUTH") for line in server.commands)


@pytest.mark.parametrize("verb", ["RCPT", "dot"])
async def test_a_reply_in_another_charset_is_one_the_database_can_keep(verb: str):
    async with sink({verb: "450 4.2.2 bo\udcee\udce9te pleine"}) as server:
        sender = Sender(settings(server))
        with pytest.raises(Temporary) as caught:
            await sender.send(OFFICE, MEMBER, MIME)
        await sender.close()
        server.script = {"dot": "250 angenommen f\udcfcr sp\udce4ter"}
        taken = await sender.send(OFFICE, MEMBER, MIME)
        await sender.close()

    assert str(caught.value).endswith("450 4.2.2 bo??te pleine")
    assert taken == "250 angenommen f?r sp?ter"


async def test_an_answer_before_the_text_is_never_taken_for_the_answer_to_it():
    async with sink({"DATA": "354 go on\r\n250 2.0.0 kept", "dot": "550 5.6.0 no"}) as server:
        sender = Sender(settings(server))
        with pytest.raises(Temporary, match="something that is not SMTP"):
            await sender.send(OFFICE, MEMBER, MIME)
        await sender.close()

    assert server.kept == []


async def test_nobody_listening_is_temporary():
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        sender = Sender(SmtpSettings("127.0.0.1", unused.getsockname()[1], "none"))
        with pytest.raises(Temporary):
            await sender.send(OFFICE, MEMBER, MIME)


def test_clear_text_is_refused_for_any_other_machine():
    with pytest.raises(Permanent, match="only allowed for a server on this machine"):
        Sender(SmtpSettings("mail.example.org", 25, "none"))


@given(st.lists(st.sampled_from([b"\r\n", b"\n", b"\r", b".", b"..", b"a", "é".encode()]), max_size=30).map(b"".join))
def test_every_text_goes_out_as_the_library_itself_would_send_it(text: bytes):
    assert smtp._as_data(text) == PERIOD_REGEX.sub(b"..", normalize_message_line_endings(text)) + b".\r\n"
