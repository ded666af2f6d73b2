"""The SFTP server, and what its senders need."""

import socket
from collections.abc import Iterator
from contextlib import suppress

from django.conf import settings
from django.db import DatabaseError

from rollbook.cli.checkup import database
from rollbook.cli.checkup.finding import Finding, ok, warning

_PATIENCE = 3
_LOCAL = ("127.", "::1", "localhost")


def sftp() -> Iterator[Finding]:
    """Whether senders can reach the server, and what keeps some of them out."""
    if settings.SFTP_PORT == "off":
        yield ok("sftp", "It is switched off (SFTP_PORT).")
        return
    try:
        accounts = _accounts() if database.is_there() else 0
        yield from _server(accounts)
        if database.is_there():
            yield from _bans()
    except DatabaseError:
        return  # told already


def _server(accounts: int) -> Iterator[Finding]:
    where = f"{settings.SFTP_HOST} port {settings.SFTP_PORT}"
    counted = f"{accounts} {'account' if accounts == 1 else 'accounts'}"
    if _is_ours():
        yield ok("sftp", f"It answers on {where}; {counted}.")
    elif accounts:
        yield warning("sftp", f"Nothing answers on {where}; {counted}.", "Start it: rollbook serve, or rollbook sftp.")
    else:
        yield ok("sftp", "It does not run, and there is no account that needs it.")
    if accounts and settings.SFTP_HOST.startswith(_LOCAL):
        yield warning(
            "sftp", "Only this machine can reach it.", "Set SFTP_HOST=0.0.0.0, and open the port to your senders."
        )


def _is_ours() -> bool:
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.SFTP_HOST, settings.SFTP_HOST)
    with suppress(OSError), socket.create_connection((host, int(settings.SFTP_PORT)), timeout=_PATIENCE) as connection:
        connection.settimeout(_PATIENCE)
        connection.sendall(b"SSH-2.0-Doctor\r\n")
        return connection.recv(32).startswith(b"SSH-2.0-Rollbook")
    return False


def _accounts() -> int:
    from rollbook.intake.models import Account

    return Account.objects.filter(is_active=True).count()


def _bans() -> Iterator[Finding]:
    from rollbook.intake import watch

    if count := watch.current().count():
        yield warning(
            "sftp", f"{count} {'address is' if count == 1 else 'addresses are'} kept out.", "Look: rollbook bans list"
        )
