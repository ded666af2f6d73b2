"""
Measure the hub's SFTP server beside OpenSSH's own, on this machine: `python -m bench.sftp`.

Both are asked by the same client, OpenSSH's `sftp`, with the same key and cipher, in turn; the median of the rounds
counts. Needs openssh-server and openssh-client, and nothing else running.
"""

import argparse
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

CIPHER = "aes128-gcm@openssh.com"
SMALL_FILES, SMALL_SIZE = 1_000, 2_000
LOGIN = "sender"


@dataclass(frozen=True)
class Target:
    """What a row must reach and aims at: our throughput as a part of OpenSSH's. For times: ours must not be more."""

    must: float
    aim: float


TARGETS = {
    "put": Target(0.8, 1.0),
    "get": Target(0.65, 0.8),
    "small files": Target(0.5, 0.8),
    "small files, each synced": Target(0.5, 0.8),
    "log-in": Target(1.0, 1.0),
    "20 uploads at once": Target(1.0, 1.0),
    "200 uploads at once": Target(1.0, 1.0),
}


@dataclass
class Server:
    """A server that listens, and where its files go."""

    name: str
    port: int
    user: str
    inbox: str
    outbox: str
    process: subprocess.Popen[str]
    seconds: dict[str, list[float]] = field(default_factory=dict)
    memory: float = 0.0


@dataclass(frozen=True)
class Bench:
    """The folder of this run: keys, what is sent, where the servers keep it."""

    work: Path

    def sftp(self, server: Server, commands: str, *options: str) -> subprocess.Popen[str]:
        """Start the client with commands of its own."""
        number, name = tempfile.mkstemp(dir=self.work, suffix=".batch")
        os.write(number, commands.encode())
        os.close(number)
        given = {"IdentityFile": self.work / "key", "IdentitiesOnly": "yes", "StrictHostKeyChecking": "no"}
        given |= {"UserKnownHostsFile": "/dev/null", "BatchMode": "yes", "LogLevel": "ERROR"}
        settings = [part for key, value in given.items() for part in ("-o", f"{key}={value}")]
        command = ["sftp", "-F", "none", "-q", *settings, "-c", CIPHER, *options, "-P", str(server.port), "-b", name]
        return subprocess.Popen(
            [*command, f"{server.user}@127.0.0.1"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            text=True,
        )

    def run(self, server: Server, commands: str, *options: str) -> None:
        """Run the client to its end."""
        client = self.sftp(server, commands, *options)
        _, said = client.communicate()
        if client.returncode:
            sys.exit(f"{server.name}: the client failed: {said}")


def tasks(bench: Bench) -> dict[str, Callable[[Server], None]]:
    """What is measured, in this order."""
    work = bench.work
    small = f"put {work}/small/*.csv"
    return {
        "put": lambda s: bench.run(s, f"put {work}/big {s.inbox}/big"),
        "get": lambda s: bench.run(s, f"get {s.outbox}/big {work}/back"),
        "small files": lambda s: bench.run(s, f"{small} {s.inbox}/"),
        "small files, each synced": lambda s: bench.run(s, f"{small} {s.inbox}/", "-f"),
        "log-in": lambda s: bench.run(s, "pwd"),
        "20 uploads at once": lambda s: at_once(bench, s, 20),
        "200 uploads at once": lambda s: at_once(bench, s, 200),
    }


def at_once(bench: Bench, server: Server, count: int) -> None:
    """Many senders, each with a file of 1 MB."""
    clients = [bench.sftp(server, f"put {bench.work}/mega {server.inbox}/m{n}.csv") for n in range(count)]
    failed = sum(bool(client.communicate() and client.returncode) for client in clients)
    if failed:
        note(f"{server.name}: {failed} of {count} senders at once were not served")
        server.seconds.setdefault(f"dropped of {count}", []).append(failed)


def memory_of_sessions(bench: Bench, server: Server, count: int) -> float:
    """Megabytes that a server and its processes take with many sessions open."""
    clients = []
    for _ in range(count):
        command = ["ssh", "-F", "none", "-i", str(bench.work / "key"), "-o", "StrictHostKeyChecking=no"]
        command += ["-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR", "-p", str(server.port), "-s"]
        client = subprocess.Popen(
            [*command, f"{server.user}@127.0.0.1", "sftp"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        assert client.stdin
        client.stdin.write(b"\x00\x00\x00\x05\x01\x00\x00\x00\x03")
        client.stdin.flush()
        clients.append(client)
    for client in clients:
        assert client.stdout
        if not client.stdout.read(4):
            note(f"{server.name}: a session was not opened")
    found = sum(_shared(process) for process in _family(server.process.pid))
    for client in clients:
        client.kill()
        client.communicate()
    return found / 1024


def _family(process: int) -> list[int]:
    """A process and all that it started."""
    children: dict[int, list[int]] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
        children.setdefault(parent, []).append(int(folder.name))
    found = [process]
    for one in found:
        found += children.get(one, [])
    return found


def _shared(process: int) -> int:
    """Kilobytes of a process; what it shares with others is divided among them."""
    try:
        text = Path(f"/proc/{process}/smaps_rollup").read_text()
    except OSError:
        return 0
    found = re.search(r"^Pss:\s+(\d+)", text, re.MULTILINE)
    return int(found.group(1)) if found else 0


# The servers -----------------------------------------------------------------------------------------


@contextmanager
def openssh(work: Path) -> Iterator[Server]:
    """OpenSSH's server, for the one who runs this, with its built-in SFTP."""
    sshd = shutil.which("sshd", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if sshd is None:
        sys.exit("OpenSSH's server is not installed: apt-get install openssh-server")
    home = work / "openssh"
    for folder in ("inbox", "outbox"):
        (home / folder).mkdir(parents=True)
    os.link(work / "big", home / "outbox/big")
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", work / "host_key"], check=True)
    port = 22_222
    settings = {
        "Port": port,
        "ListenAddress": "127.0.0.1",
        "HostKey": work / "host_key",
        "AuthorizedKeysFile": work / "key.pub",
        "PidFile": "none",
        "UsePAM": "no",
        "StrictModes": "no",
        "PermitRootLogin": "yes",
        "MaxStartups": 1_000,
        "Subsystem": "sftp internal-sftp",
    }
    (work / "sshd_config").write_text("".join(f"{name} {value}\n" for name, value in settings.items()))
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)
    command = [sshd, "-D", "-f", str(work / "sshd_config"), "-E", str(work / "sshd.log")]
    user = os.environ.get("USER") or "root"
    with subprocess.Popen(command, text=True) as process:
        try:
            yield Server("OpenSSH", port, user, str(home / "inbox"), str(home / "outbox"), process)
        finally:
            process.terminate()


@contextmanager
def rollbook(work: Path, program: str, name: str, **settings: str) -> Iterator[Server]:
    """The hub's server, with everything that it does: checks, checksums, rows."""
    home = work / name.replace(" ", "-").replace(",", "")
    home.mkdir()
    own = {**os.environ, "ROLLBOOK_HOME": str(home), **settings}

    def run(*command: str) -> None:
        subprocess.run([program, *command], env=own, check=True, stdout=subprocess.DEVNULL)

    run("init")
    run("integration", "add", "bench")
    run("sftp-account", "add", LOGIN, "--integration", "bench", "--key", str(work / "key.pub"))
    os.link(work / "big", home / "inbox/school" / LOGIN / "outbox/big")
    with subprocess.Popen(
        [program, "sftp", "--port", "0"], env={**own, "PYTHONUNBUFFERED": "1"}, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout
            found = re.search(r"port (\d+)", process.stdout.readline())
            if not found:
                sys.exit("rollbook sftp did not start")
            yield Server(name, int(found.group(1)), LOGIN, "/inbox", "/outbox", process)
        finally:
            process.terminate()


# The run ---------------------------------------------------------------------------------------------


def main() -> None:
    options = parse_arguments()
    with tempfile.TemporaryDirectory(dir=options.work, prefix="bench-sftp-") as folder, ExitStack() as stack:
        bench = Bench(Path(folder))
        prepare(bench.work, options.megabytes)
        ours = [
            stack.enter_context(rollbook(bench.work, options.rollbook, "Rollbook")),
            stack.enter_context(rollbook(bench.work, options.rollbook, "Rollbook, no sync", SFTP_SYNC="off")),
        ]
        if options.postgres:
            given = {"DATABASE_URL": options.postgres}
            ours.append(stack.enter_context(rollbook(bench.work, options.rollbook, "Rollbook, PostgreSQL", **given)))
        theirs = stack.enter_context(openssh(bench.work))
        time.sleep(1)
        chosen = {name: task for name, task in tasks(bench).items() if not options.only or name in options.only}
        for server in (theirs, *ours):
            bench.run(server, "pwd")
        for _ in range(options.rounds):
            for name, task in chosen.items():
                for server in (theirs, *ours):
                    os.sync()
                    started = time.perf_counter()
                    task(server)
                    server.seconds.setdefault(name, []).append(time.perf_counter() - started)
        for server in (theirs, *ours):
            server.memory = 0.0 if options.only else memory_of_sessions(bench, server, 200)
        show(theirs, ours, list(chosen))
        if options.out:
            found = {server.name: {**server.seconds, "MB at 200 sessions": server.memory} for server in (theirs, *ours)}
            options.out.write_text(json.dumps(found, indent=1) + "\n")


def prepare(work: Path, megabytes: int) -> None:
    """Keys, and what is sent."""
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", work / "key"], check=True)
    with (work / "big").open("wb") as big:
        for _ in range(megabytes):
            big.write(os.urandom(1 << 20))
    (work / "mega").write_bytes(os.urandom(1 << 20))
    (work / "small").mkdir()
    for number in range(SMALL_FILES):
        (work / f"small/{number:04}.csv").write_bytes(os.urandom(SMALL_SIZE))


def show(theirs: Server, ours: list[Server], names: list[str]) -> None:
    """Medians, and throughput as a part of OpenSSH's."""
    print(f"| | {theirs.name} s | " + " | ".join(f"{server.name} s | ratio" for server in ours) + " | must | aim |")
    print("|---|---|" + "---|---|" * len(ours) + "---|---|")
    for name in names:
        base, target = statistics.median(theirs.seconds[name]), TARGETS[name]
        cells = []
        for server in ours:
            seconds = statistics.median(server.seconds[name])
            cells += [f"{seconds:.2f}", f"{base / seconds:.2f}"]
        print(f"| {name} | {base:.2f} | {' | '.join(cells)} | {target.must} | {target.aim} |")
    memory = " | ".join(f"{server.memory:.0f} | " for server in ours)
    if theirs.memory:
        print(f"| MB at 200 sessions | {theirs.memory:.0f} | {memory} | | |")


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.sftp", description=str(__doc__).strip().splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3, metavar="N")
    parser.add_argument("--megabytes", type=int, default=300, metavar="N", help="size of the large file")
    parser.add_argument("--only", nargs="+", choices=list(TARGETS), help="only these rows, and no memory")
    parser.add_argument(
        "--postgres", default="", metavar="URL", help="an empty database: measure the hub on it as well"
    )
    parser.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()), metavar="DIR")
    parser.add_argument("--out", type=Path, metavar="FILE", help="write every measurement as JSON")
    beside = Path(sys.executable).parent / "rollbook"
    parser.add_argument("--rollbook", default=str(beside), metavar="PROGRAM")
    return parser.parse_args()


def note(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
