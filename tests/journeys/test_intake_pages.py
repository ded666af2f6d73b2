"""From the first files of a school to an integration that runs by itself, as people meet it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from simulators.district import build
from simulators.sheets import make_sheets, write
from tests.sftp.hubs import ADDRESS, Hub, make
from tests.support.cli import running_cli
from tests.support.senders import NORTH
from tests.support.waiting import until

SOON = 60_000


@pytest.mark.slow
def test_from_first_files_to_active(rollbook_home: Path, database: str, tmp_path: Path, page: Page) -> None:
    """Files come, are marked as sent, checked, verified and activated; the next delivery is applied and answered."""
    hub = make(rollbook_home, database)
    said = hub.cli("member", "add", "ada@northfield.example", "--tenant", "north").stdout
    password = re.search(r"Password: +(\S+)", said)
    assert password
    log = rollbook_home / "cli.log"
    env = {"RUN_SWEEP": "1", "SFTP_PORT": "0"}
    with running_cli(["serve", "--port", "0"], rollbook_home, database, env=env):
        assert until(lambda: "Stop with Ctrl-C" in log.read_text() and ADDRESS.search(log.read_text())), log.read_text()
        pages, files = re.search(r"http://[\d.:]+/", log.read_text()), ADDRESS.search(log.read_text())
        assert pages
        assert files
        hub.port = int(files.group(1))
        log_in(page, pages.group(), password.group(1))

        deliver(hub, tmp_path, page, night=0)
        expect(page.get_by_text("Mark as verified …")).to_be_visible(timeout=SOON)
        page.get_by_role("link", name="Read what the run found").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("Tested")
        page.go_back()
        page.get_by_role("link", name="Mark as verified …").click()
        page.get_by_role("button", name="Yes, the mapping is right").click()
        expect(page.get_by_text("Marked as verified", exact=True)).to_be_visible()
        page.get_by_role("link", name="Activate …").click()
        page.get_by_label("Whenever a delivery is complete").check()
        page.get_by_role("button", name="Activate").click()
        expect(page.get_by_role("status")).to_contain_text("north is active")

        deliver(hub, tmp_path, page, night=1)
        expect(page.get_by_text("Result: ACCEPTED")).to_be_visible(timeout=SOON)
        expect(page.get_by_text("Live", exact=True)).to_be_visible()
        assert hub.openssh(f"get outbox/receipt-* {tmp_path}/").returncode == 0
    assert len(list(tmp_path.glob("receipt-*.txt"))) == 2
    assert hub.rows("SELECT count(*) FROM roster_user")[0][0] > 20
    assert "Traceback" not in log.read_text()


def log_in(page: Page, address: str, password: str) -> None:
    page.goto(address)
    page.get_by_label("E-mail address").fill("ada@northfield.example")
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Log in").click()


def deliver(hub: Hub, folder: Path, page: Page, *, night: int) -> None:
    """A school sends its sheets, and somebody says that these are all."""
    write(make_sheets(build(20, night=night), "oneroster_12"), folder / f"sent-{night}")
    assert hub.openssh(f"put {folder}/sent-{night}/* inbox/").returncode == 0, hub.log()
    page.get_by_role("link", name="Intake").click()
    page.get_by_role("link", name=f"Mark what {NORTH} has sent as all").click()
    page.get_by_role("button", name="Yes, all files are there").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Delivery")
