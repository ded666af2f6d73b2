"""The mails of a hand-over. They name no login and no password: who reads only these knows nothing."""

import logging
from concurrent.futures import ThreadPoolExecutor

from django.core.mail import EmailMessage

from rollbook.core.errors import SettingsError
from rollbook.intake.history import COMMAND_LINE
from rollbook.intake.models import Handover
from rollbook.notices.sending import send_now

log = logging.getLogger("rollbook.intake")

_postmen = ThreadPoolExecutor(2, "postman")

_LINK = """\
{greeting}

{reason} What you need to log in is here:

{link}

The link works once, until {until}. It asks for the address that this mail was sent to, and then for a code, which is
mailed to you at that moment.

Somebody else does this work? Open the link: you can hand it on to a colleague there.
If you did not expect this mail, leave it. Without your mailbox the link is of no use.
"""

_CODE = """\
{greeting}

The code for the page that you have open:

    {code}

It is valid for 15 minutes, and only on that page. Tell it to nobody, not even to us.
If you have no such page open, somebody else has your link: tell whoever sent it to you.
"""


def send_link(handover: Handover, link: str) -> None:
    """
    Mail a link.

    Raises:
        SettingsError: No mail could be sent. Nothing was changed.
    """
    tenant = handover.account.integration.tenant
    text = _LINK.format(
        greeting=_greeting(handover),
        reason=_reason(handover, str(tenant)),
        link=link,
        until=f"{handover.expires:%a} {handover.expires.day} {handover.expires:%b %Y, %H:%M} UTC",
    )
    outcome = send_now(_mail(handover, f"Your access for sending files of {tenant}", text))
    if not outcome.is_sent:
        raise SettingsError(
            f"The link could not be mailed: {outcome.said} Nothing was changed. "
            "Try again, or have the link shown to pass it on yourself."
        )


def send_code(handover: Handover, code: str) -> None:
    """Mail a code, without waiting: who asks for one is not to learn from the time that it takes who gets it."""
    mail = _mail(handover, "The code for your link", _CODE.format(greeting=_greeting(handover), code=code))
    _postmen.submit(_send_code, mail, handover.pk)


def _send_code(mail: EmailMessage, number: int) -> None:
    outcome = send_now(mail)
    if not outcome.is_sent:
        log.warning("intake.handover_code_not_mailed link=%d outcome=%s", number, outcome.said)


def _mail(handover: Handover, subject: str, text: str) -> EmailMessage:
    headers = {"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"}
    return EmailMessage(" ".join(subject.split()), text, to=[handover.address], headers=headers)


def _reason(handover: Handover, tenant: str) -> str:
    if handover.before is not None:
        return f"{handover.by} hands a task on to you: sending the files of {tenant}."
    if handover.by == COMMAND_LINE:
        return f"You are asked to send the files of {tenant}."
    return f"{handover.by} asks you to send the files of {tenant}."


def _greeting(handover: Handover) -> str:
    return f"Hello {handover.name}," if handover.name else "Hello,"
