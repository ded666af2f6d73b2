"""A hub with two senders who must never see each other, whichever way their files come."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.support.answers import rows
from tests.support.cli import run_cli, running_cli
from tests.support.waiting import until

NORTH, SOUTH = "northfield", "southport"
TENANTS = {NORTH: "north", SOUTH: "south"}


@dataclass
class SendersHub:
    """What is there, and what runs."""

    home: Path
    database: str = field(default="", kw_only=True)
    port: int = field(default=0, kw_only=True)
    process: subprocess.Popen[str] | None = field(default=None, kw_only=True)

    @contextmanager
    def listening(self, command: str, address: re.Pattern[str], env: Mapping[str, str]) -> Iterator[None]:
        """Run a server of the hub, whose log says at which port it is."""
        (self.home / "cli.log").unlink(missing_ok=True)
        with running_cli([command, "--port", "0"], self.home, self.database, env=env) as process:
            assert until(lambda: (self.home / "cli.log").exists() and address.search(self.log())), self.log()
            found = address.search(self.log())
            assert found
            self.port, self.process = int(found.group(1)), process
            yield

    def cli(self, *args: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """A command of this hub."""
        return run_cli(args, self.home, self.database, check=check)

    def folder(self, login: str = NORTH) -> Path:
        """Where an account's files lie."""
        return self.home / "inbox" / TENANTS[login] / login

    def inbox(self, login: str = NORTH) -> dict[str, bytes]:
        """The whole files of an account."""
        root = self.folder(login) / "inbox"
        return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}

    def rows(self, query: str) -> list[Any]:
        """What the database answers."""
        return rows(query, self.home, self.database)

    def log(self) -> str:
        """What the server wrote."""
        return (self.home / "cli.log").read_text()
