"""Chance that repeats: the same seed and key always give the same draws, in any version of Python."""

import random
from collections.abc import Mapping, Sequence
from typing import TypeVar

T = TypeVar("T")


class Dice:
    """
    A stream of draws that belongs to one key, such as one family or one night.

    Everything is drawn through `random()`, the one method whose sequence Python
    promises to keep, so a district made years ago can be made again.
    """

    def __init__(self, seed: int, *key: str | int) -> None:
        self._random = random.Random("/".join(str(part) for part in (seed, *key))).random

    def below(self, limit: int) -> int:
        return int(self._random() * limit)

    def chance(self, share: float) -> bool:
        return self._random() < share

    def pick(self, options: Sequence[T]) -> T:
        return options[self.below(len(options))]

    def weighted(self, weights: Mapping[T, int]) -> T:
        left = self.below(sum(weights.values()))
        for option, weight in weights.items():
            if left < weight:
                return option
            left -= weight
        raise ValueError("the weights of a draw add up to nothing")

    def sample(self, options: Sequence[T], count: int) -> list[T]:
        """Draw `count` different ones, or all of them when there are fewer."""
        pool = list(options)
        taken = min(count, len(pool))
        for i in range(taken):
            j = i + self.below(len(pool) - i)
            pool[i], pool[j] = pool[j], pool[i]
        return pool[:taken]
