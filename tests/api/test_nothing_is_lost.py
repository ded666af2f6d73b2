"""Every file that its sender was told is stored is there with its checksum, whatever happens to server and sender."""

from __future__ import annotations

import os
import random
import resource
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from typing import Any

import psutil
import pytest
import requests

from tests.api.hubs import PART, Hub, checksum, error, sha256
from tests.support.processes import descendants
from tests.support.senders import NORTH
from tests.support.waiting import until


def patch(hub: Hub, location: str, offset: int, length: int, **headers: str) -> socket.socket:
    """A PATCH of so many bytes, none of which was sent yet."""
    lines = {
        "Host": "127.0.0.1",
        "Authorization": f"Bearer {hub.tokens[NORTH]}",
        "Tus-Resumable": "1.0.0",
        "Content-Type": PART,
        "Upload-Offset": str(offset),
        "Content-Length": str(length),
        **headers,
    }
    connection = socket.create_connection(("127.0.0.1", hub.port), timeout=60)
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    connection.sendall(f"PATCH {location} HTTP/1.1\r\n{head}\r\n".encode())
    return connection


def size(hub: Hub, location: str) -> int:
    """How much of an upload is on the disk."""
    return (hub.folder() / "uploads" / location.rpartition("/")[2]).stat().st_size


def test_what_came_before_a_kill_is_there(hub: Hub) -> None:
    """SIGKILL in the middle of a PATCH: the sender goes on where the bytes end, and the file is whole."""
    content = os.urandom(3_000_000)
    with ExitStack() as stack:
        stack.enter_context(hub.serving())
        location = hub.begin("a.csv", len(content), sha256=sha256(content)).headers["Location"]
        with closing(patch(hub, location, 0, len(content))) as connection:
            connection.sendall(content[:2_000_000])
            assert until(lambda: size(hub, location) > 1_000_000)
            hub.kill()
    with hub.serving():
        offset = int(hub.where(location).headers["Upload-Offset"])
        assert 1_000_000 < offset <= 2_000_000
        assert hub.go_on(location, offset, content[offset:]).status_code == 204
        assert hub.inbox() == {"a.csv": content}


def test_what_no_checksum_proved_does_not_outlive_a_kill(hub: Hub) -> None:
    """SIGKILL in the middle of a PATCH with a checksum: none of it counts."""
    content = os.urandom(3_000_000)
    with ExitStack() as stack:
        stack.enter_context(hub.serving())
        location = hub.begin("a.csv", len(content), data=content[:1000]).headers["Location"]
        proof = {"Upload-Checksum": checksum("sha256", content[1000:])}
        with closing(patch(hub, location, 1000, len(content) - 1000, **proof)) as connection:
            connection.sendall(content[1000:2_000_000])
            assert until(lambda: size(hub, location) > 1_000_000)
            hub.kill()
    with hub.serving():
        assert hub.where(location).headers["Upload-Offset"] == "1000"
        assert hub.go_on(location, 1000, content[1000:], Upload_Checksum=proof["Upload-Checksum"]).status_code == 204
        assert hub.inbox() == {"a.csv": content}


def test_a_sender_that_is_gone_leaves_what_came(shared: Hub) -> None:
    """A connection that breaks keeps its bytes; while it is there, nobody else writes to the upload."""
    content = os.urandom(1_000_000)
    location = shared.begin("broken.csv", len(content)).headers["Location"]
    with closing(patch(shared, location, 0, len(content))) as connection:
        connection.sendall(content[:600_000])
        assert until(lambda: size(shared, location) >= 262_144)
        busy = shared.go_on(location, 262_144, content[262_144:])
        assert (error(busy), busy.headers["Retry-After"]) == ((423, "busy"), "5")
        assert shared.ask("DELETE", location, Tus_Resumable="1.0.0").status_code == 423
        assert 0 < int(shared.where(location).headers["Upload-Offset"]) < len(content)
    assert until(lambda: shared.go_on(location, size(shared, location), b"").status_code == 204)
    offset = int(shared.where(location).headers["Upload-Offset"])
    assert shared.go_on(location, offset, content[offset:]).status_code == 204
    assert shared.inbox()["broken.csv"] == content


def test_a_file_in_one_request_that_breaks_off_is_not_stored(shared: Hub) -> None:
    """Nobody can go on with it: the file of before stays, and the next delivery waits until it is sent anew."""
    assert shared.ask("POST", "files/one.csv", data=b"before").status_code == 201
    with closing(socket.create_connection(("127.0.0.1", shared.port), timeout=60)) as connection:
        head = f"Host: 127.0.0.1\r\nAuthorization: Bearer {shared.tokens[NORTH]}\r\nContent-Length: 1000\r\n"
        connection.sendall(f"POST /api/v1/files/one.csv HTTP/1.1\r\n{head}\r\nhalf".encode())
        assert until(lambda: ("one.csv", "receiving") in shared.files())
    assert until(lambda: ("one.csv", "partial") in shared.files())
    assert shared.inbox()["one.csv"] == b"before"


def test_a_disk_that_is_full_is_told(hub: Hub) -> None:
    """507, and the file of before stays; once there is room, the sender goes on."""
    content = os.urandom(5_000_000)
    with hub.serving():
        assert hub.ask("POST", "files/a.csv", data=b"before").status_code == 201
        limit_file_size(hub, 3_000_000)
        location = hub.begin("a.csv", len(content)).headers["Location"]
        assert error(hub.go_on(location, 0, content)) == (507, "no-room")
        assert error(hub.ask("POST", "files/b.csv", data=content)) == (507, "no-room")
        assert hub.inbox() == {"a.csv": b"before"}
        limit_file_size(hub, resource.RLIM_INFINITY)
        offset = int(hub.where(location).headers["Upload-Offset"])
        assert hub.go_on(location, offset, content[offset:]).status_code == 204
        assert hub.inbox() == {"a.csv": content}


def limit_file_size(hub: Hub, largest: int) -> None:
    """Let the web server write no larger file, as a disk that is full would."""
    for number in workers(hub):
        resource.prlimit(number, resource.RLIMIT_FSIZE, (largest, resource.RLIM_INFINITY))


def workers(hub: Hub) -> list[int]:
    """The web server's processes."""
    assert hub.process
    return [hub.process.pid, *descendants(hub.process.pid)]


class Sender(threading.Thread):
    """Sends files until nobody answers, some in parts, and keeps what it was told."""

    def __init__(self, hub: Hub, number: int) -> None:
        super().__init__(daemon=True)
        self.hub, self.number = hub, number
        self.told: dict[str, list[str]] = {}  # path -> what was told to be stored, and what was sent over it

    def run(self) -> None:
        try:
            for count in range(200):
                content = random.randbytes(random.randint(0, 60_000))
                path = f"s{self.number}-{count // 3}.csv"
                if path in self.told:
                    self.told[path].append(sha256(content))
                if self.is_stored(path, content):
                    self.told[path] = [sha256(content)]
        except requests.RequestException:
            pass

    def is_stored(self, path: str, content: bytes) -> bool:
        """Send a file, in one request or in two."""
        if random.random() < 0.5:
            return self.hub.ask("POST", f"files/{path}", data=content).status_code == 201
        made = self.hub.begin(path, len(content), data=content[:20_000] or None)
        assert made.status_code == 201, made.text
        if len(content) <= 20_000:
            return True
        return self.hub.go_on(made.headers["Location"], 20_000, content[20_000:]).status_code == 204


@pytest.mark.slow
@pytest.mark.parametrize("round_", range(3))
def test_a_server_that_is_killed_has_what_it_said(hub: Hub, round_: int) -> None:
    """SIGKILL among the uploads of six senders: what they were told is there when the server is back."""
    with ExitStack() as stack:
        stack.enter_context(hub.serving())
        senders = [Sender(hub, number) for number in range(3)]
        for sender in senders:
            sender.start()
        assert until(lambda: len(hub.files("whole")) > 30 + 20 * round_, seconds=80)
        hub.kill()
        for sender in senders:
            sender.join(timeout=60)
    with hub.serving():
        for draft in hub.drafts():
            hub.where(f"/api/v1/uploads/{draft.name}")
        there = hub.inbox()
        told = {path: sums for sender in senders for path, sums in sender.told.items()}
        assert len(told) > 10
        assert [path for path, sums in told.items() if path not in there or sha256(there[path]) not in sums] == []
        rows = hub.rows("SELECT path, sha256 FROM intake_receivedfile WHERE state = 'whole'")
        assert sorted(rows) == sorted((path, sha256(content)) for path, content in there.items())


@pytest.mark.slow
def test_a_large_file_needs_little_memory(hub: Hub) -> None:
    """Two files of a gigabyte at once: no process of the web server grows by more than a few blocks."""
    length, block = 1_000_000_000, os.urandom(1_000_000)

    def content() -> Iterator[bytes]:
        return (block for _ in range(length // len(block)))

    with hub.serving():
        for name in ("warm", "up"):
            hub.ask("POST", f"files/{name}.csv", data=b"1")
        before = max(psutil.Process(number).memory_info().rss for number in workers(hub))
        peak, done = [before], threading.Event()

        def watch() -> None:
            while not done.is_set():
                peak.append(max(psutil.Process(number).memory_info().rss for number in workers(hub)))
                time.sleep(0.05)

        answers: list[Any] = []
        location = hub.begin("parts.csv", length).headers["Location"]
        threads = [
            threading.Thread(target=lambda: answers.append(hub.ask("POST", "files/one.csv", data=content()))),
            threading.Thread(target=lambda: answers.append(hub.go_on(location, 0, content()))),
        ]
        watcher = threading.Thread(target=watch)
        for thread in (watcher, *threads):
            thread.start()
        for thread in threads:
            thread.join()
        done.set()
        watcher.join()
        assert sorted(answer.status_code for answer in answers) == [201, 204]
        assert (hub.folder() / "inbox/parts.csv").stat().st_size == length
        assert (hub.folder() / "inbox/one.csv").stat().st_size == length
        assert max(peak) - before < 40_000_000
