"""
The programs that senders use, each with the whole of its day: send, overwrite, resume, rename, times, nothing, a lot.

What a program cannot do by itself is left out of its list:

              resume   rename   times   the rest
    sftp      yes      yes      yes     yes
    scp       -        -        yes     yes
    lftp      yes      yes      yes     yes
    rclone    -        yes      yes     yes
    curl      yes      yes      -       yes, but for 10,000 files: a log-in for each
    psftp     yes      yes      -       yes
    paramiko  yes      yes      yes     yes

The rest: a file, one over it, an empty one, a fetched receipt, 100 and 10,000 small ones, 2 GB, a kill in the middle.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.sftp.hubs import Hub, random_bytes, sha256
from tests.support.senders import NORTH
from tests.support.tools import missing
from tests.support.waiting import until

PACKAGES = {
    "sftp": "openssh-client",
    "scp": "openssh-client",
    "lftp": "lftp",
    "rclone": "rclone",
    "curl": "curl",
    "psftp": "putty-tools",
}


@dataclass
class Program:
    """A client, started anew for each thing that it does."""

    name: str
    hub: Hub
    desk: Path
    kill_when: Callable[[], bool] | None = None

    def run(self, *command: str, **more: str) -> None:
        if self.kill_when is not None:
            self._run_and_kill(self.kill_when, *command, **more)
            return
        done = subprocess.run(
            command, cwd=self.desk, capture_output=True, text=True, timeout=400, env={**os.environ, **more}, input=""
        )
        assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}{done.stderr}"

    def _run_and_kill(self, when: Callable[[], bool], *command: str, **more: str) -> None:
        client = subprocess.Popen(
            command,
            cwd=self.desk,
            env={**os.environ, **more},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            assert until(when)
        finally:
            os.killpg(client.pid, signal.SIGKILL)
            client.wait()

    @property
    def password(self) -> str:
        return self.hub.passwords[NORTH]

    def send(self, *names: str) -> None:
        raise NotImplementedError

    def send_all(self, pattern: str) -> None:
        raise NotImplementedError

    def fetch(self, name: str) -> None:
        raise NotImplementedError


class OpenSSH(Program):
    def send(self, *names: str) -> None:
        self._batch(*(f"put {name} inbox/" for name in names))

    def resume(self, name: str) -> None:
        self._batch(f"reput {name} inbox/{name}")

    def rename(self, old: str, new: str) -> None:
        self._batch(f"rename inbox/{old} inbox/{new}")

    def send_with_time(self, name: str) -> None:
        self._batch(f"put -p {name} inbox/")

    def send_all(self, pattern: str) -> None:
        self._batch(f"put {pattern} inbox/")

    def fetch(self, name: str) -> None:
        self._batch(f"get outbox/{name} back")

    def _batch(self, *commands: str) -> None:
        absolute = f"lcd {self.desk}"
        done = self.hub.openssh("\n".join((absolute, *commands)))
        assert done.returncode == 0, done.stdout + done.stderr


class Scp(Program):
    def send(self, *names: str) -> None:
        self._do(*names)

    def send_with_time(self, name: str) -> None:
        self._do("-p", name)

    def send_all(self, pattern: str) -> None:
        self._do(*(path.name for path in self.desk.glob(pattern)))

    def fetch(self, name: str) -> None:
        self.run(*self._command(), f"{NORTH}@127.0.0.1:outbox/{name}", "back")

    def _do(self, *names: str) -> None:
        self.run(*self._command(), *names, f"{NORTH}@127.0.0.1:inbox/")

    def _command(self) -> tuple[str, ...]:
        return ("scp", "-s", *self.hub.ssh_options(), "-P", str(self.hub.port))


class Lftp(Program):
    def send(self, *names: str) -> None:
        self._do(*(f"put -O inbox {name}" for name in names))

    def resume(self, name: str) -> None:
        self._do(f"put -c -O inbox {name}")

    def rename(self, old: str, new: str) -> None:
        self._do(f"mv inbox/{old} inbox/{new}")

    def send_with_time(self, name: str) -> None:
        self._do(f"put -O inbox {name}")  # it keeps times by itself

    def send_all(self, pattern: str) -> None:
        self._do(f"mput -P 4 -O inbox {pattern}")

    def fetch(self, name: str) -> None:
        self._do(f"get outbox/{name} -o back")

    def _do(self, *commands: str) -> None:
        ssh = " ".join(["ssh", "-a", "-x", *self.hub.ssh_options()])
        settings = f'set sftp:connect-program "{ssh}"; set net:max-retries 2; set cmd:fail-exit true'
        opened = f"open -p {self.hub.port} -u {NORTH},x sftp://127.0.0.1"
        self.run("lftp", "-c", "; ".join((settings, opened, *commands)), LFTP_HOME=str(self.desk))


class Rclone(Program):
    def send(self, *names: str) -> None:
        for name in names:
            self._do("copyto", name, f"hub:inbox/{name}")

    def rename(self, old: str, new: str) -> None:
        self._do("moveto", f"hub:inbox/{old}", f"hub:inbox/{new}")

    def send_with_time(self, name: str) -> None:
        self._do("copyto", name, f"hub:inbox/{name}")

    def send_all(self, pattern: str) -> None:
        self._do("copy", ".", "hub:inbox", "--include", pattern, "--transfers", "4")

    def fetch(self, name: str) -> None:
        self._do("copyto", f"hub:outbox/{name}", "back")

    def _do(self, *command: str) -> None:
        secret = subprocess.run(["rclone", "obscure", self.password], capture_output=True, text=True, check=True)
        remote = {
            "TYPE": "sftp",
            "HOST": "127.0.0.1",
            "PORT": str(self.hub.port),
            "USER": NORTH,
            "PASS": secret.stdout.strip(),
            "SHELL_TYPE": "none",
        }
        settings = {f"RCLONE_CONFIG_HUB_{name}": value for name, value in remote.items()}
        self.run("rclone", *command, RCLONE_CONFIG=str(self.desk / "none"), **settings)


class Curl(Program):
    def send(self, *names: str) -> None:
        for name in names:
            self._do("-T", name, self._at(f"inbox/{name}"))

    def resume(self, name: str) -> None:
        self._do("-C", "-", "-T", name, self._at(f"inbox/{name}"))

    def rename(self, old: str, new: str) -> None:
        self._do("-Q", f"rename /inbox/{old} /inbox/{new}", self._at(""))

    def send_all(self, pattern: str) -> None:
        names = ",".join(sorted(path.name for path in self.desk.glob(pattern)))
        self._do("-T", "{" + names + "}", self._at("inbox/"))

    def fetch(self, name: str) -> None:
        self._do("-o", "back", self._at(f"outbox/{name}"))

    def _do(self, *options: str) -> None:
        self.run("curl", "-sS", "--insecure", "-u", f"{NORTH}:{self.password}", *options)

    def _at(self, path: str) -> str:
        return f"sftp://127.0.0.1:{self.hub.port}/{path}"


class Psftp(Program):
    def send(self, *names: str) -> None:
        self._do("cd inbox", *(f"put {name}" for name in names))

    def resume(self, name: str) -> None:
        self._do("cd inbox", f"reput {name}")

    def rename(self, old: str, new: str) -> None:
        self._do("cd inbox", f"mv {old} {new}")

    def send_all(self, pattern: str) -> None:
        self._do("cd inbox", f"mput {pattern}")

    def fetch(self, name: str) -> None:
        self._do(f"get outbox/{name} back")

    def _do(self, *commands: str) -> None:
        (self.desk / "batch").write_text("\n".join(commands))
        shown = self.hub.cli("sftp-account", "show", NORTH).stdout
        [key] = [line.split()[-1] for line in shown.splitlines() if line.startswith("host key")]
        options = ["-batch", "-b", "batch", "-P", str(self.hub.port), "-hostkey", key, "-pw", self.password]
        self.run("psftp", *options, f"{NORTH}@127.0.0.1", HOME=str(self.desk))


class Paramiko(Program):
    def send(self, *names: str) -> None:
        with self.hub.paramiko() as client:
            for name in names:
                client.put(str(self.desk / name), f"inbox/{name}")

    def resume(self, name: str) -> None:
        with self.hub.paramiko() as client, client.open(f"inbox/{name}", "ab") as file:
            file.write((self.desk / name).read_bytes()[file.stat().st_size :])

    def rename(self, old: str, new: str) -> None:
        with self.hub.paramiko() as client:
            client.posix_rename(f"inbox/{old}", f"inbox/{new}")

    def send_with_time(self, name: str) -> None:
        self.send(name)
        of = (self.desk / name).stat()
        with self.hub.paramiko() as client:
            client.utime(f"inbox/{name}", (of.st_atime, of.st_mtime))

    def send_all(self, pattern: str) -> None:
        self.send(*(path.name for path in self.desk.glob(pattern)))

    def fetch(self, name: str) -> None:
        with self.hub.paramiko() as client:
            client.get(f"outbox/{name}", str(self.desk / "back"))


PROGRAMS: dict[str, Callable[..., Program]] = {
    "sftp": OpenSSH,
    "scp": Scp,
    "lftp": Lftp,
    "rclone": Rclone,
    "curl": Curl,
    "psftp": Psftp,
    "paramiko": Paramiko,
}


@pytest.fixture(scope="module")
def serving(prepared_hub: Hub, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    home = Path(shutil.copytree(prepared_hub.home, tmp_path_factory.mktemp("clients") / "hub"))
    hub = Hub(home, home / "sender_key", prepared_hub.passwords)
    with hub.serving():
        yield hub


@pytest.fixture(params=list(PROGRAMS))
def program(request: pytest.FixtureRequest, serving: Hub, tmp_path: Path) -> Iterator[Program]:
    """Each client in turn, with a folder of its own; the inbox is emptied after."""
    if request.param in PACKAGES and not shutil.which(request.param):
        missing(request.param, PACKAGES[request.param])
    yield PROGRAMS[request.param](request.param, serving, tmp_path)
    with serving.paramiko() as client:
        for name in client.listdir("inbox"):
            client.remove(f"inbox/{name}")


def test_the_day_of_a_sender(program: Program) -> None:
    """A file, one over it, an empty one: each is there, whole, with its checksum."""
    desk, hub = program.desk, program.hub
    first, second = random_bytes(300_000), random_bytes(1_000)
    (desk / "a.csv").write_bytes(first)
    (desk / "empty.csv").touch()
    program.send("a.csv", "empty.csv")
    assert hub.inbox() == {"a.csv": first, "empty.csv": b""}
    (desk / "a.csv").write_bytes(second)
    program.send("a.csv")
    assert hub.inbox()["a.csv"] == second
    whole = {path: (size, digest) for path, _, size, digest in hub.files("whole")}
    assert whole == {path: (len(content), sha256(content)) for path, content in hub.inbox().items()}


def test_a_file_gets_its_final_name(program: Program) -> None:
    """What was sent under a name for the time being is whole under its final name, and nothing else is left."""
    if not hasattr(program, "rename"):
        pytest.skip(f"{program.name} renames nothing")
    (program.desk / "b.csv.tmp").write_bytes(b"id\n1\n")
    program.send("b.csv.tmp")
    program.rename("b.csv.tmp", "b.csv")
    assert program.hub.inbox() == {"b.csv": b"id\n1\n"}
    assert ("b.csv", "whole", 5, sha256(b"id\n1\n")) in program.hub.files()


@pytest.mark.slow
def test_a_program_that_is_killed_leaves_a_part(program: Program) -> None:
    """Killed in the middle of a file: the inbox has nothing of it, the hub knows that it broke off."""
    if isinstance(program, Paramiko | OpenSSH):
        pytest.skip(f"{program.name} is killed in tests of its own")
    with (program.desk / "huge.csv").open("wb") as file:
        file.truncate(2_000_000_000)
    parts = program.hub.folder() / "parts"
    program.kill_when = lambda: any(part.stat().st_size > 1_000_000 for part in parts.iterdir())
    program.send("huge.csv")
    assert until(lambda: program.hub.files("partial"))
    assert program.hub.inbox() == {}


def test_an_upload_that_broke_off_is_resumed(program: Program) -> None:
    """The rest is sent, and the file is whole with the checksum of all of it."""
    if not hasattr(program, "resume"):
        pytest.skip(f"{program.name} sends a file anew, and resumes none")
    content = random_bytes(3_000_000)
    (program.desk / "big.csv").write_bytes(content)
    break_off(program.hub, "big.csv", content[:1_234_567])
    program.resume("big.csv")
    assert program.hub.inbox() == {"big.csv": content}
    assert ("big.csv", "whole", len(content), sha256(content)) in program.hub.files()


def test_times_are_kept(program: Program) -> None:
    """When a sheet was made is seen on the file."""
    if not hasattr(program, "send_with_time"):
        pytest.skip(f"{program.name} keeps no times")
    (program.desk / "a.csv").write_bytes(b"x")
    os.utime(program.desk / "a.csv", (1_600_000_000, 1_700_000_000))
    program.send_with_time("a.csv")
    assert (program.hub.folder() / "inbox/a.csv").stat().st_mtime == 1_700_000_000


def test_a_receipt_is_fetched(program: Program) -> None:
    """What lies in outbox is read, byte for byte."""
    content = random_bytes(2_000_000)
    (program.hub.folder() / "outbox/receipt.xlsx").write_bytes(content)
    program.fetch("receipt.xlsx")
    assert (program.desk / "back").read_bytes() == content


def test_many_small_files(program: Program) -> None:
    """A hundred files in one go all arrive."""
    sent = {f"{number:05}.csv": f"{number}".encode() * 50 for number in range(100)}
    for name, content in sent.items():
        (program.desk / name).write_bytes(content)
    program.send_all("*.csv")
    assert until(lambda: program.hub.inbox() == sent)  # of many the last is placed just after its sender was told


@pytest.mark.slow
def test_ten_thousand_small_files(program: Program) -> None:
    """Ten thousand files in one go all arrive, and are listed."""
    if program.name == "curl":
        pytest.skip("curl logs in anew for each of so many files")
    sent = {f"{number:05}.csv": f"{number}".encode() for number in range(10_000)}
    for name, content in sent.items():
        (program.desk / name).write_bytes(content)
    program.send_all("*.csv")
    assert until(lambda: program.hub.inbox() == sent)  # of many the last is placed just after its sender was told
    with program.hub.paramiko() as client:
        assert len(client.listdir("inbox")) == 10_000


@pytest.mark.slow
def test_two_gigabytes(program: Program) -> None:
    """A file of 2 GB and some bytes arrives whole; nothing in the way counts with 31 bits."""
    size = 2**31 + 12_345
    with (program.desk / "huge.csv").open("wb") as file:
        file.truncate(size)
        file.seek(size - 5)
        file.write(b"done\n")
    program.send("huge.csv")
    there = program.hub.folder() / "inbox/huge.csv"
    assert there.stat().st_size == size
    assert ("huge.csv", "whole", size) in [found[:3] for found in program.hub.files("whole")]
    (program.desk / "huge.csv").unlink()


def break_off(hub: Hub, name: str, content: bytes) -> None:
    """Send the beginning of a file, and lose the connection."""
    with suppress(EOFError, OSError), hub.paramiko() as client:
        file = client.open(f"inbox/{name}", "wb")
        file.write(content)
        file.flush()
        file._closed = True
        channel = client.get_channel()
        assert channel
        channel.get_transport().sock.close()
    assert until(lambda: name in {path for path, *_ in hub.files("partial")})
