"""One run carried to its end, whatever happens: the entry for whoever starts one."""

from pathlib import Path

from rollbook.core.errors import RollbookError
from rollbook.landing.contents import contents
from rollbook.runs import repeating
from rollbook.runs.journey import Journey
from rollbook.runs.models import Run, State
from rollbook.runs.progress import Progress, Quiet


def carry(run: Run, path: Path, progress: Progress | None = None) -> Run:
    """
    Carry one integration's data from its source into the roster.

    Whatever goes wrong, the roster is as it was or as planned, never between.

    Args:
        path: The folder, file or zip to read.

    Returns:
        The run, ended: applied, tested, held or failed (`error` says why).
    """
    run.integration.refresh_from_db()
    journey = Journey(run, progress or Quiet())
    try:
        _carry(journey, path)
    except RollbookError as error:
        journey.fail(str(error))
    except KeyboardInterrupt:
        journey.fail(
            "The run was stopped by hand. The roster was not changed. Run the integration again when you like."
        )
        raise
    except BaseException:
        journey.fail("Something went wrong inside the hub. The roster was not changed. The operator's log says more.")
        raise
    return run


def _carry(journey: Journey, path: Path) -> None:
    run = journey.run
    with journey.step(State.READING, "read"):
        seen = contents(path)
        same = repeating.after_same_bytes(run, seen)
    if same:
        repeating.take_over_findings(journey, same)
        repeating.end_as(journey, same, seen)
        return
    from rollbook.runs import pipeline  # Polars and all that builds on it: the commonest night does without

    pipeline.travel(journey, path, seen)
