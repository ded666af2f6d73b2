"""One run carried as far as it goes, whatever happens: the entry for whoever has taken one."""

from pathlib import Path

from rollbook.core.errors import RollbookError
from rollbook.integrations.inputs import gives_sheets
from rollbook.landing.contents import contents
from rollbook.runs import fetching, repeating, retrying
from rollbook.runs.journey import Journey
from rollbook.runs.models import LostRun, Mode, Phase, Run, State
from rollbook.runs.progress import CancelAsked, HandBackAsked, Progress, Quiet


def carry(run: Run, path: Path | None = None, progress: Progress | None = None, *, retries: int = 0) -> Run:
    """
    Carry one integration's data from its source into the roster, from behind the last phase that is finished.

    Whatever goes wrong, the roster is as it was or as planned, never between.

    Args:
        path: The folder, file or zip to read, instead of the run's own.

        progress: Is told of each step, and may stop the run there.

        retries: How often the run may go back to the queue for what time can mend.

    Returns:
        The run: applied, tested, held, failed (`error` says why), back in the queue, or handed back to be taken over.

    Raises:
        LostRun: Another worker has taken the run over.
    """
    run.integration.refresh_from_db()
    run.integration = run.integration_as_set()
    run.path = str(path) if path else run.path
    run.mode = Mode.LIVE if run.approved else Mode(run.mode)
    journey = Journey(run, progress or Quiet())
    try:
        _carry(journey)
    except LostRun:
        raise
    except HandBackAsked:
        journey.hand_back()
    except CancelAsked:
        journey.cancel()
    except KeyboardInterrupt:
        journey.fail(
            "The run was stopped by hand. The roster was not changed. Run the integration again when you like."
        )
        raise
    except Exception as error:
        if run.retries < retries and retrying.is_mended_by_time(error, run):
            retrying.retry(journey, error)
        elif isinstance(error, RollbookError):
            journey.fail(str(error))
        else:
            journey.fail(
                "Something went wrong inside the hub. The roster was not changed. The operator's log says more."
            )
            raise
    return run


def _carry(journey: Journey) -> None:
    run = journey.run
    if not run.lacks(Phase.READ) and run.lacks(Phase.PLAN) and repeating.has_other_settings(run):
        journey.forget(Phase.READ)
    if run.mode == Mode.UNDO or not run.lacks(Phase.READ) or not gives_sheets(run.integration):
        _travel(journey)
        return
    with fetching.at_hand(journey):
        with journey.step(State.READING, "read"):
            journey.seen = contents(journey.input)
            same = repeating.after_same_bytes(run, journey.seen)
        if same:
            journey.begins(Phase.PLAN)
            repeating.take_over_findings(journey, same)
            repeating.end_as(journey, same)
        else:
            _travel(journey)


def _travel(journey: Journey) -> None:
    # Each brings Polars and what builds on it: the commonest night does without, and an undo without what reads files.
    if journey.run.mode == Mode.UNDO:
        from rollbook.runs import undoing

        undoing.travel(journey)
    else:
        from rollbook.runs import pipeline

        pipeline.travel(journey)
