"""
Packets of SFTP version 3, the one that every client speaks (draft-ietf-secsh-filexfer-02).

Of OpenSSH's extensions: `posix-rename`, `fsync`, `limits`.
"""

import stat
import struct
import time
from dataclasses import dataclass
from enum import IntEnum

LARGEST_PACKET = 256 * 1024
LARGEST_READ = LARGEST_WRITE = LARGEST_PACKET - 1024


class Ask(IntEnum):
    """What a client asks for."""

    INIT = 1
    OPEN = 3
    CLOSE = 4
    READ = 5
    WRITE = 6
    LSTAT = 7
    FSTAT = 8
    SETSTAT = 9
    FSETSTAT = 10
    OPENDIR = 11
    READDIR = 12
    REMOVE = 13
    MKDIR = 14
    RMDIR = 15
    REALPATH = 16
    STAT = 17
    RENAME = 18
    READLINK = 19
    SYMLINK = 20
    EXTENDED = 200


class Code(IntEnum):
    """How it went."""

    OK = 0
    EOF = 1
    NO_SUCH_FILE = 2
    PERMISSION_DENIED = 3
    FAILURE = 4
    BAD_MESSAGE = 5
    UNSUPPORTED = 8


READ, WRITE, APPEND, CREATE, TRUNCATE, EXCLUSIVE = 1, 2, 4, 8, 16, 32
"""Flags of OPEN."""

_VERSION, _STATUS, _HANDLE, _DATA, _NAME, _ATTRS, _EXTENDED_REPLY = 2, 101, 102, 103, 104, 105, 201
_SIZE, _OWNER, _PERMISSIONS, _TIMES, _EXTENDED = 1, 2, 4, 8, 0x80000000
_EXTENSIONS = ((b"posix-rename@openssh.com", b"1"), (b"fsync@openssh.com", b"1"), (b"limits@openssh.com", b"1"))
_HALF_A_YEAR = 182 * 86_400

_u32, _u64 = struct.Struct(">I"), struct.Struct(">Q")
_head = struct.Struct(">IBI")
_data_head = struct.Struct(">IBII")


class Malformed(Exception):
    """A packet that is not one."""


class Refusal(Exception):
    """What is asked for is not done; the message is for the sender."""

    def __init__(self, code: Code, message: str) -> None:
        super().__init__(message)
        self.code = code


class NotStored(Refusal):
    """A file that came wholly could not be stored. Not every client listens to that, so the session ends as well."""

    def __init__(self, message: str) -> None:
        super().__init__(Code.FAILURE, message)


@dataclass(frozen=True)
class Attributes:
    """What is said of a file; None: nothing."""

    size: int | None = None
    mode: int | None = None
    accessed: int = 0
    modified: int | None = None


class Fields:
    """The fields of a packet, one after the other."""

    def __init__(self, packet: bytes, at: int = 0) -> None:
        self._view, self._at = memoryview(packet), at

    def u32(self) -> int:
        """A number of 32 bits."""
        return int(_u32.unpack(self._take(4))[0])

    def u64(self) -> int:
        """A number of 64 bits."""
        return int(_u64.unpack(self._take(8))[0])

    def view(self) -> memoryview:
        """A string, where it stands."""
        return self._take(self.u32())

    def string(self) -> bytes:
        """A string."""
        return bytes(self.view())

    def peek(self) -> bytes:
        """The string that comes next, which stays where it is."""
        at = self._at
        found, self._at = self.string(), at
        return found

    def attributes(self) -> Attributes:
        """What a client says of a file. Owners are not kept, and extensions not looked at."""
        flags = self.u32()
        size = self.u64() if flags & _SIZE else None
        if flags & _OWNER:
            self._take(8)
        mode = self.u32() if flags & _PERMISSIONS else None
        accessed, modified = (self.u32(), self.u32()) if flags & _TIMES else (0, None)
        return Attributes(size, mode, accessed, modified)

    def _take(self, length: int) -> memoryview:
        end = self._at + length
        if end > len(self._view):
            raise Malformed
        found, self._at = self._view[self._at : end], end
        return found


def version() -> bytes:
    """The first answer: version 3, and which extensions there are."""
    return _framed(bytes([_VERSION]) + _u32.pack(3) + b"".join(text(name) + text(of) for name, of in _EXTENSIONS))


def status(number: int, code: Code, message: str = "") -> bytes:
    """How it went."""
    return _framed(_begin(_STATUS, number) + _u32.pack(code) + text(message.encode()) + text(b"en"))


_ok_tail = _u32.pack(Code.OK) + _u32.pack(0) + _u32.pack(0)


def done(number: int) -> bytes:
    """It was done."""
    return _head.pack(5 + len(_ok_tail), _STATUS, number) + _ok_tail


def handle(number: int, of: bytes) -> bytes:
    """What an open file or folder is called from now on."""
    return _framed(_begin(_HANDLE, number) + text(of))


def data(number: int, block: bytes) -> bytes:
    """What was read."""
    return _data_head.pack(9 + len(block), _DATA, number, len(block)) + block


def attributes(number: int, of: Attributes) -> bytes:
    """What is known of a file."""
    return _framed(_begin(_ATTRS, number) + _packed(of))


def names(number: int, found: list[tuple[str, Attributes]]) -> bytes:
    """Names, each with what is known of it and as a line for a person."""
    listed = b"".join(text(name.encode()) + text(_line(name, of)) + _packed(of) for name, of in found)
    return _framed(_begin(_NAME, number) + _u32.pack(len(found)) + listed)


def limits(number: int, handles: int) -> bytes:
    """How large packets may be, and how many handles there are."""
    return _framed(
        _begin(_EXTENDED_REPLY, number)
        + b"".join(map(_u64.pack, (LARGEST_PACKET, LARGEST_READ, LARGEST_WRITE, handles)))
    )


def text(of: bytes) -> bytes:
    """A string with its length."""
    return _u32.pack(len(of)) + of


def _begin(kind: int, number: int) -> bytes:
    return bytes([kind]) + _u32.pack(number)


def _framed(packet: bytes) -> bytes:
    return _u32.pack(len(packet)) + packet


def _packed(of: Attributes) -> bytes:
    flags, found = 0, b""
    if of.size is not None:
        flags, found = flags | _SIZE, found + _u64.pack(of.size)
    if of.mode is not None:
        flags, found = flags | _PERMISSIONS, found + _u32.pack(of.mode)
    if of.modified is not None:
        flags, found = flags | _TIMES, found + _u32.pack(of.accessed) + _u32.pack(of.modified)
    return _u32.pack(flags) + found


def _line(name: str, of: Attributes) -> bytes:
    """As `ls -l` shows it."""
    modified = of.modified or 0
    form = "%b %e %H:%M" if 0 <= time.time() - modified < _HALF_A_YEAR else "%b %e  %Y"
    when = time.strftime(form, time.gmtime(modified))
    return f"{stat.filemode(of.mode or 0)}    1 sender   sender   {of.size or 0:>8} {when} {name}".encode()
