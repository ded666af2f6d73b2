"""The rows of a run, unchanged, until retention ends."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True)
class LandedFile:
    """
    What is known of one received file.

    Args:
        file: As the sender knows it.

        sheet: The sheet of the layout it was taken for; "" when it was not read.

        header: The column names as sent, in order.

        columns: Sent name -> the layout's name, for the columns that were read.
    """

    file: str
    sheet: str
    rows: int
    size: int
    digest: str
    kind: str
    encoding: str
    delimiter: str
    header: tuple[str, ...]
    columns: Mapping[str, str] = field(default_factory=dict)

    def facts(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)
