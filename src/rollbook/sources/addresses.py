"""Which addresses a source may read, and how: over TLS, except in networks that the operator has allowed."""

from ipaddress import ip_address
from urllib.parse import urlsplit

from rollbook.core.errors import SettingsError, SourceUnavailable
from rollbook.networks import PrivateAddress, is_within, resolve
from rollbook.sources.base import Setup

UNCHANGED = "Nothing was changed."


def checked_url(url: str) -> str:
    """
    The base address, without a slash at its end.

    Raises:
        SettingsError: It is no address, or holds a password.
    """
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError:
        raise SettingsError(f"The address looks like https://host/path. {UNCHANGED}") from None
    if parts.scheme not in ("https", "http") or not parts.hostname or port == 0:
        raise SettingsError(f"The address looks like https://host/path. {UNCHANGED}")
    if parts.username is not None or parts.password is not None:
        raise SettingsError(f"The address holds no name and password: they have settings of their own. {UNCHANGED}")
    return url.strip().rstrip("/")


def resolved(setup: Setup, host: str, port: int, *, is_secure: bool) -> str:
    """
    The address to connect to.

    Raises:
        SettingsError: It is private and not allowed, or would be read without TLS.

        SourceUnavailable: The name is not known now.
    """
    try:
        address = resolve(host, port, setup.networks, "SOURCE_NETWORKS")[0]
    except PrivateAddress as error:
        raise SettingsError(f"{error} {UNCHANGED} The operator can allow it.") from None
    except (OSError, UnicodeError):
        raise SourceUnavailable(f"The name {host} is not known. {UNCHANGED} Check the address.") from None
    if not is_secure and not is_within(ip_address(str(address)), setup.networks):
        raise SettingsError(
            f"{host} would be read without TLS, so that anybody on the way could read along. {UNCHANGED} "
            "Use https://, or let the operator allow the network with SOURCE_NETWORKS."
        )
    return str(address)
