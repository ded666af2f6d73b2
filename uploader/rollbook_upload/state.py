"""What was sent: a file beside the configuration. When it is lost or damaged, files are sent once more."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

FORMAT = 1


@dataclass
class State:
    """
    What is known to lie at the hub, and what is on its way.

    Args:
        sent: Path -> checksum of what the hub has.

        uploads: Path -> address and checksum of an upload that broke off.

        unfinished: Something was sent since the hub was told that this was all.

        was_damaged: There was a file that could not be read; it was kept as `*.damaged`.
    """

    path: Path
    target: str
    sent: dict[str, str] = field(default_factory=dict)
    uploads: dict[str, dict[str, str]] = field(default_factory=dict)
    unfinished: bool = False
    was_damaged: bool = False

    def save(self) -> None:
        """Write it whole, or leave the one before."""
        names = ("target", "sent", "uploads", "unfinished")
        draft = self.path.with_name(self.path.name + ".new")
        with draft.open("w", encoding="utf-8") as file:
            json.dump({"format": FORMAT, **{name: getattr(self, name) for name in names}}, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self.path)


def load(path: Path, target: str) -> State:
    """
    What was sent to a place; nothing yet when the file is new, damaged, or tells of another place.

    Args:
        target: The place.
    """
    try:
        said = json.loads(path.read_text("utf-8"))
        if said["target"] != target or said["format"] != FORMAT:
            return State(path, target)
        return State(path, target, _texts(said["sent"]), _uploads(said["uploads"]), bool(said["unfinished"]))
    except FileNotFoundError:
        return State(path, target)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        with suppress(OSError):
            path.replace(path.with_name(path.name + ".damaged"))
        return State(path, target, was_damaged=True)


def _texts(said: Any) -> dict[str, str]:
    return {str(name): str(value) for name, value in said.items()}


def _uploads(said: Any) -> dict[str, dict[str, str]]:
    return {str(path): {"address": str(one["address"]), "sha256": str(one["sha256"])} for path, one in said.items()}
