"""From a school's folder into the inbox of a hub: the one-file program, a real server, and what goes wrong between."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from rollbook_upload import config, locking
from rollbook_upload.errors import FileChanged
from rollbook_upload.state import State
from rollbook_upload.tus import PART, Upload
from rollbook_upload.web import Web
from simulators.district import build
from simulators.sheets import make_sheets, write
from tests.api.hubs import Hub
from tests.support.certificates import make_certificates
from tests.support.cli import running_cli
from tests.support.senders import NORTH
from tests.support.waiting import until
from tests.uploader.proxies import Proxy, between
from tests.uploader.utility import Utility, at

DONE, FAILED, USAGE, FINDINGS, REFUSED, UNTRUSTED, OCCUPIED = range(7)
SESSIONS = b"sourcedId,title,type,startDate,endDate,schoolYear\nY1,Year,schoolYear,2026-08-01,2027-06-30,2027\n"


@pytest.fixture
def proxy(serving: Hub) -> Iterator[Proxy]:
    with between(serving.port) as proxy:
        yield proxy


def test_from_a_folder_to_a_receipt(serving: Hub, utility: Utility) -> None:
    """Checked, sent, ended and answered by one command; a second one finds nothing to do."""
    write(make_sheets(build(20), "oneroster_12"), utility.folder)
    utility.set("send", wait_for_receipt="1")
    with running_cli(["worker"], serving.home, env={"RUN_SWEEP": "1"}):
        done = utility.run("--once")
    assert done.returncode == DONE, done.stderr
    assert "rows checked: 0 errors" in done.stdout
    assert "Result: ACCEPTED" in done.stdout
    assert set(serving.inbox()) == {path.name for path in utility.folder.iterdir()}
    again = utility.run("--once")
    assert (again.returncode, again.stdout) == (DONE, "")
    assert "Nothing to send." in again.stderr


@pytest.mark.slow
def test_only_what_has_changed_is_sent(serving: Hub, utility: Utility) -> None:
    """A file with other content goes again, the others do not; nothing is deleted."""
    utility.write({"a.csv": SESSIONS, "b.csv": SESSIONS})
    utility.run("--once")
    utility.write({"b.csv": SESSIONS + b"Y2,Next,schoolYear,2027-08-01,2028-06-30,2028\n"})
    utility.run("--once")
    assert [path for path, _ in serving.files()] == ["a.csv", "b.csv", "b.csv"]
    assert sorted(path.name for path in utility.folder.iterdir()) == ["a.csv", "b.csv"]


@pytest.mark.slow
def test_a_dry_run_sends_nothing(serving: Hub, utility: Utility) -> None:
    """It says what would go, with the findings."""
    utility.write({"academicSessions.csv": SESSIONS.replace(b"2026-08-01", b"soon")})
    done = utility.run("--dry-run")
    assert "Would send academicSessions.csv" in done.stdout
    assert "startDate: “soon” is not a usable date" in done.stdout
    assert done.returncode == FINDINGS
    assert serving.inbox() == {}


def test_errors_are_sent_unless_told_to_stop(serving: Hub, utility: Utility) -> None:
    """The hub takes what is right; with `--strict` nothing goes. The log has counts, and no data."""
    utility.write({"academicSessions.csv": SESSIONS + b"Y2,Secret Name,nonsense,2026-08-01,2027-06-30,2027\n"})
    assert utility.run("--once", "--strict").returncode == FINDINGS
    assert serving.inbox() == {}
    assert utility.run("--once").returncode == FINDINGS
    assert list(serving.inbox()) == ["academicSessions.csv"]
    token = utility.config.read_text().partition("token = ")[2].partition("\n")[0]
    assert "required-unmapped 1" in utility.log()
    assert "nonsense" not in utility.log()
    assert token not in utility.log()


@pytest.mark.slow
def test_names_that_the_hub_does_not_take(serving: Hub, utility: Utility) -> None:
    """What was not agreed is refused here, in the hub's words; the rest is sent."""
    serving.cli("sftp-account", "set", NORTH, "--pattern", "academic*", "--folder", "2026")
    utility.set("watch", patterns="*", folders="2026, old")
    utility.write({"academicSessions.csv": SESSIONS, "pay.csv": b"x", "2026/academic.csv": SESSIONS, "old/a.csv": b"x"})
    utility.write({".hidden": b"x", "academic.csv.part": b"x"})
    done = utility.run("--once")
    assert done.returncode == REFUSED
    assert "pay.csv: Files of this name are not taken here. Taken are: academic*" in done.stderr
    assert "old/a.csv: This folder was not agreed. Agreed are: 2026" in done.stderr
    assert set(serving.inbox()) == {"academicSessions.csv", "2026/academic.csv"}


def test_a_killed_program_goes_on_where_it_was(serving: Hub, utility: Utility) -> None:
    """After SIGKILL in the middle of a file the rest of the same upload is sent."""
    content = os.urandom(2**20) * 96
    utility.write({"large.csv": content})
    utility.set("hub", rules_key="")
    with utility.running("--once"):
        assert until(lambda: any(part.stat().st_size for part in serving.drafts()))
    assert serving.inbox() == {}
    assert list(utility.state()["uploads"]) == ["large.csv"]
    assert utility.run("--once").returncode == DONE
    assert serving.inbox() == {"large.csv": content}
    assert len(serving.files()) == 1


@pytest.mark.slow
def test_lost_connections_are_borne(proxy: Proxy, serving: Hub, utility: Utility) -> None:
    """A connection that ends within a part costs that part only."""
    content = os.urandom(2**20) * 24
    utility.write({"large.csv": content})
    utility.set("hub", rules_key="")
    proxy.most = 10 * 2**20
    assert at(utility, proxy.port).run("--once").returncode == DONE
    assert proxy.cut
    assert serving.inbox() == {"large.csv": content}


@pytest.mark.slow
def test_a_hub_that_is_away_is_waited_for(proxy: Proxy, serving: Hub, utility: Utility) -> None:
    """The round goes on once the hub is back."""
    proxy.target = 0
    utility.write({"academicSessions.csv": SESSIONS})
    with at(utility, proxy.port).running("--once") as process:
        assert until(lambda: utility.config.with_name("north.log").exists() and "Trying again" in utility.log())
        proxy.target = serving.port
        assert process.wait(60) == DONE
    assert list(serving.inbox()) == ["academicSessions.csv"]


def test_a_file_that_grows_while_it_is_sent(serving: Hub, utility: Utility) -> None:
    """What came of it is taken back; no half file is ever stored."""
    utility.write({"large.csv": os.urandom(PART + 1)})
    file, settings = utility.folder / "large.csv", config.load(utility.config)
    state = State(utility.config.with_name("north.state.json"), "")

    def grow(done: int, size: int) -> None:
        with file.open("ab") as more:
            more.write(b"more")

    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    web = Web(settings.hub)
    with pytest.raises(FileChanged):
        Upload(web, state, "large.csv", file, digest, grow).send()
    web.close()
    assert (serving.inbox(), serving.drafts(), state.uploads) == ({}, [], {})


@pytest.mark.slow
def test_a_file_that_is_still_written_waits(serving: Hub, utility: Utility) -> None:
    """What changes within the settling time is left for a later round."""
    utility.write({"done.csv": SESSIONS, "growing.csv": SESSIONS})
    long_ago = time.time() - 100
    os.utime(utility.folder / "done.csv", (long_ago, long_ago))
    utility.set("send", settle="2")
    with utility.running("--once") as process, (utility.folder / "growing.csv").open("ab", buffering=0) as file:
        while process.poll() is None:
            file.write(b".")
            time.sleep(0.05)
    assert process.returncode == DONE
    assert list(serving.inbox()) == ["done.csv"]


@pytest.mark.slow
def test_files_can_be_moved_aside(serving: Hub, utility: Utility) -> None:
    """After sending they lie in the folder named for it; one of the same name is kept."""
    utility.set("send", after="move", sent_folder="export/sent")
    for content in (SESSIONS, SESSIONS + b"\n"):
        utility.write({"academicSessions.csv": content})
        assert utility.run("--once").returncode == DONE
    sent = utility.folder / "sent"
    assert {path.name for path in sent.iterdir()} == {"academicSessions.csv", "academicSessions-2.csv"}
    assert [path.name for path in utility.folder.iterdir()] == ["sent"]


@pytest.mark.slow
def test_a_damaged_memory_only_costs_a_second_sending(serving: Hub, utility: Utility) -> None:
    """The file is put aside, and everything is sent once more."""
    utility.write({"academicSessions.csv": SESSIONS})
    utility.run("--once")
    utility.config.with_name("north.state.json").write_text('{"format": 1, "sent": [')
    done = utility.run("--once")
    assert done.returncode == DONE
    assert "cannot be read any more" in done.stderr
    assert utility.config.with_name("north.state.json.damaged").exists()
    assert len(serving.files()) == 2


@pytest.mark.slow
def test_one_at_a_time(utility: Utility) -> None:
    """A second one with the same configuration ends at once."""
    with locking.alone(utility.config.with_name("north.lock")):
        done = utility.run("--once")
    assert done.returncode == OCCUPIED
    assert "Another rollbook-upload is at work" in done.stderr
    assert utility.run("--once").returncode == DONE


# Who answers there ------------------------------------------------------------------------------------


def test_a_certificate_of_a_named_authority_is_trusted(serving: Hub, utility: Utility, tmp_path: Path) -> None:
    """With `ca_file` the hub of a school's own authority is reached; without it, and with another, nothing is sent."""
    utility.write({"academicSessions.csv": SESSIONS})
    own, other = (make_certificates(folder) for folder in folders(tmp_path, "own", "other"))
    with between(serving.port, own.certificate, own.key) as proxy:
        at(utility, proxy.port, "https")
        for wrong in ("", str(other.authority_file)):
            utility.set("hub", ca_file=wrong)
            done = utility.run("--once")
            assert done.returncode == UNTRUSTED
            assert "cannot be trusted" in done.stderr
        assert serving.inbox() == {}
        utility.set("hub", ca_file=str(own.authority_file))
        assert utility.run("--once").returncode == DONE
    assert list(serving.inbox()) == ["academicSessions.csv"]


@pytest.mark.slow
def test_a_certificate_for_another_host_is_not_trusted(serving: Hub, utility: Utility, tmp_path: Path) -> None:
    """Whoever has some certificate of the authority is not the hub."""
    (folder,) = folders(tmp_path, "other")
    other = make_certificates(folder, "other.example")
    utility.set("hub", ca_file=str(other.authority_file))
    with between(serving.port, other.certificate, other.key) as proxy:
        assert at(utility, proxy.port, "https").run("--once").returncode == UNTRUSTED


def folders(above: Path, *names: str) -> list[Path]:
    made = [above / name for name in names]
    for folder in made:
        folder.mkdir()
    return made


def test_rules_of_another_signer_are_refused(serving: Hub, utility: Utility) -> None:
    """Nothing is sent to a hub whose rules are not signed with the pinned key."""
    utility.write({"academicSessions.csv": SESSIONS})
    utility.set("hub", rules_key="11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=")
    done = utility.run("--once")
    assert done.returncode == UNTRUSTED
    assert "not signed with the key in the configuration" in done.stderr
    assert serving.inbox() == {}


@pytest.mark.slow
def test_a_wrong_token_is_refused(serving: Hub, utility: Utility) -> None:
    """The hub's sentence is shown, and the token is not."""
    utility.write({"academicSessions.csv": SESSIONS})
    utility.set("hub", token="rbu_" + "x" * 43)
    done = utility.run("--once")
    assert done.returncode == REFUSED
    assert "x" * 43 not in done.stderr + utility.log()


def test_the_hub_sees_the_program(serving: Hub, utility: Utility) -> None:
    """Version and host are shown beside the token; check-config says what was agreed."""
    done = utility.run("check-config")
    assert done.returncode == DONE
    assert f"knows this program as {NORTH}" in done.stdout
    assert "0.1.0" in serving.cli("upload-token", "list", NORTH).stdout
