"""docs/journey.md says what happens: its commands are run, and its output is compared with theirs."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.mark.slow
def test_the_journey_is_what_happens(tmp_path: Path) -> None:
    """Whoever types the commands of the page gets the output of the page."""
    environment = _environment(tmp_path)
    for command, told in _steps((REPOSITORY / "docs/journey.md").read_text("utf-8")):
        done = subprocess.run(
            ["sh", "-c", command],
            cwd=tmp_path,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
        )
        assert re.fullmatch(_pattern(told), _plain(done.stdout)), (
            f"$ {command}\n{done.stdout}\n-- the page says:\n{told}"
        )


def _steps(page: str) -> list[tuple[str, str]]:
    """The commands of the page, in order, each with the output that is told of it."""
    steps: list[tuple[str, str]] = []
    for line in "".join(BLOCK.findall(page)).splitlines():
        if line.startswith("$ "):
            steps.append((line[2:], ""))
        elif line.startswith("> "):
            steps[-1] = (f"{steps[-1][0]}\n{line[2:]}", "")
        else:
            steps[-1] = (steps[-1][0], f"{steps[-1][1]}{line}\n")
    return steps


def _pattern(told: str) -> str:
    """`…` stands for anything; how wide a table is does not matter."""
    return ".*".join(re.escape(part.strip()) for part in _plain(told).split("…"))


def _plain(text: str) -> str:
    return re.sub(r"[\s─]+", " ", text.replace("\ufeff", "")).strip()


def _environment(folder: Path) -> dict[str, str]:
    """A home in the folder, and `rollbook` and `python` as those that run the tests."""
    programs = folder / "bin"
    programs.mkdir()
    for name, arguments in (("rollbook", " -m rollbook.cli"), ("python", "")):
        program = programs / name
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}"{arguments} "$@"\n', encoding="utf-8")
        program.chmod(0o755)
    home = str(folder / "var")
    path = os.pathsep.join((str(programs), os.environ["PATH"]))
    python_path = os.pathsep.join((str(REPOSITORY / "src"), str(REPOSITORY)))
    more = {"PATH": path, "PYTHONPATH": python_path, "ROLLBOOK_HOME": home, "NO_COLOR": "1", "COLUMNS": "160"}
    return {name: value for name, value in os.environ.items() if name != "DATABASE_URL"} | more
