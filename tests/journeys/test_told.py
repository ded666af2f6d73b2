"""From a file that nobody can read to a mail and a webhook, through the processes of a real hub."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.support.cli import run_cli, running_cli
from tests.support.mailserver import mail_server
from tests.support.receiver import receiver
from tests.support.waiting import until

pytestmark = pytest.mark.slow


def test_a_failed_run_is_told(rollbook_home: Path, database: str) -> None:
    """A worker sends the mail and the signed event of a run that failed on the command line, each once."""
    with mail_server() as mails, receiver() as hook:
        env = {
            "EMAIL_HOST": "127.0.0.1",
            "EMAIL_PORT": str(mails.port),
            "EMAIL_SECURITY": "none",
            "WEBHOOK_HTTP": "on",
            "WEBHOOK_NETWORKS": "127.0.0.0/8",
            "RUN_SWEEP": "1",
            "BASE_URL": "https://hub.example",
        }

        def told(*args: str | Path, check: bool = True) -> str:
            return run_cli(args, rollbook_home, database, env=env, check=check).stdout

        told("init")
        told("integration", "add", "nightly")
        shown = re.search(r"whsec_\S+", told("notify", "add", hook.url))
        assert shown
        (rollbook_home / "sent").mkdir()
        (rollbook_home / "sent" / "notes.txt").write_text("nothing that anybody knows\n")
        told("run", "nightly", "--from", rollbook_home / "sent", check=False)
        assert (mails.mails, hook.got) == ([], [])
        with running_cli(["worker"], rollbook_home, database, env=env):
            assert until(lambda: mails.mails and hook.got)
    assert mails.receivers == ["admin@example.org"]
    assert [got.content["type"] for got in hook.got] == ["run.failed"]
    assert hook.got[0].is_signed_with(shown[0])
