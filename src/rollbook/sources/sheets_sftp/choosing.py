"""Which files of a folder are one delivery, and whether whoever puts them there is done."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from rollbook.core.errors import ContractBroken, SourceUnavailable
from rollbook.landing.names import BadName, fits, holds_sheets, is_draft, safe_name
from rollbook.sources.sheets_sftp.server import Entry, Kind
from rollbook.sources.sheets_sftp.stamps import stamped

MOST_FILES = 500
LARGEST, LARGEST_TOGETHER = 4 << 30, 20 << 30
_UNCHANGED = "Nothing was changed."
_MANIFEST = "manifest.csv"  # of OneRoster: it ends an export, and says what is in it


@dataclass(frozen=True)
class Rules:
    """
    What an integration reads of a folder.

    Args:
        patterns: None = whatever can hold sheets.

        marker: Pattern of the file that ends an export; blank = the quiet time does.

        quiet_minutes: How long ago a file was changed at least.
    """

    patterns: Sequence[str] = ()
    newest: bool = True
    marker: str = ""
    quiet_minutes: int = 5

    def wants(self, raw: bytes) -> bool:
        """Whether a name is that of a file to read, or of the marker; not yet whether it is a sound name."""
        name = raw.decode(errors="replace")
        return self.is_marker(name) or (not is_draft(name) and self._fits(name))

    def is_marker(self, name: str) -> bool:
        """Whether a name is that of the marker."""
        return bool(self.marker) and fits(name, self.marker)

    def reads(self, name: str) -> bool:
        """Whether the file of a name is read; the marker is not, unless it is a manifest."""
        is_data = not self.is_marker(name) or name.casefold() == _MANIFEST
        return is_data and not is_draft(name) and self._fits(name)

    def _fits(self, name: str) -> bool:
        return any(fits(name, pattern) for pattern in self.patterns) if self.patterns else holds_sheets(name)


@dataclass(frozen=True)
class Chosen:
    """
    The files of one delivery.

    Args:
        files: Safe name -> what lies there under it.

        refused: Names, made readable, of files that are left alone, each with the reason.

        older: How many files are left alone for a newer one.
    """

    files: dict[str, Entry] = field(default_factory=dict)
    refused: tuple[tuple[str, str], ...] = ()
    older: int = 0
    markers: tuple[Entry, ...] = ()


def choose(entries: Iterable[Entry], rules: Rules) -> Chosen:
    """
    The files to read: of sound names, each sheet once.

    Raises:
        ContractBroken: They are too many, or too large.
    """
    sound: dict[str, Entry] = {}
    taken: set[str] = set()
    refused, markers = [], []
    for entry in entries:
        name = entry.raw.decode(errors="replace")
        if rules.is_marker(name) and entry.kind is Kind.FILE:
            markers.append(entry)
        if entry.kind is not Kind.FILE or not rules.reads(name):
            continue
        try:
            name = _sound(entry.raw)
        except BadName as bad:
            refused.append((_shown(name), str(bad)))
            continue
        if name.casefold() in taken:
            refused.append((name, "Another file has the same name, but for the case of letters."))
            continue
        taken.add(name.casefold())
        sound[name] = entry
    files = newest_of_each(sound) if rules.newest else sound
    _judge(files)
    return Chosen(files, tuple(refused), len(sound) - len(files), tuple(markers))


def newest_of_each(files: dict[str, Entry]) -> dict[str, Entry]:
    """Of files whose names differ only in a date, the one of the latest date."""
    same: dict[str, dict[str, Entry]] = {}
    for name, entry in files.items():
        same.setdefault(stamped(name)[0].casefold(), {})[name] = entry
    kept = {newest(group) for group in same.values()}
    return {name: entry for name, entry in files.items() if name in kept}


def newest(named: Mapping[str, Entry]) -> str:
    """The name with the latest date; where not every name has one, what was changed last."""
    dates = {name: stamped(name)[1] for name in named}
    is_dated = all(dates.values())
    return max(named, key=lambda name: (dates[name] if is_dated else "", named[name].modified, name))


def finished(chosen: Chosen, rules: Rules, now: datetime, others: int) -> None:
    """
    Let pass only what its sender is done with.

    Args:
        others: How many other names the folder has.

    Raises:
        SourceUnavailable: There is nothing, or not yet all of it.
    """
    if not chosen.files:
        unsound = f", {len(chosen.refused)} with a name that cannot be taken" if chosen.refused else ""
        wanted = ", ".join(rules.patterns) or "any that can hold sheets"
        raise SourceUnavailable(
            f"The folder has no file to read ({wanted}; it has {others:,} names{unsound}). {_UNCHANGED} Check the "
            "folder and the names of files, or wait for the export."
        )
    changed = max(entry.modified for entry in chosen.files.values())
    if rules.marker:
        _marked(chosen, rules.marker, changed)
        return
    # A time to come is that of a clock which is wrong: only that nothing changes between two looks counts then.
    quiet = rules.quiet_minutes * 60
    rest = changed + quiet - now.timestamp()
    if 0 < rest <= quiet:
        raise SourceUnavailable(
            f"A file was changed less than {rules.quiet_minutes} minutes ago, so the export may not be finished. "
            f"{_UNCHANGED}",
            retry_after=rest,
        )


def _marked(chosen: Chosen, marker: str, changed: int) -> None:
    if not chosen.markers:
        raise SourceUnavailable(f"The marker file {marker} is not there yet. {_UNCHANGED}")
    if max(entry.modified for entry in chosen.markers) < changed:
        raise SourceUnavailable(
            f"The marker file {marker} is older than a file, so it is that of an earlier export. {_UNCHANGED}"
        )


def _judge(files: dict[str, Entry]) -> None:
    if len(files) > MOST_FILES:
        raise ContractBroken(
            f"The folder has {len(files):,} files to read, more than {MOST_FILES}. {_UNCHANGED} Say which ones with "
            "patterns, or let the school move old files away.",
            code="too-many-files",
        )
    for name, entry in files.items():
        if entry.size > LARGEST:
            raise _too_large(name, LARGEST)
    if sum(entry.size for entry in files.values()) > LARGEST_TOGETHER:
        raise _too_large("All files together", LARGEST_TOGETHER)


def _too_large(what: str, limit: int) -> ContractBroken:
    return ContractBroken(
        f"{what}: larger than {limit:,} bytes. {_UNCHANGED} Say which files to read with patterns.",
        code="file-too-large",
        file=what,
    )


def _sound(raw: bytes) -> str:
    """
    A name under which the hub can keep a file.

    Raises:
        BadName: It is not safe, or is a path.
    """
    if b"/" in raw:
        raise BadName("The name is a path, which no server gives that means well.")
    return safe_name(raw)


def _shown(name: str) -> str:
    """A name that can be printed, and is not too long for it."""
    return "".join(letter if letter.isprintable() else "?" for letter in name)[:80]
