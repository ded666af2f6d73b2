"""The upload utility as a school has it: one file that its Python runs, and a folder."""

from __future__ import annotations

import configparser
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scripts.build_uploader import zipapp
from tests.api.hubs import Hub
from tests.support.senders import NORTH


@dataclass(frozen=True)
class Utility:
    """A program with its configuration, and the folder that it watches."""

    program: Path
    config: Path
    folder: Path

    def run(self, *args: str, timeout: float = 100) -> subprocess.CompletedProcess[str]:
        """Run it to its end; `-I` keeps the hub's own libraries away from it."""
        return subprocess.run(
            self.command(*args), capture_output=True, text=True, timeout=timeout, stdin=subprocess.DEVNULL
        )

    @contextmanager
    def running(self, *args: str) -> Iterator[subprocess.Popen[bytes]]:
        """Keep it running; killed at the end of the block if it is still there."""
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "stdin": subprocess.DEVNULL}
        with subprocess.Popen(self.command(*args), **quiet) as process:  # type: ignore[call-overload]
            try:
                yield process
            finally:
                process.kill()

    def command(self, *args: str) -> list[str]:
        return [sys.executable, "-I", "-W", "error", str(self.program), "--config", str(self.config), *args]

    def set(self, section: str, **values: str) -> None:
        """Change the configuration."""
        parts = configparser.ConfigParser(interpolation=None)
        parts.read(self.config, encoding="utf-8")
        if section not in parts:
            parts[section] = {}
        parts[section].update(values)
        with self.config.open("w", encoding="utf-8") as file:
            parts.write(file)

    def write(self, files: Mapping[str, bytes]) -> None:
        """Put files into the watched folder."""
        for name, content in files.items():
            (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
            (self.folder / name).write_bytes(content)

    def state(self) -> dict[str, Any]:
        said: dict[str, Any] = json.loads(self.config.with_name("north.state.json").read_text())
        return said

    def log(self) -> str:
        return self.config.with_name("north.log").read_text()


def make(hub: Hub, folder: Path) -> Utility:
    """A utility with the connection file that the hub makes for an account."""
    watched = folder / "export"
    watched.mkdir(parents=True)
    utility = Utility(folder / "rollbook-upload.pyz", folder / "north.ini", watched)
    utility.program.write_bytes(zipapp())
    hub.cli("upload-token", "add", NORTH, "--name", "test", "--connection", str(utility.config))
    utility.set("watch", folder="export")
    utility.set("send", settle="0")
    return utility


def at(utility: Utility, port: int, scheme: str = "http") -> Utility:
    """The same, told where the hub is."""
    utility.set("hub", url=f"{scheme}://127.0.0.1:{port}")
    return utility
