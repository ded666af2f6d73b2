"""What the page on uploads over HTTPS says to type, typed; and what it lists, compared with the code."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import rollbook.api
from rollbook.api import limits
from rollbook.api.refusals import _MEANT
from tests.api import hubs
from tests.support.cli import environment
from tests.support.senders import SOUTH

PAGE = (Path(__file__).parents[2] / "docs/upload-api.md").read_text("utf-8")
SENT = {"students.csv": b"id,name\n1,Ada\n", "enrollments.csv": b"class,student\nA,1\n"}


def blocks(language: str) -> str:
    """All that the page says to type, in its order."""
    found = re.findall(r"^```(\w*)\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
    return "\n".join(block for kind, block in found if kind == language)


def test_what_the_page_says_works(tmp_path: Path) -> None:
    """The commands make tokens; with one, curl stores files, ends a delivery and reads its receipt."""
    home = tmp_path / "hub"
    home.mkdir()
    with hubs.make(home).serving() as hub:
        for name, content in SENT.items():
            (home / name).write_bytes(content)
        env = environment(home, "")
        path = os.pathsep.join((str(Path(sys.executable).parent), env["PATH"]))
        script = "set -eu\n" + blocks("") + blocks("sh").replace("revoke 1", "revoke 3")
        script = script.replace("HUB=https://hub.example/api/v1", f"HUB={hub.url().rstrip('/')}")
        script = script.replace("TOKEN=rbu_...", f"TOKEN={hub.tokens[SOUTH]}").replace("revoke 1", "revoke 3")
        done = subprocess.run(["sh", "-c", script], env=env | {"PATH": path}, cwd=home, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        assert hub.inbox(SOUTH) == SENT
        assert '"result": "REFUSED"' in done.stdout
        assert "Upload-Offset: 18" in done.stdout
        assert (home / "lakeside.ini").stat().st_mode & 0o77 == 0


def test_every_refusal_is_on_the_page() -> None:
    """The table has each code with its status, and no other."""
    code = "".join(path.read_text("utf-8") for path in Path(rollbook.api.__file__).parent.glob("*.py"))
    said = {(int(status), name) for status, name in re.findall(r'Refused\(\s*(\d+),\s*"([\w-]+)"', code)}
    said |= {(status, name) for _, status, name in _MEANT}
    rows = re.findall(r"^\| (\d{3}) \| (`[^|]+`) \|", PAGE, re.MULTILINE)
    assert {(int(status), name) for status, names in rows for name in re.findall(r"`([\w-]+)`", names)} == said


def test_limits_are_as_the_page_says() -> None:
    """The numbers are those of the code."""
    assert f"{limits.RATE} times a second, and {limits.BURST} times at once" in PAGE
    assert limits.BODIES_OF_ONE == 4
