"""The doctor says when notices did not reach anybody."""

from __future__ import annotations

from django.utils import timezone

from rollbook.cli.checkup.mail import undelivered
from rollbook.integrations.models import Integration
from rollbook.notices.events import run_ended
from rollbook.notices.models import Webhook
from rollbook.notices.watch import watch
from rollbook.runs.models import State
from tests.notices.conftest import ADA, BEN, ended
from tests.support.mailserver import MailServer


def test_what_did_not_arrive(north: Integration, mails: MailServer) -> None:
    """Mails that were given up and webhooks that take nothing are warnings; neither names a receiver of mail."""
    now = timezone.now()
    mails.refusals = {ADA: "550 unknown", BEN: "550 unknown"}
    Webhook.objects.create(
        tenant=north.tenant, url="https://hook.example/", secret="x", is_well=False, outcome="HTTP 500."
    )
    run_ended(ended(north, State.FAILED, now), now)
    watch(now)
    said = [f"{found.level}: {found.text}" for found in undelivered()]
    assert "warning: 2 mails were given up in the last week: The receiver was refused (550)." in said
    assert "warning: https://hook.example/ of northfield took nothing last time: HTTP 500." in said
    assert not any("example" in text for text in said if "mails were" in text)
