"""Where a webhook may lead: to public addresses over HTTPS, and to what the operator has allowed."""

import socket
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import SplitResult, urlsplit

from django.conf import settings

from rollbook.core.errors import SettingsError

_NAT64 = ip_network("64:ff9b::/96")
Address = IPv4Address | IPv6Address


class Refused(SettingsError):
    """The hub does not send anything there."""


def checked_url(url: str) -> SplitResult:
    """
    The parts of an address that a webhook may have.

    Raises:
        Refused: It is no HTTPS address, or holds a name and password.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise Refused("The address of a webhook looks like https://host/path.") from None
    schemes = ("https", "http") if settings.WEBHOOK_HTTP else ("https",)
    if parts.scheme not in schemes or not parts.hostname or port == 0:
        raise Refused(f"The address of a webhook begins with {' or '.join(f'{s}://' for s in schemes)} and a host.")
    if parts.username is not None or parts.password is not None:
        raise Refused("The address of a webhook holds no name and password: they would be stored readable.")
    if any(ord(letter) <= 32 or ord(letter) == 127 for letter in url):
        raise Refused("The address of a webhook has no blanks in it.")
    return parts


def resolve(host: str, port: int) -> list[Address]:
    """
    The addresses of a host that may be connected to.

    Raises:
        Refused: All of them lie in private networks that the operator has not allowed.

        OSError: The name is not known.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = list(dict.fromkeys(ip_address(str(sockaddr[0]).partition("%")[0]) for *_, sockaddr in found))
    allowed = [address for address in addresses if is_allowed(address)]
    if not allowed:
        raise Refused("The host lies in a private network, which WEBHOOK_NETWORKS does not allow.")
    return allowed


def is_allowed(address: Address) -> bool:
    """Whether the hub may connect to an address, also when it hides another one inside."""
    inner = _inside(address)
    if any(inner in network for network in settings.WEBHOOK_NETWORKS):
        return True
    return inner.is_global and not inner.is_multicast and not inner.is_reserved


def _inside(address: Address) -> Address:
    if isinstance(address, IPv4Address):
        return address
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else address)
