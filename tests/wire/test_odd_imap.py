"""IMAP servers that are busy, strip encryption, or talk nonsense."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mailroom.errors import MailroomError, Permanent, Temporary, Unauthorised
from mailroom.transport.imap import ImapSettings, Mailbox


@dataclass
class Odd:
    """Answers each command by `answers`, `{tag}` filled in; what is not listed is simply OK. b"" hangs up.

    A line of one word is "more" of the last command, an empty line is "".
    """

    answers: dict[str, bytes] = field(default_factory=dict)
    greeting: bytes = b"* OK [CAPABILITY IMAP4rev1] hello\r\n"
    port: int = 0
    heard: list[str] = field(default_factory=list)
    talks: set[asyncio.Task[None]] = field(default_factory=set)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talk = asyncio.current_task()
        assert talk is not None
        self.talks.add(talk)
        try:
            writer.write(self.greeting)
            tag = ""
            while raw := await reader.readline():
                line = raw.decode().strip()
                self.heard.append(line)
                first, _, command = line.partition(" ")
                tag = first if command else tag
                verb = command.removeprefix("UID ").split()[0].upper() if command else (first and "more")
                answer = self.answers.get(verb, _WELL.get(verb, b"{tag} OK done\r\n"))
                writer.write(answer.replace(b"{tag}", tag.encode()))
                if not answer.endswith(b"\r\n"):
                    return
        except ConnectionError:
            pass
        finally:
            writer.close()


_WELL = {
    "CAPABILITY": b"* CAPABILITY IMAP4rev1\r\n{tag} OK done\r\n",
    "SELECT": b"* 1 EXISTS\r\n* OK [UIDVALIDITY 7] x\r\n* OK [UIDNEXT 2] x\r\n{tag} OK [READ-WRITE] done\r\n",
}


@asynccontextmanager
async def odd(answers: dict[str, bytes] | None = None, greeting: bytes = b"") -> AsyncIterator[Odd]:
    server = Odd(answers or {})
    if greeting:
        server.greeting = greeting
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    server.port = listening.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listening.close()
        await asyncio.gather(*server.talks)
        await listening.wait_closed()


def reach(server: Odd, **changed: object) -> ImapSettings:
    facts: dict[str, object] = {"security": "none", "read_seconds": 1.0, "connect_seconds": 1.0} | changed
    return ImapSettings("127.0.0.1", server.port, user="iag", secret=lambda: "invented", **facts)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (b"{tag} NO [UNAVAILABLE] the directory is down\r\n", Temporary),
        (b"{tag} NO [LIMIT] too many connections\r\n", Temporary),
        (b"* BYE too many connections\r\n{tag} NO no\r\n", Temporary),
        (b"", Temporary),
        (b"{tag} NO [AUTHENTICATIONFAILED] wrong\r\n", Unauthorised),
        (b"{tag} NO LOGIN failed.\r\n", Unauthorised),
    ],
)
async def test_a_login_that_fails_says_whether_to_try_again(answer: bytes, expected: type[MailroomError]):
    async with odd({"LOGIN": answer}) as server:
        mailbox = Mailbox(reach(server))
        with pytest.raises(expected) as caught:
            await mailbox.connect()
        await mailbox.close()

    assert type(caught.value).__mro__.index(expected) <= 1
    assert isinstance(caught.value, Unauthorised) == (expected is Unauthorised)


@pytest.mark.parametrize(
    "greeting",
    [b"* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] hello\r\n", b"* PREAUTH [CAPABILITY IMAP4rev1 STARTTLS] welcome\r\n"],
)
async def test_where_starttls_is_stripped_no_login_is_sent(greeting: bytes):
    async with odd(greeting=greeting) as server:
        mailbox = Mailbox(reach(server, security="starttls"))
        with pytest.raises(MailroomError):
            await mailbox.connect()
        await mailbox.close()

    assert not any("LOGIN" in line or "AUTHENTICATE" in line or "invented" in line for line in server.heard)


@pytest.mark.parametrize(
    ("refusal", "expected"),
    [
        (b"{tag} NO [SERVERBUG] internal error\r\n", Temporary),
        (b"{tag} NO System Error (Failure)\r\n", Temporary),
        (b"{tag} NO [NOPERM] not yours\r\n", Permanent),
        (b"{tag} BAD what?\r\n", Permanent),
    ],
)
async def test_a_refused_command_leaves_the_connection_usable(refusal: bytes, expected: type[MailroomError]):
    async with odd({"FETCH": refusal}) as server:
        mailbox = Mailbox(reach(server))
        await mailbox.connect()
        await mailbox.select("INBOX")
        with pytest.raises(expected):
            await mailbox.fetch([1])
        assert (await mailbox.select("INBOX")).uidvalidity == 7
        await mailbox.close()


async def test_a_refused_token_is_answered_with_an_empty_line_and_reported_once():
    capability = b"* CAPABILITY IMAP4rev1 AUTH=XOAUTH2\r\n{tag} OK done\r\n"
    answers = {
        "CAPABILITY": capability,
        "AUTHENTICATE": b"+ \r\n",
        "more": b"+ eyJzdGF0dXMiOiI0MDAifQ==\r\n",
        "": b"{tag} NO AUTHENTICATE failed.\r\n",
    }
    async with odd(answers) as server:
        mailbox = Mailbox(reach(server, auth="xoauth2"))
        with pytest.raises(Unauthorised) as caught:
            await mailbox.connect()
        await mailbox.close()

    assert [line for line in server.heard if line == "" or "AUTHENTICATE" in line][1:] == [""]
    assert "invented" not in str(caught.value)


WORDS = rb'* 1 0 -1 FETCH SEARCH ( ) UID BODY[] NIL " INTERNALDATE "32-Foo-2026 OK NO BYE {tag} + [ ] EXISTS'.split()
LITERALS = [b"{5}\r\n", b"{99999}\r\n", b"\r\n", b"\x00\xff", b"9" * 30]
TOKENS = st.sampled_from([*WORDS, *LITERALS])


@given(words=st.lists(TOKENS, max_size=14))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_whatever_a_server_says_only_our_own_errors_come_out(words: list[bytes]):
    async def talk() -> None:
        nonsense = b" ".join(words)
        async with odd({"FETCH": nonsense, "SEARCH": nonsense}) as server:
            mailbox = Mailbox(reach(server, read_seconds=0.2))
            for ask in (mailbox.fetch([1]), mailbox.new_uids(0)):
                try:
                    await mailbox.connect()
                    await mailbox.select("INBOX")
                    await ask
                except MailroomError:
                    continue
                finally:
                    ask.close()
            await mailbox.close()

    asyncio.run(talk())
