"""How much one sender may ask of a process: requests in a second, and bodies at once."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rollbook.api.refusals import Refused

RATE, BURST = 50, 500
"""Requests a second of one token, and how many may come at once after a pause."""

BODIES, BODIES_OF_ONE = 12, 4
"""Files that a process receives at once, and of one account. The rest of its threads is left for the pages."""

_FORGET = 10_000  # tokens after which those that rest are forgotten


class Rate:
    """Lets so many through in a second, and a burst after a pause; one bucket for each key."""

    def __init__(self, rate: float, burst: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate, self._burst, self._clock = rate, burst, clock
        self._left: dict[int, tuple[float, float]] = {}
        self._lock = threading.Lock()

    def lets(self, key: int) -> bool:
        """Whether one more may pass now."""
        with self._lock:
            now = self._clock()
            if len(self._left) > _FORGET:
                self._left = {one: (left, at) for one, (left, at) in self._left.items() if now - at < 60}
            left, at = self._left.get(key, (float(self._burst), now))
            left = min(self._burst, left + (now - at) * self._rate)
            self._left[key] = (left - 1 if left >= 1 else left, now)
            return left >= 1


class Places:
    """Places for bodies: a slow sender takes one, and never all."""

    def __init__(self, most: int, most_of_one: int) -> None:
        self._most, self._most_of_one = most, most_of_one
        self._taken: Counter[int] = Counter()
        self._lock = threading.Lock()

    @contextmanager
    def one(self, account: int) -> Iterator[None]:
        """
        A place, for as long as a body takes.

        Raises:
            Refused: There is none, or the account has enough.
        """
        with self._lock:
            if self._taken[account] >= self._most_of_one or self._taken.total() >= self._most:
                raise Refused(503, "full", "Too many files are being received. Nothing was done. Try again.", wait=10)
            self._taken[account] += 1
        try:
            yield
        finally:
            with self._lock:
                self._taken[account] -= 1
                self._taken += Counter()


requests = Rate(RATE, BURST)
places = Places(BODIES, BODIES_OF_ONE)
