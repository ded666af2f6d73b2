"""What the operator's page says to type, typed."""

from __future__ import annotations

import json
import logging
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from rollbook.api import door
from rollbook.logs.formats import Text
from rollbook.sftp import house
from simulators import district, sheets
from tests.support.cli import environment, run_cli, running_cli
from tests.support.postgres import PostgresServer
from tests.support.tools import find_postgres_bin
from tests.support.waiting import until

REPOSITORY = Path(__file__).parents[2]
PAGE = (REPOSITORY / "docs/operate.md").read_text("utf-8")


def commands(section: str, *, of: str) -> str:
    """The commands of a section: those for all, and those of one kind of database."""
    text = PAGE.split(f"\n## {section}\n", 1)[1].split("\n## ", 1)[0]
    blocks = re.findall(r"```\n(.*?)```", text, re.DOTALL)
    other = {"sqlite": ("pg_dump", "pg_restore"), "postgres": ("rollbook.sqlite3",)}[of]
    return "".join(block for block in blocks if not any(word in block for word in other))


def type_in(script: str, home: Path, url: str, backup: Path) -> None:
    """Type commands into a shell, as an operator whose back-ups lie in `backup`."""
    assert script
    postgres = find_postgres_bin()
    programs = [str(Path(sys.executable).parent), *([str(postgres)] if postgres else []), os.environ["PATH"]]
    env = environment(home, url) | {"PATH": os.pathsep.join(programs), "BACKUP": str(backup / "today")}
    script = script.replace("/backup/$(date +%F)", str(backup / "today"))
    done = subprocess.run(["sh", "-euxc", script], env=env, cwd=home, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_a_back_up_restores_the_hub(kind: str, tmp_path: Path, postgres_server: PostgresServer) -> None:
    """A back-up that was taken while the hub ran gives back all of it: members, runs, reports, and the way to undo."""
    old, new, backup = (tmp_path / name for name in ("old", "new", "backup"))
    for folder in (old, new, backup):
        folder.mkdir()
    with postgres_server.database() as first, postgres_server.database() as second:
        urls = [postgres_server.url(name) if kind == "postgres" else "" for name in (first, second)]
        sheets.write(sheets.make_sheets(district.build(students=60), "oneroster_12"), old / "sent")
        run_cli(["init"], old, urls[0])
        run_cli(["integration", "add", "nightly", "--set", f"path={old / 'sent'}"], old, urls[0])
        run_cli(["run", "nightly"], old, urls[0])
        with running_cli(["serve", "--port", "0"], old, urls[0]):
            assert until(lambda: "Stop with Ctrl-C" in (old / "cli.log").read_text())
            type_in(commands("Back up", of=kind), old, urls[0], backup)
        before = run_cli(["runs", "--json"], old, urls[0]).stdout

        type_in(commands("Restore", of=kind), new, urls[1], backup)
        assert run_cli(["runs", "--json"], new, urls[1]).stdout.replace(str(new), str(old)) == before
        run_cli(["undo", "1"], new, urls[1])
        states = [run["state"] for run in json.loads(run_cli(["runs", "--json"], new, urls[1]).stdout)]
        assert states == ["applied", "undone"]


def test_the_container_gets_what_it_copies() -> None:
    """Whatever the Dockerfile copies is there, and is not kept out by .dockerignore."""
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", (REPOSITORY / "Dockerfile").read_text("utf-8"), re.MULTILINE)
    paths = " ".join(copied).split()
    let_in = {line[1:] for line in (REPOSITORY / ".dockerignore").read_text("utf-8").split() if line.startswith("!")}
    assert set(paths) == let_in
    assert all((REPOSITORY / path).exists() for path in paths)


def test_compose_names_what_there_is(rollbook_home: Path) -> None:
    """The commands and settings in compose.yaml are ones that the hub has."""
    text = (REPOSITORY / "compose.yaml").read_text("utf-8")
    for command in re.findall(r"^    command: \[(.+)\]$", text, re.MULTILINE):
        name, *options = command.split(", ")
        shown = run_cli([name, "--help"], rollbook_home).stdout
        assert all(option in shown for option in options if option.startswith("--"))
    hub = text.split("x-hub:")[1].split("services:")[0]
    names = set(re.findall(r"^    ([A-Z_]+):", hub, re.MULTILINE))
    assert names
    assert {name for name in names if f"| `{name.removesuffix('_FILE')}` |" not in PAGE} == set()


@pytest.mark.parametrize("said", [house.REFUSED, door.REFUSED])
def test_programs_that_ban_understand_the_log(said: str) -> None:
    """What the page gives to fail2ban and CrowdSec finds the address in a line of the log, after redaction."""
    record = logging.LogRecord("rollbook.sftp", logging.WARNING, "", 0, said, ("203.0.113.5", "wrong-network"), None)
    line = "sftp   | " + Text().format(record)
    [fail2ban] = re.findall(r"^failregex = (.+)$", PAGE, re.MULTILINE)
    [crowdsec] = re.findall(r"^  pattern: '(.+)'$", PAGE, re.MULTILINE)
    for pattern in (
        fail2ban.replace("<ADDR>", r"(?P<ip>[\d.:a-f]+)"),
        crowdsec.replace("%{IP:source_ip}", r"(?P<ip>[\d.:a-f]+)").replace("%{DATA:reason}", ".*?"),
    ):
        found = re.search(pattern, line)
        assert found, line
        assert found["ip"] == "203.0.113.5"
