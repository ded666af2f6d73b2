"""
What every source declares and does.

A source is one module or package of `rollbook.sources`: a declaration (`SourceKind`), from which its form, its page of
the docs, `rollbook integration add` and its tests follow, and a class that tests the connection and either pulls rows
(`Source`) or fetches data sheets (`FileSource`). What rows mean is a layout, as for data sheets: the streams of
`sources/streams/NAME.toml`.

Declarations are read whenever settings are looked at: a source imports what is heavy (Polars, an HTTP client, a
database driver) inside the functions that need it. No Django in here.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from importlib import import_module
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, Self

from rollbook.core.lists import listed

if TYPE_CHECKING:
    from rollbook.core.layout import Layout
    from rollbook.landing.photos import Photos
    from rollbook.landing.readers import Note
    from rollbook.sources.pulling import Pull


class Asked(StrEnum):
    """How a setting is asked for."""

    TEXT = "text"
    LINES = "lines"
    URL = "url"
    SECRET = "secret"
    SECRET_LINES = "secret lines"
    CHOICE = "choice"
    FLAG = "flag"
    NUMBER = "number"
    LIST = "list"


@dataclass(frozen=True)
class Setting:
    """
    One thing an admin says about a source. Every value is text; a flag is `on` or blank, a list is comma separated.

    Args:
        name: As written after `--set`; a name that ends in `.` begins a family of settings.

        title: As the form labels it, in the words that the SIS's own screens use.

        asked: A secret is stored sealed, and never shown again.

        choices: Value -> title, for a choice.

        when: Asked for only where another setting has one of these values (its default counts).
    """

    name: str
    title: str
    help: str = ""
    asked: Asked = Asked.TEXT
    required: bool = False
    default: str = ""
    choices: Mapping[str, str] = field(default_factory=dict)
    when: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def is_secret(self) -> bool:
        """It is stored sealed, and never shown again."""
        return self.asked in (Asked.SECRET, Asked.SECRET_LINES)

    @property
    def is_family(self) -> bool:
        """Its name only begins those of settings."""
        return self.name.endswith(".")

    @property
    def shown(self) -> str:
        """The name, with `…` for what follows in a family."""
        return f"{self.name}…" if self.is_family else self.name

    def is_called(self, name: str) -> bool:
        """Whether it is this setting, or the family it belongs to."""
        return name == self.name or (self.is_family and name.startswith(self.name))


class Sees(StrEnum):
    """Whether a source can see something."""

    YES = "yes"
    PARTLY = "partly"
    NO = "no"


@dataclass(frozen=True)
class Sight:
    """One line of the card that says honestly what a source can see: deletions, history, contacts, photos."""

    what: str
    sees: Sees
    note: str


@dataclass(frozen=True)
class Download:
    """A file that an admin takes from the hub into the SIS: a plugin, a script with views."""

    name: str
    title: str
    content: Callable[[], bytes]


@dataclass(frozen=True)
class SourceKind:
    """
    The declaration of a source.

    Args:
        name: As after `--source`.

        implementation: `module:Class` of what reads it; blank for data sheets, which arrive instead of being fetched.

        gives_sheets: Files, in a layout that the integration names or they tell, instead of streams: a `FileSource`.

        streams: Name of the layout of its streams, a file of `sources/streams/`; blank where settings decide.

        offers_delta: It can be asked for only what has changed since the run before.

        proof: What it was proven against, in one sentence that its form shows.
    """

    name: str
    title: str
    about: str = ""
    implementation: str = ""
    gives_sheets: bool = False
    streams: str = ""
    settings: tuple[Setting, ...] = ()
    offers_delta: bool = False
    sights: tuple[Sight, ...] = ()
    downloads: tuple[Download, ...] = ()
    proof: str = ""

    @property
    def is_pulled(self) -> bool:
        """The hub fetches its data, instead of waiting for files."""
        return bool(self.implementation)

    @property
    def secrets(self) -> frozenset[str]:
        """The names of the settings that are stored sealed."""
        return frozenset(s.name for s in self.settings if s.is_secret)

    def setting(self, name: str) -> Setting:
        """The setting called `name`, or the family it belongs to; KeyError when there is none."""
        for setting in self.settings:
            if setting.is_called(name):
                return setting
        raise KeyError(name)

    def is_asked(self, setting: Setting, values: Mapping[str, str]) -> bool:
        """Whether a setting is asked for, as the others stand."""
        return all(self.value(values, name) in wanted for name, wanted in setting.when.items())

    def value(self, values: Mapping[str, str], name: str) -> str:
        """A setting, or its default."""
        return values.get(name) or self.setting(name).default

    def listed(self, values: Mapping[str, str], name: str) -> tuple[str, ...]:
        """The parts of a setting that is a list."""
        return listed(self.value(values, name))

    def load(self) -> "type[Source]":
        """The class that pulls its streams."""
        found: type[Source] = self._implementation()
        return found

    def load_files(self) -> "type[FileSource]":
        """The class that fetches its files."""
        found: type[FileSource] = self._implementation()
        return found

    def _implementation(self) -> Any:
        module, _, name = self.implementation.partition(":")
        return getattr(import_module(module), name)


@dataclass(frozen=True)
class Token:
    """A token that was given out, and when it stops being good (seconds since 1970)."""

    text: str
    expires: float


class Tokens(Protocol):
    """Where tokens are kept between runs, so that a system is not asked for a new one at each."""

    def get(self, name: str) -> Token | None:
        """The token kept under a name."""

    def put(self, name: str, token: Token) -> None:
        """Keep a token."""

    def drop(self, name: str) -> None:
        """Forget a token."""


class TokensInMemory:
    """Tokens of one process."""

    def __init__(self) -> None:
        self._kept: dict[str, Token] = {}

    def get(self, name: str) -> Token | None:
        """The token kept under a name."""
        return self._kept.get(name)

    def put(self, name: str, token: Token) -> None:
        """Keep a token."""
        self._kept[name] = token

    def drop(self, name: str) -> None:
        """Forget a token."""
        self._kept.pop(name, None)


@dataclass(frozen=True)
class Setup:
    """
    What a source is given to work with.

    Args:
        settings: Of the integration, secrets included.

        networks: Private networks that the operator allows.

        folders: Where the operator lets sources read files of this machine.

        schools: Only these, by their id in the source; empty = all.

        now: The clock.

        photos: Where photos are kept; None = nowhere.

        is_patient: Wait for what time can mend; a person who looks on does not.

        closing: What is closed with the source; clients and connections enter themselves.
    """

    kind: SourceKind
    settings: Mapping[str, str] = field(default_factory=dict)
    tokens: Tokens = field(default_factory=TokensInMemory)
    networks: tuple[IPv4Network | IPv6Network, ...] = ()
    folders: tuple[Path, ...] = ()
    schools: tuple[str, ...] = ()
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    photos: "Photos | None" = None
    is_patient: bool = True
    closing: ExitStack = field(default_factory=ExitStack)

    def value(self, name: str) -> str:
        """A setting of the source, or its default."""
        return self.kind.value(self.settings, name)

    def flag(self, name: str) -> bool:
        """Whether a flag is set."""
        return self.value(name) == "on"

    def listed(self, name: str) -> tuple[str, ...]:
        """The parts of a list."""
        return self.kind.listed(self.settings, name)


class Works(StrEnum):
    """What a test of the connection found."""

    YES = "yes"
    NO = "no"
    UNSURE = "unsure"


@dataclass(frozen=True)
class Tried:
    """
    One thing that a test of the connection tried.

    Args:
        what: "Sign in", "Students", …

        note: The version, or what is missing and what to do; never a secret or a person's data.

        count: How many records there are, where the system tells.
    """

    what: str
    works: Works
    note: str = ""
    count: int | None = None


@dataclass(frozen=True)
class Preview:
    """
    The first rows of a stream, as the system gives them.

    Args:
        columns: As the system calls them -> the column of the stream that they are read into, "" for none.

        missing: Required columns of the stream that do not come.

        rows: Their values, in the order of `columns`.
    """

    columns: Mapping[str, str]
    missing: tuple[str, ...]
    rows: list[tuple[str | None, ...]]


class Connector(ABC):
    """One integration's way to its data: to be used in a `with`, at whose end every connection is closed."""

    kind: ClassVar[SourceKind]

    def __init__(self, setup: Setup) -> None:
        self.setup = setup

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.setup.closing.close()

    @abstractmethod
    def test(self) -> Iterator[Tried]:
        """
        Try the connection, one thing after the other: what works, which version, how many records, which
        permission is missing by its name. Writes nothing and raises nothing but bugs.
        """


class Source(Connector):
    """A way into an SIS that gives rows, in streams."""

    @classmethod
    def layout(cls, settings: Mapping[str, str]) -> "Layout":  # noqa: ARG003 - for those that differ
        """What its streams hold and mean, as the settings have it: not every source has the same for everybody."""
        from rollbook.sources import streams

        return streams.load(cls.kind.streams)

    @abstractmethod
    def pull(self, pull: "Pull") -> None:
        """
        Read every stream into `pull`.

        Raises:
            Moved: What was read does not fit together, since it changed meanwhile; the pull begins anew.

            SourceUnavailable: Try again later.

            SourceRefused: The system said no.
        """

    def preview(self, stream: str, count: int) -> Preview | None:
        """
        The first rows of a stream; None where the system cannot give some without giving all.

        Raises:
            SettingsError: There is no such stream, or it is not set up in a way that can work.

            SourceError: The system did not give them.
        """
        return None


class FileSource(Connector):
    """A way to data sheets that lie elsewhere."""

    @abstractmethod
    def fetch(self, folder: Path) -> "list[Note]":
        """
        Bring the files of one delivery into an empty folder, each whole, and nothing else; what was found on the way.

        Raises:
            SourceUnavailable: They cannot be had now, or are not finished.

            SourceRefused: The system said no.

            ContractBroken: What lies there is no delivery.
        """
