import base64
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailroom.message import Draft, compose, read
from mailroom.message.model import Address
from mailroom.message.threads import (
    conversation,
    first_index,
    is_ours,
    next_index,
    plus_address,
    token_for,
    tokens,
)

pytestmark = pytest.mark.fast
KEY, OTHER_KEY = b"one invented key", b"another invented key"
AT = datetime(2027, 1, 4, 9, 12, tzinfo=UTC)
NAME = bytes.fromhex("01db5e8a3f20") + bytes(range(1, 17))
INDEX = base64.b64encode(NAME).decode()
DRAFT = Draft(
    sender=Address("Riverside Advisory Group", "iag@example.org"),
    recipient=Address("Ada Member", "ada@example.org"),
    subject="Thank you",
    text="Dear Ada,\n",
    html="",
    message_id="<abc@example.org>",
    date=AT,
)


def test_every_answer_of_a_conversation_bears_its_name():
    answer = next_index(INDEX, AT, "a")
    again = next_index(answer, AT + timedelta(days=3), "b")

    assert conversation(INDEX) == conversation(answer) == conversation(again) == NAME.hex()
    assert [len(base64.b64decode(one)) for one in (INDEX, answer, again)] == [22, 27, 32]
    assert base64.b64decode(again).startswith(base64.b64decode(answer))


def test_the_time_of_an_answer_is_told_as_outlook_tells_it():
    # [MS-OXOMSG] 2.2.1.3: 31 bits of the time since the beginning, in units of 2^18 ticks of 100 ns, the bit above 0;
    # after 1.7 years in units of 2^23, the bit above 1.
    first = first_index(KEY, "a mail", AT)
    soon = base64.b64decode(next_index(first, AT + timedelta(hours=1), "a"))[22:26]
    late = base64.b64decode(next_index(first, AT + timedelta(days=1000), "a"))[22:26]

    assert abs(int.from_bytes(soon, "big") - 3600 * 10**7 // 2**18) <= 1
    assert abs(int.from_bytes(late, "big") - (2**31 + 1000 * 86400 * 10**7 // 2**23)) <= 1


@pytest.mark.parametrize("written", [INDEX.rstrip("="), f" {INDEX[:10]}\r\n {INDEX[10:]} ", INDEX + "\t"])
def test_a_thread_index_may_be_folded_or_have_lost_its_padding(written: str):
    assert conversation(written) == NAME.hex()


@pytest.mark.parametrize(
    "written",
    [
        *("", "not base64!", INDEX[:20], "QUJD" * 100_000, "Ünïcode" * 9),
        base64.b64encode(b"\x02" + NAME[1:]).decode(),
        base64.b64encode(NAME[:6] + bytes(16)).decode(),
    ],
)
def test_what_is_no_thread_index_names_no_conversation_and_is_not_carried_on(written: str):
    assert conversation(written) == ""
    assert next_index(written, AT, "a") == ""


def test_a_conversation_without_end_keeps_its_name_and_stays_one_line():
    index = INDEX
    for n in range(200):
        index = next_index(index, AT + timedelta(hours=n), str(n))
        assert conversation(index) == NAME.hex()
        assert len(index) < 500


@settings(max_examples=50)
@given(st.text(max_size=60) | st.binary(max_size=60).map(lambda raw: base64.b64encode(b"\x01" + raw).decode()))
def test_any_header_at_all_is_read_and_answered(written: str):
    named = conversation(written)

    assert conversation(next_index(written, AT, "a")) == named
    assert conversation(next_index(written, AT - timedelta(days=200_000), "a")) == named


def test_a_conversation_of_ours_cannot_be_guessed_without_the_key():
    assert first_index(KEY, "a mail", AT) == first_index(KEY, "a mail", AT)
    names = {conversation(first_index(key, name, AT)) for key in (KEY, OTHER_KEY) for name in ("a mail", "another")}
    assert len(names) == 4


def test_a_reply_token_is_found_in_our_own_address_only():
    token = token_for(KEY, "a mail")
    ours = plus_address("iag@example.org", token)

    assert ours == f"iag+{token}@example.org"
    assert tokens([ours.upper(), "iag@example.org", ours], "iag@example.org") == (token,)
    assert (
        tokens([ours.replace("example.org", "example.net"), f"x{ours}", "iag+news@example.org"], "iag@example.org")
        == ()
    )
    assert token != token_for(OTHER_KEY, "a mail")
    assert len(token) == 26


def test_an_address_that_has_no_room_for_a_token_gets_none():
    assert plus_address("a" * 40 + "@example.org", token_for(KEY, "a mail")) == ""


def test_our_own_address_is_ours_with_and_without_a_token():
    ours = plus_address("iag@example.org", token_for(KEY, "a mail"))

    assert is_ours(ours, "iag@example.org")
    assert is_ours("IAG@example.org", "iag@example.org")
    assert not is_ours("iag+x@example.org", "iag@example.org")
    assert not is_ours("ada@example.org", "iag@example.org")


def test_a_mail_carries_the_conversation_and_where_answers_go():
    ours = plus_address("iag@example.org", token_for(KEY, "a mail"))
    message = read(compose(replace(DRAFT, thread_index=next_index(INDEX, AT, "a"), reply_to=ours)))

    assert message.conversation == NAME.hex()
    assert message.reply_to == (Address("", ours),)


@pytest.mark.parametrize("index", ["AQ==", INDEX + "\nBcc: eve@example.net", INDEX[:20] + " " + INDEX[20:]])
def test_what_is_no_thread_index_is_not_sent(index: str):
    with pytest.raises(ValueError, match="not a Thread-Index"):
        compose(replace(DRAFT, thread_index=index))
