"""The mode of SchoolTool that an integration has chosen."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Protocol

from rollbook.core.layout import Layout
from rollbook.sources import layouts, streams
from rollbook.sources.base import Setup, Source, Tried
from rollbook.sources.database import declaration as database
from rollbook.sources.pulling import Pull
from rollbook.sources.schooltool.declaration import KIND

VIEWS = "oneroster_views_11"


class Mode(Protocol):
    """One way of reading SchoolTool."""

    def pull(self, pull: Pull) -> None:
        """See `Source.pull`."""

    def test(self) -> Iterator[Tried]:
        """See `Source.test`."""


class SchoolToolSource(Source):
    """SchoolTool, read as its settings say."""

    kind = KIND

    @classmethod
    def layout(cls, settings: Mapping[str, str]) -> Layout:
        """What comes depends on the mode: records of the service, the sheets of an export, or the views."""
        match KIND.value(settings, "mode"):
            case "files":
                return layouts.load(KIND.value(settings, "layout"))
            case "views":
                from rollbook.sources.database.source import Database

                return Database.layout({**settings, "preset": VIEWS})
        return streams.load(KIND.streams)

    def __init__(self, setup: Setup) -> None:
        super().__init__(setup)
        self.mode = _mode(setup)

    def pull(self, pull: Pull) -> None:
        """See `Source.pull`."""
        self.mode.pull(pull)

    def test(self) -> Iterator[Tried]:
        """See `Source.test`."""
        return self.mode.test()


def _mode(setup: Setup) -> Mode:
    match setup.value("mode"):
        case "files":
            from rollbook.sources.schooltool.files import FileDrop

            return FileDrop(setup)
        case "views":
            from rollbook.sources.database.source import Database

            asked = {name: text for name, text in setup.settings.items() if name != "layout"}
            return Database(replace(setup, kind=database.KIND, settings={**asked, "preset": VIEWS}))
    from rollbook.sources.schooltool.service import Service

    return Service(setup)
