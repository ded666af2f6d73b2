"""`rollbook demo`, as somebody meets it who has just got Rollbook."""

from __future__ import annotations

import json
import re
import shutil
import socket
from pathlib import Path
from urllib.request import urlopen

import pytest

from tests.support.cli import run_cli, running_cli
from tests.support.waiting import until

SMALL = ["--students", "60"]


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A home where the demo ran once, and what it said; for copies."""
    home = tmp_path_factory.mktemp("demo") / "home"
    home.mkdir()
    return home, run_cli(["demo", "--once", *SMALL], home, env={"COLUMNS": "80"}).stdout


@pytest.fixture
def shown(first: tuple[Path, str], tmp_path: Path) -> Path:
    """The home of a demo that ran once, which only this test knows."""
    return Path(shutil.copytree(first[0], tmp_path / "shown"))


def test_once_prints_two_nights_and_ends(first: tuple[Path, str]) -> None:
    """The first time a first load and a changed night are printed: counts, issues, and where to look."""
    home, said = first
    one, two = said.split("Night 2:")
    assert "Harrow Creek SIS, run 1: applied\n" in one
    assert re.search(r"^ user +\d+ *$", one, re.MULTILINE)
    assert "Harrow Creek SIS, run 2: applied_with_errors" in two
    for told in ("deactivate", "reject", "duplicate-conflict", "required-blank"):
        assert told in two
    for path in ("runs/2/report-1/report.xlsx", "runs/2/report-1/report/error-rows"):
        assert path in two
        assert (home / path).exists()


def test_it_fits_a_terminal(first: tuple[Path, str]) -> None:
    """Nothing that is printed is wider than 80 columns, but for the one line that holds the whole path of its home."""
    wide = [line for line in first[1].splitlines() if len(line.rstrip()) > 80]
    assert [line for line in wide if "export ROLLBOOK_HOME=" not in line] == []


def test_its_file_is_for_its_owner_alone(first: tuple[Path, str]) -> None:
    """Nobody else on the machine can read the demo's password."""
    assert (first[0] / "demo.json").stat().st_mode & 0o777 == 0o600


def test_its_integration_can_be_run_like_any_other(shown: Path) -> None:
    """Who presses Run now on its pages gets a run of the last night's files, and not a word about a missing path."""
    done = json.loads(run_cli(["run", "Harrow Creek SIS", "--json"], shown).stdout)
    assert done["counts"]["user"]["create"] == 0
    assert done["counts"]["user"]["unchanged"] > 20


def test_again_is_the_next_night(shown: Path) -> None:
    """Run again, the demo goes on with one more night of the same district."""
    said = run_cli(["demo", "--once"], shown).stdout
    assert "Night 3: a few people came, left or changed, and all rows are in order." in said
    assert "run 6: applied\n" in said
    assert len(json.loads(run_cli(["runs", "--json"], shown).stdout)) == 9


def test_three_districts_are_read_by_api(first: tuple[Path, str]) -> None:
    """Beside the data sheets three systems are read: each has a line with what came of it, and an applied run."""
    home, said = first
    lines = said.split("over the APIs of their systems:")[1]
    for kind in ("PowerSchool", "Aeries", "Veracross"):
        assert re.search(rf"\({kind}\), run \d:\n +applied, \d+ people, \d+ classes, \d+ enrollments", lines)
    runs = json.loads(run_cli(["runs", "--json"], home).stdout)
    assert [run["counts"]["user"]["create"] > 40 for run in runs if run["run"] > 2] == [True] * 3


def test_another_district_needs_another_home(shown: Path) -> None:
    """A demo that was made with one seed does not go on with another."""
    done = run_cli(["demo", "--once", "--seed", "8"], shown, check=False)
    assert done.returncode == 2
    assert "was made with --students 60 --seed 7" in done.stderr


def test_what_it_proposes_can_be_done(first: tuple[Path, str], shown: Path) -> None:
    """Each command that the demo names at its end works as it is written there, from any folder."""
    home = re.search(r"^  export ROLLBOOK_HOME=(.+)$", first[1], re.MULTILINE)
    assert home
    assert Path(home[1]) == first[0]
    proposed = re.findall(r"^  (?:\S+/)?rollbook (.+?)  ", first[1], re.MULTILINE)
    assert len(proposed) >= 4
    for command in proposed:
        if command != "demo":
            run_cli(command.split(), shown)


def test_a_real_hub_gets_no_made_up_people(rollbook_home: Path) -> None:
    """Where a real hub lives the demo goes into a home of its own."""
    run_cli(["init"], rollbook_home)
    run_cli(["demo", "--once", *SMALL], rollbook_home)
    assert json.loads(run_cli(["runs", "--json"], rollbook_home).stdout) == []
    assert len(json.loads(run_cli(["runs", "--json"], rollbook_home / "demo").stdout)) == 5


def test_a_hub_on_postgresql_is_left_alone(rollbook_home: Path) -> None:
    """The demo neither uses the database of a real hub, nor writes among the files of its runs."""
    report = rollbook_home / "runs" / "1" / "report-1" / "report.xlsx"
    report.parent.mkdir(parents=True)
    report.write_text("of a real run")
    said = run_cli(["demo", "--once", *SMALL], rollbook_home, "postgresql://nobody@127.0.0.1:1/real").stdout
    assert "run 2: applied_with_errors" in said
    assert report.read_text() == "of a real run"


def test_the_default_home_is_for_demos_only(tmp_path: Path) -> None:
    """Without ROLLBOOK_HOME the demo lives in var/demo, beside whatever var holds."""
    run_cli(["demo", "--once", *SMALL], tmp_path, env={"ROLLBOOK_HOME": ""})
    assert (tmp_path / "var" / "demo" / "rollbook.sqlite3").exists()
    assert [path.name for path in (tmp_path / "var").iterdir()] == ["demo"]


@pytest.mark.slow
def test_the_pages_are_served_with_one_password(shown: Path) -> None:
    """The demo ends with the pages, on the next free port, and the same password each time."""
    log = shown / "cli.log"
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        for _ in range(2):
            with running_cli(["demo", "--port", str(port)], shown) as process:
                assert until(lambda: "Stop with Ctrl-C." in log.read_text(), 90), log.read_text()
                found = re.search(r"http://127\.0\.0\.1:(\d+)/", log.read_text())
                assert found is not None
                assert int(found[1]) > port
                with urlopen(f"{found[0]}login/", timeout=30) as answer:
                    assert answer.status == 200
            assert process.returncode == 0
            said = log.read_text()
            log.unlink()
            assert f"Port {port} is taken by another program; trying the next one." in said
            assert _password(shown) in said


def _password(home: Path) -> str:
    return str(json.loads((home / "demo.json").read_text())["password"])
