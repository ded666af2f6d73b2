"""
One run, from the source to the report: the table of contents of the whole product.

    read -> land -> check -> map -> match -> diff -> guard -> apply -> report

A test run stops after the guard: no step before knows whether it is a test.
"""

from pathlib import Path

from rollbook.core.errors import RollbookError
from rollbook.integrations import options
from rollbook.runs import applying, drift, guarding, judging, matching, repeating, reporting
from rollbook.runs.journey import Journey
from rollbook.runs.models import Mode, Run, State
from rollbook.runs.planning import Planner
from rollbook.runs.prepare import prepare
from rollbook.runs.progress import Progress, Quiet
from rollbook.sources.sheets import opened


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
        _travel(journey, path)
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


def _travel(journey: Journey, path: Path) -> None:
    run, integration, folder = journey.run, journey.run.integration, journey.folder

    with (
        journey.step(State.READING, "read"),
        opened(path, options.layout(integration), options.templates(integration)) as files,
    ):
        if same := repeating.same_as(run, files):
            return repeating.end(journey, same)
        received = files.land(folder.rows)
        run.files = [file.facts() for file in received.landing.files]
    drift.note_drift(received.landing, judging.files_before(integration))
    terms = options.terms(integration, received.layout)
    known = matching.matching(integration)
    with journey.step(State.CHECKING, "check"):
        prepared = prepare(received.landing, terms, folder, judging.known(integration, received, known))
    with journey.step(State.PLANNING, "plan"):
        known.match(prepared, *options.matching(integration))
        planner = Planner(
            integration, terms.layout, prepared, known, judging.rules(integration, received, prepared), folder
        )
        planner.make()
        journey.found(planner)
    with journey.step(None, "guard"):
        run.held = guarding.guard(integration, planner)
        run.basis = applying.basis(integration, files)

    if run.held:
        journey.end(State.HELD)
    elif run.mode == Mode.TEST:
        journey.end(State.TESTED)
    else:
        applying.apply(journey)
    reporting.report(journey)
