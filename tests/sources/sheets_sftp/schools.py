"""Integrations that read a school's SFTP server, and servers that do as a test wants."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncssh
from asyncssh import constants

from rollbook.integrations import options, secrets
from rollbook.integrations.models import Integration
from rollbook.integrations.trying import try_out
from rollbook.runs import carrying
from rollbook.runs.models import Mode, Run
from rollbook.sources.base import Tried
from tests.journeys.support import NO_LIMITS, Hub
from tests.support.sshd import SSHD

PASSWORD = "made-up-pa55word-of-a-school"


def integrate(hub: Hub, settings: dict[str, str], **more: str) -> Integration:
    """An integration of the kind, set up as by the command line; what was just written may be read."""
    made = Integration(tenant=hub.tenant, name="Pull", source="sheets_sftp")
    asked = {**NO_LIMITS, "host": "127.0.0.1", "quiet_minutes": "0", "layout": "hub_v1", **settings, **more}
    secrets.require("sheets_sftp", asked)
    secrets.keep(made, options.checked(asked, "sheets_sftp"))
    made.save()
    return made


def at(server: SSHD, folder: Path) -> dict[str, str]:
    """The settings of an integration that reads a folder of OpenSSH's server."""
    return {
        "port": str(server.port),
        "host_key": server.host_key("ed25519"),
        "user": server.user,
        "log_in": "key",
        "private_key": server.key.read_text(),
        "passphrase": server.passphrase,
        "folder": str(folder),
    }


def carry(integration: Integration, *, test: bool = False, retries: int = 0) -> Run:
    """One run, as far as it goes."""
    mode = Mode.TEST if test else Mode.LIVE
    return carrying.carry(Run.objects.create(integration=integration, mode=mode), retries=retries)


def tried(integration: Integration) -> list[Tried]:
    """What a test of the connection says."""
    return list(try_out(integration, is_patient=False))


# Servers that do as a test wants -------------------------------------------------------------------------


@dataclass
class School:
    """
    An SFTP server in this process.

    Args:
        files: Name as bytes -> what lies there: bytes, or the type of what is no file.

        attempts: Passwords that were tried.

        writes: What a client asked to be changed.
    """

    files: dict[bytes, bytes | int] = field(default_factory=dict)
    password: str = PASSWORD
    asks: bool = False
    port: int = 0
    host_key: asyncssh.SSHKey = field(default_factory=lambda: asyncssh.generate_private_key("ssh-ed25519"))
    sftp: type[SchoolFiles] | None = None
    attempts: list[str] = field(default_factory=list)
    writes: list[str] = field(default_factory=list)
    reads: list[bytes] = field(default_factory=list)

    def settings(self) -> dict[str, str]:
        """Those of an integration that reads it."""
        key = self.host_key.export_public_key().decode().strip()
        return {"port": str(self.port), "host_key": key, "user": "hub", "password": PASSWORD}

    @contextmanager
    def serving(self) -> Iterator[School]:
        """Answer on this machine."""
        loop, ready = asyncio.new_event_loop(), threading.Event()
        stop = asyncio.Event()

        async def serve() -> None:
            options: dict[str, Any] = {"server_host_keys": [self.host_key], "server_factory": lambda: _Door(self)}
            made = self.sftp or SchoolFiles
            async with asyncssh.listen("127.0.0.1", 0, sftp_factory=lambda chan: made(chan, self), **options) as server:
                self.port = server.get_port()
                ready.set()
                await stop.wait()

        thread = threading.Thread(target=loop.run_until_complete, args=(serve(),), daemon=True)
        thread.start()
        assert ready.wait(20)
        try:
            yield self
        finally:
            loop.call_soon_threadsafe(stop.set)
            thread.join(20)
            loop.close()


class _Door(asyncssh.SSHServer):
    """Lets one password in, asked for as a password or in a dialogue."""

    def __init__(self, school: School) -> None:
        self.school = school

    def password_auth_supported(self) -> bool:
        return not self.school.asks

    def validate_password(self, username: str, password: str) -> bool:
        self.school.attempts.append(password)
        return password == self.school.password

    def kbdint_auth_supported(self) -> bool:
        return self.school.asks

    def get_kbdint_challenge(self, username: str, lang: str, submethods: str) -> Any:
        return "", "", "", [("Password: ", False)]

    def validate_kbdint_response(self, username: str, responses: Any) -> bool:
        return self.validate_password(username, responses[0])


class SchoolFiles(asyncssh.SFTPServer):
    """One folder, whose names may be anything."""

    def __init__(self, chan: Any, school: School) -> None:
        super().__init__(chan)
        self.school = school

    def realpath(self, path: bytes) -> bytes:
        return path

    async def scandir(self, path: bytes) -> AsyncIterator[asyncssh.SFTPName]:
        for name in list(self.school.files):
            yield asyncssh.SFTPName(name, b"", self._attrs(name))

    def format_longname(self, name: asyncssh.SFTPName) -> None:
        name.longname = b""

    def stat(self, path: bytes) -> asyncssh.SFTPAttrs:
        return self._attrs(path.rpartition(b"/")[2])

    lstat = stat

    def open(self, path: bytes, pflags: int, attrs: asyncssh.SFTPAttrs) -> object:
        if pflags != constants.FXF_READ:
            self.school.writes.append(f"open {path!r}")
        self.school.reads.append(path)
        return path.rpartition(b"/")[2]

    def fstat(self, file_obj: object) -> asyncssh.SFTPAttrs:
        assert isinstance(file_obj, bytes)
        return self._attrs(file_obj)

    def read(self, file_obj: object, offset: int, size: int) -> bytes:
        assert isinstance(file_obj, bytes)
        return self.content(file_obj)[offset : offset + size]

    def close(self, file_obj: object) -> None:
        """There is nothing to close."""

    def content(self, name: bytes) -> bytes:
        """The bytes of a file."""
        content = self.school.files.get(name)
        if not isinstance(content, bytes):
            raise asyncssh.SFTPNoSuchFile("no such file")
        return content

    def _attrs(self, name: bytes) -> asyncssh.SFTPAttrs:
        found = self.school.files.get(name)
        kind = found if isinstance(found, int) else constants.FILEXFER_TYPE_REGULAR
        modes = {constants.FILEXFER_TYPE_REGULAR: 0o100644, constants.FILEXFER_TYPE_DIRECTORY: 0o040755}
        modes |= {constants.FILEXFER_TYPE_SYMLINK: 0o120777, constants.FILEXFER_TYPE_CHAR_DEVICE: 0o020666}
        size = len(found) if isinstance(found, bytes) else 0
        return asyncssh.SFTPAttrs(
            type=kind, size=size, permissions=modes[kind], uid=0, gid=0, atime=1_700_000_000, mtime=1_700_000_000
        )

    def remove(self, path: bytes) -> None:
        self.school.writes.append(f"remove {path!r}")

    def rename(self, oldpath: bytes, newpath: bytes) -> None:
        self.school.writes.append(f"rename {oldpath!r}")

    def setstat(self, path: bytes, attrs: asyncssh.SFTPAttrs) -> None:
        self.school.writes.append(f"setstat {path!r}")
