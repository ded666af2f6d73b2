"""A hub that is uploaded to over HTTP, with two senders who must never see each other."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests
from tusclient.client import TusClient

from tests.support.cli import NOTHING, run_cli
from tests.support.processes import descendants
from tests.support.senders import NORTH, TENANTS, SendersHub
from tests.support.waiting import until

PART = "application/offset+octet-stream"
_ADDRESS = re.compile(r"The pages are served at http://127\.0\.0\.1:(\d+)/")
_TOKEN = re.compile(r"Token: (rbu_\S+)")


@dataclass
class Hub(SendersHub):
    """
    A hub and how to reach it.

    Args:
        tokens: Login -> a token of its account.
    """

    tokens: Mapping[str, str]

    @contextmanager
    def serving(self, env: Mapping[str, str] = NOTHING) -> Iterator[Hub]:
        """Run its web server."""
        with self.listening("web", _ADDRESS, env):
            assert until(self.answers), self.log()
            yield self

    def answers(self) -> bool:
        """Whether the web server is there."""
        try:
            return requests.get(f"http://127.0.0.1:{self.port}/healthz", timeout=5).ok
        except requests.RequestException:
            return False

    def kill(self) -> None:
        """SIGKILL the web server and its processes, all at once."""
        assert self.process
        for number in [self.process.pid, *descendants(self.process.pid)]:
            os.kill(number, 9)
        self.process.wait()

    # What is there ---------------------------------------------------------------------------------------

    def drafts(self, login: str = NORTH) -> list[Path]:
        """What is being received of an account."""
        return sorted((self.folder(login) / "uploads").iterdir())

    def files(self, *states: str) -> list[tuple[str, str]]:
        """Path and state of what the hub knows of, in order."""
        found = self.rows("SELECT path, state FROM intake_receivedfile ORDER BY id")
        return [(str(path), str(state)) for path, state in found if not states or state in states]

    # Clients ---------------------------------------------------------------------------------------------

    def url(self, path: str = "") -> str:
        """An address of the API."""
        return f"http://127.0.0.1:{self.port}/api/v1/{path}"

    def ask(
        self, method: str, path: str, *, login: str = NORTH, token: str = "", data: Any = None, **headers: str
    ) -> requests.Response:
        """A request with a token."""
        own = {"Authorization": f"Bearer {token or self.tokens[login]}"}
        own |= {name.replace("_", "-"): value for name, value in headers.items()}
        url = path if path.startswith("http") else self.url(path.removeprefix("/api/v1/"))
        return requests.request(method, url, headers=own, data=data, timeout=60)

    def begin(self, name: str, length: int, *, login: str = NORTH, data: Any = None, **said: str) -> requests.Response:
        """Begin an upload by tus; `said` is metadata, or headers where their names have a capital letter."""
        headers = {key: value for key, value in said.items() if key[0].isupper()}
        metadata = {"filename": name, **{key: value for key, value in said.items() if key not in headers}}
        pairs = ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in metadata.items())
        headers |= {"Tus_Resumable": "1.0.0", "Upload_Length": str(length), "Upload_Metadata": pairs}
        if data is not None:
            headers["Content_Type"] = PART
        return self.ask("POST", "uploads/", login=login, data=data, **headers)

    def go_on(self, location: str, offset: int, data: Any, **headers: str) -> requests.Response:
        """More of an upload."""
        own = {"Tus_Resumable": "1.0.0", "Upload_Offset": str(offset), "Content_Type": PART, **headers}
        return self.ask("PATCH", location, data=data, **own)

    def where(self, location: str, login: str = NORTH) -> requests.Response:
        """Where an upload stands."""
        return self.ask("HEAD", location, login=login, Tus_Resumable="1.0.0")

    def tus(self, login: str = NORTH) -> TusClient:
        """tuspy, a client that is not ours."""
        return TusClient(self.url("uploads/"), headers={"Authorization": f"Bearer {self.tokens[login]}"})

    def curl(self, *args: str, login: str = NORTH) -> subprocess.CompletedProcess[str]:
        """curl with the token; its output ends with the status."""
        command = ["curl", "-sS", "-H", f"Authorization: Bearer {self.tokens[login]}", "-w", "\n%{http_code}", *args]
        return subprocess.run(command, capture_output=True, text=True, timeout=120, cwd=self.home)


def make(home: Path, database: str = "") -> Hub:
    """Prepare a hub with a sender in each of two tenants."""
    run_cli(["init"], home, database)
    tokens = {}
    for login, tenant in TENANTS.items():
        run_cli(["tenant", "add", tenant], home, database)
        run_cli(["integration", "add", tenant, "--tenant", tenant, "--set", "layout=oneroster_12"], home, database)
        run_cli(["sftp-account", "add", login, "--integration", tenant], home, database)
        found = _TOKEN.search(run_cli(["upload-token", "add", login], home, database).stdout)
        assert found
        tokens[login] = found.group(1)
    return Hub(home, tokens, database=database)


def error(response: requests.Response) -> tuple[int, str]:
    """Status and code of a refusal."""
    return response.status_code, str(response.json()["error"]["code"])


def checksum(algorithm: str, content: bytes) -> str:
    """The value of Upload-Checksum."""
    return f"{algorithm} {base64.b64encode(hashlib.new(algorithm, content).digest()).decode()}"


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def said(done: subprocess.CompletedProcess[str]) -> tuple[int, Any]:
    """Status and JSON that curl was told."""
    body, _, status = done.stdout.rpartition("\n")
    return int(status), json.loads(body) if body else None
