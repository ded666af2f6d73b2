"""Whether a plan still fits the roster it was made from. Needs no Polars: a person is told at once."""

from rollbook.core.errors import StalePlan
from rollbook.integrations.models import Integration
from rollbook.runs.models import WRITTEN, Run


def refuse_if_stale(run: Run, integration: Integration) -> None:
    """
    Raises:
        StalePlan: The integration has written since the plan was made; says which run did.
    """
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
