"""What the earlier runs of an integration tell: failures in a row, unchanged files, when data comes."""

from django.db.models import QuerySet

from rollbook.integrations.models import Integration
from rollbook.notices.expectation import MOST_WEEKS, expect
from rollbook.notices.models import Expectation
from rollbook.runs.models import BY_UPLOAD, WRITTEN, Mode, Run, State

# Enough for twelve weeks of hourly deliveries, or for years of monthly ones.
_REMEMBERED = MOST_WEEKS * 7 * 24


def brought_data(run: Run) -> bool:
    """Files of the integration were there, whatever became of them."""
    return bool(run.files) and run.mode == Mode.LIVE


def failures_before(run: Run) -> int:
    """How many runs in a row failed until just before this one."""
    success = last_success(run)
    failed = _live(run.integration).filter(state=State.FAILED, pk__lt=run.pk)
    return (failed.filter(pk__gt=success.pk) if success else failed).count()


def last_success(run: Run) -> Run | None:
    """The latest earlier run whose plan the roster took, or that got as far as waiting for a person."""
    good = (*WRITTEN, State.HELD, State.DISCARDED, State.UNDONE)
    return _live(run.integration).filter(state__in=good, pk__lt=run.pk).order_by("-pk").first()


def unchanged_since(run: Run) -> Run | None:
    """The run that first brought the very bytes of this one; None when they are new."""
    content = run.basis.get("input")
    if not content:
        return None
    taken = _live(run.integration).filter(state__in=WRITTEN, pk__lt=run.pk)
    other = taken.exclude(basis__input=content).order_by("-pk").first()
    return taken.filter(basis__input=content, pk__gt=other.pk if other else 0).order_by("pk").first()


def learn(integration: Integration) -> None:
    """Note that data has come, and when it should come next."""
    arrivals = list(
        _live(integration).exclude(files=[]).order_by("-pk").values_list("created", flat=True)[:_REMEMBERED]
    )
    if not arrivals:
        return  # only uploads by hand, which nobody expects again
    found = expect(arrivals)
    Expectation.objects.update_or_create(
        integration=integration,
        defaults={
            "last": max(arrivals),
            "expected": found.at if found else None,
            "due": found.due if found else None,
            "told": 0,
        },
    )


def _live(integration: Integration) -> QuerySet[Run]:
    return Run.objects.filter(integration=integration, mode=Mode.LIVE).exclude(trigger=BY_UPLOAD)
