"""`rollbook sources` and `rollbook simulate`, and the way from there to a roster."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from rollbook.sources.base import SourceKind
from rollbook.sources.kinds import KINDS
from simulators.systems import SYSTEMS
from tests.support.cli import run_cli, running_cli
from tests.support.waiting import until

REPOSITORY = Path(__file__).parents[2]
LOOPBACK = {"SOURCE_NETWORKS": "127.0.0.0/8"}


def test_the_kinds_are_listed(rollbook_home: Path) -> None:
    """Every kind of source is named, with its title."""
    said = run_cli(["sources"], rollbook_home).stdout
    assert [kind.name for kind in KINDS.values() if not re.search(rf"^{kind.name} +{kind.title}", said, re.M)] == []


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.name)
def test_a_kind_is_described(rollbook_home: Path, kind: SourceKind) -> None:
    """Each setting is told with what it means, and so is what the source can see."""
    said = " ".join(run_cli(["sources", kind.name], rollbook_home).stdout.split())
    assert [s.name for s in kind.settings if s.title not in said] == []
    assert [sight.what for sight in kind.sights if f"{sight.what}: {sight.sees}" not in said] == []


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.name)
def test_every_kind_says_what_it_can_see_and_has_a_page(kind: SourceKind) -> None:
    """Nobody has to guess whether deletions, history, contacts and photos arrive, or what to set up."""
    assert {"Deletions", "History", "Contacts", "Photos"} <= {sight.what for sight in kind.sights}
    if kind.is_pulled:
        names = {path.stem for path in (REPOSITORY / "docs" / "sources").glob("*.md")}
        assert {kind.name, kind.name.removesuffix("_query")} & names


def test_what_simulate_prints_works(rollbook_home: Path) -> None:
    """The command that it prints adds an integration, whose connection works and which fills the roster."""
    run_cli(["init"], rollbook_home)
    log = rollbook_home / "cli.log"
    with running_cli(["simulate", "veracross", "--students", "40"], rollbook_home):
        assert until(lambda: log.exists() and "integration add" in log.read_text())
        printed = re.search(r"rollbook (integration add .+)", log.read_text())
        assert printed
        run_cli(shlex.split(printed[1]), rollbook_home, env=LOOPBACK)
        assert "FAILED" not in run_cli(["integration", "test", "Veracross"], rollbook_home, env=LOOPBACK).stdout
        done = json.loads(run_cli(["run", "Veracross", "--json"], rollbook_home, env=LOOPBACK).stdout)
    assert done["counts"]["user"]["create"] > 40


def test_a_running_system_takes_commands(rollbook_home: Path) -> None:
    """A night can pass, trouble can be made and ended, and what was asked can be seen."""
    log = rollbook_home / "cli.log"
    with running_cli(["simulate", "veracross", "--students", "10"], rollbook_home):
        assert until(lambda: log.exists() and "answers at" in log.read_text())
        url = re.search(r"http://[\d.:]+\d", log.read_text())
        assert url
        control = f"{url[0]}/_simulator"
        fault = json.dumps({"kind": "slow", "times": 3}).encode()
        for method, path, body in (("POST", "night", b""), ("POST", "faults", fault), ("DELETE", "faults", b"")):
            with urlopen(Request(f"{control}/{path}", body or None, method=method)) as answer:
                assert json.load(answer) == {"night": 1}
        with urlopen(f"{control}/asked") as answer:
            assert json.load(answer) == []


def test_an_unknown_system_is_refused(rollbook_home: Path) -> None:
    """The systems that there are get named."""
    done = run_cli(["simulate", "nothing"], rollbook_home, check=False)
    assert done.returncode == 2
    assert all(kind in done.stderr for kind in SYSTEMS)


@pytest.mark.parametrize("kind", [kind for kind in KINDS.values() if kind.downloads], ids=lambda kind: kind.name)
def test_what_has_to_be_installed_is_written(rollbook_home: Path, kind: SourceKind) -> None:
    """The files that an administrator installs in the system."""
    run_cli(["plugin", kind.name, "--out", "files"], rollbook_home)
    found = {path.name: path.read_bytes() for path in (rollbook_home / "files").iterdir()}
    assert found == {one.name: one.content() for one in kind.downloads}


def test_most_systems_need_nothing_installed(rollbook_home: Path) -> None:
    """The error names the kinds that do."""
    refused = run_cli(["plugin", "sheets"], rollbook_home, check=False)
    assert (refused.returncode, "powerschool_query" in refused.stderr) == (1, True)
