"""The approved plan -> the roster, in one transaction with the state of the run."""

from collections.abc import Callable

from django.db import transaction
from django.utils import timezone

from rollbook.core.frames import height
from rollbook.integrations.models import Integration
from rollbook.roster import apply as roster
from rollbook.runs.journey import Journey
from rollbook.runs.models import Phase, Run, State
from rollbook.runs.staleness import refuse_if_stale


def apply(journey: Journey, meanwhile: Callable[[], None]) -> None:
    """
    Carry out the plan of a run, exactly; nothing when it was carried out already.

    The state of the run, the writes and, for an undo, the state of the undone run are one transaction. A worker that
    has lost the run meanwhile finds so at its end, and nothing of it remains.

    Args:
        meanwhile: Lets go on what can be done beside; called when the processor is left to it.

    Raises:
        StalePlan: The roster is not as the plan found it. Nothing was changed.

        LostRun: Another worker has taken the run over. Nothing was changed.
    """
    run = journey.run
    if not run.lacks(Phase.APPLY):
        return
    with journey.step(State.PLANNING if run.state == State.QUEUED else None, "apply"):
        if run.state != State.APPLYING:
            run.move(State.APPLYING)
        with transaction.atomic():
            roster.lock(run.integration.tenant)
            integration = Integration.objects.select_for_update().get(pk=run.integration_id)
            refuse_if_stale(run, integration)
            _write(journey, roster.Author(integration.tenant, integration, run.pk, timezone.now()), meanwhile)
            integration.applied_runs += 1
            integration.input_digest, integration.rows_digest = run.basis.get("input", ""), run.basis.get("rows", "")
            integration.marks = run.basis.get("marks", {})
            integration.save(update_fields=["applied_runs", "input_digest", "rows_digest", "marks"])
            if run.undoes_id:
                Run.objects.get(pk=run.undoes_id).move(State.UNDONE)
            journey.applied()
    run.integration = integration
    run.integration = run.integration_as_set()


def _write(journey: Journey, author: roster.Author, meanwhile: Callable[[], None]) -> None:
    folder, planned, told = journey.folder, journey.folder.planned(), journey.progress.advance
    journey.progress.expect(sum(height(folder.plan(entity)) for entity in planned))
    first = [entity for entity in planned if roster.is_first_load(entity, height(folder.creates(entity)))]
    if not first:
        meanwhile()
    with roster.loading(first, author) as marks:
        for entity in planned:
            roster.touch(entity, folder.touches(entity), author, told)
            roster.create(entity, folder.creates(entity), marks.get(entity, author.marks), told)
        if first:  # until now rows were made ready for the database as fast as it took them
            meanwhile()
