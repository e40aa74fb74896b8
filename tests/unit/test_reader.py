import asyncio
import time
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio

from mailroom.errors import Unreadable
from mailroom.message import Border, Message, read
from mailroom.reader import Reader

# One child for the whole file where it can be: starting one takes most of a second.
pytestmark = pytest.mark.asyncio(loop_scope="module")


def letter(words: str) -> bytes:
    return (
        "From: Ada Member <ada@example.org>\r\nTo: iag@example.org\r\nSubject: Hello\r\n"
        f"Date: Mon, 04 Jan 2027 09:00:00 +0100\r\nMessage-ID: <1@example.org>\r\n\r\n{words}\r\n"
    ).encode()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def reader() -> AsyncIterator[Reader]:
    made = Reader(Border(), seconds=1.0, plugin="tests.unit.reader_plugin")
    yield made
    await made.close()


async def test_the_child_reads_as_the_function_does(reader: Reader):
    message = await reader.read(letter("Hello"))

    assert read(letter("Hello"), Border()) == message
    assert message.date is not None
    assert timedelta(hours=1) == message.date.utcoffset()


async def test_a_message_that_hangs_is_given_up_and_the_next_goes_on(reader: Reader):
    await reader.read(letter("first"))
    began = time.monotonic()
    with pytest.raises(Unreadable, match="took longer than 1 s"):
        await reader.read(letter("test-hang"))
    took = time.monotonic() - began
    message = await reader.read(letter("next"))

    assert took < 3
    assert message.text == "next"


async def test_a_message_that_eats_memory_is_given_up_and_the_next_goes_on(reader: Reader):
    with pytest.raises(Unreadable, match="needed more than 256 MiB"):
        await reader.read(letter("test-fat"))

    assert (await reader.read(letter("next"))).text == "next"


async def test_a_message_that_kills_its_reader_is_given_up_and_the_next_goes_on(reader: Reader):
    with pytest.raises(Unreadable, match="the reader ended with signal 9"):
        await reader.read(letter("test-die"))

    assert (await reader.read(letter("next"))).text == "next"


async def test_of_many_messages_only_the_bad_ones_are_lost(reader: Reader):
    words = ["one", "test-die", "two", "three"]
    outcomes = await reader.read_many([letter(word) for word in words])

    assert [outcome.text if isinstance(outcome, Message) else None for outcome in outcomes] == [
        "one",
        None,
        "two",
        "three",
    ]


async def test_a_call_that_is_cancelled_leaves_the_reader_in_step(reader: Reader):
    await reader.read(letter("first"))
    hanging = asyncio.create_task(reader.read(letter("test-hang")))
    await asyncio.sleep(0.1)
    hanging.cancel()
    with pytest.raises(asyncio.CancelledError):
        await hanging

    assert (await reader.read(letter("next"))).text == "next"


async def test_calls_at_the_same_time_each_get_their_own_message(reader: Reader):
    messages = await asyncio.gather(*(reader.read(letter(f"number {n}")) for n in range(20)))

    assert [f"number {n}" for n in range(20)] == [message.text for message in messages]


async def test_the_child_ends_when_its_parent_is_gone(reader: Reader):
    await reader.read(letter("first"))
    child = reader._child
    assert child is not None
    assert child.stdin is not None
    child.stdin.close()

    code = await asyncio.wait_for(child.wait(), 5)

    assert code == 0
