"""
A server of somebody else, asked for nothing but lists and bytes.

    What happens                                          Raised
    the host key is not the pinned one                    SourceRefused, before anything was sent
    no host key is pinned                                 SettingsError, with the one that was found
    the password or key is not accepted                   SourceRefused
    a folder or file is not there, or may not be read     SourceRefused
    no answer, no connection, anything else               SourceUnavailable: tried again later

No message holds a secret or the words of the server. Whatever it says of itself is doubted: how many names it has, how
long it takes, how much it sends.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Generator, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from enum import Enum
from typing import TypeVar, cast

import asyncssh
from asyncssh import constants

from rollbook.core.errors import RollbookError, SourceRefused, SourceUnavailable
from rollbook.sources.http import NotThere
from rollbook.sources.sheets_sftp.hostkeys import families
from rollbook.sources.sheets_sftp.login import Login, logged_in

MOST_NAMES = 20_000
"""Of one folder: more is no folder of sheets, or a list without an end."""

BLOCK = 1 << 20
_PIECE, _AT_ONCE = 32 << 10, 32
_CLOSING = 5.0
_T = TypeVar("_T")


class Kind(Enum):
    """What a name stands for. A link is what it leads to."""

    FILE = "file"
    FOLDER = "folder"
    OTHER = "other"


_KINDS = {constants.FILEXFER_TYPE_REGULAR: Kind.FILE, constants.FILEXFER_TYPE_DIRECTORY: Kind.FOLDER}
_UNCLEAR = (constants.FILEXFER_TYPE_SYMLINK, constants.FILEXFER_TYPE_UNKNOWN)


@dataclass(frozen=True)
class Entry:
    """
    One name in a folder.

    Args:
        raw: As the server writes it, which may be anything.

        modified: Seconds since 1970; 0 where the server does not say.
    """

    raw: bytes
    kind: Kind
    size: int
    modified: int


@dataclass(frozen=True)
class Patience:
    """Seconds to wait for a log-in, for an answer or a block, and for a whole list."""

    log_in: float = 40.0
    answer: float = 60.0
    list: float = 300.0


HURRIED = Patience(10.0, 10.0, 15.0)
"""As a person who looks on would wait."""


class Server:
    """
    A connection; `connected` makes one.

    Its loop only runs while something is asked of the server, so that callers are as free as with any other file.
    """

    def __init__(self, login: Login, patience: Patience, runner: asyncio.Runner) -> None:
        self.login, self.patience, self._runner = login, patience, runner
        self.key = ""
        self._client: asyncssh.SFTPClient

    def connect(self, closing: ExitStack) -> None:
        """Log in, once the host key agrees; `closing` ends the connection."""
        seconds = self.patience.log_in
        in_all = seconds * len(families(self.login.pins))
        connection, self.key = self._ask("the log-in", logged_in(self.login, seconds), in_all)
        closing.callback(self._close, connection)
        self._client = self._ask("the beginning of SFTP", self._begin(connection), self.patience.answer)

    def entries(self, folder: bytes, is_wanted: Callable[[bytes], bool]) -> tuple[list[Entry], int]:
        """
        What a folder holds of what is wanted by its name, in order, and how much else there is.

        Raises:
            SourceRefused: It is not there, may not be read, or has too many names.

            SourceUnavailable: Try again later.
        """
        return self._ask("the list of the folder", self._entries(folder, is_wanted), self.patience.list)

    def blocks(self, path: bytes, size: int) -> Generator[bytes, None, None]:
        """
        The bytes of a file, and a few more than `size` where it has more: whoever reads compares.

        Raises:
            SourceRefused: It may not be read.

            SourceUnavailable: It is gone, or try again later.
        """
        what = "a file"
        piece = min(max(self._client.limits.max_read_len, _PIECE), BLOCK)
        file = self._ask(what, self._client.open(path, "rb", block_size=piece, max_requests=_AT_ONCE))
        try:
            offset = 0
            while offset <= size:
                asked = cast("Awaitable[bytes]", file.read(min(BLOCK, size + 1 - offset), offset))
                block = self._ask(what, asked)
                if not block:
                    break
                offset += len(block)
                yield block
        finally:
            with suppress(RollbookError):
                self._ask(what, file.close())

    async def _begin(self, connection: asyncssh.SSHClientConnection) -> asyncssh.SFTPClient:
        return await connection.start_sftp_client(path_encoding=None)

    async def _entries(self, folder: bytes, is_wanted: Callable[[bytes], bool]) -> tuple[list[Entry], int]:
        found, count = [], 0
        async for name in self._client.scandir(folder):
            raw = name.filename if isinstance(name.filename, bytes) else name.filename.encode()
            if raw in (b".", b".."):
                continue
            count += 1
            if count > MOST_NAMES:
                raise SourceRefused(
                    f"The folder on {self.login.host} holds more than {MOST_NAMES:,} names. Nothing was changed. "
                    "Let the school move old files away, or name another folder."
                )
            if is_wanted(raw):
                found.append((raw, name.attrs))
        return sorted([await self._entry(folder, *one) for one in found], key=lambda entry: entry.raw), count

    async def _entry(self, folder: bytes, raw: bytes, attrs: asyncssh.SFTPAttrs) -> Entry:
        """A link is looked at where it leads to; one that leads nowhere is nothing that can be read."""
        if b"/" not in raw and (attrs.type in _UNCLEAR or attrs.size is None):
            try:
                attrs = await self._client.stat(joined(folder, raw))
            except asyncssh.SFTPError:
                return Entry(raw, Kind.OTHER, 0, 0)
        kind = _KINDS.get(attrs.type, Kind.OTHER) if attrs.size is not None else Kind.OTHER
        return Entry(raw, kind, attrs.size or 0, attrs.mtime or 0)

    def _ask(self, what: str, asked: Awaitable[_T], seconds: float = 0) -> _T:
        async def timed() -> _T:
            async with asyncio.timeout(seconds or self.patience.answer):
                return await asked

        with _understood(self.login.host, what):
            return self._runner.run(timed())

    def _close(self, connection: asyncssh.SSHClientConnection) -> None:
        async def close() -> None:
            connection.abort()
            async with asyncio.timeout(_CLOSING):
                await connection.wait_closed()

        with suppress(Exception):
            self._runner.run(close())


@contextmanager
def connected(login: Login, patience: Patience) -> Iterator[Server]:
    """
    A connection, for as long as the block lasts. Not to be used where an event loop runs already.

    Raises:
        RollbookError: As the table above says.
    """
    logging.getLogger("asyncssh").setLevel(logging.WARNING)
    with asyncio.Runner() as runner, ExitStack() as closing:
        server = Server(login, patience, runner)
        server.connect(closing)
        yield server


def joined(folder: bytes, name: bytes) -> bytes:
    """A path on the server."""
    return name if folder in (b"", b".") else b"/" + name if folder == b"/" else folder.rstrip(b"/") + b"/" + name


@contextmanager
def _understood(host: str, what: str) -> Iterator[None]:
    """What asyncssh raises becomes an error that says who must act."""
    unchanged = "Nothing was changed."
    try:
        yield
    except RollbookError:
        raise
    except asyncssh.PermissionDenied:
        raise SourceRefused(
            f"{host} did not let the hub in. {unchanged} Check the user and the password or key, and whether the "
            "account is open to the hub's address."
        ) from None
    except (asyncssh.SFTPNoSuchFile, asyncssh.SFTPNoSuchPath, asyncssh.SFTPNotADirectory):
        raise NotThere(f"{host} has no such folder or file ({what}). {unchanged} Check the folder.") from None
    except (asyncssh.SFTPPermissionDenied, asyncssh.SFTPWriteProtect):
        raise SourceRefused(
            f"{host} does not let the account read {what}. {unchanged} Let the school give it the right to read."
        ) from None
    except asyncssh.ChannelOpenError:
        raise SourceRefused(
            f"{host} let the hub in and offers no SFTP to this account. {unchanged} Ask the school to allow SFTP."
        ) from None
    except TimeoutError:
        raise SourceUnavailable(f"{host} gave no answer in time ({what}). {unchanged}") from None
    except (asyncssh.Error, OSError, EOFError, ValueError) as error:
        logging.getLogger("rollbook.sources").info("sheets_sftp.trouble kind=%s", type(error).__name__)
        raise SourceUnavailable(f"{host} cannot be reached, broke off, or failed ({what}). {unchanged}") from None
