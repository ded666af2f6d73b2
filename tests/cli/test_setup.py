"""`rollbook init` prepares a hub, `rollbook doctor` says what is wrong with it."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.support.cli import environment, run_cli
from tests.support.mailserver import mail_server


def doctor(home: Path, *options: str, **env: str) -> tuple[int, str]:
    done = run_cli(["doctor", *options], home, check=False, env=env)
    return done.returncode, done.stdout


def test_init_shows_the_password_once(rollbook_home: Path, database: str) -> None:
    """The first time a member is made; the second time everything stays as it was."""
    first = run_cli(["init", "--email", "ada@example.org"], rollbook_home, database)
    again = run_cli(["init", "--email", "eve@example.org"], rollbook_home, database)
    assert "First member: ada@example.org" in first.stdout
    assert "Password:" in first.stdout
    assert "Password" not in again.stdout
    assert "Members:      as they were" in again.stdout


def test_a_new_home_is_closed_to_others(hub: Path) -> None:
    """Neither the home nor the key in it can be read by anybody else."""
    assert (hub.stat().st_mode & 0o777, (hub / "keys" / "secret_key").stat().st_mode & 0o777) == (0o700, 0o600)


@pytest.mark.parametrize("option, text", [("--email", "nobody"), ("--tenant", "two words")])
def test_init_refuses_what_nobody_could_use(rollbook_home: Path, option: str, text: str) -> None:
    """An impossible address or short name is refused, and no member made of it."""
    done = run_cli(["init", option, text], rollbook_home, check=False)
    assert (done.returncode, "No member was made" in done.stderr) == (1, True)
    assert "Password:" in run_cli(["init"], rollbook_home).stdout


def test_a_database_that_does_not_answer_is_named(rollbook_home: Path) -> None:
    """Without its database nothing is prepared, and the message says where to look."""
    done = run_cli(["init"], rollbook_home, "postgresql://nobody@127.0.0.1:1/none", check=False)
    assert done.returncode == 1
    assert "The database cannot be prepared" in done.stderr
    assert "Check DATABASE_URL" in done.stderr


def test_an_impossible_setting_is_named(rollbook_home: Path) -> None:
    """Every command says which setting cannot be used."""
    for command in ("init", "runs", "doctor"):
        done = run_cli([command], rollbook_home, "mysql://somewhere/else", check=False)
        assert done.returncode == 1
        assert "DATABASE_URL must begin with postgresql://, not mysql://" in done.stdout + done.stderr


def test_a_good_hub_has_no_error(rollbook_home: Path, database: str) -> None:
    """After init the doctor finds everything in order."""
    run_cli(["init"], rollbook_home, database)
    done = run_cli(["doctor"], rollbook_home, database, check=False)
    assert {line.split()[0] for line in done.stdout.splitlines()} == {"ok"}, done.stdout
    assert done.returncode == 0


def test_findings_can_be_read_by_programs(hub: Path) -> None:
    """With --json the doctor says the same, for whoever watches many hubs."""
    good = json.loads(doctor(hub, "--json")[1])
    assert (good["worst"], {finding["level"] for finding in good["findings"]}) == ("ok", {"ok"})
    assert {"settings", "home", "keys", "storage", "time zones", "database", "tables", "clock"} <= {
        finding["about"] for finding in good["findings"]
    }
    (hub / "keys" / "secret_key").chmod(0o644)
    code, text = doctor(hub, "--json")
    bad = json.loads(text)
    assert (code, bad["worst"]) == (1, "error")
    assert [finding["mend"] for finding in bad["findings"] if finding["level"] == "error"] == [
        f"chmod 600 {hub}/keys/secret_key"
    ]


def test_storage_that_cannot_be_written_is_an_error(hub: Path) -> None:
    """The doctor tries whether a run could be written."""
    (hub / "runs").rmdir()
    (hub / "runs").symlink_to("/proc")
    code, text = doctor(hub)
    assert code == 1
    assert f"error    storage     Nothing can be written to {hub}/runs" in text


def test_missing_time_zones_are_an_error(hub: Path) -> None:
    """Without data on time zones no schedule can be kept; the doctor says so."""
    script = "import sys, zoneinfo; sys.modules['tzdata'] = None; from rollbook.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", script, "doctor"],
        env=environment(hub, None) | {"PYTHONTZPATH": ""},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert "error    time zones  There is no data on America/Chicago" in done.stdout


def test_a_wrong_address_of_the_database_shows_no_password(hub: Path) -> None:
    """A DATABASE_URL that cannot be read is not repeated, not even in part."""
    for url in ("postgresql://hub:pa/ss:word@127.0.0.1/db", "postgresql://hub:hunter2@127.0.0.1:port/db"):
        done = run_cli(["doctor"], hub, url, check=False)
        assert done.returncode == 1
        assert "DATABASE_URL" in done.stdout
        assert not any(part in done.stdout for part in ("pa/ss", "word@", "hunter2"))


def test_a_home_without_a_hub_is_told_to_init(rollbook_home: Path) -> None:
    """Looking at an empty home says how to begin, and makes no database."""
    code, text = doctor(rollbook_home)
    assert code == 1
    assert "error    database    There is none yet.\n" in text
    assert "rollbook init" in text
    assert not (rollbook_home / "rollbook.sqlite3").exists()


def test_an_open_key_is_an_error(hub: Path) -> None:
    """A key that others can read is an error, with the command that mends it."""
    key = hub / "keys" / "secret_key"
    key.chmod(0o644)
    code, text = doctor(hub)
    assert code == 1
    assert f"chmod 600 {key}" in text
    key.chmod(0o600)
    assert doctor(hub)[0] == 0


def test_a_sample_key_is_refused(hub: Path) -> None:
    """The hub does not start on a key that came out of a manual, and does not print the key."""
    for key in ("change-me-to-something-long-and-random-please-0123456789", "too-short"):
        for command in (["serve", "--port", "0"], ["doctor"]):
            done = run_cli(command, hub, check=False, env={"SECRET_KEY": key})
            assert done.returncode == 1
            assert "SECRET_KEY is short, or a sample" in done.stdout + done.stderr
            assert key not in done.stdout + done.stderr


def test_an_open_home_is_a_warning(hub: Path) -> None:
    """A home that everybody may look into is worth a warning, and the hub works all the same."""
    hub.chmod(0o755)
    code, text = doctor(hub)
    assert code == 0
    assert f"chmod o= {hub}" in text


def test_a_command_closes_the_database(hub: Path) -> None:
    """What a command wrote is in the one file, not in a log beside it that a copy would leave out."""
    run_cli(["integration", "add", "sis", "--source", "sheets"], hub)
    assert [path.name for path in hub.glob("rollbook.sqlite3*")] == ["rollbook.sqlite3"]


def test_a_damaged_database_is_an_error(hub: Path) -> None:
    """A file that is no database is named as such."""
    (hub / "rollbook.sqlite3").write_text("This was a database once.")
    code, text = doctor(hub)
    assert code == 1
    assert "error    database    It cannot be used: file is not a database" in text


def test_missing_tables_are_an_error(hub: Path) -> None:
    """A database of another version is told from one that is ready."""
    with closing(sqlite3.connect(hub / "rollbook.sqlite3")) as file, file:
        file.execute("DELETE FROM django_migrations WHERE app = 'runs'")
    code, text = doctor(hub)
    assert code == 1
    assert "error    tables      They are not those of this version." in text


def test_a_clock_that_went_back_is_an_error(hub: Path) -> None:
    """A run from tomorrow means that the clock is wrong."""
    run_cli(["integration", "add", "sis", "--source", "sheets"], hub)
    run_cli(["run", "sis", "--from", hub / "nothing"], hub, check=False)
    with closing(sqlite3.connect(hub / "rollbook.sqlite3")) as file, file:
        file.execute("UPDATE runs_run SET created = ?", [str(datetime.now(UTC) + timedelta(days=1))])
    code, text = doctor(hub)
    assert code == 1
    assert "error    clock" in text


def test_pages_for_others_without_https_are_a_warning(hub: Path) -> None:
    """Where other machines may open the pages, HTTPS is asked for."""
    text = doctor(hub, ALLOWED_HOSTS="hub.example.org")[1]
    assert "warning  settings    Other machines may open the pages, and HTTPS is not on." in text
    assert "warning" not in doctor(hub, ALLOWED_HOSTS="hub.example.org", HTTPS="on")[1]


def test_the_mail_server_is_looked_at(hub: Path) -> None:
    """A mail server that answers is fine, one that does not is an error; without links there is a warning."""
    with mail_server() as server:
        here = {"EMAIL_HOST": "127.0.0.1", "EMAIL_PORT": str(server.port), "EMAIL_SECURITY": "none"}
        assert "Mails have no links" in doctor(hub, **here)[1]
        here["BASE_URL"] = "https://hub.example"
        assert f"127.0.0.1:{server.port} answers" in doctor(hub, **here)[1]
    code, text = doctor(hub, **here)
    assert (code, "cannot be used (ConnectionRefusedError)" in text) == (1, True)
