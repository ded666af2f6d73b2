"""Uploading by hand in Chromium: files are dropped, matched, previewed and applied, without a script on any page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from rollbook.accounts.models import Member
from rollbook.roster.models import model
from rollbook.runs import carrying
from rollbook.runs.models import Run
from tests.support.waiting import until
from tests.web.seed import PASSWORD
from tests.web.test_browser import log_in
from tests.world import World, build

SHEETS = {
    "Schools.csv": "School ID;School;Sort\nNHS;Northfield High School;school\nEHS;East High;school\n",
    "Kids.csv": "Pupil No;Kind;Where;Name;Surname;Form;Password\n"
    "cleo;student;EHS;Cleo;Marsh;09;hunter2\nada;student;NHS;Ada;Lund;09;hunter2\n;student;NHS;No;Number;09;x\n",
    "Groups.csv": "group_id;title;org_id;kind\nCHESS;Chess;EHS;club\n",
}
ORGS = {"School ID": "org_id", "School": "name", "Sort": "type"}
PEOPLE = {"Pupil No": "person_id", "Kind": "role", "Where": "org_id", "Name": "first_name", "Surname": "last_name"}


@pytest.fixture
def world(db: None, settings: Settings, tmp_path: Path) -> World:
    """Northfield and Southport, as they are after their first night, and Ada, who may log in."""
    settings.ROLLBOOK_HOME = tmp_path / "home"
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    made = build(tmp_path / "sent")
    Member.objects.create_member("ada@northfield.example", PASSWORD, tenant=made.northfield)
    return made


def write(folder: Path) -> list[Path]:
    folder.mkdir()
    for name, text in SHEETS.items():
        (folder / name).write_text(text, encoding="utf-8")
    return sorted(folder.iterdir())


def drop(page: Page, files: list[Path]) -> bool:
    """Let files fall onto the field, as from a folder beside the browser; whether it has them then."""
    field = page.get_by_label("Drop files here")
    box = field.bounding_box()
    assert box is not None
    place = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}
    data = {"items": [], "files": [str(file) for file in files], "dragOperationsMask": 1}
    browser = page.context.new_cdp_session(page)
    for kind in ("dragEnter", "dragOver", "drop"):
        browser.send("Input.dispatchDragEvent", {"type": kind, **place, "data": data})
    return int(field.evaluate("field => field.files.length")) == len(files)


def match(page: Page, columns: dict[str, str]) -> None:
    for header, column in columns.items():
        row = page.get_by_role("row", name=header, exact=False).filter(has=page.get_by_text(header, exact=True))
        row.get_by_role("combobox").select_option(column)


def family_names() -> dict[str, str]:
    people = model("user")._default_manager.filter(tenant__slug="northfield")
    rows: list[dict[str, Any]] = [dict(row) for row in people.values()]
    return {row["source_key"]: row["family_name"] for row in rows}


def test_three_sheets_from_a_folder_to_the_roster(
    live_server: LiveServer, world: World, page: Page, tmp_path: Path
) -> None:
    """A member drops three files with headers of their own, matches them, reads the preview and applies exactly it."""
    before = family_names()
    log_in(page, live_server)
    page.get_by_role("link", name="Northfield nightly", exact=True).click()
    page.get_by_role("link", name="Upload files").click()
    mine = write(tmp_path / "mine")
    assert until(lambda: drop(page, mine)), "the field took no files"
    page.get_by_role("button", name="Upload").click()
    expect(page.get_by_text("Recognised as groups")).to_be_visible()
    page.get_by_label("Kids.csv is", exact=True).select_option("people")
    page.get_by_label("Schools.csv is", exact=True).select_option("orgs")
    page.get_by_role("button", name="Next: Columns").click()
    expect(page.get_by_role("row", name="Password")).to_contain_text("Never read")
    match(page, PEOPLE | ORGS)
    page.get_by_role("button", name="Preview", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("The preview was asked for.")
    carrying.carry(Run.objects.get(trigger="upload"))
    page.reload()
    expect(page.get_by_text("This is a preview.")).to_be_visible()
    page.get_by_role("link", name="Errors 1").click()
    expect(page.get_by_role("row", name="Kids.csv")).to_contain_text("Pupil No is blank")
    page.get_by_role("link", name="Existing & updated").click()
    page.get_by_role("link", name="Users 1").click()
    expect(page.get_by_role("article")).to_contain_text("Lund")
    assert family_names() == before
    page.get_by_role("link", name="Apply exactly this …").click()
    page.get_by_role("button", name="Approve and apply").click()
    carrying.carry(Run.objects.get(trigger="upload"))
    assert family_names() == before | {"ada": "Lund", "cleo": "Marsh"}
    page.goto(f"{live_server.url}/runs/")
    expect(page.get_by_role("row", name="Upload").first).to_contain_text("ada@northfield.example")
    page.goto(f"{live_server.url}/integrations/{world.nightly.pk}/upload/")
    page.get_by_label("Drop files here").set_input_files(write(tmp_path / "again"))
    page.get_by_role("button", name="Upload").click()
    expect(page.get_by_text("Recognised as people")).to_be_visible()
    page.get_by_role("button", name="Next: Columns").click()
    expect(page.get_by_label("Surname", exact=True)).to_have_value("last_name")
