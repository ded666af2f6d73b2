"""Rows that are checked and mapped while they are landed: what the reading of files leaves of a processor is used."""

from collections import defaultdict
from collections.abc import Mapping
from types import MappingProxyType

from rollbook.landing.store import Part
from rollbook.runs.rows import Found, RowReader

Passed = Mapping[str, Mapping[str, Found]]
"""Sheet -> name of a part -> what was found in it, of the parts that were read while they were landed."""

NONE_PASSED: Passed = MappingProxyType({})


class Passing:
    """
    Reads parts as they come, those of two files at the same time.

    Those of a sheet that looks others up have to wait for these.
    """

    def __init__(self, reader: RowReader) -> None:
        self._reader = reader
        self._found: dict[str, dict[str, Found]] = defaultdict(dict)

    def take(self, part: Part) -> None:
        """Read a part, if that can be done now."""
        sheet = self._reader.terms.layout.sheet(part.sheet)
        if not sheet.lookups:
            found = self._reader.read(sheet, part.name, part.rows, {part.file: part.width})
            self._found[part.sheet][part.name] = found

    @property
    def found(self) -> Passed:
        """What was found so far."""
        return self._found
