"""Where an account may come from: its networks, and host names that lead back to their address."""

import socket
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as TookTooLong
from ipaddress import ip_address, ip_network

from rollbook.intake.models import Account
from rollbook.networks import is_within

LOOK_UP = 5.0
"""Seconds for the host name of an address."""

_lookers = ThreadPoolExecutor(4, "host-name")


def is_in_networks(account: Account, address: str) -> bool:
    """Whether the address lies in one of the networks that were agreed; without any it may come from anywhere."""
    return not account.networks or is_within(ip_address(address), map(ip_network, account.networks))


def fits(account: Account, name: str) -> bool:
    """Whether a host name that leads back to its address (blank: none does) is one that the account may come from."""
    domains = [str(domain).casefold().strip(".") for domain in account.host_names]
    return bool(name) and (not domains or any(f".{name}".endswith(f".{domain}") for domain in domains))


def may_come(account: Account, address: str) -> bool:
    """Whether the account may come from an address. Waits for the name of its host, where one is needed."""
    if not is_in_networks(account, address):
        return False
    if not account.needs_host_name:
        return True
    try:
        return fits(account, _lookers.submit(confirmed_name, address).result(LOOK_UP))
    except TookTooLong:
        return False


def confirmed_name(address: str) -> str:
    """The host name of an address, if that name leads back to it. Blank: there is none, or it does not."""
    try:
        name = socket.gethostbyaddr(address)[0]
        found = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    except OSError:
        return ""
    back = {ip_address(str(sockaddr[0]).partition("%")[0]) for *_, sockaddr in found}
    return name.casefold().rstrip(".") if ip_address(address) in back else ""
