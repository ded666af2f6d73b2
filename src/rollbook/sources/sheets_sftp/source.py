"""Fetches the files of a delivery from a school's SFTP server, and proves that they are whole."""

import glob
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import asyncssh

from rollbook.core.errors import RollbookError, SettingsError, SourceUnavailable, Transient
from rollbook.landing.names import fits, is_draft
from rollbook.sources.addresses import resolved
from rollbook.sources.base import FileSource, Setup, Tried, Works
from rollbook.sources.http import NotThere
from rollbook.sources.sheets_sftp.choosing import Chosen, Rules, choose, finished, newest
from rollbook.sources.sheets_sftp.declaration import KIND
from rollbook.sources.sheets_sftp.hostkeys import pins
from rollbook.sources.sheets_sftp.login import Login
from rollbook.sources.sheets_sftp.server import HURRIED, Entry, Kind, Patience, Server, connected, joined
from rollbook.sources.sheets_sftp.stamps import stamped

if TYPE_CHECKING:
    from rollbook.landing.readers import Note

LONGEST = 4 * 3600.0
"""Seconds for all files of a delivery."""

BETWEEN = 2.0
"""Seconds between two looks at files whose sender is done by the clock alone."""

_MOST_TRIED = 20
_UNCHANGED = "Nothing was changed."


@dataclass(frozen=True)
class _Seen:
    """A folder as it was at one moment."""

    folder: bytes
    chosen: Chosen
    others: int


class SheetsOnSFTP(FileSource):
    """Data sheets on an SFTP server, which is only read."""

    kind = KIND

    def __init__(self, setup: Setup) -> None:
        super().__init__(setup)
        marker, patterns = setup.value("marker").strip(), setup.listed("patterns")
        self.rules = Rules(patterns, setup.flag("newest"), marker, int(setup.value("quiet_minutes")))

    def fetch(self, folder: Path) -> "list[Note]":
        """See `FileSource.fetch`. Files that change while they are read are read another time."""
        with self._connected() as server:
            seen = self._look(server)
            finished(seen.chosen, self.rules, self.setup.now(), seen.others)
            if self.rules.quiet_minutes and not self.rules.marker:
                time.sleep(BETWEEN)
                self._same(server, seen)
            end = time.monotonic() + LONGEST
            for name, entry in seen.chosen.files.items():
                self._download(server, seen.folder, entry, folder / name, end)
            self._same(server, seen)
        return _notes(seen.chosen)

    def test(self) -> Iterator[Tried]:
        """Log in, look at the folder, and read the beginning of each file."""
        try:
            with self._connected() as server:
                yield Tried("Host key", Works.YES, server.key)
                yield Tried("Log in", Works.YES)
                seen = self._look(server)
                yield Tried("Folder", Works.YES, seen.folder.decode(errors="replace"), seen.others)
                yield from self._try_files(server, seen)
        except RollbookError as error:
            yield Tried("SFTP", Works.NO, str(error))

    def _try_files(self, server: Server, seen: _Seen) -> Iterator[Tried]:
        files = seen.chosen.files
        for name, entry in list(files.items())[:_MOST_TRIED]:
            with closing(server.blocks(joined(seen.folder, entry.raw), min(entry.size, 1))) as beginning:
                next(beginning, b"")
            yield Tried(name, Works.YES, f"{entry.size:,} bytes, changed {_moment(entry)}")
        if (more := len(files) - _MOST_TRIED) > 0:
            yield Tried("Further files", Works.YES, "", more)
        if seen.chosen.older:
            yield Tried("Older files, which are left alone", Works.YES, "", seen.chosen.older)
        for name, why in seen.chosen.refused:
            yield Tried(name, Works.NO, f"{why} It is left alone.")
        try:
            finished(seen.chosen, self.rules, self.setup.now(), seen.others)
        except SourceUnavailable as later:
            yield Tried("Ready to be read", Works.UNSURE if files else Works.NO, str(later))

    @contextmanager
    def _connected(self) -> Iterator[Server]:
        setup = self.setup
        host, port = setup.value("host").strip(), int(setup.value("port"))
        if not 0 < port < 65536:
            raise SettingsError(f"The port goes from 1 to 65535. {_UNCHANGED}")
        key = self._key() if setup.value("log_in") == "key" else None
        password = "" if key else setup.value("password")
        known, address = pins(setup.value("host_key")), resolved(setup, host, port, is_secure=True)
        login = Login(host, address, port, setup.value("user").strip(), known, password, key)
        with connected(login, Patience() if setup.is_patient else HURRIED) as server:
            yield server

    def _key(self) -> asyncssh.SSHKey:
        """
        The private key.

        Raises:
            SettingsError: It is none, or its passphrase is another one.
        """
        text, passphrase = self.setup.value("private_key"), self.setup.value("passphrase") or None
        try:
            return asyncssh.import_private_key(f"{text.strip()}\n", passphrase)
        except asyncssh.KeyEncryptionError:
            raise SettingsError(f"The private key does not open with this passphrase. {_UNCHANGED}") from None
        except (asyncssh.KeyImportError, ValueError):
            raise SettingsError(
                f"The private key is none that can be read, or needs a passphrase. {_UNCHANGED} Give it as OpenSSH or "
                "PEM keep it; PuTTYgen exports an OpenSSH key from a .ppk."
            ) from None

    def _look(self, server: Server) -> _Seen:
        folder = self._folder(server)
        entries, others = server.entries(folder, self.rules.wants)
        return _Seen(folder, choose(entries, self.rules), others)

    def _folder(self, server: Server) -> bytes:
        """
        The folder to read; where its path has a pattern, the newest folder that fits it.

        Raises:
            SourceUnavailable: No folder fits yet.
        """
        path = self.setup.value("folder").strip()
        folder = b"/" if path.startswith("/") else b"."
        for part in filter(None, path.split("/")):
            folder = joined(folder, self._newest(server, folder, part) if glob.has_magic(part) else part.encode())
        return folder

    def _newest(self, server: Server, folder: bytes, pattern: str) -> bytes:
        def is_wanted(raw: bytes) -> bool:
            name = raw.decode(errors="replace")
            return fits(name, pattern) and not is_draft(name) and "/" not in name

        entries, _ = server.entries(folder, is_wanted)
        folders = {one.raw.decode(errors="surrogateescape"): one for one in entries if one.kind is Kind.FOLDER}
        if not folders:
            raise SourceUnavailable(f"The server has no folder {pattern} yet. {_UNCHANGED} Check the setting folder.")
        dated = {name: one for name, one in folders.items() if stamped(name)[1]}
        return folders[newest(dated or folders)].raw

    def _same(self, server: Server, seen: _Seen) -> None:
        """
        Look again.

        Raises:
            SourceUnavailable: The files are not those of before.
        """
        now = self._look(server)
        if (now.folder, now.chosen) != (seen.folder, seen.chosen):
            raise SourceUnavailable(
                f"Files on {server.login.host} changed while they were read: the export is not finished. {_UNCHANGED}"
            )

    def _download(self, server: Server, folder: bytes, entry: Entry, to: Path, end: float) -> None:
        count = 0
        try:
            with to.open("xb") as file, closing(server.blocks(joined(folder, entry.raw), entry.size)) as blocks:
                for block in blocks:
                    file.write(block)
                    count += len(block)
                    if count > entry.size or time.monotonic() > end:
                        break
        except NotThere:
            count = -1
        except OSError as error:
            raise Transient(f"The hub has no room for the files, or its disk fails. {_UNCHANGED}") from error
        if time.monotonic() > end:
            raise SourceUnavailable(f"{server.login.host} took too long to send the files. {_UNCHANGED}")
        if count != entry.size:
            raise SourceUnavailable(
                f"{to.name} has another size than {server.login.host} said: it is being written. {_UNCHANGED}"
            )


def _notes(chosen: Chosen) -> "list[Note]":
    if not chosen.refused:
        return []
    from rollbook.landing.readers import Note  # needs Polars: the commonest night does without

    return [Note("file-ignored", name, None, why) for name, why in chosen.refused]


def _moment(entry: Entry) -> str:
    return f"{datetime.fromtimestamp(entry.modified, UTC):%Y-%m-%d %H:%M} UTC" if entry.modified else "at no known time"
