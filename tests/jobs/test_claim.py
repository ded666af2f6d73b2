"""Whose turn it is, and that nobody gets what another has."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from rollbook.accounts.models import Tenant
from rollbook.integrations.models import Integration
from rollbook.jobs.claim import claim, claim_this
from rollbook.jobs.holder import Holder
from rollbook.runs.models import Run, State
from tests.jobs.hubs import HubOnDisk
from tests.runs.whole_runs import Hub, a_hub
from tests.support.cli import environment

pytestmark = pytest.mark.django_db


@pytest.fixture
def hub() -> Iterator[Hub]:
    with a_hub() as hub:
        yield hub


@pytest.fixture
def holder() -> Holder:
    return Holder.this("tester")


def queued(*sizes: int) -> list[list[Run]]:
    """For each tenant so many integrations, each with a run in the queue."""
    made = []
    for number, size in enumerate(sizes):
        tenant = Tenant.objects.create(slug=f"tenant-{number}", name=f"Tenant {number}")
        integrations = [Integration.objects.create(tenant=tenant, name=f"i{n}", source="sheets") for n in range(size)]
        made.append([Run.objects.create(integration=integration) for integration in integrations])
    return made


def finish(run: Run) -> None:
    Run.objects.filter(pk=run.pk).update(state=State.FAILED, lease_until=None)


def test_a_big_tenant_does_not_keep_small_ones_waiting(hub: Hub, holder: Holder) -> None:
    """Behind forty runs of one district, each of three small schools is served among the first four runs."""
    queued(40, 1, 1, 1)
    served = [run.integration.tenant.slug for run in (claim(holder) for _ in range(4)) if run]
    assert sorted(served) == ["tenant-0", "tenant-1", "tenant-2", "tenant-3"]


@settings(max_examples=25)
@given(
    sizes=st.lists(st.integers(1, 4), min_size=1, max_size=4),
    steps=st.lists(st.one_of(st.none(), st.integers(0, 20)), max_size=14),
)
def test_every_turn_is_fair(sizes: list[int], steps: list[int | None]) -> None:
    """Fewest runs under way first, then the tenant served longest ago, then the oldest run, whatever ends meanwhile."""
    with a_hub():
        waiting = {run: tenant for tenant, runs in enumerate(queued(*sizes)) for run in runs}
        under_way: dict[Run, int] = {}
        served: dict[int, int] = {}
        for turn, step in enumerate(steps):
            if step is not None:
                if under_way:
                    run = list(under_way)[step % len(under_way)]
                    finish(run)
                    del under_way[run]
                continue
            busy = Counter(under_way.values())
            expected = min(
                waiting, key=lambda run: (busy[waiting[run]], served.get(waiting[run], -1), run.pk), default=None
            )
            assert claim(Holder.this()) == expected
            if expected:
                served[waiting[expected]] = turn
                under_way[expected] = waiting.pop(expected)


def test_a_run_waits_for_the_one_before_it(hub: Hub, holder: Holder) -> None:
    """A second run of an integration is not taken before the first has ended."""
    Run.objects.create(integration=hub.integration)
    first = claim(holder)
    second = Run.objects.create(integration=hub.integration)
    assert (claim(holder), claim_this(second.pk, holder)) == (None, None)
    assert first is not None
    finish(first)
    assert claim(holder) == second


def test_a_run_waits_for_its_time(hub: Hub, holder: Holder) -> None:
    """Nobody takes a run before the time it was put off to."""
    run = Run.objects.create(integration=hub.integration, not_before=timezone.now() + timedelta(minutes=5))
    assert claim(holder) is None
    Run.objects.filter(pk=run.pk).update(not_before=timezone.now() - timedelta(seconds=1))
    assert claim(holder) == run


def test_an_integration_has_one_run_in_the_queue_and_one_under_way(hub: Hub) -> None:
    """The database itself refuses a second of either."""
    for state in (State.QUEUED, State.READING):
        Run.objects.create(integration=hub.integration, state=state)
        with pytest.raises(IntegrityError), transaction.atomic():
            Run.objects.create(integration=hub.integration, state=state)


def test_a_lease_keeps_others_away_from_a_run_that_only_lacks_its_report(hub: Hub, holder: Holder) -> None:
    """An applied run that is still carried stands in the way of the next one."""
    soon = timezone.now() + timedelta(minutes=1)
    Run.objects.create(integration=hub.integration, state=State.APPLIED, lease_until=soon)
    Run.objects.create(integration=hub.integration)
    assert claim(holder) is None


CLAIM_ALL = """
import sys
import django; django.setup()
from rollbook.jobs.claim import claim
from rollbook.jobs.holder import Holder
from rollbook.runs.models import Run
while run := claim(Holder.this()):
    print(run.pk, run.fence)
print("done", flush=True)
sys.stdin.read()  # whoever ends loses what it has taken
"""


def test_workers_that_claim_at_once_share_the_runs(rollbook_home: Path, database: str) -> None:
    """Three processes that take what they can get: each run goes to one of them, once."""
    hub = HubOnDisk(rollbook_home, database)
    hub.python(
        "from rollbook.accounts.models import Tenant\n"
        "from rollbook.integrations.models import Integration\n"
        "from rollbook.jobs import queue\n"
        "from pathlib import Path\n"
        "tenant = Tenant.objects.get()\n"
        "for n in range(40):\n"
        "    made = Integration.objects.create(tenant=tenant, name=str(n), source='sheets')\n"
        "    queue.enqueue(made, path=Path('x'))\n"
    )
    env = environment(hub.home, database) | {"DJANGO_SETTINGS_MODULE": "rollbook.settings"}
    command = [sys.executable, "-c", CLAIM_ALL]
    pipe = subprocess.PIPE
    three = [subprocess.Popen(command, env=env, stdin=pipe, stdout=pipe, text=True) for _ in range(3)]
    taken = [line.strip() for process in three for line in iter(process.stdout.readline, "done\n")]  # type: ignore[union-attr]
    for process in three:
        process.communicate()
    assert sorted(taken) == sorted(f"{number} 1" for number in range(1, 41))
