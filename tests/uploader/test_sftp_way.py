"""The same folder over SFTP: OpenSSH's own program, a pinned host key, a real server."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from rollbook_upload.sftp import quoted
from tests.api.hubs import Hub as ApiHub
from tests.sftp import hubs
from tests.sftp.hubs import Hub
from tests.support.senders import NORTH
from tests.uploader.utility import Utility, make

DONE, FAILED, USAGE, FINDINGS, REFUSED, UNTRUSTED = range(6)


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    (tmp_path / "hub").mkdir()
    made = hubs.make(tmp_path / "hub")
    with made.serving():
        yield made


@pytest.fixture
def utility(hub: Hub, tmp_path: Path) -> Utility:
    made = make(ApiHub(hub.home, {}), tmp_path / "school")
    made.set("sftp", host="127.0.0.1", port=str(hub.port), key_file=str(hub.key), marker="_done")
    made.set("send", way="sftp")
    return made


@pytest.mark.slow
def test_files_go_over_sftp(hub: Hub, utility: Utility, tmp_path: Path) -> None:
    """Odd names and folders arrive whole, then the marker; wrong keys of host and sender are refused, and say so."""
    hub.cli("sftp-account", "set", NORTH, "--folder", "2026")
    utility.set("watch", patterns="*", folders="2026")
    files = {"users.csv": b"a,b\n1,2\n", "[odd] 'name' {1}.csv": b"x,y\n1,2\n", "2026/üsers.csv": b"c\n1\n"}
    utility.write(files)
    done = utility.run("--once")
    assert done.returncode == DONE, done.stderr
    assert hub.inbox() == {**files, "_done": b""}
    utility.write({"more.csv": b"x\n"})
    host_key = utility.config.read_text().partition("host_key = ")[2].partition("\n")[0]
    other = tmp_path / "other"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", other], check=True)
    utility.set("sftp", host_key=other.with_name("other.pub").read_text().strip())
    assert utility.run("--once").returncode == UNTRUSTED
    utility.set("sftp", host_key=host_key, key_file=str(other))
    done = utility.run("--once")
    assert (done.returncode, "does not know the key or the login" in done.stderr) == (REFUSED, True)
    assert "more.csv" not in hub.inbox()


def test_paths_are_quoted_for_the_batch() -> None:
    """Quotes and backslashes are marked, so that a path is one word."""
    assert quoted('a "b" \\c*') == '"a \\"b\\" \\\\c*"'
