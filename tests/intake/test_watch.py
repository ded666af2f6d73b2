"""The intrusion watch: what is counted, how long it lasts, and how it is taken back."""

from __future__ import annotations

from datetime import datetime, timedelta
from ipaddress import ip_network

import pytest
from django.utils import timezone
from pytest_django import Settings

from rollbook.intake import watch
from rollbook.intake.models import Attempt, Ban

pytestmark = pytest.mark.django_db
HOST, OTHER = "203.0.113.5", "203.0.113.6"


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = timezone.now()

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(timezone, "now", clock)
    return clock


def guess(times: int, address: str = HOST, reason: str = "wrong-password") -> list[Ban | None]:
    return [watch.note(address, reason) for _ in range(times)]


def test_five_wrong_passwords_are_one_too_many(clock: Clock) -> None:
    """The fifth wrong password of an address bans it for ten minutes, and no other address."""
    *before, ban = guess(5)
    assert before == [None] * 4
    assert ban is not None
    assert ban.until - ban.began == timedelta(minutes=10)
    assert [found.network for found in watch.current()] == [HOST]
    assert guess(1, OTHER) == [None]


def test_slips_are_forgotten(clock: Clock) -> None:
    """What lies further back than a quarter of an hour does not count."""
    guess(4)
    clock.now += timedelta(minutes=16)
    assert guess(4) == [None] * 4


def test_bans_grow_and_do_not_grow_for_ever(clock: Clock) -> None:
    """Each ban within a month is four times as long as the one before, a week at most."""
    lengths = []
    for _ in range(7):
        ban = guess(5)[-1]
        assert ban is not None
        lengths.append(ban.until - ban.began)
        clock.now = ban.until + timedelta(minutes=16)
    minutes = [length // timedelta(minutes=1) for length in lengths]
    assert minutes == [10, 40, 160, 640, 2_560, 10_080, 10_080]


def test_a_lifted_ban_is_forgiven(clock: Clock) -> None:
    """After a ban is lifted the next slip does not ban again, and the next ban is as short as the first."""
    guess(5)
    assert watch.lift(HOST) == 1
    assert not watch.current().exists()
    assert guess(4) == [None] * 4
    ban = guess(1)[0]
    assert ban is not None
    assert ban.until - ban.began == timedelta(minutes=10)
    assert watch.lift("all") == 1
    assert watch.lift("nonsense") == 0


def test_the_right_password_forgives_its_own_login(clock: Clock) -> None:
    """Who mistypes and then gets in starts anew; guesses at other logins stay counted."""
    for login in ("north", "north", "south", "south"):
        watch.note(HOST, "wrong-password", login)
    watch.forgive(HOST, "north")
    assert [attempt.points for attempt in Attempt.objects.order_by("pk")] == [0, 0, 3, 3]


def test_addresses_of_one_customer_are_one(clock: Clock) -> None:
    """Of IPv6 a /64 is watched together; IPv4 in IPv6's clothes is IPv4."""
    assert watch.network_of("2001:db8:1:2:3::4") == watch.network_of("2001:db8:1:2::9") == "2001:db8:1:2::/64"
    assert watch.network_of("::ffff:203.0.113.5") == HOST
    assert watch.network_of("fe80::1%eth0") == "fe80::/64"


def test_some_are_never_banned(clock: Clock, settings: Settings) -> None:
    """An address that stands for many, such as a load balancer, can be left out."""
    settings.SFTP_NEVER_BAN = [ip_network("203.0.113.0/29")]
    assert guess(9) == [None] * 9
