"""Where a request comes from, and how, seen through the trusted proxies in front of the hub."""

from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest


def host_of(request: HttpRequest) -> str:
    """The address a request comes from."""
    hops = [hop.strip() for hop in request.headers.get("X-Forwarded-For", "").split(",") if hop.strip()]
    hops.append(request.META.get("REMOTE_ADDR", ""))
    return hops[-1 - min(settings.TRUSTED_PROXIES, len(hops) - 1)]


def address_of(request: HttpRequest) -> str:
    """The same, where an address is needed: what a proxy wrote down wrongly is not one, so it is the proxy's own."""
    for found in (host_of(request), request.META.get("REMOTE_ADDR", "")):
        try:
            return str(ip_address(found.partition("%")[0]))
        except ValueError:
            continue
    return "0.0.0.0"


def is_known(request: HttpRequest) -> bool:
    """Whether the address is that of the caller, and not that of a proxy which nobody told the hub about."""
    return bool(settings.TRUSTED_PROXIES) or "X-Forwarded-For" not in request.headers


def is_readable_on_the_way(request: HttpRequest) -> bool:
    """Whether it came over plain HTTP from elsewhere, though the hub is said to be reached by HTTPS."""
    if not settings.SESSION_COOKIE_SECURE or request.is_secure():
        return False
    if settings.TRUSTED_PROXIES:  # gunicorn believes a proxy on another machine only where it is told to
        return request.headers.get("X-Forwarded-Proto", "https").partition(",")[0].strip() != "https"
    return not ip_address(address_of(request)).is_loopback
