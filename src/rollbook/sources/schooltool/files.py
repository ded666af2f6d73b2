"""An export that a district puts where the hub can fetch it, read as the data sheets that it is."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from rollbook.core.errors import ContractBroken, RollbookError, SettingsError, SourceUnavailable
from rollbook.core.layout import Layout
from rollbook.sources import layouts
from rollbook.sources.base import Setup, Tried, Works
from rollbook.sources.http import Client
from rollbook.sources.oauth import basic
from rollbook.sources.pulling import Moved, Pull

if TYPE_CHECKING:
    import polars as pl

    from rollbook.sources.sheets import Received


class FileDrop:
    """The export of a district: at an address, or on the hub."""

    def __init__(self, setup: Setup) -> None:
        self.setup = setup
        self.place = setup.value("file").strip()
        self.layout = layouts.load(setup.value("layout"))
        self._client = self._to(self.place) if "://" in self.place else None

    def _to(self, url: str) -> Client:
        match self.setup.value("file_access"):
            case "header":
                headers = {self.setup.value("header"): self.setup.value("token")}
            case "basic":
                headers = basic(self.setup.value("file_user"), self.setup.value("file_password"))
            case _:
                headers = {}
        return Client(self.setup, url, headers={"Accept": "*/*", **headers})

    def pull(self, pull: Pull) -> None:
        """The sheets of the export, landed as a delivery is."""
        with self._fetched() as path:
            pull.take(self._landed(path, pull.layout, pull.spool.folder))
        if pull.since is not None:
            pull.note("changes-not-offered", "", detail="the export")

    def test(self) -> Iterator[Tried]:
        """Fetch the export, and count the rows of its sheets."""
        try:
            with self._fetched() as path, tempfile.TemporaryDirectory() as folder:
                yield Tried("Fetch the export", Works.YES)
                received = self._landed(path, self.layout, Path(folder))
        except RollbookError as error:
            yield Tried("Export", Works.NO, str(error))
            return
        except Moved:
            yield Tried("Export", Works.NO, "The zip is damaged or was cut short: it may be being written.")
            return
        for file in received.landing.files:
            if file.sheet:
                yield Tried(file.sheet, Works.YES, "", file.rows)

    def _landed(self, path: Path, layout: Layout, folder: Path) -> "Received":
        """
        The rows of a file or folder.

        Raises:
            Moved: A zip that was fetched while it was written.

            ContractBroken: It is no export of this layout.
        """
        from rollbook.landing.store import into
        from rollbook.sources.sheets import opened

        try:
            with opened(path, layout, {}) as delivery:
                received = delivery.land(into(folder))
        except ContractBroken as error:
            if error.code == "zip-broken" and self._client:
                raise Moved("export") from error
            raise
        received.landing.issues = [issue for issue in received.landing.issues if self._is_news(issue)]
        return received

    def _is_news(self, issue: "pl.DataFrame") -> bool:
        """That nothing reads a column, which the layout knows all the same, is none."""
        found = issue.row(0, named=True)
        if found["code"] != "column-unknown":
            return True
        return self.layout.sheet(found["sheet"]).find(found["field"]) is None

    @contextmanager
    def _fetched(self) -> Iterator[Path]:
        """The export on this machine."""
        if self._client is None:
            yield self._on_the_hub()
            return
        reply = self._client.get("")
        if reply.body.lstrip()[:1] == b"<":
            raise SourceUnavailable(
                f"{self._client.host} answered with a page for people instead of the export. Nothing was changed."
            )
        with tempfile.TemporaryDirectory() as folder:
            name = PurePosixPath(unquote(urlsplit(self.place).path)).name
            path = Path(folder) / (name if name.isprintable() and name not in ("", "..") else "export")
            path.write_bytes(reply.body)
            yield path

    def _on_the_hub(self) -> Path:
        """
        A path that the operator lets sources read.

        Raises:
            SettingsError: It lies elsewhere, or is not there.
        """
        path = Path(self.place).resolve()
        if not any(path.is_relative_to(folder) for folder in self.setup.folders):
            raise SettingsError(
                "The export lies in no folder that the operator allows (SOURCE_FOLDERS). Nothing was read."
            )
        return path
