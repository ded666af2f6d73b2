"""A hub that receives files by SFTP, with two senders who must never see each other."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import paramiko

from tests.support.cli import NOTHING, run_cli
from tests.support.senders import NORTH, TENANTS, SendersHub

ADDRESS = re.compile(r"SFTP answers on 127\.0\.0\.1 port (\d+)")


@dataclass
class Hub(SendersHub):
    """
    A hub and how to reach it.

    Args:
        key: A private key that lets `northfield` in, as a file.

        passwords: Login -> its password.
    """

    key: Path
    passwords: Mapping[str, str]

    @contextmanager
    def serving(self, env: Mapping[str, str] = NOTHING) -> Iterator[Hub]:
        """Run its SFTP server."""
        with self.listening("sftp", ADDRESS, env):
            yield self

    def files(self, *states: str) -> list[tuple[str, str, int, str]]:
        """Path, state, size and checksum of what the hub knows of, in order."""
        query = "SELECT path, state, size, sha256 FROM intake_receivedfile ORDER BY id"
        found = [(str(path), str(state), int(size), str(sha)) for path, state, size, sha in self.rows(query)]
        return [row for row in found if not states or row[1] in states]

    # Clients ---------------------------------------------------------------------------------------------

    def openssh(self, batch: str, *options: str, login: str = NORTH) -> subprocess.CompletedProcess[str]:
        """Commands for OpenSSH's `sftp`."""
        command = ["sftp", *self.ssh_options(), *options, "-P", str(self.port), "-b", "-", f"{login}@127.0.0.1"]
        return subprocess.run(command, input=batch, capture_output=True, text=True, timeout=300, cwd=self.home)

    @contextmanager
    def openssh_at_work(self, batch: str, *options: str) -> Iterator[subprocess.Popen[bytes]]:
        """OpenSSH's `sftp` in the middle of its commands; killed at the end of the block if it is still there."""
        commands = self.home / "batch"
        commands.write_text(batch)
        own = [*self.ssh_options(), *options, "-P", str(self.port), "-b", str(commands), f"{NORTH}@127.0.0.1"]
        with subprocess.Popen(["sftp", *own], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as client:
            try:
                yield client
            finally:
                client.kill()

    def ssh_options(self) -> list[str]:
        """Options of OpenSSH's programs that let `northfield` in by its key, and by nothing else of this machine."""
        settings = {
            "IdentityFile": str(self.key),
            "IdentitiesOnly": "yes",
            "StrictHostKeyChecking": "no",
            "UserKnownHostsFile": "/dev/null",
            "BatchMode": "yes",
            "LogLevel": "ERROR",
        }
        return ["-F", "none", *(part for name, value in settings.items() for part in ("-o", f"{name}={value}"))]

    def log_in(self, password: str, login: str = NORTH) -> None:
        """
        Log in by password, and leave.

        Raises:
            ConnectionRefusedError: Nobody answers.

            AuthenticationException: The password is wrong.
        """
        try:
            transport = paramiko.Transport(("127.0.0.1", self.port))
            try:
                transport.connect(username=login, password=password)
            finally:
                transport.close()
        except paramiko.AuthenticationException:
            raise
        except (paramiko.SSHException, EOFError, OSError) as failure:
            raise ConnectionRefusedError from failure

    def lets_in(self) -> bool:
        """Whether the right password opens."""
        try:
            self.log_in(self.passwords[NORTH])
        except (paramiko.AuthenticationException, ConnectionRefusedError):
            return False
        return True

    @contextmanager
    def paramiko(self, login: str = NORTH, password: str = "") -> Iterator[paramiko.SFTPClient]:
        """A paramiko client that has logged in by password."""
        transport = paramiko.Transport(("127.0.0.1", self.port))
        try:
            transport.connect(username=login, password=password or self.passwords[login])
            client = paramiko.SFTPClient.from_transport(transport)
            assert client is not None
            with client:
                yield client
        finally:
            transport.close()


def make(home: Path, database: str = "") -> Hub:
    """Prepare a hub with a sender in each of two tenants."""
    key = home / "sender_key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True, stdin=subprocess.DEVNULL)
    run_cli(["init"], home, database)
    passwords = {}
    for login, tenant in TENANTS.items():
        run_cli(["tenant", "add", tenant], home, database)
        run_cli(["integration", "add", tenant, "--tenant", tenant], home, database)
        keys = ["--key", f"{key}.pub"] if login == NORTH else []
        said = run_cli(["sftp-account", "add", login, "--integration", tenant, *keys], home, database).stdout
        found = re.search(r"Password: (\S+)", said)
        assert found
        passwords[login] = found.group(1)
    return Hub(home, key, passwords, database=database)


def store(client: paramiko.SFTPClient, path: str, content: bytes) -> None:
    """
    Send a file, and hear what the server says at its end.

    paramiko's own `close` keeps that to itself.
    """
    file = client.open(path, "wb")
    file.set_pipelined(True)
    file.write(content)
    file.flush()
    file._closed = True
    client._request(paramiko.sftp.CMD_CLOSE, file.handle)


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def random_bytes(size: int) -> bytes:
    return os.urandom(size)
