"""`rollbook check`, on files and layouts of a sender's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.cli import run_cli

LAYOUT = """
name = "pupils"
title = "Our pupils"
[[sheet]]
name = "pupils"
required = true
help = "Pupils."
[sheet.columns]
no = {required = true, example = "1", help = "Number."}
last = {required = true, example = "Roe", help = "Last name."}
[[sheet.record]]
entity = "user"
key = "no"
fields = {family_name = "last", identifier = "no"}
"""


def test_a_layout_of_ones_own_can_be_tried(tmp_path: Path) -> None:
    """A layout file is checked against the files before any integration knows of it."""
    (tmp_path / "pupils.toml").write_text(LAYOUT)
    (tmp_path / "pupils.csv").write_text("no,last\n1,Roe\n2,\n")
    done = run_cli(["check", "pupils.csv", "--layout", "pupils.toml"], tmp_path, check=False)
    assert (done.returncode, "Required value missing: 1" in done.stdout) == (1, True)


@pytest.mark.parametrize("text, told", [(None, "cannot be read"), ("name =", "not valid TOML")])
def test_a_layout_that_is_none(tmp_path: Path, text: str | None, told: str) -> None:
    """A layout file that is not there, or is none, is said to be so."""
    (tmp_path / "pupils.csv").write_text("no,last\n1,Roe\n")
    if text:
        (tmp_path / "pupils.toml").write_text(text)
    done = run_cli(["check", "pupils.csv", "--layout", "pupils.toml"], tmp_path, check=False)
    assert (done.returncode, told in done.stderr) == (1, True)
