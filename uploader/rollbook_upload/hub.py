"""What the utility asks the hub for, over HTTPS."""

from __future__ import annotations

import json
import platform
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rollbook_upload import __version__
from rollbook_upload.bundle import Rulebook
from rollbook_upload.config import Config
from rollbook_upload.errors import HubRefused
from rollbook_upload.retrying import retried
from rollbook_upload.state import State
from rollbook_upload.tus import Told, Upload
from rollbook_upload.web import Web, host_name

_OPEN = ("waiting", "running")


@dataclass(frozen=True)
class Agreed:
    """What was agreed with the account."""

    patterns: list[str]
    folders: list[str]
    largest: int = 0
    account: str = ""
    newest_version: str = ""


class HttpsWay:
    """Files go to the hub over HTTPS."""

    def __init__(self, config: Config, state: State) -> None:
        self._config, self._state, self._web = config, state, Web(config.hub)

    def hello(self, rulebook: Rulebook | None) -> Agreed:
        """
        Say who is there, and learn what was agreed; fetch the rules where they have changed.

        Raises:
            Untrusted: The rules are not the hub's.
        """
        said = {"version": __version__, "host": host_name(), "system": platform.platform()[:100]}
        answer = self._ask("POST", "hello", said)
        if rulebook is not None and answer.get("rules", {}).get("digest") != rulebook.digest:
            rulebook.take(retried(lambda: self._web.ask("GET", "rules")).body)
        return Agreed(
            patterns=[str(one) for one in answer.get("patterns", [])],
            folders=[str(one) for one in answer.get("folders", [])],
            largest=int(answer.get("largest_file") or 0),
            account=str(answer.get("account", "")),
            newest_version=str(answer.get("newest_version", "")),
        )

    def send(self, path: str, file: Path, sha256: str, told: Told) -> None:
        """Send one file."""
        Upload(self._web, self._state, path, file, sha256, told).send()

    def finish(self) -> int:
        """Say that this was all; the number of the delivery, 0 where the hub goes on waiting."""
        try:
            return int(self._ask("POST", "deliveries").get("delivery", 0))
        except HubRefused as error:
            if error.status == 409:
                return 0
            raise

    def receipt(self, delivery: int, minutes: float, sleep: Callable[[float], None] = time.sleep) -> dict[str, Any]:
        """What became of a delivery; waits until the hub has said it, or the time is over."""
        end = time.monotonic() + minutes * 60
        while True:
            said = self._ask("GET", f"deliveries/{delivery}")
            if said.get("state") not in _OPEN or time.monotonic() >= end:
                return said
            sleep(2)

    def close(self) -> None:
        """Let the connection go."""
        self._web.close()

    def _ask(self, method: str, path: str, said: Any = None) -> dict[str, Any]:
        body = json.dumps(said or {}).encode() if method == "POST" else b""
        headers = {"Content-Type": "application/json"} if body else {}
        return retried(lambda: self._web.ask(method, path, body, headers)).json()
