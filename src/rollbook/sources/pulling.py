"""
One pull of a source, with the proof that it is whole.

A source reads its system into a `Pull`, and says of each listing how many records the system counted. When what came
does not fit together, because somebody moved or left while it was read, the pull begins anew, three times at most. A
pull that cannot be proven never ends anything: it fails, and nothing was changed.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rollbook.core.errors import ContractBroken, SourceUnavailable
from rollbook.core.layout import Layout
from rollbook.landing.photos import PhotoRefused, Photos
from rollbook.landing.spool import Spool
from rollbook.landing.store import missing_sheets
from rollbook.sources.base import Source
from rollbook.sources.sheets import Received

TRIES = 3


class Moved(Exception):
    """What was read does not fit together: it changed meanwhile."""


@dataclass
class _Expected:
    count: int
    by: tuple[str, ...]


@dataclass
class Pull:
    """
    What a source reads into.

    Args:
        since: The marks of the last applied pull, when only what has changed since then is wanted; None = everything.

        advance: Is told of the records that came.

        photos: Where photos are kept.
    """

    spool: Spool
    since: Mapping[str, str] | None = None
    advance: Callable[[int], None] = lambda _: None
    photos: Photos | None = None
    marks: dict[str, str] = field(default_factory=dict)
    partial: set[str] = field(default_factory=set)
    taken: Received | None = None
    _expected: dict[str, _Expected] = field(default_factory=dict)
    _notes: list[tuple[str, str, dict[str, object]]] = field(default_factory=list)

    @property
    def layout(self) -> Layout:
        """The streams, as the integration has them: a source may ask for no more than their columns."""
        return self.spool.layout

    def wants(self, stream: str) -> bool:
        """Whether the integration has a stream."""
        return any(sheet.name == stream for sheet in self.layout.sheets)

    def add(self, stream: str, records: Iterable[Mapping[str, Any]], source: str = "") -> None:
        """
        Records as the system sent them; the columns of the layout are paths into them.

        Args:
            source: The endpoint, as reports name it.
        """
        self.advance(self.spool.add(stream, records, source))

    def read(self, stream: str, source: str = "") -> None:
        """Say that a stream was read to its end, also when it had no records."""
        self.spool.touch(stream, source)

    def expect(self, stream: str, count: int, by: str | tuple[str, ...]) -> None:
        """
        The system counted so many records in (a part of) a stream; the counts of a stream add up.

        Args:
            by: The columns that tell its records apart.
        """
        columns = (by,) if isinstance(by, str) else by
        before = self._expected.get(stream)
        self._expected[stream] = _Expected(count + (before.count if before else 0), columns)

    def mark(self, name: str, value: str) -> None:
        """What the next pull of changes is to begin from; kept once this run is applied."""
        self.marks[name] = value

    def only_changes(self, stream: str) -> None:
        """This stream does not hold everybody, so nobody's absence follows from it."""
        self.partial.add(stream)

    def take(self, received: Received) -> None:
        """
        Files that were fetched, landed in the folder of this pull as a delivery is, in the place of streams.

        Like a delivery, they may lack sheets: then they end nobody.
        """
        self.taken = received

    def note(self, code: str, stream: str, **values: object) -> None:
        """Add a finding about a stream: a code of the catalogue with its values (`detail`, `field`, `count`)."""
        self._notes.append((code, stream, values))

    def photo(self, stream: str, received: bytes, key: str = "") -> str | None:
        """
        Keep a photo; its reference for the roster's `photo_url`, or None and a finding when it cannot be kept.

        Args:
            stream: The stream whose record the reference goes into.

            key: Whose photo it is, as the finding names the person.
        """
        if self.photos is None or not received:
            return None
        try:
            return self.photos.keep(received)
        except PhotoRefused as refused:
            self.note("photo-refused", stream, key=key, detail=f"The photo {refused}.")
            return None

    def check(self) -> None:
        """
        Compare what came with what the system counted.

        Raises:
            Moved: They differ.
        """
        for stream, expected in self._expected.items():
            if self.spool.distinct(stream, expected.by) != expected.count:
                raise Moved(stream)

    def received(self) -> Received:
        """What came, as the landing of a delivery."""
        received = self.taken or Received(self.layout, self.spool.close(), self.partial)
        for code, stream, values in self._notes:
            received.landing.note(code, stream, sheet=stream, **values)
        return received


def pull(
    source: Source,
    layout: Layout,
    folder: Path,
    since: Mapping[str, str] | None = None,
    advance: Callable[[int], None] = lambda _: None,
) -> tuple[Received, dict[str, str]]:
    """
    Pull a source into a folder; what came, and the marks for the next pull of changes.

    Args:
        layout: The streams to read.

        since: Marks of the last applied pull; None = read everything.

    Raises:
        SourceUnavailable: The system is away, or did not hold still long enough. Nothing was changed.

        SourceRefused: The system said no.

        ContractBroken: A stream that must have records has none.
    """
    for _ in range(TRIES):
        spool = Spool(layout, folder)
        spool.clear()
        pulled = Pull(spool, since, advance, source.setup.photos)
        try:
            source.pull(pulled)
            pulled.check()
        except Moved as moved:
            stream = str(moved)
            continue
        received = pulled.received()
        if since is None and not pulled.taken:
            _refuse_empty(source, received)
        elif since is not None:
            received.partial.update(sheet.name for sheet in layout.sheets)
        return received, pulled.marks
    raise SourceUnavailable(
        f"{source.kind.title} changed while it was read, {TRIES} times in a row ({stream}). Nothing was changed. "
        "Run it when fewer people work in it."
    )


def _refuse_empty(source: Source, received: Received) -> None:
    """Nobody at all is more often a missing permission than a school without people."""
    if missing := missing_sheets(received.landing.files, received.layout):
        raise ContractBroken(
            f"{source.kind.title} gave no {', '.join(missing)} at all. Nothing was changed. "
            "Look at the permissions of the credentials, the school year and the filters.",
            code="stream-empty",
        )
