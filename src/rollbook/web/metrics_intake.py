"""
What Prometheus is told of senders: who is refused, what came in.

The SFTP server is a program of its own; what it does is in the database like everything else.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime

from django.db.models import Count, Sum
from prometheus_client.core import GaugeMetricFamily, Metric

from rollbook.intake import store, watch
from rollbook.intake.models import Account, Attempt, ReceivedFile


def intake(since: datetime) -> Iterator[Metric]:
    """All of it; what only grows is told for the time since a moment."""
    yield from _kept_out(since)
    yield from _received(since)


def _kept_out(since: datetime) -> Iterator[Metric]:
    refused = dict(Attempt.objects.filter(at__gte=since).order_by().values_list("reason").annotate(Count("pk")))
    family = GaugeMetricFamily(
        "rollbook_sftp_refusals_last_day", "Attempts to log in of the last 24 hours that failed.", labels=["reason"]
    )
    for reason in watch.POINTS:
        family.add_metric([reason], refused.get(reason, 0))
    yield family
    yield GaugeMetricFamily("rollbook_sftp_bans", "Addresses that are kept out.", watch.current().count())
    came = Account.objects.filter(last_login__gte=since).count()
    yield GaugeMetricFamily("rollbook_sftp_accounts_last_day", "Accounts that logged in in the last 24 hours.", came)


def _received(since: datetime) -> Iterator[Metric]:
    open_now = ReceivedFile.objects.filter(state__in=store.OPEN).order_by().values_list("state").annotate(Count("pk"))
    counted = Counter(dict(open_now))
    family = GaugeMetricFamily(
        "rollbook_received_files_open", "Files that are being received, or broke off.", labels=["state"]
    )
    for state in store.OPEN:
        family.add_metric([state.value], counted[state.value])
    yield family
    whole = ReceivedFile.objects.filter(ended__gte=since).exclude(sha256="")
    found = whole.aggregate(files=Count("pk"), size=Sum("size"))
    yield GaugeMetricFamily(
        "rollbook_received_files_last_day", "Files that came wholly in the last 24 hours.", found["files"]
    )
    yield GaugeMetricFamily("rollbook_received_bytes_last_day", "Bytes of these files.", found["size"] or 0)
