"""
One SFTP session: requests in, answers out, in their order.

Most requests are answered at once. While one waits for a disk, a thread or the database, those behind it wait too, and
when many do the client is not read any more; a client that does not read its answers is asked nothing more. So no
client costs more memory than its window.
"""

import asyncio
import inspect
import logging
import os
from collections.abc import Awaitable, Callable
from typing import Any

import asyncssh

from rollbook.intake.faults import NO_DATABASE, NO_DISK, NO_IDEA, is_database_fault
from rollbook.sftp import wire
from rollbook.sftp.upload import Upload
from rollbook.sftp.view import Download, View
from rollbook.sftp.wire import Ask, Attributes, Code, Fields, Malformed, NotStored, Refusal

log = logging.getLogger("rollbook.sftp")

_MOST_HANDLES = 64
_NAMES_AT_ONCE = 100
_ENOUGH = 1 << 20  # bytes that wait behind a slow request before the client has to
_MOST_SPOKEN = 50  # lines to the terminal of a person
_SHOW_ERRORS = ("SSH-2.0-OpenSSH", "SSH-2.0-PuTTY")  # they keep the server's sentence to themselves, but show stderr

_OF_PATHS = {Ask.OPEN, Ask.STAT, Ask.LSTAT, Ask.OPENDIR}

_Answer = bytes | Awaitable[bytes]


class Session(asyncssh.SSHServerSession[bytes]):
    """
    SFTP for one sender, and no other use of the channel.

    Args:
        look: Gives the view of the folder, once the session begins.

        touch: Called at each request: somebody is there.

        client: The program, as it called itself.

        leave: Called when the session is over.
    """

    def __init__(
        self,
        look: Callable[[], Awaitable[View]],
        touch: Callable[[], None],
        client: str,
        leave: Callable[["Session"], None],
    ) -> None:
        self._look, self._touch, self._leave = look, touch, leave
        self._channel: asyncssh.SSHServerChannel[bytes]
        self._view: View
        self._buffer = bytearray()
        self._task: asyncio.Task[None] | None = None
        self._blocks: set[str] = set()
        self._has_begun = self._has_ended = self._is_over = self._holds_back = False
        self._files: dict[bytes, Upload | Download] = {}
        self._folders: dict[bytes, list[tuple[str, Attributes]]] = {}
        self._next_handle = 0
        self._can_hear = client.startswith(_SHOW_ERRORS)
        self._spoken = 0

    # The channel -----------------------------------------------------------------------------------------

    def connection_made(self, chan: "asyncssh.SSHServerChannel[bytes]") -> None:
        """The channel of this session."""
        self._channel = chan

    def subsystem_requested(self, subsystem: str) -> bool:
        """SFTP, and nothing else: no shell, no command."""
        return subsystem == "sftp"

    def session_started(self) -> None:
        """Get the view ready; what comes meanwhile waits."""
        self._task = asyncio.create_task(self._begin())

    def data_received(self, data: bytes, datatype: int | None) -> None:  # noqa: ARG002
        """A piece of the stream of requests."""
        self._buffer += data
        self._go_on()

    def pause_writing(self) -> None:
        """The client does not read: it is not answered any more."""
        self.block("channel")

    def resume_writing(self) -> None:
        """It reads again."""
        self.unblock("channel")

    def block(self, by: str) -> None:
        """Answer nothing for now."""
        self._blocks.add(by)

    def unblock(self, by: str) -> None:
        """Go on, if nothing else is in the way."""
        self._blocks.discard(by)
        self._go_on()

    def eof_received(self) -> bool:
        """The client asks for nothing more; what it has asked for is answered first."""
        self._has_ended = True
        self._go_on()
        return True

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        """The channel is gone: files that were not closed are parts."""
        self._is_over = True
        self._buffer.clear()
        for opened in self._files.values():
            opened.break_off() if isinstance(opened, Upload) else opened.close()
        self._files.clear()
        self._leave(self)

    @property
    def is_receiving(self) -> bool:
        """Whether a file is open that somebody writes."""
        return any(isinstance(opened, Upload) for opened in self._files.values()) or self._task is not None

    async def _begin(self) -> None:
        try:
            self._view = await self._look()
        except Exception:
            log.exception("sftp.session_failed")
            self._channel.close()
            return
        finally:
            self._task = None
        self._go_on()

    # Requests, one after the other -----------------------------------------------------------------------

    def _go_on(self) -> None:
        """Answer what can be answered now."""
        while not (self._task or self._blocks or self._is_over):
            try:
                if (packet := self._next_packet()) is None:
                    if self._has_ended and not self._task:
                        self._channel.exit(0)
                    break
                self._touch()
                self._take(packet)
            except Malformed:
                log.info("sftp.malformed")
                self._channel.close()
                return
        self._hold_back(len(self._buffer) > _ENOUGH)

    def _hold_back(self, wanted: bool) -> None:
        if wanted != self._holds_back and not self._is_over:
            self._holds_back = wanted
            self._channel.pause_reading() if wanted else self._channel.resume_reading()

    def _next_packet(self) -> bytes | None:
        if len(self._buffer) < 4:
            return None
        length = int.from_bytes(self._buffer[:4], "big")
        if not 0 < length <= wire.LARGEST_PACKET:
            raise Malformed
        if len(self._buffer) < 4 + length:
            return None
        with memoryview(self._buffer) as view:
            packet = bytes(view[4 : 4 + length])
        del self._buffer[: 4 + length]
        return packet

    def _take(self, packet: bytes) -> None:
        if not self._has_begun:
            if packet[0] != Ask.INIT:
                raise Malformed
            self._has_begun = True
            self._channel.write(wire.version())
            return
        number = int.from_bytes(packet[1:5], "big")
        fields = Fields(packet, 5)
        try:
            answer = self._answer(packet[0], number, fields)
        except Malformed:
            raise
        except Exception as failure:
            answer = self._refuse(number, failure)
        if inspect.isawaitable(answer):
            self._task = asyncio.create_task(self._wait(number, answer))
        else:
            self._channel.write(answer)

    async def _wait(self, number: int, slow: Awaitable[bytes]) -> None:
        try:
            answer = await slow
        except Exception as failure:
            answer = self._refuse(number, failure)
            self._has_ended = self._has_ended or isinstance(failure, NotStored)
        finally:
            self._task = None
        if not self._is_over:
            self._channel.write(answer)
            self._go_on()

    def _refuse(self, number: int, failure: Exception) -> bytes:
        """What the sender is told. Nothing of the inside, ever."""
        code, message = _told(failure)
        if code not in (Code.EOF, Code.NO_SUCH_FILE) and self._can_hear and self._spoken < _MOST_SPOKEN:
            self._spoken += 1
            self._channel.write_stderr(f"{message}\r\n".encode())
        return wire.status(number, code, message)

    def _answer(self, kind: int, number: int, fields: Fields) -> _Answer:
        if kind in _OF_PATHS and self._view.is_history(fields.peek()):
            return self._after_history(kind, number, fields)
        return self._answer_now(kind, number, fields)

    async def _after_history(self, kind: int, number: int, fields: Fields) -> bytes:
        """The history is written when somebody looks."""
        await self._view.write_history()
        answer = self._answer_now(kind, number, fields)
        return answer if isinstance(answer, bytes) else await answer

    def _answer_now(self, kind: int, number: int, fields: Fields) -> _Answer:
        match kind:
            case Ask.WRITE:
                upload = self._upload(fields.string())
                upload.write(fields.u64(), fields.view())
                return wire.done(number)
            case Ask.READ:
                return self._read(number, fields.string(), fields.u64(), fields.u32())
            case Ask.OPEN:
                return self._open(number, fields.string(), fields.u32())
            case Ask.CLOSE:
                return self._close(number, fields.string())
            case Ask.STAT | Ask.LSTAT:
                return wire.attributes(number, self._view.look(fields.string()))
            case Ask.FSTAT:
                return wire.attributes(number, self._of_handle(fields.string()))
            case Ask.SETSTAT:
                self._view.set_attributes(fields.string(), fields.attributes())
                return wire.done(number)
            case Ask.FSETSTAT:
                _set(self._upload(fields.string()), fields.attributes())
                return wire.done(number)
            case Ask.REALPATH:
                return wire.names(number, [(self._view.real_path(fields.string()), Attributes())])
            case Ask.OPENDIR:
                return self._open_folder(number, self._view.list_folder(fields.string()))
            case Ask.READDIR:
                return self._read_folder(number, fields.string())
            case Ask.REMOVE:
                return _then_done(number, self._view.remove(fields.string()))
            case Ask.RENAME:
                return _then_done(number, self._view.rename(fields.string(), fields.string(), overwrite=False))
            case Ask.MKDIR:
                self._view.make_folder(fields.string())
                return wire.done(number)
            case Ask.RMDIR:
                raise Refusal(Code.PERMISSION_DENIED, "Folders stay.")
            case Ask.SYMLINK | Ask.READLINK:
                raise Refusal(Code.PERMISSION_DENIED, "There are no links here.")
            case Ask.EXTENDED:
                return self._extended(number, fields)
        raise Refusal(Code.UNSUPPORTED, "This is not offered here.")

    def _extended(self, number: int, fields: Fields) -> _Answer:
        match fields.string():
            case b"posix-rename@openssh.com":
                return _then_done(number, self._view.rename(fields.string(), fields.string(), overwrite=True))
            case b"fsync@openssh.com":
                self._upload(fields.string())  # closing it does that, before the sender is told
                return wire.done(number)
            case b"limits@openssh.com":
                return wire.limits(number, _MOST_HANDLES)
        raise Refusal(Code.UNSUPPORTED, "This is not offered here.")

    # Files and folders -----------------------------------------------------------------------------------

    def _open(self, number: int, path: bytes, flags: int) -> _Answer:
        if len(self._files) + len(self._folders) >= _MOST_HANDLES:
            raise Refusal(Code.FAILURE, f"Too many files are open: {_MOST_HANDLES} are the most.")
        if not flags & (wire.WRITE | wire.APPEND):
            return wire.handle(number, self._named(self._view.open_to_read(path)))
        opened = self._view.open_to_write(path, flags)
        if isinstance(opened, Upload):
            return wire.handle(number, self._named(opened))
        return self._open_slowly(number, opened)

    async def _open_slowly(self, number: int, opening: Awaitable[Upload]) -> bytes:
        opened = await opening
        if self._is_over:
            opened.break_off()
        return wire.handle(number, self._named(opened))

    def _read(self, number: int, handle: bytes, offset: int, length: int) -> bytes:
        opened = self._file(handle)
        if isinstance(opened, Upload):
            raise Refusal(Code.PERMISSION_DENIED, "What is in inbox cannot be read back.")
        block = opened.read(offset, min(length, wire.LARGEST_READ))
        if not block:
            raise Refusal(Code.EOF, "")
        return wire.data(number, block)

    def _close(self, number: int, handle: bytes) -> _Answer:
        if self._folders.pop(handle, None) is not None:
            return wire.done(number)
        opened = self._file(handle)
        del self._files[handle]
        if isinstance(opened, Upload):
            return _then_done(number, opened.finish())
        opened.close()
        return wire.done(number)

    async def _open_folder(self, number: int, listing: Awaitable[list[tuple[str, Attributes]]]) -> bytes:
        if len(self._files) + len(self._folders) >= _MOST_HANDLES:
            raise Refusal(Code.FAILURE, f"Too many folders are open: {_MOST_HANDLES} are the most.")
        handle = self._new_handle()
        self._folders[handle] = (await listing)[::-1]
        return wire.handle(number, handle)

    def _read_folder(self, number: int, handle: bytes) -> bytes:
        if (left := self._folders.get(handle)) is None:
            raise Refusal(Code.FAILURE, "This folder is not open.")
        if not left:
            raise Refusal(Code.EOF, "")
        found = left[-_NAMES_AT_ONCE:][::-1]
        del left[-_NAMES_AT_ONCE:]
        return wire.names(number, found)

    def _of_handle(self, handle: bytes) -> Attributes:
        return Attributes(self._file(handle).size, 0o100600)

    def _file(self, handle: bytes) -> Upload | Download:
        if (opened := self._files.get(handle)) is None:
            raise Refusal(Code.FAILURE, "This file is not open.")
        return opened

    def _upload(self, handle: bytes) -> Upload:
        opened = self._file(handle)
        if not isinstance(opened, Upload):
            raise Refusal(Code.PERMISSION_DENIED, "This file can only be read.")
        return opened

    def _named(self, opened: Upload | Download) -> bytes:
        handle = self._new_handle()
        self._files[handle] = opened
        return handle

    def _new_handle(self) -> bytes:
        self._next_handle += 1
        return self._next_handle.to_bytes(4, "big")


def _set(upload: Upload, wanted: Attributes) -> None:
    if wanted.size is not None:
        upload.truncate(wanted.size)
    if wanted.modified is not None:
        upload.times = (wanted.accessed, wanted.modified)


async def _then_done(number: int, slow: Awaitable[Any]) -> bytes:
    await slow
    return wire.done(number)


def _told(failure: Exception) -> tuple[Code, str]:
    """What a failure means for the sender."""
    if isinstance(failure, Refusal):
        return failure.code, str(failure)
    if isinstance(failure, FileNotFoundError):
        return Code.NO_SUCH_FILE, "There is no such file or folder."
    if is_database_fault(failure):
        log.error("sftp.database_away")
        return Code.FAILURE, NO_DATABASE
    if isinstance(failure, OSError):
        log.error("sftp.disk reason=%s", os.strerror(failure.errno or 0))
        return Code.FAILURE, NO_DISK
    log.error("sftp.failed", exc_info=failure)
    return Code.FAILURE, NO_IDEA
