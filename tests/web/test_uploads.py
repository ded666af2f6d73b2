"""Uploads by hand: which files are kept, how they are matched, and that a preview is applied exactly or not at all."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as hub
from django.test import Client
from django.utils import timezone
from pytest_django import Settings
from xlsxwriter import Workbook

from rollbook.accounts.models import Member, Tenant
from rollbook.intake.manual import files, places, previewing
from rollbook.intake.manual.choosing import Choices
from rollbook.intake.manual.models import ManualUpload
from rollbook.intake.manual.tidying import tidy
from rollbook.integrations.models import Integration
from rollbook.roster.models import model
from rollbook.runs import carrying
from rollbook.runs.models import Run, State
from tests.world import World, build, send

ODD = {
    "Kids 2027.csv": "Pupil No;Kind;Where;Name;Surname;Password\ncleo;student;NHS;Cleo;Marsh;hunter2\n"
    "ada;student;NHS;Ada;Lund;hunter2\n",
}
ODD_MATCHED = ["person_id", "role", "org_id", "first_name", "last_name"]


@dataclass(frozen=True)
class Desk:
    """An integration of Northfield, a member who uploads for it, and a stranger."""

    nightly: Integration
    ada: Client
    sam: Client


def _desk(nightly: Integration, elsewhere: Tenant) -> Desk:
    return Desk(nightly, _client("ada", nightly.tenant), _client("sam", elsewhere))


def _client(name: str, tenant: Tenant) -> Client:
    client = Client()
    client.force_login(Member.objects.create(email=f"{name}@{tenant.slug}.example", tenant=tenant))
    return client


@pytest.fixture
def desk(db: None, settings: Settings, tmp_path: Path) -> Desk:
    """A roster with nobody in it."""
    settings.ROLLBOOK_HOME = tmp_path
    northfield = Tenant.objects.create(slug="northfield", name="Northfield")
    southport = Tenant.objects.create(slug="southport", name="Southport")
    chosen = {"layout": "hub_v1"}
    nightly = Integration.objects.create(tenant=northfield, name="nightly", source="sheets", settings=chosen)
    return _desk(nightly, southport)


@pytest.fixture
def world(db: None, settings: Settings, tmp_path: Path) -> World:
    """Northfield and Southport, as they are after their first night."""
    settings.ROLLBOOK_HOME = tmp_path / "home"
    return build(tmp_path / "sent")


@pytest.fixture
def ada(world: World) -> Client:
    return _client("ada", world.northfield)


def upload(client: Client, to: Desk | World, sent: Mapping[str, str | bytes]) -> Any:
    """Post files as a browser does."""
    parts = [io.BytesIO(text.encode() if isinstance(text, str) else text) for text in sent.values()]
    for part, name in zip(parts, sent, strict=True):
        part.name = name
    return client.post(f"/integrations/{to.nightly.pk}/upload/", {"files": parts}, follow=True)


def text_of(response: Any) -> str:
    """A page, with its quotes as they are read."""
    return str(response.content.decode()).replace("&#x27;", "'").replace("&quot;", '"')


def latest() -> ManualUpload:
    """The upload that was made last."""
    return ManualUpload.objects.select_related("integration__tenant").latest("pk")


def say_sheets(client: Client, found: ManualUpload, **fields: Any) -> Any:
    """Post the page of sheets."""
    return client.post(f"/uploads/{found.pk}/", {"do": "next", **fields}, follow=True)


def ask(client: Client, found: ManualUpload, **fields: Any) -> Any:
    """Post the page of columns."""
    return client.post(f"/uploads/{found.pk}/columns/", {"do": "preview", **fields}, follow=True)


def matched(columns: list[str], sheet: int = 0) -> dict[str, str]:
    """The fields that match the columns of a sheet, in their order."""
    return {f"c-{sheet}-{place}": column for place, column in enumerate(columns)}


def previewed(client: Client, to: Desk | World, sent: Mapping[str, str | bytes], **fields: Any) -> Run:
    """Upload files that need no matching, and carry their preview."""
    upload(client, to, sent)
    found = latest()
    looks = previewing.looks_of(found, Choices.of(found))
    rows = {f"row-{number}": look.header_row for number, look in enumerate(looks.sheets)}
    say_sheets(client, found, **rows, **{f"sheet-{n}": look.recognised for n, look in enumerate(looks.sheets)})
    taken = [look for look in looks.sheets if look.recognised]
    for number, look in enumerate(taken):
        fields |= {name: fields.get(name, column) for name, column in matched(list(look.header), number).items()}
    ask(client, found, **fields)
    found.refresh_from_db()
    assert found.run is not None
    return carrying.carry(found.run)


def people() -> dict[str, tuple[str, bool]]:
    """Source key -> family name and whether active, of Northfield's people."""
    rows = model("user")._default_manager.filter(tenant__slug="northfield")
    values: list[dict[str, Any]] = [dict(row) for row in rows.values()]
    return {row["source_key"]: (row["family_name"], row["active"]) for row in values}


ORGS = "org_id,name,type\nEHS,East High,school\n"
PEOPLE = "person_id,role,org_id,first_name,last_name\ncleo,student,NHS,Cleo,Marsh\nada,student,NHS,Ada,Lund\n"


def test_odd_headers_are_matched_previewed_and_applied(world: World, ada: Client) -> None:
    """What a member matched is what the preview plans and the approval writes; nobody else changes."""
    before = people()
    upload(ada, world, ODD)
    page = say_sheets(ada, latest(), **{"sheet-0": "people", "row-0": "1"})
    assert "Never read" in text_of(page)
    assert "hunter2" not in text_of(page)
    asked = ask(ada, latest(), **matched(ODD_MATCHED))
    run = carrying.carry(Run.objects.get(trigger="upload"))
    assert asked.redirect_chain[-1][0] == f"/runs/{run.pk}/"
    assert (run.state, run.counts["user"]["create"], run.counts["user"]["update"]) == (State.TESTED, 1, 1)
    assert people() == before
    ada.post(f"/runs/{run.pk}/approve/")
    run = carrying.carry(Run.objects.get(pk=run.pk))
    assert run.state == State.APPLIED, run.error
    assert people() == before | {"cleo": ("Marsh", True), "ada": ("Lund", True)}


def test_the_second_upload_remembers(desk: Desk) -> None:
    """Headers that were matched once are recognised the next time, and the sheet with them."""
    upload(desk.ada, desk, ODD)
    say_sheets(desk.ada, latest(), **{"sheet-0": "people", "row-0": "1"})
    ask(desk.ada, latest(), **matched(ODD_MATCHED))
    carrying.carry(Run.objects.get(trigger="upload"))
    page = upload(desk.ada, desk, {"other name.csv": ODD["Kids 2027.csv"]})
    assert "Recognised as people" in text_of(page)
    page = say_sheets(desk.ada, latest(), **{"sheet-0": "people", "row-0": "1"})
    chosen = [field.value() for name in matched(ODD_MATCHED) for field in [page.context["form"][name]]]
    assert chosen == ODD_MATCHED


def test_what_is_approved_after_the_roster_moved_is_refused(world: World, ada: Client) -> None:
    """A preview that the roster has left behind is never applied, and the member is told why."""
    run = previewed(ada, world, {"people.csv": PEOPLE})
    send(world.nightly, world.folder / "northfield", {"people.csv": PEOPLE.replace("Marsh", "Moor")})
    page = text_of(ada.get(f"/runs/{run.pk}/"))
    assert "This plan cannot be applied any more" in page
    assert f"/runs/{run.pk}/approve/" not in page
    answer = ada.post(f"/runs/{run.pk}/approve/")
    assert answer.status_code == 409
    assert "has moved since this plan was made" in text_of(answer)
    assert people()["cleo"] == ("Moor", True)


@pytest.mark.parametrize("full, ended", [({}, False), ({"full": "on"}, True)])
def test_nobody_is_ended_unless_it_is_said_to_be_the_full_set(
    world: World, ada: Client, full: dict[str, str], ended: bool
) -> None:
    """Whoever is missing stays, also where the integration deactivates absent people, until the member ticks it."""
    settings = {**world.nightly.settings, "absence": "deactivate"}
    settings |= {f"limit_{what}": "off" for what in ("deactivate", "update", "create", "reject")}
    type(world.nightly).objects.filter(pk=world.nightly.pk).update(settings=settings)
    sheets = {path.name: path.read_text(encoding="utf-8") for path in (world.folder / "northfield").iterdir()}
    sheets["people.csv"] = "".join(line for line in sheets["people.csv"].splitlines(True) if not line.startswith("uma"))
    sheets["relationships.csv"] = "student_id,contact_id,type,priority\nada,mara,mother,1\n"
    run = previewed(ada, world, sheets, **full)
    assert run.state == State.TESTED, run.error
    ada.post(f"/runs/{run.pk}/approve/")
    carrying.carry(Run.objects.get(pk=run.pk))
    assert people()["uma"][1] is not ended


def test_another_tenants_upload_is_not_there(desk: Desk) -> None:
    """A stranger sees no page of an upload and can do nothing with it."""
    upload(desk.ada, desk, {"people.csv": PEOPLE})
    found = latest()
    pages = [f"/uploads/{found.pk}/", f"/uploads/{found.pk}/columns/", f"/integrations/{desk.nightly.pk}/upload/"]
    assert {desk.sam.get(page).status_code for page in pages} == {404}
    assert desk.sam.post(pages[0], {"do": "discard"}).status_code == 404
    assert upload(desk.sam, desk, {"people.csv": PEOPLE}).status_code == 404
    assert places.folder(found).is_dir()
    assert ManualUpload.objects.count() == 1


def refused(client: Client, to: Desk, name: str, content: str | bytes) -> str:
    """The page that says why a file alone was not kept."""
    response = upload(client, to, {name: content})
    assert response.status_code == 400
    assert not ManualUpload.objects.exists()
    return text_of(response)


def test_what_is_no_sheet_is_not_kept(desk: Desk) -> None:
    """Another kind of file is refused by its name, and by its content when the name lies; nothing stays of it."""
    assert "not a kind of file that holds sheets" in refused(desk.ada, desk, "people.pdf", b"%PDF-1.7")
    assert "it is a PDF" in refused(desk.ada, desk, "people.csv", b"%PDF-1.7")
    assert "the file is empty" in refused(desk.ada, desk, "people.csv", b"")
    assert list(Path(hub.ROLLBOOK_HOME, "uploads").rglob("*.csv")) == []


def test_names_that_are_not_taken(desk: Desk) -> None:
    """A name that is too long or not safe is refused with a sentence, and not with a page of it."""
    pages = [refused(desk.ada, desk, name, PEOPLE) for name in ("x" * 300 + ".csv", "CON.csv", "a|b.csv")]
    assert ["It was not kept." in page for page in pages] == [True, True, True]
    assert "x" * 100 not in pages[0]


def test_a_file_that_is_too_large(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file beyond the limit is dropped while it comes; the others of the same upload are kept."""
    monkeypatch.setattr(files, "LARGEST", 100_000)
    page = upload(desk.ada, desk, {"big.csv": b"a,b\n" * 50_000, "people.csv": PEOPLE})
    assert "big.csv: it is larger than" in text_of(page)
    assert latest().files == ["people.csv"]
    assert [path.name for path in places.folder(latest()).iterdir()] == ["people.csv"]


def test_a_form_of_another_site_keeps_nothing(desk: Desk) -> None:
    """Without the token of our own form files are refused, and none stays."""
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(Member.objects.get(email="ada@northfield.example"))
    assert upload(strict, desk, {"people.csv": PEOPLE}).status_code == 403
    assert not ManualUpload.objects.exists()
    assert not list(Path(hub.ROLLBOOK_HOME, "uploads").rglob("*.csv"))


def test_a_header_without_rows(desk: Desk) -> None:
    """A file with only a header is told of and proposed to be left out."""
    page = upload(
        desk.ada, desk, {"people.csv": PEOPLE.splitlines(True)[0], "orgs.csv": "org_id,name,type\nX,X,school\n"}
    )
    assert "there is a header but not one row below it" in text_of(page)
    chosen = [part.sheet.value() for part in page.context["parts"]]
    assert chosen == ["orgs", ""]


def workbook(**sheets: list[list[str]]) -> bytes:
    """An Excel file."""
    made = io.BytesIO()
    with Workbook(made, {"in_memory": True}) as book:
        for name, rows in sheets.items():
            table = book.add_worksheet(name)
            for number, row in enumerate(rows):
                table.write_row(number, 0, row)
    return made.getvalue()


def test_a_workbook_with_two_sheets(desk: Desk) -> None:
    """Each sheet of a workbook is a sheet of its own, with its own header row."""
    titled = [["Our people"], [], *(line.split(",") for line in PEOPLE.splitlines())]
    orgs = [["org_id", "name", "type"], ["EHS", "East High", "school"]]
    upload(desk.ada, desk, {"all.xlsx": workbook(One=orgs, Two=titled)})
    found = latest()
    page = say_sheets(desk.ada, found, **{"sheet-0": "orgs", "row-0": "1", "sheet-1": "", "row-1": "3"})
    assert "Recognised as people" in text_of(page)
    say_sheets(desk.ada, found, **{"sheet-0": "orgs", "row-0": "1", "sheet-1": "people", "row-1": "3"})
    people_columns = matched(["person_id", "role", "org_id", "first_name", "last_name"], 1)
    ask(desk.ada, found, **matched(["org_id", "name", "type"]), **people_columns)
    run = carrying.carry(Run.objects.get(trigger="upload"))
    assert [(file["file"], file["sheet"], file["rows"]) for file in run.files] == [
        ("all.xlsx/One", "orgs", 1),
        ("all.xlsx/Two", "people", 2),
    ]


def test_a_required_column_that_is_not_matched(desk: Desk) -> None:
    """A preview is not asked for while a column is missing that every row needs, or matched twice."""
    upload(desk.ada, desk, ODD)
    say_sheets(desk.ada, latest(), **{"sheet-0": "people", "row-0": "1"})
    page = text_of(ask(desk.ada, latest(), **matched(["", "role", "org_id", "first_name", "last_name"])))
    assert "lacks person_id, which every row of people needs" in page
    page = text_of(ask(desk.ada, latest(), **matched(["person_id", "role", "org_id", "last_name", "last_name"])))
    assert "last_name is Name already." in page
    assert not Run.objects.filter(trigger="upload").exists()


def test_a_misspelled_header_is_guessed(desk: Desk) -> None:
    """A header that is nearly a column is proposed as that, and marked; one that differs in a number is not."""
    upload(desk.ada, desk, {"people.csv": "person_id,role,fisrt_name,last_name,email_9\ncleo,student,Cleo,Marsh,x\n"})
    page = say_sheets(desk.ada, latest(), **{"sheet-0": "people", "row-0": "1"})
    assert page.context["form"]["c-0-2"].value() == "first_name"
    assert page.context["form"]["c-0-4"].value() == ""
    assert text_of(page).count("A guess: please check.") == 1


def test_asking_twice_is_asking_once(desk: Desk) -> None:
    """A second press leads to the preview that waits; another run that waits is told of."""
    upload(desk.ada, desk, ODD)
    say_sheets(desk.ada, latest(), **{"sheet-0": "people", "row-0": "1"})
    pages = [ask(desk.ada, latest(), **matched(ODD_MATCHED)).redirect_chain[-1][0] for _ in range(2)]
    assert pages[0] == pages[1]
    other = ask(desk.ada, latest(), **matched(ODD_MATCHED), dates="dmy")
    assert (other.status_code, "waits in the queue" in text_of(other)) == (409, True)


def test_what_stays_as_it_is_is_listed(world: World, ada: Client) -> None:
    """Who came as the roster has them can be read by name, with the line of the file."""
    same = "ben,student,NHS,Ben,Okafor\n"
    run = previewed(ada, world, {"people.csv": PEOPLE + same})
    page = text_of(ada.get(f"/runs/{run.pk}/unchanged/?entity=user"))
    assert "Ben Okafor" in page
    assert "people.csv, line 4" in page
    assert "Marsh" not in page


def test_dates_in_another_order(world: World, ada: Client) -> None:
    """Dates are read in the order that the member says."""
    sheet = PEOPLE.replace("last_name\n", "last_name,birth_date\n").replace("Marsh\n", "Marsh,03/04/2012\n")
    sheet = sheet.replace("Lund\n", "Lund,\n")
    run = previewed(ada, world, {"people.csv": sheet}, dates="dmy")
    ada.post(f"/runs/{run.pk}/approve/")
    carrying.carry(Run.objects.get(pk=run.pk))
    rows = model("demographics")._default_manager.filter(source_key="cleo").values()
    assert [str(dict(row)["birth_date"]) for row in rows] == ["2012-04-03"]


def test_uploads_that_were_left_behind(desk: Desk) -> None:
    """After a week the files of an upload are removed; one that was previewed is still listed, the others are not."""
    run = previewed(desk.ada, desk, {"people.csv": PEOPLE})
    previewed_one = latest()
    upload(desk.ada, desk, {"people.csv": PEOPLE})
    left = latest()
    tidy(timezone.now() + timedelta(days=6))
    assert places.folder(left).is_dir()
    tidy(timezone.now() + timedelta(days=8))
    assert not places.folder(left).exists()
    assert not places.folder(previewed_one).exists()
    assert [(one.pk, one.run_id) for one in ManualUpload.objects.all()] == [(previewed_one.pk, run.pk)]
    assert "were cleared away" in text_of(desk.ada.get(f"/uploads/{previewed_one.pk}/"))


def test_removing_an_upload(desk: Desk) -> None:
    """A member can throw the files away at once."""
    upload(desk.ada, desk, {"people.csv": PEOPLE})
    folder = places.folder(latest())
    desk.ada.post(f"/uploads/{latest().pk}/", {"do": "discard"})
    assert not folder.exists()
    assert not ManualUpload.objects.exists()


def test_templates(desk: Desk) -> None:
    """The templates of a layout are those that `rollbook template` writes; an integration gives its own."""
    for address in ("/layouts/hub_v1/templates.zip", f"/integrations/{desk.nightly.pk}/templates.zip"):
        with zipfile.ZipFile(io.BytesIO(desk.ada.get(address).content)) as archive:
            assert {"hub_v1/people.csv", "hub_v1/FIELDS.md"} <= set(archive.namelist())
            assert archive.read("hub_v1/people.csv").decode().startswith("person_id,role,")
    assert desk.sam.get(f"/integrations/{desk.nightly.pk}/templates.zip").status_code == 404
    assert desk.ada.get("/layouts/nothing/templates.zip").status_code == 404


def test_a_stopped_browser_leaves_nothing(desk: Desk) -> None:
    """A request that ends in the middle of a file keeps no part of it."""
    body = b'--x\r\nContent-Disposition: form-data; name="files"; filename="people.csv"\r\n\r\nperson_id,ro'
    desk.ada.post(f"/integrations/{desk.nightly.pk}/upload/", body, content_type="multipart/form-data; boundary=x")
    kept = [latest().files] if ManualUpload.objects.exists() else []
    assert kept == []
