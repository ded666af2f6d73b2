"""OpenSSH's own server on this machine, for the account that runs the tests."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.tools import missing
from tests.support.waiting import until


@dataclass(frozen=True)
class SSHD:
    """
    A server that lets one key in.

    Args:
        work: Its keys and its log lie there.

        key: The private key that it lets in, sealed with `passphrase`.
    """

    work: Path
    port: int
    key: Path
    passphrase: str = "made-up-passphrase-of-a-key"

    @property
    def user(self) -> str:
        """Whoever runs the tests."""
        return pwd.getpwuid(os.geteuid()).pw_name

    def host_key(self, kind: str) -> str:
        """A public key of the server, as a line."""
        return (self.work / f"host_{kind}.pub").read_text().strip()

    def fingerprint(self, kind: str) -> str:
        """`SHA256:…`, as ssh-keygen says it."""
        said = subprocess.run(["ssh-keygen", "-lf", self.work / f"host_{kind}.pub"], capture_output=True, text=True)
        return said.stdout.split()[1]

    @property
    def log(self) -> str:
        """What it wrote."""
        return (self.work / "log").read_text()


@contextmanager
def sshd(work: Path, *further: str) -> Iterator[SSHD]:
    """
    Run it, with its built-in SFTP server.

    Args:
        further: Lines of its configuration.
    """
    program = shutil.which("sshd", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if program is None or not shutil.which("ssh-keygen"):
        missing("OpenSSH's server", "openssh-server")
    work.mkdir(parents=True, exist_ok=True)
    made = SSHD(work, _free_port(), work / "key")
    for name, kind, words in (("host_ed25519", "ed25519", ""), ("host_rsa", "rsa", ""), ("key", "ed25519", "sealed")):
        if not (work / name).exists():
            passphrase = made.passphrase if words else ""
            subprocess.run(["ssh-keygen", "-q", "-t", kind, "-N", passphrase, "-f", work / name], check=True)
    settings = (
        f"Port {made.port}",
        "ListenAddress 127.0.0.1",
        f"HostKey {work}/host_ed25519",
        f"HostKey {work}/host_rsa",
        f"AuthorizedKeysFile {work}/key.pub",
        "PidFile none",
        "UsePAM no",
        "StrictModes no",
        "PermitRootLogin yes",
        "LogLevel VERBOSE",
        "Subsystem sftp internal-sftp -l VERBOSE",
        *further,
    )
    (work / "config").write_text("".join(f"{line}\n" for line in settings))
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)
    with subprocess.Popen([program, "-D", "-f", work / "config", "-E", work / "log"]) as process:
        try:
            assert until(lambda: _answers(made.port)), made.log
            yield made
        finally:
            process.terminate()


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def _answers(port: int) -> bool:
    with socket.socket() as tried:
        return tried.connect_ex(("127.0.0.1", port)) == 0
