"""Runs of sources that are pulled: what is proven, what is begun anew, what is kept for the next pull of changes."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_network
from pathlib import Path

import pytest
import stamina
from pytest_django import Settings

from rollbook.core.errors import SettingsError
from rollbook.core.schedules.rhythm import Every
from rollbook.integrations import options, secrets
from rollbook.integrations.models import Integration
from rollbook.integrations.setup import SealedTokens
from rollbook.jobs import queue
from rollbook.runs import carrying, decisions
from rollbook.runs.models import Mode, Run, State
from rollbook.schedules import changing, tick
from rollbook.schedules.models import Kind, Schedule
from rollbook.secretbox import unseal
from rollbook.sources.base import Token
from rollbook.sources.kinds import KINDS
from simulators.district import build
from tests.journeys.support import NO_LIMITS, Hub, hub
from tests.sources.cases.plain import Plain, PlainSource

pytestmark = pytest.mark.django_db
__all__ = ["hub"]


@pytest.fixture(autouse=True)
def reachable(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> Iterator[None]:
    """The plain source is a kind like any other, and may read this machine."""
    monkeypatch.setitem(KINDS, "plain", PlainSource.kind)
    settings.SOURCE_NETWORKS = [ip_network("127.0.0.0/8")]
    stamina.set_testing(True, attempts=2, cap=True)
    yield
    stamina.set_testing(False)


@pytest.fixture
def system() -> Iterator[Plain]:
    """A small school."""
    with Plain(build(12)) as running:
        yield running


@pytest.fixture
def integration(hub: Hub, system: Plain) -> Integration:
    """An integration that reads it."""
    made = Integration(tenant=hub.tenant, name="SIS", source="plain")
    secrets.keep(made, options.checked({**NO_LIMITS, **system.settings()}, "plain"))
    made.save()
    return made


def carry(integration: Integration, *, delta: bool = False) -> Run:
    return carrying.carry(Run.objects.create(integration=integration, is_delta=delta))


def test_secrets_are_sealed(integration: Integration) -> None:
    """What lies in the database names no secret, and opens only with the hub's key."""
    assert "client_secret" not in integration.settings
    assert "made-up" not in integration.secrets
    assert "made-up-secret-of-plain" in unseal(integration.secrets)


def test_a_secret_stays_until_another_is_given(integration: Integration) -> None:
    """Settings that do not name a secret leave it as it is; a blank one is forgotten."""
    secrets.keep(integration, integration.settings)
    assert secrets.secrets_of(integration) == {"client_secret": "made-up-secret-of-plain"}
    secrets.keep(integration, integration.settings | {"client_secret": ""})
    assert integration.secrets == ""


def test_what_a_source_needs_is_asked_for(integration: Integration) -> None:
    """A run without a needed setting fails, and names it as the form does."""
    secrets.keep(integration, integration.settings | {"client_secret": ""})
    integration.save()
    assert carry(integration).error == "Plain needs: Client secret. Nothing was changed."


def test_tokens_are_shared_and_sealed(integration: Integration) -> None:
    """Two workers see one token, and the database has it only sealed."""
    SealedTokens(integration).put("a", Token("made-up-token", 5.0))
    SealedTokens(integration).put("b", Token("other", 6.0))
    SealedTokens(integration).drop("b")
    integration.refresh_from_db()
    assert SealedTokens(integration).get("a") == Token("made-up-token", 5.0)
    assert (SealedTokens(integration).get("b"), "made-up" in integration.tokens) == (None, False)


def test_a_token_serves_many_runs(integration: Integration, system: Plain) -> None:
    """A night goes on with the token of the night before."""
    for _ in range(3):
        carry(integration)
    assert system.asked.count("POST /token") == 1


def test_files_are_not_for_a_pulled_source(integration: Integration) -> None:
    """Naming files for it is refused before a run is queued."""

    with pytest.raises(SettingsError, match="not files"):
        queue.enqueue(integration, path=Path("/somewhere"))


def test_a_system_that_never_holds_still_is_left_for_later(integration: Integration, system: Plain) -> None:
    """After three pulls that do not fit together the run fails, and says that it can be tried later."""
    system.trouble("moving", times=1000)
    system.options["page"] = "3"
    run = carry(integration)
    assert (run.state, "3 times in a row" in run.error) == (State.FAILED, True)
    assert sum("page=1" in asked for asked in system.asked) == 3


def test_nobody_at_all_is_refused(integration: Integration, system: Plain, hub: Hub) -> None:
    """A system that suddenly has no students ends nobody, and the run says what to look at."""
    carry(integration)
    system.students = []
    run = carry(integration)
    assert (run.state, run.error.startswith("Plain gave no students at all.")) == (State.FAILED, True)


def test_the_first_pull_of_changes_is_a_full_one(integration: Integration) -> None:
    """Before any run was applied there is nothing to begin from: everything is read, and the run says so."""
    run = carry(integration, delta=True)
    assert (run.counts["user"]["create"], run.issue_counts) == (12, {"delta-as-full": 1})


def test_a_test_run_leaves_the_marks(integration: Integration) -> None:
    """Only what was applied moves the point from which changes are asked for."""
    run = carrying.carry(Run.objects.create(integration=integration, mode=Mode.TEST))
    integration.refresh_from_db()
    assert (run.basis["marks"]["since"], integration.marks) == ({"night": "0"}, {})


def test_another_mapping_reads_everything_again(integration: Integration) -> None:
    """After a change of settings the marks do not count: everybody may look different now."""
    carry(integration)
    integration.settings["field.user.email"] = ""
    integration.save()
    assert "delta-as-full" in carry(integration, delta=True).issue_counts


def test_after_an_undo_everything_is_read_again(integration: Integration) -> None:
    """The roster does not hold any more what the marks stand for."""
    run = carry(integration)
    carrying.carry(decisions.undo(run))
    integration.refresh_from_db()
    assert integration.marks == {}


def test_a_night_of_changes_does_not_pass_for_a_full_one(integration: Integration, system: Plain, hub: Hub) -> None:
    """After a pull of changes the next full pull is compared record by record."""
    carry(integration)
    system.pass_night()
    carry(integration, delta=True)
    integration.refresh_from_db()
    assert (integration.input_digest, integration.rows_digest) == ("", "")
    assert carry(integration).state in (State.APPLIED, State.APPLIED_WITH_ERRORS)


def test_a_schedule_of_changes_asks_for_changes(integration: Integration) -> None:
    """The hourly schedule queues a run of changes, the nightly one a full run."""
    carry(integration)
    schedule = changing.add(integration, name="Hourly", kind=Kind.DELTA, every=Every.HOUR)
    due = Schedule.objects.get(pk=schedule.pk).next_due
    assert due is not None
    tick.tick(due)
    assert Run.objects.filter(integration=integration, state=State.QUEUED, is_delta=True).count() == 1


def test_a_field_that_is_left_out_is_not_landed(integration: Integration) -> None:
    """What nobody wants is not stored, not even in the folder of the run."""
    integration.settings["field.demographics.birth_date"] = ""
    integration.save()
    run = carry(integration)
    assert "birth" not in next(file for file in run.files if file["sheet"] == "students")["header"]


class Nicknames(Plain):
    """A system with a member that the source does not name."""

    def prepare(self) -> None:
        super().prepare()
        for row in self.students:
            row["nick"] = f"{row['name']['first']}y"


def test_a_further_member_can_be_read(integration: Integration, hub: Hub) -> None:
    """What the layout does not name can be added and bound to a field."""
    with Nicknames(build(12)) as system:
        further = {"columns.students": "nick", "field.user.preferred_given_name": "nick", "url": system.url}
        integration.settings |= further
        integration.save()
        carry(integration)
    assert all(row["preferred_given_name"].endswith("y") for row in hub.roster("user").values())
