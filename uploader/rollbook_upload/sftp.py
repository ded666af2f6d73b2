"""Send files with the system's OpenSSH: only to the host whose key is in the configuration, and only by key."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

from rollbook_upload.bundle import Rulebook
from rollbook_upload.config import Config, Sftp
from rollbook_upload.errors import ConfigError, HubRefused, Unreachable, Untrusted
from rollbook_upload.hub import Agreed
from rollbook_upload.retrying import retried
from rollbook_upload.tus import Told

TIMEOUT = 6 * 3600
_NO_HOST = re.compile(
    "connection (refused|timed out|closed|reset)|no route|could not resolve|network is unreachable|operation timed out"
    "|kex_exchange|broken pipe|name or service not known",
    re.IGNORECASE,
)


class SftpWay:
    """Files go to the hub over SFTP."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._known_hosts = config.beside(".known_hosts")
        self._known_hosts.write_text(known_hosts_line(config.sftp), encoding="ascii")

    def hello(self, rulebook: Rulebook | None) -> Agreed:  # noqa: ARG002 - over SFTP no rules come
        """Nothing is agreed that the configuration does not say; a wrong login or key shows here."""
        self._run("ls inbox\n")
        return Agreed(self._config.patterns, self._config.folders)

    def send(self, path: str, file: Path, sha256: str, told: Told) -> None:  # noqa: ARG002 - the hub takes its own
        """Send one file; the hub puts it into its place once it is whole."""
        folders = path.split("/")[:-1]
        made = [f"-mkdir {quoted('/'.join(['inbox', *folders[: n + 1]]))}" for n in range(len(folders))]
        self._run("\n".join([*made, f"put -p {quoted(file.as_posix())} {quoted(f'inbox/{path}')}\n"]))
        size = file.stat().st_size
        told(size, size)

    def finish(self) -> int:
        """Send the marker, where one was agreed."""
        if self._config.sftp.marker:
            marker = self._config.beside(".marker")
            marker.touch()
            self._run(f"put {quoted(marker.as_posix())} {quoted(f'inbox/{self._config.sftp.marker}')}\n")
        return 0

    def close(self) -> None:
        """Nothing stays open."""

    def _run(self, batch: str) -> None:
        retried(lambda: self._run_once(batch))

    def _run_once(self, batch: str) -> None:
        program = shutil.which("sftp")
        if program is None:
            raise ConfigError("OpenSSH's program sftp was not found. Nothing was sent. Install it, or send by https.")
        command = [program, *options(self._config.sftp, self._known_hosts)]
        try:
            done = subprocess.run(command, input=batch, capture_output=True, text=True, timeout=TIMEOUT, check=False)
        except subprocess.TimeoutExpired:
            raise Unreachable("The hub took too long.") from None
        if done.returncode:
            raise failure(self._config.sftp.host, done.stderr)


def options(sftp: Sftp, known_hosts: Path) -> list[str]:
    """The arguments of `sftp`: nothing of the machine's own configuration, keys or known hosts counts."""
    settings = {
        "BatchMode": "yes",
        "StrictHostKeyChecking": "yes",
        "UserKnownHostsFile": f'"{known_hosts.as_posix()}"',
        "GlobalKnownHostsFile": "none",
        "IdentityFile": f'"{sftp.key_file.as_posix()}"' if sftp.key_file else "none",
        "IdentitiesOnly": "yes",
        "PreferredAuthentications": "publickey",
        "ConnectTimeout": "30",
        "ServerAliveInterval": "15",
        "LogLevel": "ERROR",
    }
    said = [part for name, value in settings.items() for part in ("-o", f"{name}={value}")]
    return ["-F", "none", *said, "-P", str(sftp.port), "-b", "-", f"{sftp.login}@{sftp.host}"]


def known_hosts_line(sftp: Sftp) -> str:
    """The pinned key, as OpenSSH reads it."""
    name = sftp.host if sftp.port == 22 else f"[{sftp.host}]:{sftp.port}"
    return f"{name} {' '.join(sftp.host_key.split()[:2])}\n"


def quoted(path: str) -> str:
    """A path in a batch of `sftp`: stars and brackets between quotes are letters."""
    marked = re.sub(r'(["\\])', r"\\\1", path)
    return f'"{marked}"'


def failure(host: str, said: str) -> Exception:
    """What the last lines of `sftp` mean."""
    if "host key verification failed" in said.lower() or "identification has changed" in said.lower():
        return Untrusted(
            f"{host} shows another key than host_key in the configuration. Nothing was sent. "
            "Ask the hub's specialist for the fingerprint before anything else."
        )
    if "permission denied (" in said.lower():
        return HubRefused(f"{host} does not know the key or the login. Nothing was sent. Check login and key_file.")
    if _NO_HOST.search(said):
        return Unreachable(f"{host} cannot be reached by SFTP.")
    if "bad permissions" in said.lower() or "invalid format" in said.lower() or "error in libcrypto" in said.lower():
        return ConfigError("key_file cannot be used. Nothing was sent. Make it readable by you alone.")
    lines = [line.strip() for line in said.splitlines() if line.strip() and line.isprintable()]
    return HubRefused(f"The hub refused it: {' '.join(lines[-2:])[:300] or 'it did not say why'}")
