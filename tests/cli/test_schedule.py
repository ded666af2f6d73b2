"""`rollbook schedule`: integrations that run by themselves."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from rollbook.accounts.models import Tenant
from rollbook.cli.schedule import schedule
from rollbook.core.errors import RollbookError
from rollbook.integrations.models import Integration
from rollbook.schedules.models import Schedule

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nightly(tmp_path: Path) -> Integration:
    tenant = Tenant.objects.create(slug="northfield", name="Northfield")
    settings = {"path": str(tmp_path)}
    return Integration.objects.create(tenant=tenant, name="nightly", source="sheets", settings=settings)


def said(*args: str) -> Result:
    """What `rollbook schedule ARGS` does in this process."""
    return CliRunner().invoke(schedule, args)


def facts(*args: str) -> Any:
    """What it prints for a program."""
    done = said(*args, "--json")
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


@pytest.mark.parametrize(
    "args, words",
    [
        ("--every day --at 00:15 --zone America/Chicago", "Every day at 00:15, America/Chicago"),
        ("--every week --on sun --at 2:00 --zone Asia/Singapore", "Every Sunday at 02:00, Asia/Singapore"),
        ("--every month --on 31 --at 03:00", "Every month on the 31st (or the last day) at 03:00, UTC"),
        ("--every year --on 08-01 --at 03:00", "Every year on 1 August at 03:00, UTC"),
        ("--every hour --at 20", "Every hour at 20 past, UTC"),
        ("--every minutes --minutes 30", "Every 30 minutes, UTC"),
        ("--cron '15 2 * * 1-5'", "At 02:15 on Monday through Friday, UTC"),
        ("--every delivery", "When a delivery is complete"),
    ],
)
def test_every_kind_can_be_added(args: str, words: str) -> None:
    """Each kind of the job screen has its options, and is said back in words."""
    assert words in said("add", "nightly", *shlex.split(args)).output
    assert [one.words for one in Schedule.objects.all()] == [words]


@pytest.mark.parametrize(
    "args, message",
    [
        ([], "Say how often"),
        (["--every", "day", "--at", "20"], "a time of the day"),
        (["--every", "hour", "--at", "2:20"], "the minutes past the hour"),
        (["--every", "week", "--on", "3"], "a day of the week"),
        (["--every", "month", "--on", "friday"], "a day of the month"),
        (["--every", "year", "--on", "August"], "MM-DD"),
        (["--every", "day", "--on", "friday"], "--on is for"),
        (["--every", "day", "--cron", "* * * * *"], "two things"),
        (["--every", "delivery", "--at", "02:00"], "has no time of its own"),
        (["--every", "day", "--minutes", "30"], "is for --every minutes"),
        (["--every", "day", "--blackout", "next week"], "not a day"),
        (["--pair"], "needs --at"),
        (["--pair", "--every", "day", "--at", "00:15"], "by itself"),
    ],
)
def test_what_cannot_be_understood_is_wrong_usage(args: list[str], message: str) -> None:
    """What was typed wrongly ends with 2 and says what to type; nothing is kept."""
    done = said("add", "nightly", *args)
    assert done.exit_code == 2
    assert message in done.output
    assert not Schedule.objects.exists()


def test_what_cannot_be_kept_is_refused() -> None:
    """A schedule that could not be kept is refused with the reason."""
    error = said("add", "nightly", "--pair", "--at", "00:15").exception
    assert isinstance(error, RollbookError)
    assert "Schedule a full run instead" in str(error)


def test_json() -> None:
    """A program gets the values that were given, and the next five times with their remarks."""
    (made,) = facts(
        "add", "nightly", "--every", "day", "--at", "00:15", "--zone", "America/Chicago", "--mode", "test",
        "--missed", "skip", "--grace", "5", "--name", "Night", "--blackout", "2036-12-20..2037-01-03:Winter break",
        "--blackout", "2036-07-04",
    )  # fmt: skip
    wanted = {
        "integration": "nightly",
        "name": "Night",
        "kind": "full",
        "mode": "test",
        "missed": "skip",
        "active": True,
    }
    assert {key: made[key] for key in wanted} == wanted
    assert made["blackouts"] == [
        {"first": "2036-07-04", "last": "2036-07-04", "label": ""},
        {"first": "2036-12-20", "last": "2037-01-03", "label": "Winter break"},
    ]
    shown = facts("show", str(made["id"]))
    assert len(shown["coming"]) == 5
    assert shown["coming"][0]["utc"] == shown["next_due"]
    assert [one["id"] for one in facts("list", "nightly")] == [made["id"]]


def test_set_changes_what_is_given() -> None:
    """`set` changes what is given and leaves the rest; blank black-outs take them away."""
    said("add", "nightly", "--every", "week", "--on", "friday", "--at", "03:00", "--blackout", "2036-07-04")
    number = str(Schedule.objects.get().pk)
    said("set", number, "--on", "monday")
    assert Schedule.objects.get().words == "Every Monday at 03:00, UTC"
    said("set", number, "--at", "04:30", "--blackout", "")
    kept = Schedule.objects.get()
    assert (kept.words, kept.blackouts) == ("Every Monday at 04:30, UTC", [])
    assert said("set", str(kept.pk)).exit_code == 2


def test_pause_resume_off_and_remove() -> None:
    """A schedule is paused with a reason, resumed, switched off, resumed and removed; each says what it did."""
    number = str(facts("add", "nightly", "--every", "day", "--at", "00:15")[0]["id"])
    assert "paused until 2036-08-01" in said("pause", number, "--until", "2036-08-01", "--reason", "Roll-over").output
    assert "2036-08-01: Roll-over" in said("show", number).output
    assert "paused until" in said("list").output
    assert "runs again" in said("resume", number).output
    said("off", number)
    assert facts("show", number)["active"] is False
    said("resume", number)
    assert facts("show", number)["active"] is True
    assert "Its runs stay" in said("remove", number).output
    assert "There is no schedule" in str(said("show", number).exception)
    assert "No schedule yet" in said("list").output
