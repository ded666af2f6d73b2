"""Tools beside Python that some tests need, and what happens to a test when one is missing."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path
from typing import NoReturn

import pytest


def missing(tool: str, package: str) -> NoReturn:
    """Skip this test, saying why; where everything must be there (`.ci/run`), fail instead."""
    reason = f"{tool} is not installed. `make test` installs it where it may; by hand: apt-get install {package}"
    if os.environ.get("REQUIRE_TEST_TOOLS"):
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


def find_chromium() -> str | None:
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


def find_postgres_bin() -> Path | None:
    """The folder with `initdb` and `postgres`; Debian keeps it off the PATH, one for each version."""
    on_path = shutil.which("initdb")
    candidates = [Path(on_path).resolve().parent] if on_path else []
    debian = Path("/usr/lib/postgresql").glob("*/bin")
    candidates += sorted(debian, key=lambda folder: [int(n) for n in re.findall(r"\d+", str(folder))], reverse=True)
    return next((folder for folder in candidates if (folder / "postgres").exists()), None)
