"""`rollbook serve` answers, and leaves nothing running behind."""

from __future__ import annotations

import os
import re
import signal
import socket
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.cli import run_cli, running_cli
from tests.support.waiting import until

ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+/")


def address(home: Path) -> str:
    """Where the hub says that it answers."""
    log = home / "cli.log"
    assert until(lambda: ADDRESS.search(log.read_text())), log.read_text()
    found = ADDRESS.search(log.read_text())
    assert found is not None
    return found.group()


def descendants(process: int) -> Iterator[int]:
    """Every process that a process has started, directly or not."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
        except (OSError, IndexError):
            continue  # it has ended meanwhile
        if parent == process:
            yield int(folder.name)
            yield from descendants(int(folder.name))


def is_running(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.parametrize("command", ["serve", "web"])
def test_the_pages_answer(hub: Path, command: str) -> None:
    """The log-in page and the files it needs are served."""
    with running_cli([command, "--port", "0"], hub):
        at = address(hub)
        for page in ("login/", "static/web/rollbook.css"):
            with urllib.request.urlopen(at + page, timeout=30) as answer:
                assert answer.status == 200


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP], ids=lambda number: number.name)
def test_a_stop_is_clean(hub: Path, number: signal.Signals) -> None:
    """Ctrl-C, systemd and a closed terminal end the hub and all its processes, quietly and without an error."""
    with running_cli(["serve", "--port", "0"], hub) as process:
        address(hub)
        children = list(descendants(process.pid))
        process.send_signal(number)
        assert process.wait(timeout=30) == 0
    assert len(children) >= 2, "the web server and its workers"
    assert not any(map(is_running, children))
    assert "Traceback" not in (hub / "cli.log").read_text()


def test_no_orphans_after_kill(hub: Path) -> None:
    """Even when the hub is killed at once its web server goes with it."""
    with running_cli(["serve", "--port", "0"], hub) as process:
        address(hub)
        children = list(descendants(process.pid))
        process.kill()
        process.wait()
        assert until(lambda: not any(map(is_running, children)))


def test_a_web_server_that_dies_ends_the_hub(hub: Path) -> None:
    """A hub without its web server does not go on as if it served; it ends with an error."""
    with running_cli(["serve", "--port", "0"], hub) as process:
        address(hub)
        server = min(descendants(process.pid))
        os.kill(server, signal.SIGKILL)
        assert process.wait(timeout=30) == 1
    assert "The web server has ended by itself." in (hub / "cli.log").read_text()


def test_a_taken_port_is_named(hub: Path) -> None:
    """A port that somebody has is not taken over, and nothing is started."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = run_cli(["serve", "--port", str(port)], hub, check=False)
    assert done.returncode == 1
    assert f"Cannot listen on 127.0.0.1 port {port} (Address already in use). Nothing was started." in done.stderr


def test_an_unprepared_hub_is_not_served(rollbook_home: Path) -> None:
    """Serving an empty home says how to prepare it."""
    done = run_cli(["serve", "--port", "0"], rollbook_home, check=False)
    assert done.returncode == 1
    assert "rollbook init" in done.stderr


def test_others_are_let_in_with_a_warning(hub: Path) -> None:
    """Listening to other machines without HTTPS or their name for the hub is warned about, and nothing else is."""
    with running_cli(["serve", "--port", "0", "--host", "0.0.0.0"], hub):
        assert until(lambda: "The hub answers" in (hub / "cli.log").read_text())
    text = (hub / "cli.log").read_text()
    assert "ALLOWED_HOSTS names only this machine" in text
    assert "HTTPS is not on" in text
    (hub / "cli.log").unlink()
    with running_cli(["serve", "--port", "0"], hub):
        address(hub)
    assert "Warning" not in (hub / "cli.log").read_text()
