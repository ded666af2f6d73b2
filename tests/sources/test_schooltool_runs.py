"""SchoolTool's export carried by a whole run, as any delivery of data sheets is."""

from __future__ import annotations

import pytest

from rollbook.integrations import options, secrets
from rollbook.integrations.models import Integration
from rollbook.runs import carrying
from rollbook.runs.models import Run, State
from simulators.district import build
from simulators.model import District
from simulators.schooltool import SchoolTool
from simulators.schooltool.system import HEADER, HEADER_TOKEN
from tests.journeys.support import NO_LIMITS, Hub, found

pytestmark = pytest.mark.django_db


def integrated(hub: Hub, server: SchoolTool, name: str) -> Integration:
    """An integration that fetches one export of the server, and ends whoever is missing."""
    asked = {"mode": "files", "file": f"{server.url}/exports/{name}", "file_access": "header", "header": HEADER}
    asked |= {**NO_LIMITS, "token": HEADER_TOKEN, "absence": "deactivate"}
    made = Integration(tenant=hub.tenant, name="SIS", source="schooltool")
    secrets.require("schooltool", asked)
    secrets.keep(made, options.checked(asked, "schooltool"))
    made.save()
    return made


def carried(integration: Integration) -> Run:
    run = carrying.carry(Run.objects.create(integration=integration))
    assert (run.state in (State.APPLIED, State.APPLIED_WITH_ERRORS), run.error) == (True, "")
    return run


def active(hub: Hub, entity: str) -> set[str]:
    return {key for key, row in hub.roster(entity).items() if row["active"]}


def test_an_export_gives_the_district_and_its_nights(hub: Hub) -> None:
    """People, enrollments and relationships arrive; whoever a later export no longer has is ended."""
    district: District = build(20)
    with SchoolTool(district) as server:
        integration = integrated(hub, server, "export.zip")
        carried(integration)
        assert active(hub, "user") == set(district.people)
        server.pass_night()
        carried(integration)
    assert active(hub, "user") == set(district.people)
    assert active(hub, "enrollment") == set(district.enrollments)


def test_a_single_sheet_ends_nobody(hub: Hub) -> None:
    """One file of the set may create and update; that the others are missing says nothing about anybody."""
    district: District = build(20)
    with SchoolTool(district) as server:
        carried(integrated(hub, server, "export.zip"))
        Integration.objects.update(
            settings={**Integration.objects.get().settings, "file": f"{server.url}/exports/orgs.csv"}
        )
        run = carried(Integration.objects.get())
    assert active(hub, "user") == set(district.people)
    assert {one.code for one in found(run)} == {"sheet-missing", "absence-not-judged"}
