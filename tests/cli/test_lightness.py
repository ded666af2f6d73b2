"""What a command does not load, so that it starts quickly."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.cli import environment, run_cli

HEAVY = ("django", "httpx2", "numpy", "polars", "procrastinate", "rich", "sqlglot", "xlsxwriter")
"""Each takes a twentieth of a short command, or more."""

WATCHED = """
import sys
from rollbook.cli import main
try:
    main()
finally:
    print(*(name for name in %r if name in sys.modules), file=sys.stderr)
"""


def loaded(home: Path, *args: str, among: tuple[str, ...] = HEAVY) -> set[str]:
    """Which packages of some a command loads until it has ended."""
    script = [sys.executable, "-c", WATCHED % (among,), *args]
    done = subprocess.run(script, cwd=home, env=environment(home, None), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return set(done.stderr.split())


def test_the_same_files_again_load_nothing_heavy(hub: Path) -> None:
    """The commonest night is known by its bytes; a night of other bytes loads what reads them."""
    orgs = hub / "export" / "orgs.csv"
    orgs.parent.mkdir()
    orgs.write_text("org_id,name,type\nS1,Northfield High,school\n")
    run_cli(["integration", "add", "sis", "--set", "path=export"], hub)
    assert loaded(hub, "run", "sis", "--json") >= {"numpy", "polars"}
    assert loaded(hub, "run", "sis", "--json") == {"django"}


def test_a_check_loads_only_what_reads_files(hub: Path) -> None:
    """Nor Django, nor what draws tables where it prints JSON: a check needs no database."""
    (hub / "orgs.csv").write_text("org_id,name,type\nS1,Northfield High,school\n")
    assert loaded(hub, "check", "orgs.csv", "--json") == {"numpy", "polars"}


def test_an_undo_loads_nothing_that_reads_files(hub: Path) -> None:
    """What it takes back it finds in the run's own plan."""
    orgs = hub / "export" / "orgs.csv"
    orgs.parent.mkdir()
    orgs.write_text("org_id,name,type\nS1,Northfield High,school\n")
    run_cli(["integration", "add", "sis", "--set", "path=export"], hub)
    run_cli(["run", "sis"], hub)
    readers = ("python_calamine", "rollbook.landing.readers", "rollbook.core.mapping", "rollbook.sources.layouts")
    assert loaded(hub, "undo", "1", among=readers) == set()


LATER = "atexit.register(lambda: print('later'))"


@pytest.mark.parametrize("before, within", [(LATER, "0"), ("0", LATER)])
def test_what_is_registered_for_the_end_is_done(tmp_path: Path, before: str, within: str) -> None:
    """A command leaves its memory as it is, but not before all else is done, and with its own exit code."""
    script = f"import atexit, sys, rollbook.cli as cli; {before}; "
    script += f"cli.rollbook = lambda **_: (print('now'), {within}, sys.exit(3)); cli.main()"
    done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (3, "now\nlater\n", "")
