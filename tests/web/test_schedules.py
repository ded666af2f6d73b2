"""The pages of schedules: seen, added, changed, paused, switched and removed."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client

from rollbook.runs.models import State
from rollbook.schedules import changing
from rollbook.schedules.models import Schedule
from tests.web.seed import World

ROWS = {"blackouts-TOTAL_FORMS": "2", "blackouts-INITIAL_FORMS": "0"}
WEEKLY = {
    "every": "week", "weekday": "7", "time": "02:00", "zone": "Asia/Singapore", "mode": "test", "name": "",
    "missed": "skip", "grace_minutes": "5", **ROWS,
}  # fmt: skip


def fresh(world: World) -> Schedule:
    return Schedule.objects.get(pk=world.schedule.pk)


def added(world: World, ada: Client, **changes: str) -> tuple[str, list[Schedule]]:
    """The page after the form was sent to be saved, and the schedules beside the first one."""
    address = f"/integrations/{world.nightly.pk}/schedules/new/"
    page = ada.post(address, WEEKLY | {"do": "save"} | changes, follow=True).content.decode()
    return page, list(Schedule.objects.exclude(pk=world.schedule.pk))


def test_the_list(world: World, ada: Client) -> None:
    """The list says what runs, how often, what came of the last time, when the next is and whether it is active."""
    page = ada.get(f"/integrations/{world.nightly.pk}/schedules/").content.decode()
    for said in ("Full run", "Every day at 00:15, America/Chicago", "1 black-out", "Queued run", "UTC", "Active"):
        assert said in page


def test_integrations_know_their_next_run(world: World, ada: Client) -> None:
    """The list of integrations says when each runs next, and nothing for one whose schedules are off."""
    due = f"{fresh(world).next_due:%H:%M}"
    listed = f'/integrations/{world.nightly.pk}/schedules/"><time'
    page = ada.get("/integrations/?sort=next").content.decode()
    assert listed in page
    assert due in page
    changing.switch_off(world.schedule)
    assert listed not in ada.get("/integrations/").content.decode()


def test_an_integration_without_schedules(world: World, ada: Client) -> None:
    """Where there is none the page says what a schedule is for, and how to add one."""
    page = ada.get(f"/integrations/{world.held.integration_id}/schedules/").content.decode()
    assert "No schedules yet" in page
    assert f"/integrations/{world.held.integration_id}/schedules/new/" in page


def test_add(world: World, ada: Client) -> None:
    """A schedule is added from the form, with its black-outs, and shown."""
    dates = {"blackouts-0-first": "2036-12-20", "blackouts-0-last": "2037-01-03", "blackouts-0-label": "Winter"}
    page, (made,) = added(world, ada, **dates, **{"blackouts-1-first": "2036-07-04"})
    assert "The schedule was saved: Every Sunday at 02:00, Asia/Singapore." in page
    assert (made.words, made.mode, made.missed, made.grace_minutes) == (
        "Every Sunday at 02:00, Asia/Singapore", "test", "skip", 5,
    )  # fmt: skip
    assert made.blackouts == [
        {"first": "2036-07-04", "last": "2036-07-04", "label": ""},
        {"first": "2036-12-20", "last": "2037-01-03", "label": "Winter"},
    ]


@pytest.mark.parametrize(
    "given, words",
    [
        ({"every": "hour", "minute": "20"}, "Every hour at 20 past, Asia/Singapore"),
        ({"every": "day"}, "Every day at 02:00, Asia/Singapore"),
        ({"every": "month", "day": "31"}, "Every month on the 31st (or the last day) at 02:00, Asia/Singapore"),
        ({"every": "year", "month": "8", "day": "1"}, "Every year on 1 August at 02:00, Asia/Singapore"),
        ({"every": "minutes", "step": "30"}, "Every 30 minutes, Asia/Singapore"),
        ({"every": "cron", "cron": "15 2 * * 1-5"}, "At 02:15 on Monday through Friday, Asia/Singapore"),
        ({"every": "delivery"}, "When a delivery is complete"),
    ],
)
def test_every_kind_can_be_added(world: World, ada: Client, given: dict[str, str], words: str) -> None:
    """Each kind of the job screen can be chosen; what another kind needs does not matter."""
    assert [one.words for one in added(world, ada, **given)[1]] == [words]


@pytest.mark.parametrize(
    "given, said",
    [
        ({"every": "hour"}, "This is needed."),
        ({"time": ""}, "This is needed."),
        ({"every": "cron", "cron": "61 * * * *"}, "Bad minute"),
        ({"every": "cron", "cron": "* *"}, "five fields"),
        ({"every": "year", "month": "4", "day": "31"}, "That month has no day 31"),
        ({"zone": "Middle/Earth"}, "Select a valid choice"),
        ({"blackouts-0-first": "2036-07-04", "blackouts-0-last": "2036-07-03"}, "The last day is before the first"),
        ({"blackouts-0-label": "Summer"}, "A black-out needs its first day"),
        ({"grace_minutes": "-1"}, "greater than or equal to 0"),
    ],
)
def test_what_cannot_be_kept_is_marked(world: World, ada: Client, given: dict[str, str], said: str) -> None:
    """What is wrong stands beside its field, what was typed stays, and nothing is saved."""
    page, made = added(world, ada, **given)
    assert said.lower() in page.lower()
    assert 'value="02:00"' in page or "time" in given
    assert made == []


def test_what_nobody_has_seen_is_not_scheduled_unasked(world: World, ada: Client) -> None:
    """Until a run was applied the form begins with test runs and says why; afterwards with live ones."""
    untried = ada.get(f"/integrations/{world.tested.integration_id}/schedules/new/").content.decode()
    tried = ada.get(f"/integrations/{world.nightly.pk}/schedules/new/").content.decode()
    said = "without anybody having seen it"
    assert (said in untried, said in tried) == (True, False)
    assert re.search(r'value="test"[^>]* checked', untried)
    assert re.search(r'value="live"[^>]* checked', tried)


def test_nothing_to_read_nothing_to_schedule(world: World, ada: Client) -> None:
    """An integration without a path of its own cannot be scheduled, and the page says what to do."""
    address = f"/integrations/{world.held.integration_id}/schedules/new/"
    page = ada.post(address, WEEKLY | {"do": "save"}).content.decode()
    assert "has no path" in page
    assert not Schedule.objects.filter(integration=world.held.integration).exists()


def test_preview_saves_nothing(world: World, ada: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """The preview shows the next five times, in the zone and in UTC, with remarks, and saves nothing."""
    clock = SimpleNamespace(now=lambda: datetime(2026, 3, 7, 12, tzinfo=UTC))
    monkeypatch.setattr("rollbook.web.views.schedules.timezone", clock)
    chicago = {"every": "day", "time": "02:30", "zone": "America/Chicago", "blackouts-0-first": "2026-03-09"}
    page, made = added(world, ada, do="preview", **chicago)
    assert made == []
    for said in (
        "Sun 8 Mar 2026, 03:00",
        "Sun 8 Mar 2026, 08:00 UTC",
        "Moved: the",
        "Left out before this: 9 Mar 2026.",
    ):
        assert said in page
    assert page.count("What for") == 3  # the one that was filled in, and two blank ones again


def test_edit(world: World, ada: Client) -> None:
    """The form of a schedule begins with what is kept; what came of the last time stays when it is changed."""
    address = f"/schedules/{world.schedule.pk}/edit/"
    page = ada.get(address).content.decode()
    assert 'value="00:15"' in page
    assert 'value="2036-12-20"' in page
    row = {
        "blackouts-TOTAL_FORMS": "1", "blackouts-INITIAL_FORMS": "1", "blackouts-0-first": "2036-12-20",
        "blackouts-0-last": "2037-01-03", "blackouts-0-label": "Winter break", "blackouts-0-DELETE": "on",
    }  # fmt: skip
    ada.post(address, WEEKLY | {"every": "day", "time": "03:45"} | row | {"do": "save"})
    kept = fresh(world)
    assert (kept.words, kept.blackouts) == ("Every day at 03:45, Asia/Singapore", [])
    assert kept.last_outcome == f"Queued run {world.applied.pk}."


def test_pause_and_resume(world: World, ada: Client) -> None:
    """A pause has a day and a reason, is shown, and ends with a button."""
    address = f"/schedules/{world.schedule.pk}/"
    page = ada.post(f"{address}pause/", {"until": "2036-08-01", "reason": "Roll-over"}, follow=True).content.decode()
    assert "Paused until 1 Aug 2036" in page
    assert "Roll-over" in page
    ada.post(address, {"do": "resume"})
    assert (fresh(world).paused_until, fresh(world).pause_reason) == (None, "")


@pytest.mark.parametrize("given", [{"until": "2020-01-01", "reason": "Late"}, {"until": "2036-08-01", "reason": ""}])
def test_a_pause_needs_a_day_and_a_reason(world: World, ada: Client, given: dict[str, str]) -> None:
    """A day that has passed, or no reason, is refused beside the form."""
    page = ada.post(f"/schedules/{world.schedule.pk}/pause/", given).content.decode()
    assert "Nothing was changed" in page or "This field is required" in page
    assert fresh(world).paused_until is None


def test_a_pause_that_is_over_is_not_shown(world: World, ada: Client) -> None:
    """When the day has come the schedule is active again, and says no more of its pause."""
    Schedule.objects.update(paused_until=date(2020, 1, 1), pause_reason="Long ago")
    page = ada.get(f"/schedules/{world.schedule.pk}/").content.decode()
    assert "Long ago" not in page
    assert "Resume now" not in page


def test_off_and_on(world: World, ada: Client) -> None:
    """A schedule is switched off and on; while it is off it has no next times."""
    address = f"/schedules/{world.schedule.pk}/"
    assert "None while it is off." in ada.post(address, {"do": "off"}, follow=True).content.decode()
    assert not fresh(world).is_active
    ada.post(address, {"do": "resume"})
    assert fresh(world).is_active


def test_remove(world: World, ada: Client) -> None:
    """Removing asks first; then the schedule is gone and its runs stay."""
    address = f"/schedules/{world.schedule.pk}/remove/"
    assert "The runs it made stay" in ada.get(address).content.decode()
    assert Schedule.objects.filter(pk=world.schedule.pk).exists()
    ada.post(address)
    assert not Schedule.objects.filter(pk=world.schedule.pk).exists()
    world.applied.refresh_from_db()
    assert world.applied.state == State.APPLIED_WITH_ERRORS


def test_failures_are_shown(world: World, ada: Client) -> None:
    """A schedule that fails again and again warns; one that was switched off says why and how to switch it on."""
    address = f"/schedules/{world.schedule.pk}/"
    Schedule.objects.update(failures=22)
    assert "22 scheduled runs have failed in a row" in ada.get(address).content.decode()
    Schedule.objects.update(is_active=False, off_reason="Switched off: 30 scheduled runs failed in a row.")
    page = ada.get(address).content.decode()
    assert "Switched off: 30 scheduled runs failed in a row." in page
    assert "Switch on" in page


@pytest.mark.parametrize(
    "path, data",
    [
        ("", {"do": "off"}),
        ("edit/", WEEKLY | {"do": "save"}),
        ("pause/", {"until": "2036-08-01", "reason": "Sabotage"}),
        ("remove/", {}),
    ],
)
def test_a_stranger_changes_nothing(world: World, sam: Client, path: str, data: dict[str, Any]) -> None:
    """What a member of another tenant posts to a schedule leaves it as it was."""
    before = Schedule.objects.filter(pk=world.schedule.pk).values().get()
    assert sam.post(f"/schedules/{world.schedule.pk}/{path}", data).status_code == 404
    assert Schedule.objects.filter(pk=world.schedule.pk).values().get() == before


def test_a_stranger_adds_nothing(world: World, sam: Client) -> None:
    """Nobody gives an integration of another tenant a schedule."""
    address = f"/integrations/{world.nightly.pk}/schedules/new/"
    assert sam.post(address, WEEKLY | {"do": "save"}).status_code == 404
    assert Schedule.objects.count() == 1


def test_a_paused_schedule_is_previewed_behind_its_pause(world: World, ada: Client) -> None:
    """Whoever edits a paused schedule sees the times behind the pause."""
    changing.pause(world.schedule, date(2036, 8, 1), "Roll-over")
    page = ada.get(f"/schedules/{world.schedule.pk}/edit/").content.decode()
    assert "Fri 1 Aug 2036, 00:15" in page
    assert "Paused until 1 Aug 2036." in page
