"""
One run, from the source to the report: the table of contents of the whole product.

    read -> land -> check -> map -> match -> diff -> guard -> apply -> report

A test run stops after the guard: no step before knows whether it is a test.
"""

from rollbook.integrations import options
from rollbook.runs import applying, findings, guarding, judging, landed, matching, reading, repeating, reporting
from rollbook.runs.journey import Journey
from rollbook.runs.models import BY_UPLOAD, Mode, Phase, State
from rollbook.runs.planning import Planner
from rollbook.runs.prepare import prepare
from rollbook.runs.rows import RowReader


def travel(journey: Journey) -> None:
    """
    Carry a run from its source to its report, from behind the last phase that is finished.

    Raises:
        RollbookError: The run cannot go on; the roster was not changed.
    """
    run, integration, folder = journey.run, journey.run.integration, journey.folder

    if journey.begins(Phase.READ):
        journey.begins(Phase.PLAN)  # takes the records of rows that are read as they come
        with journey.step(State.READING, "read"):
            received = reading.read(journey)
        if journey.same:
            findings.keep_issues(journey, received.landing.issues)
            return repeating.end_as(journey, journey.same)
        landed.save(folder, received)
        journey.finish(Phase.READ)

    if journey.begins(Phase.PLAN):
        received = landed.load(folder, integration)
        terms = options.terms(integration, received.layout)
        known = matching.matching(integration)
        with known.reading_ahead(received):
            with journey.step(State.CHECKING, "check"):
                standing = judging.known(integration, received, known)
                prepared = prepare(received.landing, RowReader(terms, folder), standing, journey.passed)
            with journey.step(State.PLANNING, "plan"):
                known.match(prepared)
                rules = judging.rules(integration, received, prepared)
                planner = Planner(integration, terms.layout, prepared, known, rules, folder, run.trigger == BY_UPLOAD)
                planner.make()
                findings.keep_plan(journey, planner)
        with journey.step(None, "guard"):
            run.held = guarding.guard(integration, planner)
        findings.keep_basis(journey, received)
        journey.finish(Phase.PLAN)

    if run.approved or (run.mode == Mode.LIVE and not run.held):
        with reporting.drafting(journey) as drafted:
            applying.apply(journey, drafted.go_on)
            reporting.report(journey, drafted)
    else:
        reporting.report(journey)
