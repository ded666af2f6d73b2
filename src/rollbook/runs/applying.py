"""The approved plan -> the roster, in one transaction with the state of the run."""

import polars as pl
from django.db import transaction
from django.utils import timezone

from rollbook.core.errors import StalePlan
from rollbook.integrations.models import Integration
from rollbook.roster import apply as roster
from rollbook.runs.journey import Journey
from rollbook.runs.models import WRITTEN, Run, State


def apply(journey: Journey) -> None:
    """
    Carry out the plan of a run, exactly.

    Raises:
        StalePlan: The roster is not as the plan found it. Nothing was changed.
    """
    run = journey.run
    run.move(State.APPLYING)
    with journey.watch.step("apply"), transaction.atomic():
        roster.lock(run.integration.tenant)
        integration = Integration.objects.select_for_update().get(pk=run.integration_id)
        _refuse_if_stale(run, integration)
        author = roster.Author(integration.tenant, integration, run.pk, timezone.now())
        journey.progress.expect(_rows(journey))
        for entity in journey.folder.planned():
            roster.touch(entity, journey.folder.touches(entity), author, journey.progress.advance)
            roster.create(entity, journey.folder.creates(entity), author, journey.progress.advance)
        integration.applied_runs += 1
        integration.input_digest, integration.rows_digest = run.basis.get("input", ""), run.basis.get("rows", "")
        integration.save(update_fields=["applied_runs", "input_digest", "rows_digest"])
        journey.end(State.APPLIED_WITH_ERRORS if journey.has_errors else State.APPLIED)
    run.integration = integration


def _refuse_if_stale(run: Run, integration: Integration) -> None:
    planned = run.basis.get("applied_runs")
    if planned != integration.applied_runs:
        later = Run.objects.filter(
            integration=integration,
            ended__gte=run.ended or run.started,  # not by number: an older plan may have been approved since
            state__in=WRITTEN,
        )
        names = ", ".join(f"run {r.pk}" for r in later.order_by("pk")) or "another run"
        raise StalePlan(
            f"The roster has moved since this plan was made: it was written by {names}. Nothing was changed. "
            "Run the integration again to plan from the roster as it is."
        )


def _rows(journey: Journey) -> int:
    counts = [journey.folder.plan(entity).select(pl.len()).collect().item() for entity in journey.folder.planned()]
    return sum(counts)
