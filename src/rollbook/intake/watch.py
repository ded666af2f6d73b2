"""
The intrusion watch: who behaves like a stranger gets points, and who has many is not answered for a while.

Points lapse after a quarter of an hour. Each further ban of an address within a month is four times as long.
"""

import logging
from datetime import timedelta
from ipaddress import IPv4Address, ip_address, ip_network

from django.conf import settings
from django.db.models import Q, QuerySet, Sum
from django.utils import timezone

from rollbook.intake.models import Attempt, Ban
from rollbook.networks import is_within

log = logging.getLogger("rollbook.sftp")

POINTS = {
    "unknown-user": 5,
    "wrong-password": 3,
    "wrong-token": 3,
    "wrong-key": 1,  # once a connection: programs offer every key that they have
    "wrong-network": 3,
    "no-login": 1,
    "no-ssh": 2,
}
LIMIT = 15
WINDOW = timedelta(minutes=15)
FIRST, LONGEST, GROWTH = timedelta(minutes=10), timedelta(days=7), 4
MEMORY = timedelta(days=30)


def network_of(address: str) -> str:
    """What is watched together: one IPv4 address, or the /64 that one customer has of IPv6."""
    ip = ip_address(address.partition("%")[0])
    if isinstance(ip, IPv4Address):
        return str(ip)
    if ip.ipv4_mapped:
        return str(ip.ipv4_mapped)
    return str(ip_network((ip, 64), strict=False))


def note(address: str, reason: str, login: str = "") -> Ban | None:
    """
    Count one attempt; the ban, if it was one too many.

    Args:
        login: Whose account was tried; only a name that there is, since people type passwords there.
    """
    now = timezone.now()
    network = network_of(address)
    Attempt.objects.filter(at__lt=now - MEMORY).delete()
    Attempt.objects.create(network=network, reason=reason, login=login, points=POINTS[reason], at=now)
    recent = Attempt.objects.filter(network=network, at__gt=now - WINDOW)
    points = recent.aggregate(points=Sum("points"))["points"] or 0
    if points < LIMIT or is_within(ip_address(address.partition("%")[0]), settings.SFTP_NEVER_BAN):
        return None
    if banned := current().filter(network=network).first():
        return banned
    before = Ban.objects.filter(network=network, began__gt=now - MEMORY, lifted=None).count()
    length = min(LONGEST, FIRST * GROWTH**before)
    ban = Ban.objects.create(network=network, reason=f"{points} points, last: {reason}", began=now, until=now + length)
    log.warning("sftp.banned from=%s minutes=%d points=%d", address, length.total_seconds() // 60, points)
    return ban


def forgive(address: str, login: str) -> None:
    """The right password: what this address got wrong with this login does not count any more."""
    Attempt.objects.filter(network=network_of(address), login=login).update(points=0)


def current() -> QuerySet[Ban]:
    """The bans that hold now."""
    return Ban.objects.filter(until__gt=timezone.now(), lifted=None)


def lift(which: str) -> int:
    """
    Answer an address, a network or everybody (`all`) again; how many bans that were.

    What was counted is forgotten with them, else the next slip would ban again.
    """
    bans = current()
    if which != "all":
        try:
            named = network_of(which)
        except ValueError:
            named = which
        bans = bans.filter(Q(network=named) | Q(network=which))
    networks = list(bans.values_list("network", flat=True))
    Attempt.objects.filter(network__in=networks).update(points=0)
    return bans.filter(network__in=networks).update(lifted=timezone.now())
