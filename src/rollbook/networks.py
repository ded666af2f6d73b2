"""
Which addresses the hub may connect to: public ones, and those in networks that the operator has allowed.

A name is resolved once and the very address that was judged is connected to, so that a name which resolves to
something else a moment later leads nowhere.
"""

import socket
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from rollbook.core.errors import SettingsError

_NAT64 = ip_network("64:ff9b::/96")
Address = IPv4Address | IPv6Address
Networks = Iterable[IPv4Network | IPv6Network]


class PrivateAddress(SettingsError):
    """A host lies in a private network that the operator has not allowed."""


def resolve(host: str, port: int, networks: Networks, setting: str) -> list[Address]:
    """
    The addresses of a host that may be connected to.

    Args:
        networks: Private networks that are allowed.

        setting: The operator's setting that allows more, for the message.

    Raises:
        PrivateAddress: All of them lie in private networks that are not allowed.

        OSError: The name is not known.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = list(dict.fromkeys(ip_address(str(sockaddr[0]).partition("%")[0]) for *_, sockaddr in found))
    allowed = [address for address in addresses if is_allowed(address, networks)]
    if not allowed:
        raise PrivateAddress(f"The host lies in a private network, which {setting} does not allow.")
    return allowed


def is_allowed(address: Address, networks: Networks) -> bool:
    """Whether the hub may connect to an address, also when it hides another one inside."""
    inner = _inside(address)
    return is_within(inner, networks) or (inner.is_global and not inner.is_multicast and not inner.is_reserved)


def is_within(address: Address, networks: Networks) -> bool:
    """Whether an address lies in one of the networks."""
    return any(address in network for network in networks)


def _inside(address: Address) -> Address:
    if isinstance(address, IPv4Address):
        return address
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else address)
