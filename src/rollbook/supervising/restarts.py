"""When a child that ended by itself is started again. Pure: time comes in as numbers."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Policy:
    """
    How patient the supervisor is with one child.

    Args:
        first: Seconds until the first restart; each further crash doubles them.

        longest: Seconds that are never exceeded while the child is tried at its pace.

        steady: A child that ran for so many seconds has recovered: its crashes before are forgotten.

        crashes: After so many in a row the supervisor gives up restarting at this pace.

        rest: Seconds until a child that was given up is tried once more; a cause outside the hub may have gone.
    """

    first: float = 1
    longest: float = 60
    steady: float = 120
    crashes: int = 7
    rest: float = 600


@dataclass
class Crashes:
    """The crashes of one child that followed each other closely."""

    policy: Policy
    in_a_row: int = 0

    def wait_after(self, seconds: float) -> float:
        """Note that the child ended after so many seconds; how long to wait before the next start."""
        self.in_a_row = 1 if seconds >= self.policy.steady else self.in_a_row + 1
        if self.given_up:
            return self.policy.rest
        return min(self.policy.longest, self.policy.first * 2.0 ** (self.in_a_row - 1))

    @property
    def given_up(self) -> bool:
        """It ends whenever it is started; restarting it at once helps nobody."""
        return self.in_a_row >= self.policy.crashes
