"""What a source says of itself to be put to the test that every source must pass."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from simulators.http.system import System
from simulators.model import District

RACES = {
    "americanIndianOrAlaskaNative": "american_indian_or_alaska_native",
    "asian": "asian",
    "blackOrAfricanAmerican": "black_or_african_american",
    "nativeHawaiianOrOtherPacificIslander": "native_hawaiian_or_other_pacific_islander",
    "white": "white",
}
"""Race in a district -> in the roster."""
Expected = Mapping[str, Mapping[str, Mapping[str, Any]]]
"""Entity -> source key -> field -> value as the roster holds it, references as source keys: `journeys.support.rows`."""


@dataclass(frozen=True)
class Case:
    """
    One way to set up a source.

    Args:
        name: For the names of the tests.

        system: The simulated system, as a class.

        options: Switches of the system.

        settings: Of the integration, beside those that the system gives.

        expected: What the roster must hold when a district was pulled: exactly these records, with these values.
            A field that is not named is not looked at.

        listing: Pattern of the paths that list people in pages: there the faults strike.

        page_option: The option of the system that says how many records a page has; or

        page_setting: the setting of the source that does.

        years: Whether the system has a school year that it could mistake (the fault `wrong_year`).
    """

    name: str
    source: str
    system: Callable[..., System]
    expected: Callable[[District], Expected]
    listing: str
    options: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, str] = field(default_factory=dict)
    page_option: str = ""
    page_setting: str = ""
    years: bool = False

    def start(self, district: District, page: int | None = None) -> System:
        """The system, not yet serving."""
        paged = {self.page_option: str(page)} if page and self.page_option else {}
        return self.system(district, **{**self.options, **paged})

    def settings_for(self, system: System, page: int | None = None) -> dict[str, str]:
        """The settings of an integration that reads it."""
        paged = {self.page_setting: str(page)} if page and self.page_setting else {}
        return {**system.settings(), **self.settings, **paged}
