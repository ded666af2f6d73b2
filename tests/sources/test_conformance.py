"""
The one suite that every pulled source passes, against a real local server of its system.

Every count and every field equals the district; pages of any size; every trouble ends in success after another try or
in a clear failure with an unchanged roster; nothing is ever ended by a pull that is not whole; no secret is anywhere.
"""

from __future__ import annotations

import logging
from typing import Any

import pytest
from pytest_django import Settings

from rollbook.integrations import options, secrets
from rollbook.integrations.models import Integration
from rollbook.integrations.setup import source_of
from rollbook.runs import carrying
from rollbook.runs.models import Mode, Run, State
from rollbook.sources.base import Tried, Works
from rollbook.sources.kinds import KINDS
from simulators.district import build
from simulators.http.system import System
from simulators.model import District
from tests.journeys.support import NO_LIMITS, Hub, stored_bytes
from tests.sources.cases.case import Case, Expected
from tests.sources.cases.plain import PlainSource
from tests.sources.cases.registry import CASES

pytestmark = pytest.mark.django_db
each_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
STUDENTS = 40
WRITTEN = (State.APPLIED, State.APPLIED_WITH_ERRORS)
PASSING = ("slow", "too_many", "error", "html_error", "cut", "truncated", "drop", "maintenance", "expire")
LASTING = ("error", "html_error", "truncated", "drop", "maintenance", "forbid")
SHIFTING = ("moving", "duplicate_page")


@pytest.fixture(autouse=True)
def plain_is_a_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    """The plain source is a kind like any other."""
    monkeypatch.setitem(KINDS, "plain", PlainSource.kind)


def integrate(hub: Hub, case: Case, system: System, page: int | None = None, **more: str) -> Integration:
    """An integration of the source, set up as by the command line."""
    made = Integration(tenant=hub.tenant, name="SIS", source=case.source)
    asked = {**NO_LIMITS, **case.settings_for(system, page), **more}
    secrets.require(case.source, asked)
    secrets.keep(made, options.checked(asked, case.source))
    made.save()
    return made


def carry(integration: Integration, *, test: bool = False, delta: bool = False) -> Run:
    """One run, to its end."""
    mode = Mode.TEST if test else Mode.LIVE
    return carrying.carry(Run.objects.create(integration=integration, mode=mode, is_delta=delta))


def try_out(integration: Integration) -> list[Tried]:
    """What a test of the connection says."""
    with source_of(integration) as source:
        return list(source.test())


def differences(hub: Hub, expected: Expected, *, whole: bool = True) -> list[str]:
    """
    Where the roster is not as expected; empty when it is.

    Args:
        whole: Whether it must hold nothing else.
    """
    found = []
    for entity, records in expected.items():
        there = {key: row for key, row in hub.roster(entity).items() if row["active"]}
        found += [f"{entity} {key} is missing" for key in records if key not in there]
        found += [f"{entity} {key} is too many" for key in there if whole and key not in records]
        found += [
            f"{entity} {key}.{field}: {there[key].get(field)!r} instead of {value!r}"
            for key, fields in records.items()
            if key in there
            for field, value in fields.items()
            if there[key].get(field) != (None if value == "" else value)
        ]
    return found


def district(students: int = STUDENTS) -> District:
    return build(students, seed=11)


@each_case
def test_every_record_and_field_arrives(hub: Hub, case: Case) -> None:
    """After one run the roster holds every record of the district with every field, and nothing else."""
    school = district()
    with case.start(school) as system:
        run = carry(integrate(hub, case, system))
    assert (run.state in WRITTEN, run.error) == (True, "")
    assert differences(hub, case.expected(school))[:20] == []


@each_case
def test_a_second_night_without_news_writes_nothing(hub: Hub, case: Case) -> None:
    """The same district again leaves every row as it is."""
    with case.start(district()) as system:
        integration = integrate(hub, case, system)
        carry(integration)
        before = hub.revisions()
        run = carry(integration)
    assert run.state in WRITTEN
    assert hub.revisions() == before


@each_case
def test_the_nights_are_followed(hub: Hub, case: Case) -> None:
    """What a few nights change arrives, new people among it; whoever left stays until the policy says otherwise."""
    school = district()
    with case.start(school) as system:
        integration = integrate(hub, case, system)
        carry(integration)
        for _ in range(3):
            system.pass_night()
        run = carry(integration)
    assert (run.state in WRITTEN, run.error) == (True, "")
    assert differences(hub, case.expected(school), whole=False)[:20] == []


@each_case
@pytest.mark.parametrize("more", [None, -1, 0, 1], ids=["one", "page-1", "page", "page+1"])
def test_pages(hub: Hub, case: Case, more: int | None) -> None:
    """Everybody arrives, whether the last page is full, almost full, has one row, or every page has one."""
    if not (case.page_option or case.page_setting):
        pytest.skip("the system has no pages")
    school = district(12)
    page = 1 if more is None else len(school.of_role("student")) - more
    with case.start(school, page) as system:
        run = carry(integrate(hub, case, system, page))
    assert (run.state in WRITTEN, run.error) == (True, "")
    assert differences(hub, case.expected(school))[:20] == []


@each_case
@pytest.mark.parametrize("kind", PASSING)
def test_passing_trouble_is_lived_through(hub: Hub, case: Case, kind: str) -> None:
    """One slow, refused, broken or expired answer in the middle of a pull does no harm."""
    school = district(12)
    with case.start(school, 5) as system:
        system.trouble(kind, path=case.listing, after=1)
        run = carry(integrate(hub, case, system, 5))
    assert (run.state in WRITTEN, run.error) == (True, "")
    assert differences(hub, case.expected(school))[:20] == []


@each_case
@pytest.mark.parametrize("kind", LASTING)
def test_lasting_trouble_ends_in_a_clear_failure(
    hub: Hub, case: Case, kind: str, caplog: pytest.LogCaptureFixture, settings: Settings
) -> None:
    """When it does not pass, the run fails, says so in plain words, and the roster is as it was, to the last row."""
    with case.start(district(12), 5) as system, caplog.at_level(logging.DEBUG):
        integration = integrate(hub, case, system, 5, absence="deactivate")
        carry(integration)
        before = hub.revisions()
        system.trouble(kind, path=case.listing, times=1_000_000)
        run = carry(integration)
        known = [text for text in secrets.secrets_of(integration).values() if len(text) > 5]
    assert run.state == State.FAILED
    assert "Nothing was changed" in run.error
    assert hub.revisions() == before
    shown = "\n".join([run.error, caplog.text])
    stored = [path for path, data in stored_bytes(settings.ROLLBOOK_HOME / "runs") for s in known if s.encode() in data]
    assert ([text for text in known if text in shown], stored) == ([], [])


@each_case
@pytest.mark.parametrize("kind", SHIFTING)
def test_a_list_that_shifts_ends_nobody(hub: Hub, case: Case, kind: str) -> None:
    """A page that comes twice, or a record that leaves between two pages, never makes anybody seem to have left."""
    school = district(12)
    with case.start(school, 5) as system:
        integration = integrate(hub, case, system, 5, absence="deactivate")
        carry(integration)
        system.trouble(kind, path=case.listing)
        carry(integration)
        carry(integration)
    assert differences(hub, case.expected(school))[:20] == []


@each_case
def test_the_wrong_year_is_never_read(hub: Hub, case: Case) -> None:
    """A system that answers for another school year is refused; the roster stays."""
    if not case.years:
        pytest.skip("the system has no school year to mistake")
    with case.start(district(12), 5) as system:
        integration = integrate(hub, case, system, 5, absence="deactivate")
        carry(integration)
        before = hub.revisions()
        system.trouble("wrong_year", times=1_000_000)
        run = carry(integration)
    assert run.state == State.FAILED
    assert hub.revisions() == before


@each_case
def test_only_changes(hub: Hub, case: Case) -> None:
    """A pull of changes brings what a night changed, with fewer requests or rows, and ends nobody by absence."""
    if not KINDS[case.source].offers_delta:
        pytest.skip("the system cannot be asked for changes only")
    school = district()
    with case.start(school) as system:
        integration = integrate(hub, case, system, absence="deactivate")
        full = carry(integration)
        gone = set(hub.roster("user"))
        system.pass_night()
        run = carry(integration, delta=True)
        gone -= {key for key, row in hub.roster("user").items() if row["active"]}
    assert (run.state in WRITTEN, run.error) == (True, "")
    assert differences(hub, case.expected(school), whole=False)[:20] == []
    assert sum(f["rows"] for f in run.files) < sum(f["rows"] for f in full.files)
    assert gone <= set(hub.roster("user")) - set(case.expected(school)["user"])


@each_case
def test_the_connection_is_tested(hub: Hub, case: Case) -> None:
    """With good credentials everything works, and people are counted; a test writes nothing."""
    with case.start(district(12)) as system:
        tried = try_out(integrate(hub, case, system))
    assert [one for one in tried if one.works is Works.NO] == []
    assert any(one.count for one in tried)
    assert hub.everything() == {}


@each_case
def test_bad_credentials_are_named(hub: Hub, case: Case) -> None:
    """With wrong credentials the test says so, and shows none of them."""
    with case.start(district(12)) as system:
        integration = integrate(hub, case, system)
        wrong = dict.fromkeys(secrets.secrets_of(integration), "wrong-made-up-credential")
        secrets.keep(integration, integration.settings | wrong)
        integration.save()
        tried = try_out(integration)
        run = carry(integration)
    assert any(one.works is Works.NO for one in tried)
    assert (run.state, "wrong-made-up" in repr(tried) + run.error) == (State.FAILED, False)


@each_case
def test_a_test_run_shows_the_plan(hub: Hub, case: Case) -> None:
    """A test run plans everything and writes nothing."""
    school = district(12)
    with case.start(school) as system:
        run = carry(integrate(hub, case, system), test=True)
    counts: dict[str, Any] = run.counts
    assert (run.state, hub.everything()) == (State.TESTED, {})
    assert {e: counts[e]["create"] for e in case.expected(school)} == {
        e: len(r) for e, r in case.expected(school).items()
    }
