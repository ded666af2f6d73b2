"""
One connection, from the first byte to the last: who knocks, what proves it, which sessions it has.

A login that is not there takes as long and is told the same as a wrong password.
"""

import asyncio
import logging
import time
from typing import TYPE_CHECKING, Any

import asyncssh

from rollbook.intake import origins
from rollbook.intake.models import Account
from rollbook.sftp.session import Session

if TYPE_CHECKING:
    from rollbook.sftp.house import House

log = logging.getLogger("rollbook.sftp")

_DELAY = 1.0  # seconds that a wrong password costs
_MOST_SESSIONS = 10
_IGNORE = 2  # SSH_MSG_IGNORE, RFC 4253 section 11.2


class Guest(asyncssh.SSHServer):
    """
    One connection.

    Args:
        address: Where it comes from.
    """

    def __init__(self, house: "House", address: str) -> None:
        self.address = address
        self.account: Account | None = None
        self.client = ""  # the program, as it called itself before anything else
        self.since = self.last = time.monotonic()
        self.sessions: set[Session] = set()
        self._house = house
        self._connection: asyncssh.SSHServerConnection | None = None
        self._found: Account | None = None
        self._why_not = ""  # why not even the right password would do
        self._tried = self._noted = False

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        """The connection; when its client does not read, its sessions wait."""
        self._connection = conn
        conn.pause_writing = self._pause  # type: ignore[method-assign]  # asyncio asks; asyncssh itself does nothing
        conn.resume_writing = self._resume  # type: ignore[method-assign]
        send = conn.send_packet

        def send_packet(pkttype: int, *args: bytes, handler: Any = None) -> None:
            """asyncssh puts an empty packet before each one, for ciphers in CBC mode, which are not offered here."""
            if pkttype != _IGNORE:
                send(pkttype, *args, handler=handler)

        conn.send_packet = send_packet  # type: ignore[method-assign]

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        """It is over. Whoever only tried keys, or nothing, has been counted for nothing yet."""
        if self.account is None and self._tried and not self._noted:
            self._house.note(self.address, "unknown-user" if self._found is None else "wrong-key", self._known)
        self._house.leave(self)

    # Who is it -------------------------------------------------------------------------------------------

    async def begin_auth(self, username: str) -> bool:
        """Look the account up, and whether it may come from there; it learns nothing of that yet."""
        self._found = await self._house.find(username)
        self._tried = True
        self._why_not = ""
        if self._found is None:
            self._why_not = "unknown-user"
        elif not await self._may_come(self._found):
            self._why_not = "wrong-network"
        return True

    def public_key_auth_supported(self) -> bool:
        """Keys are welcome."""
        return True

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:  # noqa: ARG002
        """Whether it is one of the account's."""
        return not self._why_not and self._found is not None and key.public_data in _keys(self._found)

    def password_auth_supported(self) -> bool:
        """Passwords too."""
        return True

    async def validate_password(self, username: str, password: str) -> bool:  # noqa: ARG002
        """Whether it is the account's."""
        hashed = self._found.password if self._found and not self._why_not else ""
        if await self._house.is_password(password, hashed):
            return True
        self._noted = True
        await self._house.count(self.address, self._why_not or "wrong-password", self._known)
        await asyncio.sleep(_DELAY)
        if self._connection and self._house.is_banned(self.address):
            self._connection.abort()
        return False

    async def auth_completed(self) -> None:
        """It is who it says."""
        assert self._found is not None
        self.account, self.last = self._found, time.monotonic()
        self._house.welcome(self)

    @property
    def _known(self) -> str:
        return self._found.login if self._found else ""

    async def _may_come(self, account: Account) -> bool:
        if not account.needs_host_name:
            return origins.is_in_networks(account, self.address)
        return await asyncio.to_thread(origins.may_come, account, self.address)

    # What it may do --------------------------------------------------------------------------------------

    def session_requested(self) -> Session | bool:
        """A session of SFTP."""
        if self.account is None or len(self.sessions) >= _MOST_SESSIONS or self._house.is_closing:
            return False
        session = Session(
            lambda: self._house.view(self), touch=self._touch, client=self.client, leave=self.sessions.discard
        )
        self.sessions.add(session)
        return session

    def send_away(self, why: str) -> None:
        """End the connection."""
        if self._connection:
            self._connection.disconnect(asyncssh.DISC_BY_APPLICATION, why)

    def cut_off(self) -> None:
        """End the connection without a word."""
        if self._connection:
            self._connection.abort()

    @property
    def is_receiving(self) -> bool:
        """Whether it sends a file right now."""
        return any(session.is_receiving for session in self.sessions)

    def _touch(self) -> None:
        self.last = time.monotonic()

    def _pause(self) -> None:
        for session in self.sessions:
            session.block("connection")

    def _resume(self) -> None:
        for session in list(self.sessions):
            session.unblock("connection")


def _keys(account: Account) -> set[bytes]:
    return {asyncssh.import_public_key(line).public_data for line in account.public_keys.splitlines()}
