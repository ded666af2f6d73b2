"""A run that has not ended, on its page; asking for runs, cancelling them, trying them again."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from rollbook.integrations.models import Integration
from rollbook.jobs.models import Presence
from rollbook.runs.models import RUNNING, Mode, Run, State
from rollbook.web.live import live
from tests.web.seed import World, integrate, make_run
from tests.web.test_decisions import end
from tests.web.test_lists import page
from tests.web.test_run_pages import words


def shown(client: Client, run: Run, **facts: Any) -> str:
    Run.objects.filter(pk=run.pk).update(**facts)
    return words(page(client, f"/runs/{run.pk}/"))


@pytest.fixture
def waiting(world: World) -> Run:
    """A run in the queue, of an integration with nothing under way."""
    quiet = integrate(world.nightly.tenant, "Quiet")
    return make_run(quiet, State.QUEUED, started=timezone.now(), took=None)


def test_the_page_shows_how_far_a_run_is(world: World, ada: Client) -> None:
    """Step, rows and time of a run under way are on its page."""
    facts = {"state": State.APPLYING, "step": "apply", "rows_done": 1_200, "rows_expected": 4_800}
    text = shown(ada, world.running, **facts, started=timezone.now() - timedelta(minutes=4))
    assert "Under way" in text
    assert "1,200 of 4,800 rows are written" in text
    assert "Running for 4 min" in text
    assert "Nothing has been written yet" not in text
    assert "Nothing has been written yet" in shown(
        ada, world.running, state=State.CHECKING, step="check", rows_expected=0
    )


def test_the_page_keeps_itself_up_to_date_without_a_script(world: World, ada: Client) -> None:
    """While a run goes on its page is loaded again by itself, unless its reader wants it still."""
    address = f"/runs/{world.running.pk}/"
    Run.objects.filter(pk=world.running.pk).update(started=timezone.now())
    assert ada.get(address).headers["Refresh"] == "3"
    assert "Refresh" not in ada.get(f"{address}?still=1").headers
    Run.objects.filter(pk=world.running.pk).update(started=timezone.now() - timedelta(hours=1))
    assert ada.get(address).headers["Refresh"] == "15"
    assert "Refresh" not in ada.get(f"/runs/{world.applied.pk}/").headers


def test_a_run_that_waits_says_for_what(world: World, ada: Client, waiting: Run) -> None:
    """For its turn, for a worker, for another run of its integration, or for the time of its next try."""
    assert "No worker is there" in shown(ada, waiting)
    Presence.objects.create(worker="w1", heard=timezone.now())
    assert "It waits for its turn. 1 worker is there." in shown(ada, waiting)
    later = timezone.now() + timedelta(minutes=8)
    text = shown(ada, waiting, not_before=later, error="The server did not answer.")
    assert f"is tried again by itself at {later:%H:%M} UTC." in text
    assert "The server did not answer." in text
    behind = make_run(world.nightly, State.QUEUED, started=timezone.now(), took=None)
    assert f"Run {world.running.pk} of this integration is under way" in shown(ada, behind)


def test_a_run_that_lost_its_worker_says_so(world: World, ada: Client) -> None:
    """A reader is not left to wonder why nothing moves."""
    past = timezone.now() - timedelta(seconds=5)
    assert "Its worker is gone." in shown(ada, world.running, worker="w1", lease_until=past)
    assert "It waits for a worker." in shown(ada, world.running, worker="", lease_until=past)


@given(
    st.sampled_from(RUNNING),
    st.sampled_from(Mode.values),
    st.sampled_from(["", "read", "guard", "apply", "report", "x"]),
)
def test_every_run_under_way_is_at_one_step(state: State, mode: str, step: str) -> None:
    """Whatever the heartbeat has said so far: some steps are done, one is now, the rest is ahead, in this order."""
    found = live(Run(state=state, mode=mode, step=step, created=timezone.now(), lease_until=None))
    assert found is not None
    places = [one.place for one in found.steps]
    done = places.index("now")
    assert places == ["done"] * done + ["now"] + ["ahead"] * (len(places) - done - 1)


def test_cancel_a_run_that_waits(world: World, ada: Client, waiting: Run) -> None:
    """A run in the queue is taken out of it at once."""
    assert end(ada, f"/runs/{waiting.pk}/cancel/")[0] == f"/runs/{waiting.pk}/"
    waiting.refresh_from_db()
    assert waiting.state == State.CANCELLED


def test_cancel_a_run_under_way(world: World, ada: Client) -> None:
    """A run under way is asked to stop; the page says so, and does not offer it twice."""
    end(ada, f"/runs/{world.running.pk}/cancel/")
    world.running.refresh_from_db()
    assert (world.running.state, world.running.cancel_asked) == (State.READING, True)
    text = page(ada, f"/runs/{world.running.pk}/")
    assert "It was asked to stop" in words(text)
    assert f"/runs/{world.running.pk}/cancel/" not in text


def test_try_a_failed_run_again(world: World, ada: Client, tmp_path: Path) -> None:
    """A failed run is asked for again in the name of the member, and its page shows why it failed."""
    Run.objects.filter(pk=world.failed.pk).update(path=str(tmp_path))
    assert world.failed.error in words(page(ada, f"/runs/{world.failed.pk}/retry/"))
    at, said = end(ada, f"/runs/{world.failed.pk}/retry/")
    again = Run.objects.order_by("-pk")[0]
    assert (at, again.state, again.trigger, again.member) == (
        *(f"/runs/{again.pk}/", State.QUEUED, "retry", world.member),
    )
    assert f"tries run {world.failed.pk} again" in said


def ask(client: Client, integration: Integration, mode: str) -> tuple[str, str]:
    response = client.post(f"/integrations/{integration.pk}/run/", {"mode": mode}, follow=True)
    return response.request["PATH_INFO"], words(response.content.decode())


@pytest.fixture
def ready(world: World, tmp_path: Path) -> Integration:
    """An integration that has run before, with something to read."""
    found = integrate(world.nightly.tenant, "Ready", applied_runs=3)
    found.settings |= {"path": str(tmp_path)}
    found.save()
    return found


@pytest.mark.parametrize("mode", ["test", "live"])
def test_ask_for_a_run(ada: Client, world: World, ready: Integration, mode: str) -> None:
    """A run is asked for with one button of the list, in the member's name, and its page is shown."""
    assert "Run Ready now" in page(ada, "/integrations/")
    at, text = ask(ada, ready, mode)
    run = Run.objects.order_by("-pk")[0]
    assert (run.mode, run.state, run.trigger, run.member) == (mode, State.QUEUED, "member", world.member)
    assert at == f"/runs/{run.pk}/"
    assert "It begins when its turn comes." in text


def test_ask_twice(ada: Client, ready: Integration) -> None:
    """Where a run waits already no second one is put beside it, and that one is shown."""
    first, _ = ask(ada, ready, "live")
    again, text = ask(ada, ready, "test")
    assert again == first
    assert "waits in the queue already, so no other was added" in text
    assert Run.objects.filter(integration=ready).count() == 1


def test_the_first_run_is_a_test(ada: Client, world: World, ready: Integration) -> None:
    """An integration of which nothing was ever applied does not go live by a button; the page says how it does."""
    Integration.objects.filter(pk=ready.pk).update(applied_runs=0)
    assert "Run Ready now" not in page(ada, "/integrations/")
    _, text = ask(ada, ready, "live")
    assert "Make a test run first, read its plan and approve it." in text
    assert not Run.objects.filter(integration=ready).exists()


def test_what_cannot_run_says_why(ada: Client, ready: Integration) -> None:
    """Neither an inactive integration nor one with nothing to read gets a run."""
    Integration.objects.filter(pk=ready.pk).update(settings={"layout": "oneroster_12"})
    assert "has no path of its own." in ask(ada, ready, "test")[1]
    Integration.objects.filter(pk=ready.pk).update(is_active=False)
    assert "is inactive. No run was asked for." in ask(ada, ready, "test")[1]
    assert not Run.objects.filter(integration=ready).exists()


def test_asking_needs_its_token(world: World, ready: Integration) -> None:
    """A form on another host cannot ask for a run."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(world.member)
    assert client.post(f"/integrations/{ready.pk}/run/", {"mode": "live"}).status_code == 403
