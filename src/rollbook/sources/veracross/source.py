"""Pulling a Veracross site into streams, by the version of its Data API."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, ClassVar

from rollbook.core.errors import SettingsError
from rollbook.sources.base import Setup, Source, SourceKind, Tried
from rollbook.sources.veracross.declaration import KIND, LEFT_OUT
from rollbook.sources.veracross.site_v2 import SiteV2
from rollbook.sources.veracross.site_v3 import SiteV3

if TYPE_CHECKING:
    from rollbook.core.layout import Layout
    from rollbook.sources.pulling import Pull

_SAME = {"staff_faculty": "facstaff"}
"""Stream of v3 -> its name in v2, where it has another."""
_FALL_TOO = {"classes": {"enrollments", "permissions"}}
"""Streams that say nothing without another."""


class Veracross(Source):
    """Reads one school site."""

    kind: ClassVar[SourceKind] = KIND

    def __init__(self, setup: Setup) -> None:
        super().__init__(setup)
        left_out = _left_out(setup.settings)
        self.site = SiteV2(setup, left_out) if setup.value("version") == "v2" else SiteV3(setup, left_out)

    @classmethod
    def layout(cls, settings: Mapping[str, str]) -> "Layout":
        """The streams of the version, without those left out."""
        from rollbook.core.bindings import with_required, without_sheets
        from rollbook.sources import streams

        is_v2 = KIND.value(settings, "version") == "v2"
        layout = streams.load("veracross_v2" if is_v2 else "veracross")
        required = KIND.listed(settings, "required")
        if unknown := set(required) - {column.name for column in layout.sheet("students").columns}:
            raise SettingsError(f"required: students have no field {', '.join(sorted(unknown))}. Nothing was changed.")
        return with_required(without_sheets(layout, _left_out(settings)), "students", required)

    def pull(self, pull: "Pull") -> None:
        self.site.pull(pull)

    def test(self) -> Iterator[Tried]:
        return self.site.test()


def _left_out(settings: Mapping[str, str]) -> frozenset[str]:
    """
    The streams that are not read, under the names of both versions.

    Raises:
        SettingsError: One of them does not exist, or cannot be left out.
    """
    named = set(KIND.listed(settings, "without"))
    if unknown := named - set(LEFT_OUT):
        raise SettingsError(
            f"without: {', '.join(sorted(unknown))} cannot be left out; there are: {', '.join(LEFT_OUT)}. "
            "Nothing was changed."
        )
    fallen = {stream for name in named for stream in _FALL_TOO.get(name, ())}
    return frozenset(named | fallen | {_SAME[name] for name in named & _SAME.keys()})
