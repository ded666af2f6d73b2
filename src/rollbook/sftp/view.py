"""
What a sender sees: `/inbox` to write to, `/outbox` and `/history` to read from, and nothing else in the world.

Paths are taken apart and put together again out of safe names, so none leads out. Links are never made, and what is a
link is not there.
"""

import asyncio
import os
import shutil
import stat
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from rollbook.intake import store
from rollbook.intake.names import DEEPEST, LONGEST_PATH, BadName, check_file, check_folder, safe_name
from rollbook.sftp.desk import Desk
from rollbook.sftp.ledger import Ledger
from rollbook.sftp.upload import Upload
from rollbook.sftp.wire import APPEND, CREATE, EXCLUSIVE, TRUNCATE, Attributes, Code, Refusal

INBOX, OUTBOX, HISTORY = "inbox", "outbox", "history"
_NOT_THERE = "There is no such file or folder."
_FOLDER, _OWN_FILE, _READ_ONLY_FOLDER, _READ_ONLY = 0o40700, 0o100600, 0o40500, 0o100400

Parts = tuple[str, ...]


class Download:
    """An open file that is read."""

    def __init__(self, path: Path) -> None:
        self._number = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
        os.posix_fadvise(self._number, 0, 0, os.POSIX_FADV_SEQUENTIAL)

    def read(self, offset: int, length: int) -> bytes:
        """A block; blank at the end."""
        return os.pread(self._number, length, offset)

    @property
    def size(self) -> int:
        """How large it is."""
        return os.fstat(self._number).st_size

    def close(self) -> None:
        """Done."""
        os.close(self._number)


class View:
    """The closed folder, for one session."""

    def __init__(self, desk: Desk, ledger: Ledger, client: str) -> None:
        self._desk, self._ledger, self._client = desk, ledger, client
        self._folder = desk.folder

    # Looking ---------------------------------------------------------------------------------------------

    def real_path(self, raw: bytes) -> str:
        """The path as it is written in full."""
        return "/" + "/".join(_parts(raw))

    def is_history(self, raw: bytes) -> bool:
        """Whether a path leads to the history: it is written when somebody looks."""
        return raw.strip(b"./").split(b"/")[0] == HISTORY.encode()

    async def write_history(self) -> None:
        """Bring the history up to date."""
        await self._ledger.look()  # behind every row that waits
        await asyncio.to_thread(self._desk.write_history)

    def look(self, raw: bytes) -> Attributes:
        """What is known of a file or folder."""
        try:
            parts = _parts(raw)
        except Refusal as refused:
            raise Refusal(Code.NO_SUCH_FILE, str(refused)) from None
        if not parts:
            return Attributes(0, _READ_ONLY_FOLDER, 0, 0)
        if parts[0] == INBOX and (found := self._half(parts)):
            return found
        path = self._place(parts)
        return _attributes(os.lstat(path), parts[0])

    def list_folder(self, raw: bytes) -> Awaitable[list[tuple[str, Attributes]]]:
        """What is in a folder. Touches the disk, maybe often: in a thread."""
        parts = _parts(raw)
        if parts:
            path = self._place(parts)
            if not stat.S_ISDIR(os.lstat(path).st_mode):
                raise Refusal(Code.NO_SUCH_FILE, "This is no folder.")
        return asyncio.to_thread(self._list, parts)

    def _list(self, parts: Parts) -> "list[tuple[str, Attributes]]":
        if not parts:
            return [(name, _attributes(os.lstat(self._place((name,))), name)) for name in (HISTORY, INBOX, OUTBOX)]
        found = _listing(self._place(parts), parts[0])
        if parts[0] == INBOX:
            halves = _listing(self._folder.parts.joinpath(*parts[1:]), INBOX)
            found |= {name: of for name, of in halves.items() if of.mode == _OWN_FILE}
        return sorted(found.items())

    def _half(self, parts: Parts) -> Attributes | None:
        """What is known of a file that is not whole: whoever resumes it asks how much is there."""
        path = "/".join(parts[1:])
        if upload := self._desk.uploads.get(path):
            return _attributes(os.lstat(upload.part), INBOX)
        with suppress(OSError):
            found = os.lstat(self._folder.parts / path)
            if stat.S_ISREG(found.st_mode):
                return _attributes(found, INBOX)
        return None

    # Reading and writing ---------------------------------------------------------------------------------

    def open_to_read(self, raw: bytes) -> Download:
        """A file of the outbox."""
        parts = _parts(raw)
        if parts and parts[0] == INBOX and not self._desk.account.may_read_inbox:
            self.look(raw)
            raise Refusal(Code.PERMISSION_DENIED, "What is in inbox cannot be read back. Receipts are in outbox.")
        path = self._place(parts)
        if not stat.S_ISREG(os.lstat(path).st_mode):
            raise Refusal(Code.FAILURE, "This is a folder.")
        return Download(path)

    def open_to_write(self, raw: bytes, flags: int) -> "Upload | Awaitable[Upload]":
        """A file of the inbox: a new one, or the rest of one that is there."""
        path = self._path_in_inbox(raw, "Files go into inbox: put NAME inbox/")
        check(check_file, path, self._desk.account.patterns, self._desk.account.marker)
        if not self._ledger.is_well():  # some clients do not listen to what is said at the end of a file
            return self._open_later(self._ledger.look(), raw, flags)
        before = self._desk.uploads.get(path)
        if before and before.finished:
            return self._open_later(before.finished, raw, flags)
        half, whole = self._folder.parts / path, self._folder.inbox / path
        has_half, has_whole = _is_file(half), _is_file(whole)
        if not has_whole and whole.is_dir():
            raise Refusal(Code.FAILURE, "There is a folder of this name.")
        if flags & EXCLUSIVE and flags & CREATE and (has_half or has_whole):
            raise Refusal(Code.FAILURE, "There is a file of this name already.")
        if not flags & CREATE and not (has_half or has_whole):
            raise Refusal(Code.NO_SUCH_FILE, _NOT_THERE)
        if before:
            before.break_off("This file is being sent anew over another connection.")
        if flags & TRUNCATE or not (has_half or has_whole):
            return self._begin(path, half, has_half=has_half, has_whole=has_whole)
        if has_half:
            return self._resume(path, half, flags)
        return self._change(path, half, whole, flags)

    async def _open_later(self, what: Awaitable[None], raw: bytes, flags: int) -> Upload:
        await what
        opened = self.open_to_write(raw, flags)
        return opened if isinstance(opened, Upload) else await opened

    def _begin(self, path: str, half: Path, *, has_half: bool, has_whole: bool) -> Upload:
        self._desk.take_file()
        if "/" in path:
            half.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if has_half:
            self._forget(half)
        number = os.open(half, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        return self._opened(path, number, is_first=not (has_half or has_whole))

    def _resume(self, path: str, half: Path, flags: int) -> Upload:
        number = os.open(half, os.O_RDWR | os.O_NOFOLLOW)
        upload = self._opened(path, number, size=os.fstat(number).st_size)
        upload.is_appended = bool(flags & APPEND)
        return upload

    async def _change(self, path: str, half: Path, whole: Path, flags: int) -> Upload:
        """A whole file is never written to: its copy is."""
        self._desk.take_file()
        self._desk.take_bytes(whole.stat().st_size, 0)
        half.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        await asyncio.to_thread(shutil.copyfile, whole, half)
        half.chmod(0o600)
        return self._resume(path, half, flags)

    def _opened(self, path: str, number: int, *, size: int = 0, is_first: bool = False) -> Upload:
        upload = Upload(self._desk, self._ledger, path, number, self._client, size=size, is_first=is_first)
        self._desk.uploads[path] = upload
        return upload

    # Changing --------------------------------------------------------------------------------------------

    def set_attributes(self, raw: bytes, wanted: Attributes) -> None:
        """Times are kept; who may read a file is not for its sender to say."""
        path = self._path_in_inbox(raw, "Only what is in inbox can be changed.")
        place = self._folder.inbox / path
        self.look(raw)
        if wanted.size is not None and wanted.size != place.stat().st_size:
            raise Refusal(Code.UNSUPPORTED, "A file that is stored cannot be cut off. Send it again.")
        if wanted.modified is not None and _is_file(place):
            os.utime(place, (wanted.accessed, wanted.modified), follow_symlinks=False)

    async def rename(self, raw_old: bytes, raw_new: bytes, *, overwrite: bool) -> None:
        """Another name for a whole file: the end of an upload to a name for the time being."""
        old = self._path_in_inbox(raw_old, "Only what is in inbox can be changed.")
        new = self._path_in_inbox(raw_new, "Files stay in inbox.")
        check(check_file, new, self._desk.account.patterns, self._desk.account.marker)
        source, target, half = self._folder.inbox / old, self._folder.inbox / new, self._folder.parts / new
        if source.is_dir() or target.is_dir():
            raise Refusal(Code.PERMISSION_DENIED, "Folders keep their names.")
        if old in self._desk.uploads or _is_file(self._folder.parts / old):
            raise Refusal(Code.FAILURE, "This file is not whole. Send the rest of it, then rename it.")
        if not _is_file(source):
            raise Refusal(Code.NO_SUCH_FILE, _NOT_THERE)
        if not overwrite and (_is_file(target) or _is_file(half)):
            raise Refusal(Code.FAILURE, "There is a file of this name already.")
        if old == new:
            return
        if before := self._desk.uploads.get(new):
            before.break_off("Another file has taken this name.")

        def move() -> None:
            self._forget(target)
            self._forget(half)
            source.replace(target)

        await self._ledger.write(lambda: store.enter_rename(self._desk.account.pk, old, new), move)

    async def remove(self, raw: bytes) -> None:
        """A file of the inbox, whole or not."""
        path = self._path_in_inbox(raw, "Only what is in inbox can be removed.")
        whole, half = self._folder.inbox / path, self._folder.parts / path
        if whole.is_dir():
            raise Refusal(Code.FAILURE, "This is a folder.")
        if not _is_file(whole) and not _is_file(half):
            raise Refusal(Code.NO_SUCH_FILE, _NOT_THERE)
        if before := self._desk.uploads.get(path):
            before.break_off("This file was removed.")

        def unlink() -> None:
            self._forget(whole)
            self._forget(half)

        await self._ledger.write(lambda: store.enter_removal(self._desk.account.pk, path), unlink)

    def make_folder(self, raw: bytes) -> None:
        """One of the folders that were agreed."""
        path = self._path_in_inbox(raw, "Folders can only be made in inbox.")
        if (self._folder.inbox / path).exists():
            raise Refusal(Code.FAILURE, "It is there already.")
        check(check_folder, path, self._desk.account.folders)
        self._desk.take_file()
        (self._folder.inbox / path).mkdir(mode=0o700)

    def _forget(self, path: Path) -> None:
        with suppress(FileNotFoundError):
            size = path.stat().st_size
            path.unlink()
            self._desk.give_back(size, files=1)

    # Paths -----------------------------------------------------------------------------------------------

    def _place(self, parts: Parts) -> Path:
        """Where it lies; every folder on the way is one, and no link."""
        roots = {INBOX: self._folder.inbox, OUTBOX: self._folder.outbox, HISTORY: self._folder.history}
        if not parts or parts[0] not in roots:
            raise Refusal(Code.NO_SUCH_FILE, _NOT_THERE)
        path = roots[parts[0]]
        for name in parts[1:]:
            if not stat.S_ISDIR(os.lstat(path).st_mode):
                raise Refusal(Code.NO_SUCH_FILE, _NOT_THERE)
            path = path / name
        if parts[1:] and stat.S_ISLNK(os.lstat(path).st_mode):
            raise Refusal(Code.NO_SUCH_FILE, _NOT_THERE)
        return path

    def _path_in_inbox(self, raw: bytes, otherwise: str) -> str:
        """The path below inbox; its folder is there."""
        parts = _parts(raw)
        if len(parts) < 2 or parts[0] != INBOX:
            raise Refusal(Code.PERMISSION_DENIED, otherwise)
        path = "/".join(parts[1:])
        if len(parts) > DEEPEST or len(path) > LONGEST_PATH:
            raise Refusal(Code.PERMISSION_DENIED, "The path is too long.")
        if len(parts) > 2:
            folder = self._place(parts[:-1])
            if not stat.S_ISDIR(os.lstat(folder).st_mode):
                raise Refusal(Code.NO_SUCH_FILE, _NOT_THERE)
        return path


def _parts(raw: bytes) -> Parts:
    """The names of a path; `..` leads up, and at the top nowhere."""
    found: list[str] = []
    for name in raw.split(b"/"):
        if name == b"..":
            del found[-1:]
        elif name not in (b"", b"."):
            found.append(check(safe_name, name))
    return tuple(found)


def check(rule: Callable[..., Any], *arguments: Any) -> Any:
    """What a rule about names gives; where it refuses, so does the server."""
    try:
        return rule(*arguments)
    except BadName as error:
        raise Refusal(Code.PERMISSION_DENIED, str(error)) from None


def _is_file(path: Path) -> bool:
    try:
        return stat.S_ISREG(os.lstat(path).st_mode)
    except OSError:
        return False


def _listing(folder: Path, root: str) -> dict[str, Attributes]:
    found = {}
    with suppress(FileNotFoundError), os.scandir(folder) as entries:
        for entry in entries:
            with suppress(OSError, Refusal):
                found[entry.name] = _attributes(entry.stat(follow_symlinks=False), root)
    return found


def _attributes(of: os.stat_result, root: str) -> Attributes:
    if stat.S_ISDIR(of.st_mode):
        mode, size = (_FOLDER if root == INBOX else _READ_ONLY_FOLDER), 0
    elif stat.S_ISREG(of.st_mode):
        mode, size = (_OWN_FILE if root == INBOX else _READ_ONLY), of.st_size
    else:
        raise Refusal(Code.NO_SUCH_FILE, _NOT_THERE)
    return Attributes(size, mode, _u32(of.st_atime), _u32(of.st_mtime))


def _u32(seconds: float) -> int:
    return max(0, min(int(seconds), 0xFFFFFFFF))
