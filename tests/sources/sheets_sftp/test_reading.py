"""Data sheets on OpenSSH's own server, from there into the roster."""

from __future__ import annotations

import os
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from time import time

import pytest
from pytest_django import Settings

from rollbook.accounts.models import Tenant
from rollbook.integrations import secrets
from rollbook.runs import carrying
from rollbook.runs.models import Run, State
from rollbook.schedules import changing
from rollbook.schedules.tick import tick
from rollbook.sources.base import Works
from tests.journeys.support import Hub, found, stored_bytes, write
from tests.journeys.support import carry as carry_folder
from tests.sources.sheets_sftp.schools import at, carry, integrate, tried
from tests.support.sshd import SSHD, sshd
from tests.world import NORTHFIELD

pytestmark = pytest.mark.django_db
WRITTEN = (State.APPLIED, State.APPLIED_WITH_ERRORS)


def people(hub: Hub) -> set[str]:
    return {key for key, row in hub.roster("user").items() if row["active"]}


def changed(file: Path, moment: float) -> Path:
    os.utime(file, (moment, moment))
    return file


def test_files_become_a_roster_as_if_they_had_arrived(hub: Hub, server: SSHD, exports: Path, tmp_path: Path) -> None:
    """The roster, the files of the run and its issues are those of the same sheets in a folder of the hub."""
    write(exports, NORTHFIELD)
    run = carry(integrate(hub, at(server, exports)))
    assert (run.state in WRITTEN, run.error) == (True, "")
    arrived = Hub(Tenant.objects.create(slug="twin", name="Twin"))
    twin = carry_folder(arrived.integrate(settings={"layout": "hub_v1"}), write(tmp_path / "twin", NORTHFIELD))
    assert hub.everything() == arrived.everything()
    assert (run.files, found(run)) == (twin.files, found(twin))


def test_a_schedule_reads_the_server(hub: Hub, server: SSHD, exports: Path) -> None:
    """A schedule needs no path; when it is due the files are read and the roster follows them."""
    write(exports, NORTHFIELD)
    integration = integrate(hub, at(server, exports))
    changing.add(integration, every="day", hour=0, minute=15, now=datetime(2026, 11, 21, tzinfo=UTC))
    assert tick(datetime(2026, 11, 22, 1, tzinfo=UTC)) == 1
    run = Run.objects.get()
    assert (run.trigger, carrying.carry(run).state in WRITTEN) == ("schedule", True)
    assert people(hub)


def test_the_same_files_again_write_nothing(hub: Hub, server: SSHD, exports: Path) -> None:
    """A night without news leaves every row as it is, and keeps no file."""
    write(exports, NORTHFIELD)
    integration = integrate(hub, at(server, exports))
    carry(integration)
    before = hub.revisions()
    run = carry(integration)
    assert (run.state in WRITTEN, run.basis["same_as"]) == (True, Run.objects.order_by("pk")[0].pk)
    assert hub.revisions() == before


def test_files_stay_as_they_are(hub: Hub, server: SSHD, exports: Path, settings: Settings) -> None:
    """Nothing is written or removed on the server, and what was fetched does not stay with the run."""
    write(exports, NORTHFIELD)
    before = {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in exports.iterdir()}
    run = carry(integrate(hub, at(server, exports)))
    assert {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in exports.iterdir()} == before
    assert [path for path in run.folder.rglob("*") if path.suffix == ".csv" and "fetch" in str(path)] == []


def test_the_layout_is_recognised(hub: Hub, server: SSHD, exports: Path) -> None:
    """Where no layout is named the files tell it, as for sheets that arrive."""
    write(exports, NORTHFIELD)
    run = carry(integrate(hub, at(server, exports), layout=""))
    assert (run.state in WRITTEN, run.error) == (True, "")


def test_of_dated_files_the_newest_are_read(hub: Hub, server: SSHD, exports: Path) -> None:
    """Yesterday's files may lie beside today's, whenever they were put there."""
    for day, text in (("20261121", "old"), ("20261122", "")):
        for name, sheet in NORTHFIELD.items():
            stem, _, ending = name.partition(".")
            (exports / f"{stem}_{day}.{ending}").write_text(text or sheet)
    changed(exports / f"{next(iter(NORTHFIELD)).partition('.')[0]}_20261121.csv", time())
    run = carry(integrate(hub, at(server, exports)))
    assert (run.state in WRITTEN, run.error) == (True, "")
    assert all("20261122" in file["file"] for file in run.files)


def test_the_newest_folder_is_read(hub: Hub, server: SSHD, exports: Path) -> None:
    """Each night has a folder of its own, and one beside them is not mistaken for the newest."""
    write(exports / "2026-11-21", {"users.csv": "old"})
    write(exports / "2026-11-22", NORTHFIELD)
    (exports / "archive").mkdir()
    run = carry(integrate(hub, {**at(server, exports), "folder": f"{exports}/*"}))
    assert (run.state in WRITTEN, run.error) == (True, "")


def test_links_are_what_they_lead_to(hub: Hub, server: SSHD, exports: Path, tmp_path: Path) -> None:
    """A school may link to the latest export; what leads nowhere is left alone."""
    real = write(tmp_path / "real", NORTHFIELD)
    for name in NORTHFIELD:
        (exports / name).symlink_to(real / name)
    (exports / "gone.csv").symlink_to(tmp_path / "nowhere.csv")
    os.mkfifo(exports / "pipe.csv")
    (exports / "folder.csv").mkdir()
    run = carry(integrate(hub, at(server, exports)))
    assert (run.state in WRITTEN, run.error) == (True, "")
    assert {file["file"] for file in run.files} == set(NORTHFIELD)


def test_files_can_be_named_for_one_run(hub: Hub, server: SSHD, exports: Path, tmp_path: Path) -> None:
    """`rollbook run --from` reads what it names, and nobody asks the server."""
    integration, before = integrate(hub, at(server, exports)), server.log
    run = carry_folder(integration, write(tmp_path / "by hand", NORTHFIELD))
    assert (run.state in WRITTEN, server.log) == (True, before)


def test_a_test_run_writes_nothing(hub: Hub, server: SSHD, exports: Path) -> None:
    """It fetches, plans, and stops before the roster."""
    write(exports, NORTHFIELD)
    run = carry(integrate(hub, at(server, exports)), test=True)
    assert (run.state, run.counts["user"]["create"] > 0, hub.everything()) == (State.TESTED, True, {})


# Not yet -------------------------------------------------------------------------------------------------


def test_a_young_file_is_waited_for(hub: Hub, server: SSHD, exports: Path) -> None:
    """A file that was changed just now may not be finished: the run goes back to the queue, and nothing is read."""
    write(exports, NORTHFIELD)
    run = carry(integrate(hub, at(server, exports), quiet_minutes="5"), retries=3)
    assert (run.state, "less than 5 minutes ago" in run.error) == (State.QUEUED, True)
    assert run.not_before is not None
    assert hub.everything() == {}
    for name in NORTHFIELD:
        changed(exports / name, time() - 600)
    assert (carrying.carry(run).state in WRITTEN, run.error) == (True, "")


def test_a_clock_that_is_ahead_keeps_nothing_waiting(hub: Hub, server: SSHD, exports: Path) -> None:
    """A server whose clock is hours ahead is read all the same."""
    for name in NORTHFIELD:
        changed(write(exports, {name: NORTHFIELD[name]}) / name, time() + 7_200)
    run = carry(integrate(hub, at(server, exports), quiet_minutes="5"))
    assert (run.state in WRITTEN, run.error) == (True, "")


def test_the_marker_says_when_an_export_is_finished(hub: Hub, server: SSHD, exports: Path) -> None:
    """Without it nothing is read, nor with one of an earlier export; what was just written is read once it is there."""
    write(exports, NORTHFIELD)
    integration = integrate(hub, at(server, exports), marker="_done", quiet_minutes="5")
    assert "is not there yet" in carry(integration).error
    changed(write(exports, {"_done": ""}) / "_done", time() - 86_400)
    assert "is that of an earlier export" in carry(integration).error
    assert hub.everything() == {}
    changed(exports / "_done", time() + 1)
    run = carry(integration)
    assert (run.state in WRITTEN, run.error) == (True, "")


def test_an_empty_folder_ends_nobody(hub: Hub, server: SSHD, exports: Path) -> None:
    """A folder without files, or with drafts only, is no school without people: the run fails and says what it saw."""
    write(exports, NORTHFIELD)
    integration = integrate(hub, at(server, exports), absence="deactivate")
    carry(integration)
    before = hub.everything()
    for file in exports.iterdir():
        file.rename(exports / f"{file.name}.filepart")
    run = carry(integration)
    assert (run.state, "has no file to read" in run.error) == (State.FAILED, True)
    assert hub.everything() == before


def test_a_folder_that_is_not_there(hub: Hub, server: SSHD, exports: Path) -> None:
    """A wrong path is said at once, also by the test of the connection."""
    integration = integrate(hub, {**at(server, exports), "folder": "/no/such/folder"})
    run = carry(integration, retries=3)
    assert (run.state, "no such folder" in run.error) == (State.FAILED, True)
    assert "no such folder" in tried(integration)[-1].note


# Who is asked, and who asks ------------------------------------------------------------------------------


def test_the_connection_is_tested(hub: Hub, server: SSHD, exports: Path) -> None:
    """Each step is named, and each file with its size; older ones are counted."""
    write(exports, {"users_20261121.csv": "x", "users_20261122.csv": "sourcedId\n", "notes.doc": ""})
    said = tried(integrate(hub, at(server, exports)))
    assert [(one.what, one.works) for one in said] == [
        ("Host key", Works.YES),
        ("Log in", Works.YES),
        ("Folder", Works.YES),
        ("users_20261122.csv", Works.YES),
        ("Older files, which are left alone", Works.YES),
    ]
    assert server.fingerprint("ed25519") in said[0].note


def test_the_first_test_shows_the_host_key(hub: Hub, server: SSHD, exports: Path) -> None:
    """Nobody is logged in before a key is set: the test says which one is found and what to do with it."""
    integration = integrate(hub, {**at(server, exports), "host_key": ""})
    before = server.log.count("Accepted")
    (said,) = tried(integration)
    run = carry(integration)
    for text in (said.note, run.error):
        assert (server.fingerprint("ed25519") in text, "host_key" in text) == (True, True)
    assert (said.works, server.log.count("Accepted")) == (Works.NO, before)


@pytest.mark.parametrize("kind", ["ed25519", "rsa"])
def test_a_fingerprint_is_enough(hub: Hub, server: SSHD, exports: Path, kind: str) -> None:
    """A school tells the fingerprint of any of its host keys, as its program shows it."""
    write(exports, {"users.csv": ""})
    said = tried(integrate(hub, {**at(server, exports), "host_key": server.fingerprint(kind)}))
    assert server.fingerprint(kind) in said[0].note


def test_another_host_key_is_refused(hub: Hub, server: SSHD, exports: Path, tmp_path: Path) -> None:
    """A machine with another key gets nothing: the run fails at once, and the message names the key that was seen."""
    write(exports, NORTHFIELD)
    settings = at(server, exports)
    with sshd(tmp_path / "other") as other:
        integration = integrate(hub, {**settings, "port": str(other.port)})
        run = carry(integration, retries=3)
        assert run.state == State.FAILED
        assert ("shows another host key" in run.error, other.fingerprint("ed25519") in run.error) == (True, True)
        assert "Accepted" not in other.log
        assert settings["user"] not in other.log.replace("root@", "")


def test_a_private_network_needs_the_operator(hub: Hub, server: SSHD, exports: Path, settings: Settings) -> None:
    """An address that is not public is only connected to where the operator allows its network."""
    settings.SOURCE_NETWORKS = []
    before = server.log
    run = carry(integrate(hub, at(server, exports)), retries=3)
    assert (run.state, "SOURCE_NETWORKS" in run.error, server.log) == (State.FAILED, True, before)


def test_a_key_that_is_not_accepted(hub: Hub, server: SSHD, exports: Path, tmp_path: Path) -> None:
    """The message says what to look at, and a run is not tried over and over, which would lock the account."""
    key = tmp_path / "another"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    run = carry(integrate(hub, {**at(server, exports), "private_key": key.read_text()}), retries=3)
    assert (run.state, "did not let the hub in" in run.error) == (State.FAILED, True)


@pytest.mark.parametrize(
    "wrong, said",
    [
        ({"passphrase": "another"}, "does not open with this passphrase"),
        ({"private_key": "ssh-ed25519 AAAA"}, "is none that can be read"),
        ({"host_key": "ab:cd"}, "is neither a fingerprint"),
        ({"port": "0"}, "goes from 1 to 65535"),
        ({"host": "sftp..example"}, "is not known"),
    ],
)
def test_settings_that_cannot_work(hub: Hub, server: SSHD, exports: Path, wrong: dict[str, str], said: str) -> None:
    """Each is named, in a run and in a test."""
    integration = integrate(hub, {**at(server, exports), **wrong})
    assert said in carry(integration).error
    assert said in tried(integration)[-1].note


def test_secrets_are_in_no_file_and_no_log(
    hub: Hub, server: SSHD, exports: Path, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither the key nor its passphrase is in a setting, a log, a message or a file, whatever the run came to."""
    caplog.set_level("DEBUG")
    write(exports, NORTHFIELD)
    own = at(server, exports)
    integration = integrate(hub, own)
    runs = [carry(integration)]
    for file in exports.iterdir():
        file.unlink()
    runs += [carry(integration)]
    hidden = [own["passphrase"], *own["private_key"].splitlines()[1:-1]]
    said = [caplog.text, *(run.error for run in runs), repr(integration.settings), repr(tried(integration))]
    said += [content.decode("latin-1") for _, content in stored_bytes(settings.ROLLBOOK_HOME)]
    assert [secret for secret in hidden for text in said if secret in text] == []
    assert secrets.secrets_of(integration)["passphrase"] == own["passphrase"]
