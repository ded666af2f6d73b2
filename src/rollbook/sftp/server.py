"""
The server itself: it listens, lets connections in, and stops in order.

SFTP only: no shell, no command, no forwarding of any kind. Each connection is asked for its program first, before
anything is spent on it: OpenSSH, which would choose a slower cipher by itself, is only offered AES-GCM.
"""

import asyncio
import logging
import signal
import socket
from collections.abc import Callable
from contextlib import suppress

import asyncssh
from django.conf import settings
from django.db import DatabaseError, connection

from rollbook.intake.recovery import recover_all
from rollbook.sftp.guest import Guest
from rollbook.sftp.hostkey import host_key
from rollbook.sftp.house import House

log = logging.getLogger("rollbook.sftp")

GRACE = 20.0
"""Seconds that files in flight have when the server is asked to stop."""

_GCM = ["aes128-gcm@openssh.com", "aes256-gcm@openssh.com"]
_OTHERS = ["chacha20-poly1305@openssh.com", "aes256-ctr", "aes192-ctr", "aes128-ctr"]
_EXCHANGES = [
    *("curve25519-sha256", "curve25519-sha256@libssh.org", "ecdh-sha2-nistp256", "ecdh-sha2-nistp384"),
    *("ecdh-sha2-nistp521", "diffie-hellman-group16-sha512", "diffie-hellman-group14-sha256"),
]
_MACS = ["hmac-sha2-256-etm@openssh.com", "hmac-sha2-512-etm@openssh.com", "hmac-sha2-256", "hmac-sha2-512"]
_SIGNATURES = [
    *("ssh-ed25519", "sk-ssh-ed25519@openssh.com", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521"),
    *("sk-ecdsa-sha2-nistp256@openssh.com", "rsa-sha2-512", "rsa-sha2-256"),
]
_WINDOW = 2 << 20
_PACKET = 128 << 10
_FIRST_WORD = 0.3  # seconds to wait for what a client calls itself; some wait for the server to begin
_KEEP_ALIVE, _MISSED = 30, 3


async def serve(listener: socket.socket, announce: Callable[[], None]) -> None:
    """Serve until SIGTERM or Ctrl-C; then files in flight may come to their end."""
    asyncssh.set_log_level(logging.WARNING)
    await asyncio.to_thread(_recover)
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        loop.add_signal_handler(number, stop.set)
    house = House()
    listener.setblocking(False)
    tasks = [asyncio.create_task(house.look_around()), asyncio.create_task(_accept(listener, house))]
    announce()
    await stop.wait()
    listener.close()
    for task in tasks:
        task.cancel()
    await house.close(GRACE)


async def _accept(listener: socket.socket, house: House) -> None:
    loop, reception = asyncio.get_running_loop(), _Reception(house)
    under_way: set[asyncio.Task[None]] = set()
    while True:
        try:
            sock, address = await loop.sock_accept(listener)
        except OSError as failure:  # no file is left to open: wait until some are closed
            log.error("sftp.cannot_accept reason=%s", failure.strerror)
            await asyncio.sleep(0.2)
            continue
        task = asyncio.create_task(reception.receive(sock, address[0].partition("%")[0]))
        under_way.add(task)
        task.add_done_callback(under_way.discard)


class _Reception:
    """Takes connections in."""

    def __init__(self, house: House) -> None:
        self._house = house
        common = {
            "server_host_keys": [host_key()],
            "server_version": "Rollbook",
            "encoding": None,
            "kex_algs": _EXCHANGES,
            "mac_algs": _MACS,
            "signature_algs": _SIGNATURES,
            "compression_algs": None,
            "agent_forwarding": False,
            "x11_forwarding": False,
            "allow_pty": False,
            "line_editor": False,
            "allow_scp": False,
            "gss_host": None,
            "window": _WINDOW,
            "max_pktsize": _PACKET,
            "login_timeout": settings.SFTP_LOGIN_SECONDS,
            "keepalive_interval": _KEEP_ALIVE,
            "keepalive_count_max": _MISSED,
        }
        self._for_openssh = asyncssh.SSHServerConnectionOptions(**common, encryption_algs=_GCM)
        self._for_others = asyncssh.SSHServerConnectionOptions(**common, encryption_algs=_GCM + _OTHERS)

    async def receive(self, sock: socket.socket, address: str) -> None:
        """Let a connection in, or not."""
        if self._house.is_banned(address):
            sock.close()
            return
        guest = Guest(self._house, address)
        if not self._house.enter(guest):
            sock.close()
            return
        try:
            guest.client = await _first_word(sock)
            if guest.client and not guest.client.startswith("SSH-2.0-"):
                self._house.note(address, "no-ssh")
                return
            options = self._for_openssh if "OpenSSH" in guest.client else self._for_others
            conversation = await asyncssh.run_server(sock, options=options, server_factory=lambda: guest)
            await conversation.wait_closed()
        except DatabaseError:
            log.error("sftp.database_away")
        except (asyncssh.Error, OSError, TimeoutError) as failure:
            log.info("sftp.no_login from=%s reason=%s", address, type(failure).__name__)
        finally:
            sock.close()
            self._house.leave(guest)


async def _first_word(sock: socket.socket) -> str:
    """What a client calls itself, without taking it out of the stream; blank: it waits, or is gone."""
    loop, readable = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(sock, readable.set)
    try:
        with suppress(TimeoutError):
            await asyncio.wait_for(readable.wait(), _FIRST_WORD)
    finally:
        loop.remove_reader(sock)
    with suppress(OSError):
        return sock.recv(255, socket.MSG_PEEK).partition(b"\n")[0].strip().decode("ascii", "replace")
    return ""


def _recover() -> None:
    try:
        recover_all()
    finally:
        connection.close()
