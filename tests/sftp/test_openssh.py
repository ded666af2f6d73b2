"""OpenSSH's own programs as senders."""

from __future__ import annotations

import csv
import os
import subprocess
from datetime import UTC, datetime
from pathlib import Path

from tests.sftp.hubs import Hub, random_bytes, sha256
from tests.support.waiting import until


def test_a_file_arrives(receiving: Hub, tmp_path: Path) -> None:
    """What is put into inbox is there, with its checksum, when the client is told so."""
    content = random_bytes(700_000)
    (tmp_path / "students.csv").write_bytes(content)
    done = receiving.openssh(f"put {tmp_path}/students.csv inbox/")
    assert done.returncode == 0, done.stderr
    assert receiving.inbox() == {"students.csv": content}
    assert receiving.files() == [("students.csv", "whole", len(content), sha256(content))]


def test_a_later_file_takes_the_place_of_an_earlier_one(receiving: Hub, tmp_path: Path) -> None:
    """The second upload is what lies there, even when it is shorter; the first stays in the history."""
    sheet = tmp_path / "students.csv"
    for content in (b"id,name\n1,Ada\n2,Ben\n", b"id,name\n"):
        sheet.write_bytes(content)
        assert receiving.openssh(f"put {sheet} inbox/students.csv").returncode == 0
    assert receiving.inbox() == {"students.csv": b"id,name\n"}
    assert [state for _, state, _, _ in receiving.files()] == ["replaced", "whole"]


def test_an_empty_file_is_a_file(receiving: Hub, tmp_path: Path) -> None:
    """A file of no bytes is received like any other."""
    (tmp_path / "_done").touch()
    assert receiving.openssh(f"put {tmp_path}/_done inbox/").returncode == 0
    assert receiving.files() == [("_done", "whole", 0, sha256(b""))]


def test_a_file_is_renamed_when_it_is_whole(receiving: Hub, tmp_path: Path) -> None:
    """What is sent under a name for the time being is renamed, over the file of before."""
    (tmp_path / "new").write_bytes(b"new")
    (tmp_path / "old").write_bytes(b"old")
    batch = f"put {tmp_path}/old inbox/a.csv\nput {tmp_path}/new inbox/a.csv.filepart\n"
    done = receiving.openssh(f"{batch}rename inbox/a.csv.filepart inbox/a.csv")
    assert done.returncode == 0, done.stderr
    assert receiving.inbox() == {"a.csv": b"new"}
    assert receiving.files("whole") == [("a.csv", "whole", 3, sha256(b"new"))]


def test_the_time_of_a_file_is_kept(receiving: Hub, tmp_path: Path) -> None:
    """`put -p` keeps when a sheet was made."""
    sheet = tmp_path / "students.csv"
    sheet.write_bytes(b"x")
    os.utime(sheet, (1_600_000_000, 1_700_000_000))
    assert receiving.openssh(f"put -p {sheet} inbox/").returncode == 0
    assert (receiving.folder() / "inbox/students.csv").stat().st_mtime == 1_700_000_000


def test_a_broken_upload_is_a_part_and_can_be_resumed(receiving: Hub, tmp_path: Path) -> None:
    """A client that dies mid-file leaves no file, but a part that it can go on with."""
    content = random_bytes(40_000_000)
    (tmp_path / "big.csv").write_bytes(content)
    part = receiving.folder() / "parts/big.csv"
    with receiving.openssh_at_work(f"put {tmp_path}/big.csv inbox/big.csv", "-l", "20000"):
        assert until(lambda: part.exists() and part.stat().st_size > 500_000)
    assert until(lambda: receiving.files("partial"))
    assert receiving.inbox() == {}
    shown = receiving.openssh("ls -l inbox").stdout
    assert str(part.stat().st_size) in shown

    done = receiving.openssh(f"reput {tmp_path}/big.csv inbox/big.csv")
    assert done.returncode == 0, done.stderr
    assert receiving.inbox() == {"big.csv": content}
    assert receiving.files("whole") == [("big.csv", "whole", len(content), sha256(content))]
    assert not receiving.files("partial", "receiving")


def test_scp_sends_too(receiving: Hub, tmp_path: Path) -> None:
    """`scp`, which speaks SFTP, puts a file; as a command on the server it is refused."""
    (tmp_path / "students.csv").write_bytes(b"id\n1\n")
    command = ["scp", *receiving.ssh_options(), "-P", str(receiving.port), f"{tmp_path}/students.csv"]
    to = "northfield@127.0.0.1:inbox/"
    assert subprocess.run([*command[:1], "-s", *command[1:], to], timeout=60).returncode == 0
    assert receiving.inbox() == {"students.csv": b"id\n1\n"}
    assert subprocess.run([*command[:1], "-O", *command[1:], to], timeout=60, capture_output=True).returncode != 0


def test_what_lies_in_the_outbox_is_read(receiving: Hub, tmp_path: Path) -> None:
    """Receipts are listed and fetched, and cannot be changed or removed."""
    content = random_bytes(1_000_000)
    (receiving.folder() / "outbox/receipt.xlsx").write_bytes(content)
    done = receiving.openssh(f"get outbox/receipt.xlsx {tmp_path}/back")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "back").read_bytes() == content
    for command in (
        "rm outbox/receipt.xlsx",
        "rename outbox/receipt.xlsx inbox/receipt.xlsx",
        f"put {tmp_path}/back outbox/",
    ):
        assert receiving.openssh(command).returncode != 0
    assert (receiving.folder() / "outbox/receipt.xlsx").read_bytes() == content


def test_there_is_no_shell(receiving: Hub) -> None:
    """A command, a shell and a tunnel are refused; whoever asks learns nothing."""
    ssh = ["ssh", *receiving.ssh_options(), "-p", str(receiving.port), "northfield@127.0.0.1"]
    done = subprocess.run([*ssh, "id"], capture_output=True, text=True, timeout=60)
    assert done.returncode != 0
    assert done.stdout == ""
    done = subprocess.run([*ssh[:-1], "-W", "127.0.0.1:22", ssh[-1]], capture_output=True, text=True, timeout=60)
    assert done.returncode != 0


def test_a_stop_waits_for_a_file_in_flight(receiving: Hub, tmp_path: Path) -> None:
    """A server that is asked to stop lets an upload come to its end, and takes no new ones."""
    content = random_bytes(4_000_000)
    (tmp_path / "big.csv").write_bytes(content)
    part = receiving.folder() / "parts/big.csv"
    with receiving.openssh_at_work(f"put {tmp_path}/big.csv inbox/big.csv", "-l", "16000"):
        assert until(part.exists)
        assert receiving.process
        receiving.process.terminate()
        assert receiving.process.wait(timeout=40) == 0
    assert receiving.inbox() == {"big.csv": content}


def test_the_history_says_what_was_received(receiving: Hub, tmp_path: Path) -> None:
    """A file for each month says what came, when, with which checksum, and what became of it; nobody can change it."""
    for content in (b"id\n1\n", b"id\n2\n"):
        (tmp_path / "students.csv").write_bytes(content)
        assert receiving.openssh(f"put {tmp_path}/students.csv inbox/").returncode == 0
    name = f"received-{datetime.now(UTC):%Y-%m}.csv"
    done = receiving.openssh(f"ls history\nget history/{name} {tmp_path}/back.csv")
    assert done.returncode == 0, done.stderr
    assert name in done.stdout
    with (tmp_path / "back.csv").open(newline="", encoding="utf-8") as file:
        found = [(row["file"], row["bytes"], row["sha256"], row["state"]) for row in csv.DictReader(file)]
    assert found == [
        ("students.csv", "5", sha256(b"id\n1\n"), "replaced by a later one"),
        ("students.csv", "5", sha256(b"id\n2\n"), "received"),
    ]
    for command in (
        f"rm history/{name}",
        f"put {tmp_path}/students.csv history/",
        f"rename history/{name} inbox/a.csv",
    ):
        assert receiving.openssh(command).returncode != 0
    assert (receiving.folder() / "history" / name).exists()
