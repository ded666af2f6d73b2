"""What the utility says of files before they are sent is what the hub's check says of them, word by word."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from pytest_django import Settings

from rollbook.core.errors import ContractBroken
from rollbook.core.issues import worded
from rollbook.integrations import options
from rollbook.integrations.models import CodeMapping, Integration
from rollbook.landing.store import into
from rollbook.runs.checking import check_files
from rollbook.runs.folder import RunFolder
from rollbook.runs.prepare import prepare
from rollbook.runs.rows import RowReader
from rollbook.sources.sheets import opened
from rollbook_upload.preflight import Report, check
from rollbook_upload.preflight.rules import Rules
from simulators import sheets
from simulators.district import build
from simulators.faults import BROKEN, FAULTS, plant
from simulators.table import Sheet
from tests.journeys.test_real_sets import CREATED
from tests.uploader.rulebook import rules_of, sender

DISTRICT = build(students=40)
LAYOUTS = pytest.mark.parametrize("layout", sheets.LAYOUTS)
Finding = tuple[tuple[str, str], ...]


def slow(value: object, name: str) -> Any:
    return pytest.param(value, id=name, marks=pytest.mark.slow)


@pytest.fixture
def rules(db: None, settings: Settings, tmp_path: Path) -> Rules:
    """Those of an integration that names no layout: the utility recognises it, like the hub."""
    settings.ROLLBOOK_HOME = tmp_path / "home"
    return rules_of(sender())


def as_value(found: list[dict[str, Any]]) -> Counter[Finding]:
    """Findings without their order, each with everything that it says."""
    return Counter(tuple(sorted((name, str(value)) for name, value in one.items())) for one in found)


def of_hub(folder: Path, scratch: Path, layout: str = "") -> Counter[Finding]:
    scratch.mkdir()
    return as_value(worded(check_files(folder, layout, scratch).folder.issues()).to_dicts())


def of_utility(folder: Path, rules: Rules) -> Report:
    return check(((path.name, path) for path in folder.iterdir()), rules)


@LAYOUTS
@pytest.mark.parametrize("faults", [slow((), "clean"), pytest.param(BROKEN, id="broken"), slow(tuple(FAULTS), "all")])
def test_planted_faults(layout: str, faults: tuple[str, ...], rules: Rules, tmp_path: Path) -> None:
    """In every layout each planted fault, and each notice, is told alike: code, place, value, effects and sentences."""
    made = sheets.make_sheets(DISTRICT, layout)
    plant(made, DISTRICT, set(faults))
    sheets.write(made, tmp_path / "sent")
    said = of_utility(tmp_path / "sent", rules)
    assert (said.layout, said.refusals, said.left) == (layout, [], [])
    assert as_value(said.found) == of_hub(tmp_path / "sent", tmp_path / "scratch")
    assert said.has_errors == ("error" in {one["severity"] for one in said.found})


@pytest.mark.parametrize("path", [path for path in CREATED if not path.endswith(".zip")])
def test_published_sets(path: str, rules: Rules, shared_data: Path, tmp_path: Path) -> None:
    """The sets that others published are told alike."""
    said = of_utility(shared_data / path, rules)
    assert said.refusals == []
    assert as_value(said.found) == of_hub(shared_data / path, tmp_path / "scratch")


@pytest.mark.parametrize("seed", [1, 2, *(slow(seed, str(seed)) for seed in range(3, 30))])
def test_any_damage(seed: int, rules: Rules, tmp_path: Path) -> None:
    """Whatever happens to lines, quotes, ids and encodings, both find the same or refuse the same."""
    layout = list(sheets.LAYOUTS)[seed % len(sheets.LAYOUTS)]
    damage(sheets.make_sheets(build(students=15, seed=seed + 1), layout), tmp_path / "sent", random.Random(seed))
    said = of_utility(tmp_path / "sent", rules)
    if said.refusals:
        with pytest.raises(ContractBroken) as refusal:
            of_hub(tmp_path / "sent", tmp_path / "scratch")
        assert (refusal.value.code, str(refusal.value)) in [(one["code"], one["message"]) for one in said.refusals]
    else:
        assert as_value(said.found) == of_hub(tmp_path / "sent", tmp_path / "scratch")


JUNK = ['"', '""', 'a"b', " x ", "", "01/02/2020", "é", "\u200b", "zzz", "true", '"a,b"', "a|b", "x@y.z", "{a:b}", "\t"]


def damage(made: list[Sheet], folder: Path, chance: random.Random) -> None:
    """Write sheets, each with some lines changed, doubled or cut, in one of several encodings."""
    folder.mkdir()
    for sheet in made:
        lines = sheet.content().decode("utf-8-sig").splitlines(keepends=True)
        for _ in range(chance.choice([0, 1, 3, 8])):
            place = chance.randrange(1, len(lines))
            lines[place] = chance.choice(CHANGES)(lines[place], chance.choice(lines[1:]), chance)
        encoding = chance.choice(["utf-8", "utf-8", "utf-8", "utf-8-sig", "utf-16", "cp1252"])
        (folder / sheet.name).write_bytes("".join(lines).encode(encoding, "replace"))


def _with_cell(value: Callable[[str, random.Random], str]) -> Callable[[str, str, random.Random], str]:
    def change(line: str, other: str, chance: random.Random) -> str:
        cells = line.rstrip("\r\n").split(",")
        place = chance.randrange(len(cells))
        cells[place] = value(cells[place], chance)
        return ",".join(cells) + chance.choice(["\n", "\r\n", "\r"])

    return change


CHANGES: list[Callable[[str, str, random.Random], str]] = [
    lambda line, other, chance: line + line,
    lambda line, other, chance: line + other,
    lambda line, other, chance: "",
    lambda line, other, chance: other.partition(",")[0] + "," + line.partition(",")[2],
    lambda line, other, chance: line.rpartition(",")[0] + "\n",
    lambda line, other, chance: line.rstrip("\r\n") + ",more\n",
    _with_cell(lambda cell, chance: ""),
    _with_cell(lambda cell, chance: chance.choice(JUNK)),
    _with_cell(lambda cell, chance: f'"{cell}{chance.choice(["", chr(10), chr(34) * 2])}"'),
]


# What an integration says of itself -------------------------------------------------------------------

SETTINGS = {
    "dates": {"layout": "clever", "date_format": "dd.MM.yyyy"},
    "grades": {"layout": "clever", "grades": "09,10"},
    "schools": {"layout": "oneroster_12", "schools": "0011"},
    "binding": {"layout": "oneroster_12", "field.user.email": "", "field.user.middle_name": "{givenName} x"},
    "names": {"layout": "sds_v21", "sheet.users.csv": "", "header.classes.code": "", "header.roles.grade": "role"},
    "no header": {"layout": "sds_v21", "read.roles*.header_row": "0", "read.roles*.columns": "a,b,c"},
    "delimiter": {"layout": "sds_v21", "read.classes*.delimiter": ";"},
    "encoding": {"layout": "sds_v21", "read.users*.encoding": "utf-16"},
    "region": {"layout": "clever", "phone_region": "DE"},
    "codes": {"layout": "oneroster_12", "codes.role": "roles", "codes.grade_level": "grades"},
}


@pytest.mark.parametrize("said", [pytest.param(said, id=name) for name, said in SETTINGS.items()])
def test_settings_of_the_integration(said: dict[str, str], settings: Settings, tmp_path: Path, db: None) -> None:
    """What a run of this integration finds before it looks at the roster is what the utility finds."""
    settings.ROLLBOOK_HOME = tmp_path / "home"
    account = sender(said)
    codes = {"tenant": account.integration.tenant, "is_exact": True}
    CodeMapping.objects.create(name="roles", model="role", entries={"student": "teacher"}, otherwise="reject", **codes)
    CodeMapping.objects.create(name="grades", model="grade_level", entries={"09": "10"}, otherwise="blank", **codes)
    made_sheets = sheets.make_sheets(build(students=20), said["layout"])
    plant(made_sheets, build(students=20), {"bad_email", "impossible_date", "unknown_grade", "unknown_role"})
    sheets.write(made_sheets, tmp_path / "sent")
    found = of_utility(tmp_path / "sent", rules_of(account))
    if found.refusals:
        with pytest.raises(ContractBroken) as refusal:
            of_run(account.integration, tmp_path / "sent", tmp_path / "scratch")
        assert str(refusal.value) in [one["message"] for one in found.refusals]
    else:
        assert as_value(found.found) == of_run(account.integration, tmp_path / "sent", tmp_path / "scratch")


def of_run(integration: Integration, path: Path, scratch: Path) -> Counter[Finding]:
    """What the first half of a run says, without a roster."""
    folder = RunFolder(scratch)
    with opened(path, options.layout(integration), options.templates(integration)) as files:
        received = files.land(into(folder.rows))
    terms = options.terms(integration, received.layout)
    nobody = pl.DataFrame(schema={"key_hash": pl.Int64})
    return as_value(worded(prepare(received.landing, RowReader(terms, folder), lambda _: nobody).issues).to_dicts())


# Files that are refused, and what only the hub can say ------------------------------------------------


def refused() -> Iterator[tuple[str, bytes]]:
    header = b"classSourcedId,userSourcedId,role\n"
    yield "empty", b""
    yield "binary", b"a,b\n\0,1\n"
    yield "pdf", b"%PDF-1.4"
    yield "web page", b"\xef\xbb\xbf <html>"
    yield "no header", b"\n\n  \n"
    yield "open header", b'"a,b\nc,d\n'
    yield "open quote", header + b'c1,u1,student\nc1,"u2,student\n'
    yield "half UTF-8", header + "c1,é,student\nc1,é,é\nc1,é,".encode() + b"\xc3\n"
    yield "no encoding", header + b"c1,\x81\xff,student\n"
    yield "odd UTF-16", "a,b\nc,d\n".encode("utf-16") + b"x"
    yield "lacks a column", b"classSourcedId,role\nc1,student\n"
    yield "nothing known", b"colour,shape\nred,round\n"
    yield "too many columns", b",".join(b"c%d" % n for n in range(2001)) + b"\n"


@pytest.mark.parametrize("content", [pytest.param(content, id=name) for name, content in refused()])
def test_refusals(content: bytes, rules: Rules, tmp_path: Path, db: None) -> None:
    """A file that the hub refuses is refused with the same code and message."""
    (tmp_path / "sent").mkdir()
    (tmp_path / "sent" / "enrollments.csv").write_bytes(content)
    own = rules_of(sender({"layout": "sds_v21"}, "southport"))
    for layout, held in (("", rules), ("sds_v21", own)):
        with pytest.raises(ContractBroken) as refusal:
            of_hub(tmp_path / "sent", tmp_path / f"scratch-{layout}", layout)
        said = of_utility(tmp_path / "sent", held)
        assert [(one["code"], one["message"]) for one in said.refusals] == [(refusal.value.code, str(refusal.value))]


def test_workbooks_and_zips_are_left_to_the_hub(rules: Rules, tmp_path: Path) -> None:
    """They are named; the other files are checked by themselves, and nobody is missed who may be in the workbook."""
    sheets.write(sheets.make_sheets(DISTRICT, "oneroster_12"), tmp_path)
    (tmp_path / "users.csv").unlink()
    (tmp_path / "users.xlsx").write_bytes(b"PK\x03\x04 and so on")
    enrollments = (tmp_path / "enrollments.csv").read_text().replace(",student,", ",zzz,", 1)
    (tmp_path / "enrollments.csv").write_text(enrollments)
    said = of_utility(tmp_path, rules)
    assert said.left[0] == "users.xlsx is a zip or an Excel workbook: it is checked at the hub."
    assert len(said.left) == 2
    assert {one["code"] for one in said.found if one["severity"] == "error"} == {"required-unmapped"}
    assert "sheet-missing" not in {one["code"] for one in said.found}
