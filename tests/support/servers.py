"""What a throw-away database server of the tests needs, whichever it is."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any


def account(title: str, own: str) -> dict[str, Any]:
    """
    Such a server refuses to run as root: the account to lend it, for `subprocess`; nothing where nobody is root.

    Args:
        own: The account that its package makes.
    """
    if os.geteuid() != 0:
        return {}
    for name in (own, "nobody"):
        with suppress(KeyError):
            entry = pwd.getpwnam(name)
            return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
    raise RuntimeError(f"{title} does not run as root, and there is neither a `{own}` nor a `nobody` account.")


def lend(folder: Path, to: dict[str, Any]) -> None:
    """Give the folder of a server, and what lies in it, to the account that it runs under."""
    if to:
        for path in (folder, *folder.iterdir()):
            shutil.chown(path, to["user"], to["group"])


def start(folder: Path, command: Sequence[str], ends_by: str, to: dict[str, Any]) -> subprocess.Popen[bytes]:
    """
    Start a server; what it says goes to the file `log` in its folder.

    Args:
        ends_by: The signal that it gets when the tests are killed: they take their server with them.
    """
    if setpriv := shutil.which("setpriv"):
        command = [setpriv, "--pdeathsig", ends_by, *command]
    with (folder / "log").open("wb") as log:
        return subprocess.Popen(command, cwd=folder, stdout=log, stderr=log, **to)
