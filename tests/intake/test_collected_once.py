"""Several browsers that press the button at the same moment, as processes of their own, on SQLite and on PostgreSQL."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from rollbook.intake import accounts
from tests.support import answers
from tests.support.cli import environment, run_cli

REPOSITORY = Path(__file__).parents[2]


@pytest.mark.slow
def test_of_four_at_one_moment_one_gets_the_password(rollbook_home: Path, database: str) -> None:
    """One password is shown, it is the one that opens, and the others are told that the link has ended."""
    run_cli(["init"], rollbook_home, database)

    def start(*args: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "tests.intake.collecting", *args]
        env = environment(rollbook_home, database)
        return subprocess.Popen(command, cwd=REPOSITORY, env=env, stdout=subprocess.PIPE, text=True)

    number = start("prepare").communicate(timeout=100)[0].strip()
    racers = [start("collect", number) for _ in range(4)]
    assert [racer.stdout.readline() for racer in racers if racer.stdout] == ["ready\n"] * 4
    (rollbook_home / "go").touch()
    said = [racer.communicate(timeout=100)[0].strip() for racer in racers]
    assert [racer.returncode for racer in racers] == [0] * 4
    [password] = filter(None, said)
    [(hashed,)] = answers.rows("SELECT password FROM intake_account", rollbook_home, database)
    assert accounts.is_password(password, hashed)
    collected = "SELECT COUNT(*) FROM intake_historyentry WHERE what = 'handover_collected'"
    assert [int(count) for (count,) in answers.rows(collected, rollbook_home, database)] == [1]
