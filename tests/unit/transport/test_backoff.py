import random
from itertools import islice

import pytest

from mailroom.transport.backoff import delays

pytestmark = pytest.mark.fast


def test_the_wait_doubles_up_to_the_cap():
    assert list(islice(delays(1.0, 10.0, rnd=lambda: 1.0), 6)) == [1.0, 2.0, 4.0, 8.0, 10.0, 10.0]


def test_no_luck_makes_a_busy_loop():
    assert list(islice(delays(1.0, 10.0, rnd=lambda: 0.0), 3)) == pytest.approx([0.1, 0.2, 0.4])


def test_two_clients_do_not_return_together():
    one, other = (list(islice(delays(rnd=random.Random(seed).random), 8)) for seed in (1, 2))

    assert all(left != right for left, right in zip(one, other, strict=True))
