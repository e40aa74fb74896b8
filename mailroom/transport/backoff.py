"""How long to wait before trying again."""

from collections.abc import Callable, Iterator


def delays(base: float = 1.0, cap: float = 300.0, *, rnd: Callable[[], float]) -> Iterator[float]:
    """Yield seconds to wait, for ever: each a random share of a ceiling that doubles from `base` to `cap`.

    Full jitter: after an outage every client returns at its own moment instead of all at once.
    `rnd` gives a number in [0, 1). At least a tenth of the ceiling is waited, so that luck cannot make a busy loop.
    """
    ceiling = base
    while True:
        yield ceiling * (0.1 + 0.9 * rnd())
        ceiling = min(cap, ceiling * 2)
