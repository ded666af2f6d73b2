"""When a child that ended is started again."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rollbook.supervising.restarts import Crashes, Policy

LIVES = st.lists(st.floats(min_value=0, max_value=1000), max_size=40)


def test_waits_double_up_to_a_limit() -> None:
    """A child that ends at once is tried more and more slowly, then given up and tried rarely."""
    crashes = Crashes(Policy(first=1, longest=20, steady=60, crashes=8, rest=600))
    assert [crashes.wait_after(0) for _ in range(9)] == [1, 2, 4, 8, 16, 20, 20, 600, 600]


def test_a_steady_child_is_forgiven() -> None:
    """A child that ran for long starts anew at once, however often it ended before."""
    crashes = Crashes(Policy(steady=60, crashes=3))
    for _ in range(5):
        crashes.wait_after(0)
    assert crashes.given_up
    assert crashes.wait_after(60) == Policy().first
    assert not crashes.given_up


@given(LIVES)
def test_no_child_is_forgotten(lives: list[float]) -> None:
    """Whatever a child does there is a next start, never sooner than the first wait, never later than a rest."""
    policy = Policy()
    crashes = Crashes(policy)
    assert all(policy.first <= crashes.wait_after(seconds) <= policy.rest for seconds in lives)


@given(LIVES)
def test_given_up_means_a_row_of_short_lives(lives: list[float]) -> None:
    """A child is given up exactly when its last lives, as many as the policy says, were short."""
    policy = Policy()
    crashes = Crashes(policy)
    for seconds in lives:
        crashes.wait_after(seconds)
    # the first of the row may have been long: it is the crash that begins it
    row = [seconds < policy.steady for seconds in lives[-policy.crashes + 1 :]]
    assert crashes.given_up == (len(lives) >= policy.crashes and all(row))
