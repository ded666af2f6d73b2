"""Where a webhook may lead: to public addresses over HTTPS, and to what the operator has allowed."""

from urllib.parse import SplitResult, urlsplit

from django.conf import settings

from rollbook import networks
from rollbook.core.errors import SettingsError
from rollbook.networks import Address, PrivateAddress


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
    try:
        return networks.resolve(host, port, settings.WEBHOOK_NETWORKS, "WEBHOOK_NETWORKS")
    except PrivateAddress as error:
        raise Refused(str(error)) from None
