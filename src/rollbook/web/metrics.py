"""
What Prometheus is told. Computed from the database at each scrape, so that every process and machine says the same.

Names of persons are nowhere in it: tenants are named by their short names, integrations by their numbers.
"""

import statistics
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import timedelta
from importlib.metadata import version

from django.db.models import Count, Min, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone
from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.registry import Collector

from rollbook.integrations.models import Integration
from rollbook.jobs import presence
from rollbook.runs.models import OPEN, WRITTEN, Mode, Run, State
from rollbook.web.metrics_intake import intake

WINDOW = timedelta(hours=24)
_QUANTILES = (0.5, 0.9, 0.99)


class Hub(Collector):
    """The whole hub in numbers."""

    def collect(self) -> Iterator[Metric]:
        """All of them."""
        yield InfoMetricFamily("rollbook", "The version that answers.", {"version": version("rollbook")})
        yield from _runs()
        yield from _queue()
        yield from _workers()
        yield from _last_day()
        yield _last_success()
        yield from intake(timezone.now() - WINDOW)

    def describe(self) -> list[Metric]:
        """Nothing beforehand: that would ask the database."""
        return []


def registry() -> CollectorRegistry:
    """What a scrape collects."""
    found = CollectorRegistry(auto_describe=False)
    found.register(Hub())
    return found


def _runs() -> Iterator[Metric]:
    counted = dict(Run.objects.order_by().values_list("state").annotate(Count("pk")))
    family = GaugeMetricFamily("rollbook_runs", "Runs by the state they are in.", labels=["state"])
    for state in State.values:
        family.add_metric([state], counted.get(state, 0))
    yield family


def _queue() -> Iterator[Metric]:
    queued = Run.objects.filter(state=State.QUEUED).aggregate(count=Count("pk"), oldest=Min("created"))
    age = (timezone.now() - queued["oldest"]).total_seconds() if queued["oldest"] else 0
    yield GaugeMetricFamily("rollbook_queue_runs", "Runs that wait for a worker.", queued["count"])
    yield GaugeMetricFamily("rollbook_queue_oldest_seconds", "How long the oldest of them has waited.", age)


def _workers() -> Iterator[Metric]:
    known = presence.workers()
    leases = Run.objects.filter(OPEN).aggregate(
        carried=Count("pk", filter=Q(lease_until__gt=known.now)),
        lapsed=Count("pk", filter=Q(lease_until__lte=known.now)),
    )
    yield GaugeMetricFamily("rollbook_carried_runs", "Runs that a worker carries.", leases["carried"])
    yield GaugeMetricFamily("rollbook_lapsed_runs", "Runs that were left, and wait to be taken over.", leases["lapsed"])
    yield GaugeMetricFamily("rollbook_workers", "Workers that are there.", len(known.lately))
    family = GaugeMetricFamily(
        "rollbook_worker_heard_timestamp_seconds", "When a worker of the last day was last heard of.", labels=["worker"]
    )
    for worker, heard in sorted(known.heard.items()):
        family.add_metric([worker], heard.timestamp())
    yield family


def _last_day() -> Iterator[Metric]:
    """What the runs did that ended lately. Not for all time: that would be read anew at every scrape."""
    lately = Run.objects.filter(ended__gte=timezone.now() - WINDOW).order_by()
    yield from _steps(lately)
    rows = Counter[str]()
    for counts in lately.filter(state__in=WRITTEN).values_list("counts", flat=True).iterator():
        for actions in counts.values():
            rows.update({action: int(number) for action, number in actions.items()})
    family = GaugeMetricFamily(
        "rollbook_rows_last_day", "Rows of runs that wrote the roster in the last 24 hours.", labels=["action"]
    )
    for action, number in sorted(rows.items()):
        family.add_metric([action], number)
    yield family


def _steps(runs: QuerySet[Run]) -> Iterator[Metric]:
    seconds = defaultdict[str, list[float]](list)
    for steps in runs.values_list("seconds", flat=True).iterator():
        for step, took in steps.items():
            seconds[step].append(float(took))
    family = Metric(
        "rollbook_step_seconds", "Seconds that a step took, of runs that ended in the last 24 hours.", "summary"
    )
    for step, all_of_it in sorted(seconds.items()):
        cuts = statistics.quantiles(all_of_it, n=100, method="inclusive") if len(all_of_it) > 1 else all_of_it * 99
        for quantile in _QUANTILES:
            labels = {"step": step, "quantile": str(quantile)}
            family.add_sample("rollbook_step_seconds", labels, cuts[round(quantile * 100) - 1])
    yield family


def _last_success() -> Metric:
    applied = Run.objects.filter(integration=OuterRef("pk"), mode=Mode.LIVE, state__in=WRITTEN).order_by("-pk")
    found = Integration.objects.filter(is_active=True).annotate(last=Subquery(applied.values("ended")[:1])).order_by()
    family = GaugeMetricFamily(
        "rollbook_last_success_timestamp_seconds",
        "When a run of the integration last wrote the roster, or found nothing to write; 0: never.",
        labels=["tenant", "integration"],
    )
    for pk, tenant, last in found.values_list("pk", "tenant__slug", "last"):
        family.add_metric([tenant, str(pk)], last.timestamp() if last else 0)
    return family
