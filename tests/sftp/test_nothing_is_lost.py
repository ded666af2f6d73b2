"""Every file that its sender was told is stored is there, with its checksum, whatever happens to the hub."""

from __future__ import annotations

import random
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import paramiko
import pytest

from tests.sftp import hubs
from tests.sftp.hubs import Hub, random_bytes, sha256
from tests.support.postgres import PostgresServer
from tests.support.postgres import postgres_server as start_postgres
from tests.support.tools import find_postgres_bin, missing
from tests.support.waiting import until

ERRORS = (OSError, EOFError, paramiko.SSHException)


class Sender(threading.Thread):
    """
    Sends files over one connection until it breaks, and keeps what it was told.

    Every third file is sent anew, every fourth under a name for the time being.
    """

    def __init__(self, hub: Hub, number: int, files: int, size: int) -> None:
        super().__init__(daemon=True)
        self.hub, self.number, self.files, self.size = hub, number, files, size
        self.told: dict[str, list[str]] = {}  # path -> checksum that was told; those that may have been stored since
        self.refusals: list[str] = []

    def run(self) -> None:
        with suppress(*ERRORS), self.hub.paramiko() as client:
            for count in range(self.files):
                content = random_bytes(random.randint(0, self.size))
                path = f"s{self.number}-{count // 3}.csv"
                draft = f"{path}.part" if count % 4 == 0 else path
                try:
                    self.send(client, draft, content)
                    if draft != path:
                        self.rename(client, draft, path, sha256(content))
                except OSError as refused:
                    self.refusals.append(str(refused))

    def send(self, client: paramiko.SFTPClient, path: str, content: bytes) -> None:
        """Until the answer it may be the file of before or this one."""
        if path in self.told:
            self.told[path].append(sha256(content))
        hubs.store(client, f"inbox/{path}", content)
        self.told[path] = [sha256(content)]

    def rename(self, client: paramiko.SFTPClient, draft: str, path: str, digest: str) -> None:
        """Until the answer it may have either name."""
        del self.told[draft]
        if path in self.told:
            self.told[path].append(digest)
        client.posix_rename(f"inbox/{draft}", f"inbox/{path}")
        self.told[path] = [digest]


def send_all(hub: Hub, senders: int, files: int, size: int, meanwhile: Callable[[], None]) -> list[Sender]:
    """Let many senders send while something happens."""
    all_of_them = [Sender(hub, number, files, size) for number in range(senders)]
    for sender in all_of_them:
        sender.start()
    meanwhile()
    for sender in all_of_them:
        sender.join(timeout=120)
    return all_of_them


def agrees(hub: Hub) -> bool:
    """Whether rows and files say the same."""
    whole = {path: (size, digest) for path, _, size, digest in hub.files("whole")}
    return whole == {path: (len(content), sha256(content)) for path, content in hub.inbox().items()}


def lost(hub: Hub, senders: list[Sender]) -> list[str]:
    """Paths that are not as their senders were told."""
    assert until(lambda: agrees(hub))
    there = hub.inbox()
    return [path for sender in senders for path in sender.told if path not in there]


def changed(hub: Hub, senders: list[Sender]) -> list[str]:
    """Paths whose content is neither what was told, nor what was sent over it at the end."""
    there = hub.inbox()
    return [p for s in senders for p, sums in s.told.items() if p in there and sha256(there[p]) not in sums]


def test_a_server_that_is_killed_has_what_it_said(hub: Hub) -> None:
    """SIGKILL in the middle of uploads of 20 senders: what they were told is there when the server is back."""
    killed_and_back(hub, senders=20, size=60_000)


@pytest.mark.slow
@pytest.mark.parametrize("size", [2_000, 60_000, 200_000])
@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_a_hundred_uploads_outlive_a_kill(tmp_path: Path, database: str, size: int) -> None:
    """The same with a hundred senders at once, three times at a moment that nobody chose, on either database."""
    home = tmp_path / "hub"
    home.mkdir()
    with ExitStack() as stack:
        url = ""
        if database == "postgresql":
            server = stack.enter_context(a_database())
            url = server.tcp_url(stack.enter_context(server.database()))
        hub = hubs.make(home, url)
        for _ in range(3):
            killed_and_back(hub, senders=100, size=size)


def killed_and_back(hub: Hub, senders: int, size: int) -> None:
    """Kill a server that receives, start it again, and compare what is there with what was told."""
    before = len(hub.files())
    with ExitStack() as stack:
        process = stack.enter_context(hub.serving()).process
        assert process

        def kill() -> None:
            assert until(lambda: len(hub.files()) > before + 2 * senders, seconds=60)
            time.sleep(random.random() / 2)
            process.send_signal(signal.SIGKILL)
            process.wait()

        sent = send_all(hub, senders, 60, size, kill)
    with hub.serving():
        assert sum(len(sender.told) for sender in sent) >= senders / 2
        assert lost(hub, sent) == []
        assert changed(hub, sent) == []
        assert not hub.files("receiving")


def test_what_a_kill_leaves_half_done_is_finished(receiving: Hub) -> None:
    """A row without its move, a move without a row, a part: each is made whole, or known as what it is."""
    with receiving.paramiko() as client:
        for name in ("moved.csv", "renamed.csv", "gone.csv"):
            put(client, name)
    assert receiving.process
    receiving.process.kill()
    receiving.process.wait()
    folder = receiving.folder()
    (folder / "inbox/moved.csv").rename(folder / "parts/moved.csv")
    (folder / "inbox/renamed.csv").rename(folder / "inbox/before.csv.part")
    (folder / "inbox/gone.csv").unlink()
    (folder / "parts/half.csv").write_bytes(b"id,na")
    with receiving.serving():
        assert receiving.inbox() == {"moved.csv": b"moved.csv", "renamed.csv": b"renamed.csv"}
        states = {path: state for path, state, _, _ in receiving.files()}
        assert states == {"moved.csv": "whole", "renamed.csv": "whole", "gone.csv": "lost", "half.csv": "partial"}


@contextmanager
def a_database() -> Iterator[PostgresServer]:
    bin_folder = find_postgres_bin()
    if bin_folder is None:
        missing("PostgreSQL", "postgresql")
    with start_postgres(bin_folder) as server:
        yield server


@pytest.mark.slow
def test_while_the_database_is_away_nothing_is_said_to_be_stored(tmp_path: Path) -> None:
    """Uploads fail while the database is away, and go on when it is back; what was told before is there."""
    home = tmp_path / "hub"
    home.mkdir()
    with a_database() as database, database.database() as name:
        hub = hubs.make(home, database.tcp_url(name))
        with hub.serving(), hub.paramiko() as client, hub.paramiko() as unlucky:
            put(client, "before.csv")
            begun = unlucky.open("inbox/begun.csv", "wb")
            refuse_connections(database, name, yes=True)
            with pytest.raises(OSError, match="database is away"):
                client.remove("inbox/before.csv")
            with pytest.raises(OSError, match="database is away"):
                client.open("inbox/meanwhile.csv", "wb")
            begun.close()  # paramiko does not tell that this failed
            with pytest.raises(ERRORS):
                unlucky.stat("inbox/begun.csv")
            assert not hub.lets_in()
            assert sorted(hub.inbox()) == ["before.csv"]
            refuse_connections(database, name, yes=False)
            assert hub.lets_in()
            put(client, "after.csv")
            put(client, "meanwhile.csv")
            assert sorted(hub.inbox()) == ["after.csv", "before.csv", "meanwhile.csv"]
            assert [path for path, *_ in hub.files("whole")] == ["before.csv", "after.csv", "meanwhile.csv"]


def refuse_connections(server: PostgresServer, name: str, *, yes: bool) -> None:
    """Let nobody into a database, and end who is in."""
    import psycopg

    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        connection.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS {'false' if yes else 'true'}")  # type: ignore[call-overload,unused-ignore]
        if yes:
            query = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
            connection.execute(query)  # type: ignore[call-overload,unused-ignore]


@pytest.mark.slow
def test_small_files_are_safe_while_the_database_goes_and_comes(tmp_path: Path) -> None:
    """Whoever sends file after file is told nothing that is not there once the database is back, rows included."""
    home = tmp_path / "hub"
    home.mkdir()
    with a_database() as database, database.database() as name:
        hub = hubs.make(home, database.tcp_url(name))
        with hub.serving():
            sender = Sender(hub, 0, 3_000, 2_000)
            sender.start()
            assert until(lambda: len(sender.told) > 30)
            refuse_connections(database, name, yes=True)
            sender.join(timeout=60)
            refuse_connections(database, name, yes=False)
            assert len(sender.told) < 1_000, "it was told when the database went"
            assert lost(hub, [sender]) == []
            assert changed(hub, [sender]) == []


def put(client: paramiko.SFTPClient, name: str) -> None:
    hubs.store(client, f"inbox/{name}", name.encode())


def test_a_file_that_finds_no_room_is_not_stored(hub: Hub) -> None:
    """A disk that is full is told as a failure; what was there before stays, and there is no half file in the inbox."""
    with hub.serving() as serving:
        assert serving.process
        limit_file_size(serving.process.pid, 3_000_000)
        with hub.paramiko() as client:
            put(client, "students.csv")
            with pytest.raises(OSError, match=r"no room|not stored"), client.open("inbox/students.csv", "wb") as file:
                file.write(random_bytes(5_000_000))
            put(client, "small.csv")
        assert hub.inbox() == {"students.csv": b"students.csv", "small.csv": b"small.csv"}
        assert until(lambda: [path for path, *_ in hub.files("partial")] == ["students.csv"])


def test_a_disk_that_is_full_is_told(hub: Hub) -> None:
    """On a file system without room: what fits is stored, what does not is refused, and goes in when there is room."""
    with a_small_disk(hub.home / "inbox", "4m"), hub.serving(), hub.paramiko() as client:
        put(client, "students.csv")
        hubs.store(client, "inbox/large.csv", random_bytes(3_000_000))
        with pytest.raises(OSError, match=r"no room|not stored"):
            hubs.store(client, "inbox/students.csv", random_bytes(2_000_000))
        assert hub.inbox()["students.csv"] == b"students.csv"
        assert until(lambda: [path for path, *_ in hub.files("partial")] == ["students.csv"])
        client.remove("inbox/large.csv")
        hubs.store(client, "inbox/students.csv", b"later")
        assert hub.inbox() == {"students.csv": b"later"}
        assert agrees(hub)


@contextmanager
def a_small_disk(place: Path, size: str) -> Iterator[None]:
    """A file system of its own in memory, where this machine lets the test mount one."""
    command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(place)]
    if not shutil.which("mount") or subprocess.run(command, capture_output=True).returncode:
        pytest.skip("only root can mount a small disk")
    try:
        yield
    finally:
        subprocess.run(["umount", str(place)], check=True)


def limit_file_size(process: int, size: int) -> None:
    """Let a process write no larger file, as a disk that is full would."""
    import resource

    resource.prlimit(process, resource.RLIMIT_FSIZE, (size, size))


def test_senders_at_once_are_all_served(receiving: Hub) -> None:
    """Twenty senders who come at the same moment all get their files in, none is dropped."""
    senders = send_all(receiving, 20, 5, 100_000, lambda: None)
    assert [sender.refusals for sender in senders if sender.refusals] == []
    assert all(len(sender.told) == 2 for sender in senders)
    assert lost(receiving, senders) == []
    assert changed(receiving, senders) == []
