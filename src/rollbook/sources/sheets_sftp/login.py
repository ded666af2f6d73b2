"""
The way in: the host key is compared, and only then is said who comes.

A server has several host keys and proves one at a time, so the kinds are asked for in turn. The log-in follows on the
very connection whose key agreed.
"""

import asyncio
from dataclasses import dataclass, field
from typing import Any

import asyncssh

from rollbook.core.errors import RollbookError, SettingsError, SourceRefused
from rollbook.sources.sheets_sftp.hostkeys import Pin, families

_FAST = "^aes128-gcm@openssh.com,aes256-gcm@openssh.com"  # first, then the usual ones
_NO_SUCH_KEY = (asyncssh.KeyExchangeFailed, asyncssh.ConnectionLost, ConnectionResetError, BrokenPipeError)
"""How it ends when a server has no host key of the kind that it was asked for, among other reasons."""


@dataclass(frozen=True)
class Login:
    """
    Where the server is and who asks.

    Args:
        host: As messages name it.

        address: The network address that was judged, and is connected to.

        key: A private key; None = the password.
    """

    host: str
    address: str
    port: int
    user: str
    pins: tuple[Pin, ...]
    password: str = field(default="", repr=False)
    key: asyncssh.SSHKey | None = field(default=None, repr=False)


async def logged_in(login: Login, seconds: float) -> tuple[asyncssh.SSHClientConnection, str]:
    """
    A connection to the machine whose host key is known, and that key.

    Args:
        seconds: For each kind of host key.

    Raises:
        SettingsError: No host key is set.

        SourceRefused: The server has another one, or no way of encryption in common with the hub.

        asyncssh.Error, OSError: It did not come to that, or the log-in was refused.
    """
    seen: list[str] = []
    failure: Exception | None = None
    for algorithms in families(login.pins):
        witness = _Witness(login.pins)
        try:
            async with asyncio.timeout(seconds):
                made = await asyncssh.connect(**_options(login, algorithms), client_factory=lambda w=witness: w)
        except asyncssh.HostKeyNotVerifiable:
            seen.append(witness.seen)
            if not login.pins:
                break
        except _NO_SUCH_KEY as lost:
            if witness.seen:
                raise
            failure = lost
        else:
            return made, witness.seen
    if failure and not seen and not isinstance(failure, asyncssh.KeyExchangeFailed):
        raise failure
    raise _unknown(login, seen)


def _options(login: Login, algorithms: tuple[str, ...]) -> dict[str, Any]:
    """Nothing of the account that the hub runs under is used: no configuration, no keys, no agent."""
    return {
        "host": login.address,
        "port": login.port,
        "username": login.user,
        "password": login.password or None,
        "client_keys": [login.key] if login.key else None,
        "preferred_auth": "publickey" if login.key else "password,keyboard-interactive",
        "config": None,
        "agent_path": None,
        "gss_host": None,
        "known_hosts": ([], [], []),
        "server_host_key_algs": algorithms,
        "encryption_algs": _FAST,
        "compression_algs": None,
        "keepalive_interval": 30,
    }


def _unknown(login: Login, seen: list[str]) -> RollbookError:
    host, found = login.host, " or ".join(seen)
    if not seen:
        return SourceRefused(
            f"{host} and the hub have no way of encryption in common. Nothing was sent, nothing was changed. The "
            "server is too old, or its host keys are: ask the school to update it."
        )
    if not login.pins:
        return SettingsError(
            f"No host key of {host} is set, so nobody was logged in and nothing was sent. It shows {found}. Ask "
            "the school whether this is theirs, then set it as the host key (host_key)."
        )
    return SourceRefused(
        f"{host} shows another host key than the one that is set: {found}. Nothing was sent, nothing was changed. "
        "Somebody may be in between. Ask the school; if they have a new key, set it as the host key (host_key)."
    )


class _Witness(asyncssh.SSHClient):
    """Compares the host key, before anything else is said."""

    def __init__(self, known: tuple[Pin, ...]) -> None:
        self.known, self.seen = {pin.fingerprint for pin in known}, ""

    def validate_host_public_key(self, host: str, addr: str, port: int, key: asyncssh.SSHKey) -> bool:
        """Whether it is one of those that were set."""
        self.seen = f"{key.get_algorithm()} {key.get_fingerprint()}"
        return key.get_fingerprint() in self.known
