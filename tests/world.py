"""
The one small district that tests look at, brought by its own data sheets through the real path.

    Northfield School District
        Northfield High        Ada Lindqvist (grade 09), Ben Okafor (grade 10)
        Lakeside Middle        the twins Eli and Ivy Strand (grade 06), who share one e-mail address
        Tomas Reyes            teaches at both: Algebra at the high school, Science at the middle school
        Mara Lindqvist         Ada's mother; Uma Strand, the mother of the twins
    Southport Academy          another tenant, which uses the same ids for other people, and must never see any of it

A test module takes the fixture by importing it: `from tests.world import World, world`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from pytest_django import Settings

from rollbook.accounts.models import Tenant
from rollbook.integrations.models import Integration
from rollbook.runs import carrying
from rollbook.runs.models import Run

NORTHFIELD: Mapping[str, str] = {
    "orgs.csv": (
        "org_id,name,type,parent_org_id\n"
        "NSD,Northfield School District,district,\n"
        "NHS,Northfield High,school,NSD\n"
        "LMS,Lakeside Middle,school,NSD\n"
    ),
    "terms.csv": (
        "term_id,name,type,start_date,end_date,parent_term_id,school_year\n"
        "Y27,2026-2027,school year,2026-08-15,2027-06-16,,2027\n"
    ),
    "people.csv": (
        "person_id,role,org_id,first_name,last_name,email,grade,birth_date,gender\n"
        "ada,student,NHS,Ada,Lindqvist,ada@northfield.example,09,2012-03-04,F\n"
        "ben,student,NHS,Ben,Okafor,ben@northfield.example,10,2011-07-21,M\n"
        "eli,student,LMS,Eli,Strand,strand@family.example,06,2015-01-30,M\n"
        "ivy,student,LMS,Ivy,Strand,strand@family.example,06,2015-01-30,F\n"
        "tomas,teacher,NHS;LMS,Tomás,Reyes,tomas@northfield.example,,,M\n"
        "mara,guardian,NHS,Mara,Lindqvist,mara@family.example,,,F\n"
        "uma,guardian,LMS,Uma,Strand,,,,F\n"
    ),
    "relationships.csv": (
        "student_id,contact_id,type,priority\nada,mara,mother,1\neli,uma,mother,1\nivy,uma,mother,1\n"
    ),
    "courses.csv": "course_id,title,org_id\nALG,Algebra I,NSD\nSCI,Science 6,NSD\n",
    "classes.csv": (
        "class_id,title,org_id,course_id,term_id\nALG-1,Algebra I,NHS,ALG,Y27\nSCI-6,Science 6,LMS,SCI,Y27\n"
    ),
    "enrollments.csv": (
        "class_id,person_id,role,primary\n"
        "ALG-1,tomas,teacher,true\nALG-1,ada,student,\nALG-1,ben,student,\n"
        "SCI-6,tomas,teacher,true\nSCI-6,eli,student,\nSCI-6,ivy,student,\n"
    ),
}
SOUTHPORT: Mapping[str, str] = {
    "orgs.csv": "org_id,name,type,parent_org_id\nNSD,Southport Academy,district,\nNHS,Southport School,school,NSD\n",
    "people.csv": (
        "person_id,role,org_id,first_name,last_name,email,grade\n"
        "ada,student,NHS,Adam,Southgate,adam@southport.example,11\n"
        "ben,teacher,NHS,Bella,Southwick,ben@northfield.example,\n"
    ),
}


@dataclass(frozen=True)
class World:
    """
    Two tenants, each with one applied run.

    Args:
        folder: Holds the sheets that were sent, one sub-folder a tenant.
    """

    northfield: Tenant
    southport: Tenant
    nightly: Integration
    foreign: Integration
    first: Run
    first_foreign: Run
    folder: Path


def build(folder: Path, *, absence: str = "keep") -> World:
    """
    Bring both tenants.

    Args:
        folder: An empty folder for the sheets; `ROLLBOOK_HOME` and the database are the caller's part.
    """
    settings = {"layout": "hub_v1", "absence": absence}
    northfield = Tenant.objects.create(slug="northfield", name="Northfield School District")
    southport = Tenant.objects.create(slug="southport", name="Southport Academy")
    nightly = Integration.objects.create(
        tenant=northfield, name="Northfield nightly", source="sheets", settings=settings
    )
    foreign = Integration.objects.create(tenant=southport, name="Southport nightly", source="sheets", settings=settings)
    first = send(nightly, folder / "northfield", NORTHFIELD)
    first_foreign = send(foreign, folder / "southport", SOUTHPORT)
    return World(northfield, southport, nightly, foreign, first, first_foreign, folder)


def send(integration: Integration, folder: Path, sheets: Mapping[str, str]) -> Run:
    """Write sheets and carry one live run with them."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in sheets.items():
        (folder / name).write_text(text, encoding="utf-8", newline="")
    return carrying.carry(Run.objects.create(integration=integration), folder)


@pytest.fixture
def world(db: None, settings: Settings, tmp_path: Path) -> World:
    """Northfield and Southport, as they are after their first night."""
    settings.ROLLBOOK_HOME = tmp_path / "home"
    return build(tmp_path / "sent")
