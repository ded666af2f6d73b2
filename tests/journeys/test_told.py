"""From a file that nobody can read to a mail and a webhook, through the processes of a real hub."""

from __future__ import annotations

import re
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.support.cli import environment, run_cli, running_cli
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


FIFTY = """
import django; django.setup()
from rollbook.accounts.models import Tenant
from rollbook.notices.models import Subscription
for n in range(50):
    Subscription.objects.create(tenant=Tenant.objects.get(), address=f"desk{n}@example.org", events=["run.failed"])
"""


def test_three_workers_send_each_mail_once(rollbook_home: Path, database: str) -> None:
    """However many workers look into the outbox, everybody gets one mail."""
    with mail_server() as mails, ExitStack() as workers:
        env = {
            **environment(rollbook_home, database),
            "EMAIL_HOST": "127.0.0.1",
            "EMAIL_PORT": str(mails.port),
            "EMAIL_SECURITY": "none",
            "RUN_SWEEP": "0.2",
        }
        run_cli(["init"], rollbook_home, database)
        run_cli(["integration", "add", "nightly"], rollbook_home, database)
        env["DJANGO_SETTINGS_MODULE"] = "rollbook.settings"
        subprocess.run([sys.executable, "-c", FIFTY], env=env, check=True)
        (rollbook_home / "notes.txt").write_text("nothing that anybody knows\n")
        run_cli(
            ["run", "nightly", "--from", rollbook_home / "notes.txt"], rollbook_home, database, env=env, check=False
        )
        for n in range(3):
            workers.enter_context(running_cli(["worker", "--name", f"w{n}"], rollbook_home, database, env=env))
        assert until(lambda: len(mails.mails) >= 51)
    assert sorted(mails.receivers) == sorted({"admin@example.org", *(f"desk{n}@example.org" for n in range(50))})
