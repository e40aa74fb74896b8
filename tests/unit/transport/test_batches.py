import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailroom.transport.imap import batches

pytestmark = pytest.mark.fast

SIZES = st.dictionaries(st.integers(1, 10_000), st.integers(0, 200), max_size=60)


@given(sizes=SIZES, max_bytes=st.integers(1, 300), max_count=st.integers(1, 10))
@settings(max_examples=50)
def test_every_message_is_in_one_lot_oldest_first_within_both_bounds(
    sizes: dict[int, int], max_bytes: int, max_count: int
):
    lots = batches(sizes, max_bytes, max_count)

    assert [uid for lot in lots for uid in lot] == sorted(sizes)
    assert all(len(lot) <= max_count for lot in lots)
    assert all(sum(sizes[uid] for uid in lot) <= max_bytes or len(lot) == 1 for lot in lots)


def test_a_message_larger_than_a_lot_goes_alone():
    assert batches({1: 10, 2: 5_000_000, 3: 10}) == [[1], [2], [3]]


def test_no_messages_make_no_lots():
    assert batches({}) == []
