"""A school sends its files by SFTP and finds a receipt: the server, the worker and OpenSSH, as a user meets them."""

from __future__ import annotations

import json
from pathlib import Path

from simulators.district import build
from simulators.sheets import make_sheets, write
from tests.sftp.hubs import make
from tests.support.cli import running_cli
from tests.support.senders import NORTH
from tests.support.waiting import until


def test_from_upload_to_receipt(rollbook_home: Path, tmp_path: Path) -> None:
    """Nobody does anything but send: the files are taken, tried and answered, and the next night reads them."""
    hub = make(rollbook_home)
    hub.cli("sftp-account", "set", NORTH, "--quiet", "0", "--marker", "_done")
    write(make_sheets(build(20), "oneroster_12"), tmp_path / "sent")
    (tmp_path / "sent" / "_done").touch()
    outbox = hub.folder() / "outbox"
    with hub.serving({"RUN_SWEEP": "1"}), running_cli(["worker"], rollbook_home, env={"RUN_SWEEP": "1"}):
        assert hub.openssh(f"put {tmp_path}/sent/* inbox/").returncode == 0
        assert until(lambda: list(outbox.glob("receipt-*.txt"))), hub.log()
        assert hub.openssh(f"get outbox/receipt-* {tmp_path}/").returncode == 0
    said = next(tmp_path.glob("receipt-*.txt")).read_text()
    assert "Result: ACCEPTED" in said
    assert list(tmp_path.glob("receipt-*.xlsx"))
    assert json.loads(hub.cli("delivery", "list", "--json").stdout)[0]["result"] == "accepted"
    assert hub.cli("delivery", "show", "1").stdout == said
    assert json.loads(hub.cli("run", "north", "--json").stdout)["counts"]["user"]["create"] > 20
    hub.cli("delivery", "take", NORTH)
