"""
Whether a run brings rows that the roster does not hold yet; told soon, for then they are kept, and read as they come.

That a night brings no such row is known when all have come (`landing.rowset`). That it brings some mostly shows in the
first thousands: a sample of the rows is kept with each run, and tonight's has to be part of the last one.
"""

from pathlib import Path

import numpy as np
import polars as pl

from rollbook.integrations.models import Integration
from rollbook.landing.rowset import Hashes, RowSet
from rollbook.runs.folder import RunFolder
from rollbook.runs.models import last_applied, origin

_SAMPLE = "sample.parquet"
_NOTHING = np.zeros(0, np.uint64)


class Novelty:
    """
    What is known of it so far.

    `is_certain` from the beginning where nothing is known that the rows could be equal to. It stays false where no
    sample is left of the last run.
    """

    def __init__(self, integration: Integration) -> None:
        self.is_certain = not integration.rows_digest
        self._held = None if self.is_certain else _held(integration)

    @property
    def may_be_none(self) -> bool:
        """There is a sample, and nothing so far that is not in it."""
        return self._held is not None and not self.is_certain

    def see(self, sheet: str, sample: Hashes) -> None:
        """Compare a sample of some rows, as `RowSet.add` gives it; from several threads."""
        if self._held is not None and not self.is_certain and not _holds(self._held.get(sheet, _NOTHING), sample):
            self.is_certain = True


def keep(folder: RunFolder, rows: RowSet) -> None:
    """Leave the sample for the next run."""
    samples = [pl.DataFrame({"sheet": name, "row": row}) for name, row in rows.samples().items()]
    pl.concat([pl.DataFrame(schema={"sheet": pl.String, "row": pl.UInt64}), *samples]).write_parquet(_path(folder))


def _held(integration: Integration) -> dict[str, Hashes] | None:
    last = last_applied(integration)
    path = _path(RunFolder.of(origin(last))) if last else None
    if path is None or not path.exists():
        return None
    return {
        name: rows["row"].sort().to_numpy()
        for (name,), rows in pl.read_parquet(path).partition_by("sheet", as_dict=True).items()
    }


def _holds(held: Hashes, sample: Hashes) -> bool:
    """Whether all of the sample is there; `held` is sorted."""
    places = np.searchsorted(held, sample)
    return bool((places < len(held)).all() and (held[places] == sample).all())


def _path(folder: RunFolder) -> Path:
    return folder.landing / _SAMPLE
