"""Frames that stay in memory while there is room; what does not fit goes to a file."""

from collections import defaultdict
from threading import Lock

import polars as pl


class Room:
    """
    Frames under names, up to a size.

    Args:
        size: Bytes for all of them, as `DataFrame.estimated_size` tells them.

    `has_all`: none had to go to a file yet.
    """

    def __init__(self, size: int) -> None:
        self._left, self.has_all = size, bool(size)
        self._frames: dict[str, dict[str, pl.DataFrame]] = defaultdict(dict)
        self._lock = Lock()

    def take(self, place: str, part: str, frame: pl.DataFrame) -> bool:
        """Keep a frame as a part of what lies at a place, if it fits."""
        if not self._left:
            return False
        size = int(frame.estimated_size())
        with self._lock:
            if size > self._left:
                self.has_all = False
                return False
            self._left -= size
            self._frames[place][part] = frame
        return True

    def frames(self, place: str) -> list[pl.DataFrame]:
        """What lies at a place, in the order of the names of its parts."""
        return [frame for _, frame in sorted(self._frames.get(place, {}).items())]
