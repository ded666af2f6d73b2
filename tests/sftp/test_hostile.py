"""Senders who mean harm, and those whose program is odd: each gets nowhere, and is told why."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import stat
import subprocess
import unicodedata
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import paramiko
import psutil
import pytest

from rollbook.intake.origins import confirmed_name
from tests.sftp.hubs import Hub, random_bytes
from tests.support.senders import NORTH, SOUTH
from tests.support.waiting import until


@pytest.fixture(scope="module")
def shared(prepared_hub: Hub, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """One running server for the tests that leave nothing behind."""
    home = Path(shutil.copytree(prepared_hub.home, tmp_path_factory.mktemp("hostile") / "hub"))
    hub = Hub(home, home / "sender_key", prepared_hub.passwords)
    with hub.serving(env={"SFTP_NEVER_BAN": "127.0.0.1/32"}):
        yield hub


def put(client: paramiko.SFTPClient, path: str, content: bytes = b"x") -> None:
    with client.open(path, "wb") as file:
        file.write(content)


OUTSIDE = [
    "../outside.csv",
    "/outside.csv",
    "inbox/../../outside.csv",
    "inbox/../outbox/outside.csv",
    "/etc/outside.csv",
    "../../../../../../tmp/outside.csv",
    "outbox/outside.csv",
    "parts/outside.csv",
    "inbox/../parts/outside.csv",
    "inbox/nowhere/outside.csv",
]


@pytest.mark.parametrize("path", OUTSIDE)
def test_no_path_leads_out(shared: Hub, path: str) -> None:
    """Nothing is written but into inbox, whatever the path."""
    with shared.paramiko() as client, pytest.raises(OSError, match=r"Files go into inbox|no such file"):
        put(client, path)
    assert not list(shared.home.rglob("outside.csv"))
    assert not Path("/tmp/outside.csv").exists()


NOT_NAMES = {
    "CON": "device",
    "nul.csv": "device",
    "com1": "device",
    "LPT³.txt": "device",
    "a" * 201: "too long",
    "ü" * 150: "too long",
    "a\nb.csv": "cannot be seen",
    "a\x7f.csv": "cannot be seen",
    "students\u202evsc.exe": "cannot be seen",
    "zero\u200bwidth.csv": "cannot be seen",
    "private\ue000.csv": "cannot be seen",
    "c:\\students.csv": "not every system",
    "a*b.csv": "not every system",
    'quo"te.csv': "not every system",
    " leading.csv": "blank",
    "trailing.csv ": "blank",
    "dot.": "dot",
}


@pytest.mark.parametrize("name", NOT_NAMES, ids=ascii)
def test_a_name_that_is_not_safe_is_refused_with_a_reason(shared: Hub, name: str) -> None:
    """Names of devices, invisible characters and names too long are not taken, and the client shows why."""
    with shared.paramiko() as client, pytest.raises(OSError, match=NOT_NAMES[name]):
        put(client, f"inbox/{name}")


def test_a_name_that_is_no_text_is_refused(shared: Hub) -> None:
    """Bytes that are not UTF-8 are no name."""
    with shared.paramiko() as client, pytest.raises(OSError, match="not UTF-8"):
        client.open(b"inbox/stud\xe9nts.csv", "wb")  # type: ignore[arg-type,unused-ignore]


def test_accents_typed_in_two_ways_are_one_name(receiving: Hub) -> None:
    """A composed and a decomposed name are the same file, kept composed."""
    with receiving.paramiko() as client:
        put(client, "inbox/" + unicodedata.normalize("NFD", "Schüler.csv"), b"first")
        put(client, "inbox/" + unicodedata.normalize("NFC", "Schüler.csv"), b"second")
        assert client.listdir("inbox") == [unicodedata.normalize("NFC", "Schüler.csv")]
    assert receiving.inbox() == {"Schüler.csv": b"second"}


def test_links_are_not_made(shared: Hub) -> None:
    """Neither kind of link can be made."""
    with shared.paramiko() as client:
        put(client, "inbox/real.csv")
        with pytest.raises(OSError, match="no links"):
            client.symlink("/etc/passwd", "inbox/link.csv")
        with pytest.raises(OSError, match="no links"):
            client.readlink("inbox/real.csv")
        client.remove("inbox/real.csv")


def test_links_are_not_followed(shared: Hub, tmp_path: Path) -> None:
    """A link that somebody else put into the folder is not there: not listed, not read, not gone through."""
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "key").write_text("secret")
    outbox = shared.folder() / "outbox"
    (outbox / "file").symlink_to(secret / "key")
    (outbox / "folder").symlink_to(secret)
    try:
        with shared.paramiko() as client:
            assert client.listdir("outbox") == []
            for path in ("outbox/file", "outbox/folder", "outbox/folder/key"):
                with pytest.raises(FileNotFoundError):
                    client.stat(path)
                with pytest.raises(FileNotFoundError):
                    client.open(path)
    finally:
        (outbox / "file").unlink()
        (outbox / "folder").unlink()


def test_the_inbox_is_not_read_back(shared: Hub) -> None:
    """Whoever finds a password does not find the data that was sent with it."""
    with shared.paramiko() as client:
        put(client, "inbox/students.csv", b"secret")
        with pytest.raises(PermissionError):
            client.open("inbox/students.csv")
        with client.open("inbox/students.csv", "r+") as file, pytest.raises(OSError, match="read back"):
            file.read()
        client.remove("inbox/students.csv")


def test_another_tenant_is_not_there(shared: Hub) -> None:
    """No path of another sender exists, and the answer is that of a path that never was."""
    with shared.paramiko(SOUTH) as southport:
        put(southport, "inbox/theirs.csv")
    theirs = [f"/north/{NORTH}/inbox", "../../south/southport/inbox/theirs.csv", "/inbox/theirs.csv", f"/{SOUTH}"]
    with shared.paramiko() as client:
        assert sorted(client.listdir("/")) == ["history", "inbox", "outbox"]
        for path in theirs:
            with pytest.raises(FileNotFoundError) as never_was:
                client.stat(path)
            assert "south" not in str(never_was.value)
    assert list(shared.inbox(SOUTH)) == ["theirs.csv"]


def test_rules_of_an_account_are_told(hub: Hub) -> None:
    """Names, folders, sizes and counts beyond what was agreed are refused, each with its reason; the rest goes on."""
    rules = ["--pattern", "*.csv", "--folder", "photos", "--quota", "30k", "--largest", "20k", "--files", "5"]
    hub.cli("sftp-account", "set", NORTH, *rules)
    with hub.serving(), hub.paramiko() as client:
        put(client, "inbox/a.CSV", random_bytes(15_000))
        put(client, "inbox/photos/b.csv.filepart", random_bytes(10_000))
        client.rename("inbox/photos/b.csv.filepart", "inbox/photos/b.csv")
        for path, size, why in (
            ("inbox/virus.exe", 1, r"Taken are: \*\.csv"),
            ("inbox/huge.csv", 20_001, "larger than 20.0 kB"),
            ("inbox/more.csv", 10_000, "full: it holds 30.0 kB"),
        ):
            with pytest.raises(OSError, match=why):
                put(client, path, random_bytes(size))
        with pytest.raises(OSError, match=r"not agreed\. Agreed are: photos"):
            client.mkdir("inbox/other")
        for name in ("huge.csv", "more.csv"):
            client.remove(f"inbox/{name}")
        put(client, "inbox/c.csv")
        put(client, "inbox/d.csv")
        with pytest.raises(OSError, match="it holds 5 files"):
            put(client, "inbox/e.csv")
    assert sorted(hub.inbox()) == ["a.CSV", "c.csv", "d.csv", "photos/b.csv"]


def test_openssh_shows_the_reason(shared: Hub, tmp_path: Path) -> None:
    """OpenSSH keeps the sentence of an answer to itself; it is shown all the same."""
    (tmp_path / "nul.csv").touch()
    done = shared.openssh(f"put {tmp_path}/nul.csv inbox/")
    assert done.returncode != 0
    assert "The name is that of a device on some systems." in done.stderr


def test_files_are_for_the_hub_alone(shared: Hub) -> None:
    """Whatever rights a client asks for, nobody else on the machine can read what it sent."""
    with shared.paramiko() as client:
        put(client, "inbox/open.csv")
        client.chmod("inbox/open.csv", 0o777)
        client.chown("inbox/open.csv", 0, 0)
        assert stat.S_IMODE((shared.folder() / "inbox/open.csv").stat().st_mode) == 0o600
        client.remove("inbox/open.csv")


@pytest.mark.parametrize(
    "garbage",
    [
        pytest.param(b"\xff\xff\xff\xff" + bytes(64), id="too-long"),
        pytest.param(b"\x00\x00\x00\x00", id="empty"),
        pytest.param(b"\x00\x00\x00\x01\x03", id="cut-off"),
        pytest.param(b"\x00\x00\x00\x0d\x03\x00\x00\x00\x01\xff\xff\xff\xffabcd", id="lying-length"),
        pytest.param(b"\x00\x00\x00\x05\xee\x00\x00\x00\x01", id="unknown-request"),
        pytest.param(b"\x00\x00\x00\x0d\x04\x00\x00\x00\x01\x00\x00\x00\x04\x00\x00\x00\x09", id="no-such-handle"),
    ],
)
def test_packets_that_are_none_harm_nobody(shared: Hub, garbage: bytes) -> None:
    """Whatever is sent as SFTP, the session ends or an error is told; the next one works."""
    transport = paramiko.Transport(("127.0.0.1", shared.port))
    try:
        transport.connect(username=NORTH, password=shared.passwords[NORTH])
        channel = transport.open_session()
        channel.invoke_subsystem("sftp")
        channel.settimeout(20)
        channel.sendall(b"\x00\x00\x00\x05\x01\x00\x00\x00\x03" + garbage)
        channel.shutdown_write()
        while channel.recv(4096):
            pass
    finally:
        transport.close()
    with shared.paramiko() as client:
        assert client.listdir("inbox") == []
    assert "Traceback" not in shared.log()


@pytest.mark.parametrize("freezes", [False, True], ids=["does-not-read", "is-frozen"])
def test_a_client_that_takes_no_answer_harms_nobody(shared: Hub, freezes: bool) -> None:
    """Whoever asks for a large file over and over, and reads nothing, costs a bounded amount of memory."""
    big = shared.folder() / "outbox/big"
    big.write_bytes(random_bytes(4_000_000))
    path, handle = b"outbox/big", b"\x00\x00\x00\x04\x00\x00\x00\x01"
    opening = b"\x03\x00\x00\x00\x01" + packed(path) + bytes([0, 0, 0, 1]) + bytes(4)
    read = packed(b"\x05\x00\x00\x00\x02" + handle + bytes(8) + (255 * 1024).to_bytes(4, "big"))
    assert shared.process
    before = memory(shared.process.pid)
    ssh = ["ssh", *shared.ssh_options(), "-p", str(shared.port), "-s", f"{NORTH}@127.0.0.1", "sftp"]
    with subprocess.Popen(ssh, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as client:
        try:
            assert client.stdin
            os.set_blocking(client.stdin.fileno(), False)
            asked = packed(b"\x01\x00\x00\x00\x03") + packed(opening) + read * 500
            client.stdin.write(asked)
            client.stdin.flush()
            assert until(lambda: psutil.Process(client.pid).io_counters().read_chars > 1_000_000)
            if freezes:
                client.send_signal(signal.SIGSTOP)
            with shared.paramiko() as other:
                assert other.listdir("outbox") == ["big"]
            assert memory(shared.process.pid) - before < 30_000_000, "500 answers would be 130 MB"
        finally:
            client.kill()
            big.unlink()


def packed(of: bytes) -> bytes:
    return len(of).to_bytes(4, "big") + of


def memory(process: int) -> int:
    return int(psutil.Process(process).memory_info().rss)


# Logging in ------------------------------------------------------------------------------------------


def test_guessing_passwords_ends_soon(receiving: Hub) -> None:
    """After a few wrong passwords nobody answers any more, not even to the right one, until the ban is lifted."""
    for _ in range(5):
        with pytest.raises((paramiko.AuthenticationException, ConnectionRefusedError)):
            receiving.log_in("guess")
    assert not receiving.lets_in()
    [ban] = json.loads(receiving.cli("bans", "list", "--json").stdout)
    assert ban["network"] == "127.0.0.1"
    assert "sftp.login_refused from=127.0.0.1 reason=wrong-password" in receiving.log()
    assert "sftp.banned from=127.0.0.1 minutes=10" in receiving.log()
    receiving.cli("bans", "lift", "127.0.0.1")
    assert until(receiving.lets_in)


@pytest.mark.slow
def test_ten_thousand_tries_are_cheap(receiving: Hub) -> None:
    """A flood of connections from a banned address costs nothing, and is not even remembered."""
    for _ in range(4):
        with suppress(paramiko.AuthenticationException, ConnectionRefusedError):
            receiving.log_in("guess", login="nobody-here")
    assert until(lambda: receiving.rows("SELECT count(*) FROM intake_ban") == [(1,)])
    for _ in range(10_000):
        with socket.create_connection(("127.0.0.1", receiving.port), timeout=20) as knock:
            knock.settimeout(20)
            with suppress(ConnectionResetError):
                assert knock.recv(100) == b""
    assert receiving.rows("SELECT count(*) FROM intake_attempt")[0][0] < 10
    receiving.cli("bans", "lift", "all")
    assert until(receiving.lets_in)


def test_a_login_that_is_not_there_is_told_nothing_else(shared: Hub) -> None:
    """A wrong login and a wrong password get the same answer, and what was typed stands nowhere."""
    said = []
    for login in (NORTH, "my-password-typed-here"):
        with pytest.raises(paramiko.AuthenticationException) as refused:
            shared.log_in("wrong-password-secret", login=login)
        said.append(str(refused.value))
    assert said[0] == said[1]
    assert "my-password-typed-here" not in shared.log()
    assert "wrong-password-secret" not in shared.log()


def test_half_open_connections_keep_nobody_out(hub: Hub) -> None:
    """Where all places are taken by connections that never log in, the oldest of them makes room."""
    with hub.serving(env={"SFTP_SESSIONS": "20", "SFTP_SESSIONS_PER_ADDRESS": "100"}), ExitStack() as open_ones:
        for _ in range(60):
            open_ones.enter_context(socket.create_connection(("127.0.0.1", hub.port), timeout=20))
        with hub.paramiko() as client:
            assert sorted(client.listdir("/")) == ["history", "inbox", "outbox"]


@pytest.mark.slow
def test_half_open_connections_end(hub: Hub) -> None:
    """Whoever does not log in is sent away after a while, silently."""
    env = {"SFTP_LOGIN_SECONDS": "1"}
    with hub.serving(env=env), socket.create_connection(("127.0.0.1", hub.port), timeout=20) as half_open:
        half_open.settimeout(20)
        with suppress(ConnectionResetError):
            while half_open.recv(4096):
                pass


@pytest.mark.slow
def test_an_idle_sender_is_sent_away(hub: Hub) -> None:
    """A session in which nothing is asked for ends."""
    with hub.serving(env={"SFTP_IDLE_SECONDS": "1"}), hub.paramiko() as client:
        channel = client.get_channel()
        assert channel
        assert until(lambda: channel.closed)


@pytest.mark.slow
def test_an_account_that_is_switched_off_is_sent_away(receiving: Hub) -> None:
    """Whoever is connected has to go within seconds, and does not come back until it is switched on."""
    with receiving.paramiko() as client:
        receiving.cli("sftp-account", "off", NORTH)
        channel = client.get_channel()
        assert channel
        assert until(lambda: channel.closed)
    assert not receiving.lets_in()
    receiving.cli("sftp-account", "on", NORTH)
    assert receiving.lets_in()


def test_an_account_is_let_in_from_its_networks_only(hub: Hub) -> None:
    """The right password from elsewhere is refused like a wrong one; so is a key."""
    hub.cli("sftp-account", "set", NORTH, "--network", "203.0.113.0/24")
    with hub.serving():
        assert not hub.lets_in()
        assert hub.openssh("ls").returncode != 0
        assert "reason=wrong-network" in hub.log()
        hub.cli("sftp-account", "set", NORTH, "--network", "127.0.0.0/8", "--network", "203.0.113.0/24")
        assert hub.lets_in()


@pytest.mark.slow
def test_a_host_name_has_to_lead_back(hub: Hub) -> None:
    """With confirmed host names asked for, this machine comes in as itself, and not as one of another domain."""
    name = confirmed_name("127.0.0.1")
    if not name:
        pytest.skip("127.0.0.1 has no name on this machine that leads back to it")
    hub.cli("sftp-account", "set", NORTH, "--needs-host-name", "yes", "--host-name", name)
    with hub.serving():
        assert hub.lets_in()
        hub.cli("sftp-account", "set", NORTH, "--host-name", "district.example")
        assert not hub.lets_in()


def test_more_connections_than_allowed_are_not_taken(hub: Hub) -> None:
    """One address cannot have more than its share; those that are there go on."""
    with hub.serving(env={"SFTP_SESSIONS_PER_ADDRESS": "2"}), hub.paramiko() as first, hub.paramiko():
        with pytest.raises((paramiko.SSHException, EOFError, OSError)), hub.paramiko():
            pass
        assert sorted(first.listdir("/")) == ["history", "inbox", "outbox"]
