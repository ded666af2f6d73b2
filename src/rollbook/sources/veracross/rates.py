"""The rate limit of both Data APIs: 300 requests in three minutes, for each token or account."""

from collections.abc import Callable
from datetime import datetime

from rollbook.sources.http import Reply

LONGEST = 200.0
"""Seconds; a window is shorter, so a longer wait is a misunderstanding."""
_EPOCH = 100_000_000
"""v3 says when the window ends in seconds since 1970, v2 in how many seconds: no window lasts this long."""


def pace(now: Callable[[], datetime]) -> Callable[[Reply], float]:
    """How many seconds to wait after a reply: until the window ends, once nothing is left of it."""

    def wait(reply: Reply) -> float:
        left, reset = (_number(reply.headers.get(f"x-rate-limit-{name}")) for name in ("remaining", "reset"))
        if left is None or left > 0 or reset is None:
            return 0.0
        seconds = reset - now().timestamp() if reset > _EPOCH else float(reset)
        return min(max(0.0, seconds), LONGEST)

    return wait


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isdecimal() else None
