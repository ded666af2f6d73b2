"""
One run, from the source to the report: the table of contents of the whole product.

    read -> land -> check -> map -> match -> diff -> guard -> apply -> report

A test run stops after the guard: no step before knows whether it is a test.
"""

from pathlib import Path

from rollbook.integrations import options
from rollbook.landing.contents import Contents
from rollbook.runs import applying, drift, findings, guarding, judging, matching, repeating, reporting
from rollbook.runs.journey import Journey
from rollbook.runs.models import Mode, State
from rollbook.runs.planning import Planner
from rollbook.runs.prepare import prepare
from rollbook.sources.sheets import opened


def travel(journey: Journey, path: Path, seen: Contents) -> None:
    """
    Carry a run from its source to its report.

    Args:
        path: The folder, file or zip to read.

        seen: What lies there.

    Raises:
        RollbookError: The run cannot go on; the roster was not changed.
    """
    run, integration, folder = journey.run, journey.run.integration, journey.folder

    with (
        journey.step(None, "read"),
        opened(path, options.layout(integration), options.templates(integration)) as files,
    ):
        received = files.land(folder.rows)
        findings.keep_files(journey, received, path, seen)
        drift.note_drift(received.landing, judging.files_before(integration))
        rows = received.digest(folder.rows)
    if same := repeating.after_same_rows(run, rows):
        findings.keep_issues(journey, received.landing.issues)
        return repeating.end_as(journey, same, seen)
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
        findings.keep_plan(journey, planner)
    with journey.step(None, "guard"):
        run.held = guarding.guard(integration, planner)
        findings.keep_basis(journey, received, seen, rows)

    if run.held:
        journey.end(State.HELD)
    elif run.mode == Mode.TEST:
        journey.end(State.TESTED)
    else:
        applying.apply(journey)
    reporting.report(journey)
