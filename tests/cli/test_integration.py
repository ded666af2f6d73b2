"""`rollbook integration`: what can be set, and what is said of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rollbook.core.errors import SettingsError
from rollbook.integrations import declared, options
from tests.support.cli import run_cli


def test_every_limit_can_be_set() -> None:
    """The limits that a plan is judged by are settings, with the defaults that they have."""
    limits = {o.name: o.default for o in declared.OPTIONS if o.name.startswith("limit_")}
    assert limits == {
        "limit_deactivate": "10", "limit_update": "75", "limit_create": "25", "limit_reject": "5",
        "limit_changed_ids": "50", "limit_spare": "5",
    }  # fmt: skip
    assert options.checked(dict.fromkeys(limits, "20")) == dict.fromkeys(limits, "20")


@pytest.mark.parametrize(
    "name, meant",
    [("absense", " Did you mean absence?"), ("code.race", " Did you mean codes.… or mode?"), ("xyz", "")],
)
def test_a_setting_that_does_not_exist(name: str, meant: str) -> None:
    """An unknown setting is refused with the names that are near it, and with all of them."""
    with pytest.raises(SettingsError) as refused:
        options.checked({name: "x"})
    assert str(refused.value).startswith(f"There is no setting '{name}'.{meant} There are: layout, ")
    assert "codes.…, field.…, read.…, sheet.…, header.…." in str(refused.value)


def test_a_path_is_kept_as_it_was_meant(hub: Path) -> None:
    """A relative path means the folder in which it was typed, wherever the run is started."""
    (hub / "export").mkdir()
    with_path = run_cli(["integration", "add", "one", "--set", "path=export"], hub).stdout
    without = run_cli(["integration", "add", "two"], hub).stdout
    run_cli(["integration", "set", "two", "path=more"], hub)
    kept = json.loads(run_cli(["integration", "list", "--json"], hub).stdout)
    assert [i["settings"]["path"] for i in kept] == [str(hub / "export"), str(hub / "more")]
    assert with_path.endswith("rollbook run one --test\n")
    assert without.endswith("rollbook run two --test --from PATH\n")


def test_the_source_need_not_be_named(hub: Path) -> None:
    """While sheets are the only source, an integration is one of sheets."""
    run_cli(["integration", "add", "sis"], hub)
    assert json.loads(run_cli(["integration", "show", "sis", "--json"], hub).stdout)["source"] == "sheets"
