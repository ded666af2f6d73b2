"""What the files of a run are called, and in which folders they lie. Needs neither Polars nor Django."""

import re
import shutil
from collections.abc import Mapping
from pathlib import Path

ISSUES, REJECTED = "issues.parquet", "rejected.parquet"
EXCEL = "report.xlsx"

_ATTEMPT = re.compile(r"(fetch|read|plan|apply|report)-\d+")


def of_phase(folder: Path, attempts: Mapping[str, int], phase: str) -> Path:
    """
    Where the files of a phase lie.

    Args:
        folder: That of the run.

        attempts: Phase -> number of its folder; the files of a phase without one lie in the folder itself.
    """
    return folder / f"{phase}-{attempts[phase]}" if phase in attempts else folder


def fetched(folder: Path, fence: int) -> Path:
    """Where a carrier puts files that it fetches, for as long as it reads them."""
    return folder / f"fetch-{fence}"


def drop_other_attempts(folder: Path, attempts: Mapping[str, int]) -> None:
    """Remove what carriers left in the folder of a run that lost it before they had finished."""
    kept = {of_phase(folder, attempts, phase) for phase in attempts}
    for found in folder.glob("*-*"):
        if _ATTEMPT.fullmatch(found.name) and found not in kept:
            shutil.rmtree(found, ignore_errors=True)
