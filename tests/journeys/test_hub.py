"""The whole hub as a member meets it: one command, one browser."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from simulators import district, sheets
from tests.support.cli import run_cli, running_cli
from tests.support.processes import command_of, descendants, is_running
from tests.support.waiting import until


@pytest.mark.slow
def test_from_a_button_to_the_roster(rollbook_home: Path, database: str, page: Page) -> None:
    """A test run is asked for, followed while it goes on, approved, applied and taken back, all in the browser."""
    sheets.write(sheets.make_sheets(district.build(students=60), "oneroster_12"), rollbook_home / "sent")
    init = run_cli(["init", "--email", "ada@northfield.example"], rollbook_home, database).stdout
    password = re.search(r"Password: +(\S+)", init)
    assert password is not None
    run_cli(["integration", "add", "nightly", "--set", f"path={rollbook_home / 'sent'}"], rollbook_home, database)
    log = rollbook_home / "cli.log"
    with running_cli(["serve", "--port", "0"], rollbook_home, database) as process:
        assert until(lambda: "Stop with Ctrl-C" in log.read_text()), log.read_text()
        found = re.search(r"http://[\d.:]+/", log.read_text())
        assert found is not None
        page.goto(found.group())
        page.get_by_label("E-mail address").fill("ada@northfield.example")
        page.get_by_label("Password").fill(password.group(1))
        page.get_by_role("button", name="Log in").click()
        page.get_by_role("button", name="Test run of nightly").click()
        state = page.get_by_role("heading", level=1)
        expect(state).to_contain_text("Tested", timeout=60_000)  # the page has come by itself to where the run is
        page.get_by_role("link", name="Approve …").click()
        page.get_by_role("button", name="Approve and apply").click()
        expect(state).to_contain_text("OK", timeout=60_000)
        page.get_by_role("link", name="Undo …").click()
        page.get_by_role("button", name="Undo the run").click()
        expect(state).to_contain_text("Run 2")
        expect(state).to_contain_text("OK", timeout=60_000)

        processes = list(descendants(process.pid))
        assert any("rollbook.jobs.slot" in command_of(one) for one in processes)
        process.kill()
        process.wait()
        assert until(lambda: not any(map(is_running, processes))), "something outlived the hub"
    assert "Traceback" not in log.read_text()
