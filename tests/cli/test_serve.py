"""`rollbook serve` answers, and leaves nothing running behind."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import signal
import socket
import subprocess
import termios
import urllib.error
import urllib.request
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from tests.support.cli import command, environment, run_cli, running_cli
from tests.support.postgres import postgres_server as start_postgres
from tests.support.processes import command_of, descendants, is_running
from tests.support.tools import find_postgres_bin
from tests.support.waiting import until

ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+/")


def gunicorn(hub: int) -> int:
    """The first process of the web server; those that answer come after it, and its keeper before."""
    assert until(lambda: programs(hub, "gunicorn"))
    return programs(hub, "gunicorn")[0]


def programs(hub: int, word: str) -> list[int]:
    """The processes of a hub with a word in their command, without the keepers."""
    return [n for n in sorted(descendants(hub)) if word in (line := command_of(n)) and "keeper.py" not in line]


def address(home: Path) -> str:
    """Where the hub says that it answers."""
    log = home / "cli.log"
    assert until(lambda: ADDRESS.search(log.read_text())), log.read_text()
    found = ADDRESS.search(log.read_text())
    assert found is not None
    return found.group()


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


def test_one_crash_does_not_take_all(hub: Path) -> None:
    """A web server that dies is started again at the same address; meanwhile requests wait, and the hub goes on."""
    with running_cli(["serve", "--port", "0"], hub) as process:
        at = address(hub)
        server = gunicorn(process.pid)
        os.kill(server, signal.SIGKILL)
        assert until(lambda: "web was ended by SIGKILL. It starts again" in (hub / "cli.log").read_text())
        with urllib.request.urlopen(f"{at}healthz", timeout=30) as answer:
            assert answer.status == 200
        assert gunicorn(process.pid) != server
        assert process.poll() is None


def test_a_worker_that_dies_is_replaced(hub: Path) -> None:
    """The pages go on while a killed worker is started again, and the hub is told to be ready all the while."""
    with running_cli(["serve", "--port", "0"], hub) as process:
        at, server = address(hub), gunicorn(process.pid)
        assert until(lambda: programs(process.pid, "rollbook.cli worker"))
        [worker] = programs(process.pid, "rollbook.cli worker")
        os.kill(worker, signal.SIGKILL)
        assert until(lambda: programs(process.pid, "rollbook.cli worker") not in ([], [worker]))
        assert gunicorn(process.pid) == server
        with urllib.request.urlopen(f"{at}readyz", timeout=30) as answer:
            assert answer.read() == b"ready\n"


def test_senders_are_received_too(hub: Path) -> None:
    """The hub answers by SFTP without any account, and again after its SFTP server was killed."""
    sftp = re.compile(r"SFTP answers on 127\.0\.0\.1 port (\d+)")

    def greetings() -> list[bytes]:
        found = []
        for port in sftp.findall((hub / "cli.log").read_text()):
            with suppress(OSError), socket.create_connection(("127.0.0.1", int(port)), timeout=20) as knock:
                knock.sendall(b"SSH-2.0-Test\r\n")
                found.append(knock.recv(16))
        return found

    with running_cli(["serve", "--port", "0"], hub) as process:
        assert until(lambda: greetings() == [b"SSH-2.0-Rollbook"])
        [server] = programs(process.pid, "rollbook.cli sftp")
        os.kill(server, signal.SIGKILL)
        assert until(lambda: len(sftp.findall((hub / "cli.log").read_text())) == 2)
        assert greetings() == [b"SSH-2.0-Rollbook"]


def test_a_hub_without_sftp(hub: Path) -> None:
    """SFTP_PORT=off leaves it out, and the doctor says so."""
    with running_cli(["serve", "--port", "0"], hub, env={"SFTP_PORT": "off"}) as process:
        address(hub)
        assert programs(process.pid, "rollbook.cli sftp") == []
    assert "It is switched off" in run_cli(["doctor"], hub, check=False, env={"SFTP_PORT": "off"}).stdout


def test_a_web_server_that_cannot_start_is_an_error(hub: Path) -> None:
    """A hub whose pages cannot be opened does not pretend to serve; it says where to look, and leaves nothing."""
    done = run_cli(["serve", "--port", "0"], hub, check=False, env={"FORWARDED_ALLOW_IPS": "nonsense"})
    assert done.returncode == 1
    assert "The web server did not start." in done.stderr


def test_one_ctrl_c_at_a_terminal_stops_all(hub: Path) -> None:
    """The key reaches the hub alone, which stops its children in order: no traceback, no error, nothing left."""
    ours, theirs = pty.openpty()
    with os.fdopen(ours, "r+b", buffering=0) as terminal:
        process = subprocess.Popen(
            command(["serve", "--port", "0"]),
            cwd=hub,
            env=environment(hub, None),
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )
        os.close(theirs)
        shown = b""
        while b"Stop with Ctrl-C" not in shown:
            shown += terminal.read(1024)
        children = list(descendants(process.pid))
        terminal.write(b"\x03")
        with suppress(OSError):  # the terminal is closed when all have gone
            while more := terminal.read(1024):
                shown += more
        assert process.wait(timeout=30) == 0
    assert b"Traceback" not in shown
    assert not any(map(is_running, children))


def test_all_that_is_said_can_be_json(hub: Path) -> None:
    """With LOG_FORMAT=json each line of the hub and of its children is an object, and none says who looked for what."""
    with running_cli(["serve", "--port", "0"], hub, env={"LOG_FORMAT": "json"}) as process:
        at = address(hub)
        urllib.request.urlopen(f"{at}login/?next=/runs/%3Fsearch%3DLovelace", timeout=30).close()
        os.kill(gunicorn(process.pid), signal.SIGKILL)
        assert until(lambda: "Starting web again" in (hub / "cli.log").read_text())
    records = [json.loads(line) for line in (hub / "cli.log").read_text().splitlines()]
    assert {"rollbook.serve", "gunicorn.error", "gunicorn.access"} <= {record["logger"] for record in records}
    asked = [record for record in records if record["logger"] == "gunicorn.access"]
    assert [(record["path"], record["status"]) for record in asked] == [("/login/", 200)]
    assert "Lovelace" not in (hub / "cli.log").read_text()


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


@pytest.mark.slow
def test_a_hub_outlives_its_database(rollbook_home: Path) -> None:
    """While the database is away the hub lives, says that it is not ready, and stops in order when it is asked to."""
    bin_folder = find_postgres_bin()
    assert bin_folder is not None
    with ExitStack() as database:
        server = database.enter_context(start_postgres(bin_folder))
        url = server.url("postgres")
        run_cli(["init"], rollbook_home, url)
        with running_cli(["serve", "--port", "0"], rollbook_home, url) as process:
            at = address(rollbook_home)
            assert answer(f"{at}readyz") == (200, "ready\n")
            database.close()
            assert answer(f"{at}healthz") == (200, "ok\n")
            assert answer(f"{at}readyz") == (503, "not ready\n")
            assert answer(f"{at}metrics") == (503, "The database does not answer.\n")
            process.terminate()
            assert process.wait(timeout=90) == 0


def answer(address: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(address, timeout=30) as found:
            return found.status, found.read().decode()
    except urllib.error.HTTPError as refused:
        return refused.code, refused.read().decode()
