"""The reports are drafted while the roster is written."""

from contextlib import suppress
from pathlib import Path

import pytest

from rollbook.core.errors import StalePlan
from rollbook.runs import reporting
from rollbook.runs.journey import Journey
from rollbook.runs.models import Run
from rollbook.runs.progress import Quiet
from tests.runs.whole_runs import a_hub, northfield


def _left(run: Run) -> set[str]:
    return {path.name for path in run.folder.rglob("*.csv")} | {path.name for path in run.folder.glob("apply-*")}


@pytest.mark.django_db
def test_the_list_lies_in_the_report_alone() -> None:
    """A run that was applied keeps the list of new records with its report, and nowhere else."""
    with a_hub() as hub:
        run = hub.carry(northfield())
        lists = [path.relative_to(run.folder) for path in run.folder.rglob("new.csv")]
        assert lists == [Path(f"report-{run.finished['report']}/report/new.csv")]
        assert not list(run.folder.glob("apply-*"))


@pytest.mark.django_db
def test_a_plan_that_came_to_nothing_leaves_no_draft() -> None:
    """What was drafted of a plan that could not be carried out is thrown away."""
    with a_hub() as hub:
        run = hub.carry(northfield())
        before = _left(run)
        with suppress(StalePlan), reporting.drafting(Journey(run, Quiet())) as drafted:
            assert (drafted.result().path / "new.csv").is_file()
            raise StalePlan("The roster has moved.")
        assert _left(run) == before
