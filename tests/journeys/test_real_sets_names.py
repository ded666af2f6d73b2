"""Names from all over the world, and hostile strings as names, from the sheet to the roster and the reports."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Sequence
from pathlib import Path

from openpyxl import load_workbook

from rollbook.runs.folder import RunFolder
from rollbook.runs.models import Run
from tests.journeys.support import Hub, carry, counts, found, hub

__all__ = ["hub"]

CONTROL = re.compile(r"[\x00-\x1f\x7f]")
LONGEST = 255
SPREADSHEET_RUNS = ("=", "+", "-", "@", "\t", "\r")


def send(hub: Hub, names: Sequence[str], folder: Path) -> Run:
    """One person for each name, told apart by the last name."""
    folder.mkdir()
    with (folder / "people.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["person_id", "role", "first_name", "last_name"])
        writer.writerows([f"p{place:05}", "student", name, f"Strand {place}"] for place, name in enumerate(names))
    return carry(hub.integrate(settings={"layout": "hub_v1"}), folder)


def kept(name: str) -> str:
    """What the roster has of a name: a blank for each control character, and no blanks around it."""
    text = CONTROL.sub(" ", name).strip()
    return text if len(text) <= LONGEST else ""


def held(hub: Hub, names: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Name as sent -> what should be there and what is, where the two differ."""
    people = hub.roster("user")
    got = [people[f"p{place:05}"].get("given_name", "") for place in range(len(names))]
    return {name: (kept(name), one) for name, one in zip(names, got, strict=True) if kept(name) != one}


def forenames(shared_data: Path) -> list[str]:
    """Every name of the list, in its own script and in Latin letters."""
    with (shared_data / "names/common-forenames-by-country.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 2480
    return [name for row in rows for name in (row["Localized Name"], row["Romanized Name"])]


def hostile(shared_data: Path) -> list[str]:
    """Strings that break software, and formulas that spreadsheets run."""
    strings: list[str] = json.loads((shared_data / "naughty-strings/blns.json").read_text("utf-8"))
    payloads = (shared_data / "naughty-strings/csv-payload.txt").read_text("utf-8").splitlines()
    return [text for text in (*strings, *payloads) if "\x00" not in text]


def test_names_of_the_world_arrive_whole(hub: Hub, shared_data: Path, tmp_path: Path) -> None:
    """Names in Latin, Cyrillic, Greek, Georgian, Arabic, Hangul and Han letters are in the roster byte for byte."""
    names = forenames(shared_data)
    run = send(hub, names, tmp_path / "sent")
    assert counts(run)["user"] == {"create": len(names)}
    assert held(hub, names) == {}
    assert [issue for issue in found(run) if issue.field == "first_name"] == []


def test_hostile_strings_are_names(hub: Hub, shared_data: Path, tmp_path: Path) -> None:
    """Hostile strings stay the names they are; only one that is too long is left out, and said."""
    names = hostile(shared_data)
    run = send(hub, names, tmp_path / "sent")
    assert counts(run)["user"] == {"create": len(names)}
    assert held(hub, names) == {}
    too_long = [name for name in names if len(CONTROL.sub(" ", name).strip()) > LONGEST]
    assert len([issue for issue in found(run) if issue.code == "too-long"]) == len(too_long)


def test_hostile_names_are_guarded_in_the_reports(hub: Hub, shared_data: Path, tmp_path: Path) -> None:
    """In the reports that people open no cell begins as a formula, and the workbook holds none."""
    run = send(hub, hostile(shared_data), tmp_path / "sent")
    with (RunFolder.of(run).report / "new.csv").open(encoding="utf-8-sig", newline="") as file:
        cells = [cell for row in csv.reader(file) for cell in row]
    assert [cell for cell in cells if cell.startswith(SPREADSHEET_RUNS)] == []
    book = load_workbook(RunFolder.of(run).excel)
    types = {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None}
    assert "f" not in types
    assert not any(cell.hyperlink for sheet in book for row in sheet.iter_rows() for cell in row)


def test_hostile_names_change_nothing_the_second_time(hub: Hub, shared_data: Path, tmp_path: Path) -> None:
    """What the roster holds of a hostile name compares equal to the same name the night after."""
    names = hostile(shared_data)
    send(hub, names, tmp_path / "sent")
    before = hub.revisions()
    integration = hub.tenant.integrations.get()
    integration.input_digest = ""
    integration.save()
    assert counts(carry(integration, tmp_path / "sent"))["user"] == {"unchanged": len(names)}
    assert hub.revisions() == before
