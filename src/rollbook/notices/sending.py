"""
The outbox -> mail servers and webhooks: at least once, each time under the same id.

A message that could not be sent waits longer each time, about three days in all, then it is given up. A worker that
dies while it sends leaves the message claimed for some minutes; then it is sent again.
"""

import json
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from smtplib import SMTPException, SMTPRecipientsRefused, SMTPResponseException
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.db.models import F, QuerySet

from rollbook.core.errors import RollbookError
from rollbook.notices import wording
from rollbook.notices.models import Message, Webhook
from rollbook.notices.posting import post, signature
from rollbook.secretbox import unseal

BACK_OFF = tuple(timedelta(minutes=m) for m in (1, 5, 30, 120, 300, 600, 840, 1200, 1440))
CLAIM, PATIENCE = timedelta(minutes=5), timedelta(days=3)
BATCH, BUDGET = 200, 10.0
GONE = 410


@dataclass(frozen=True)
class Outcome:
    """
    How an attempt ended.

    Args:
        said: In a few words; never a person's data.

        is_final: No further attempt makes sense.

        is_down: The receiver takes nothing at all now, neither this message nor another.

        wait: Seconds that the receiver asks for.
    """

    said: str
    is_sent: bool = False
    is_final: bool = False
    is_down: bool = False
    wait: int = 0


def send_due(now: datetime) -> int:
    """
    Send what is due, for a limited time, and tell how many were sent.

    Receivers (the mail server, and each webhook) come in any order, so that a slow one is not always first.
    """
    until = time.monotonic() + BUDGET
    receivers = list(_due(now).order_by().values_list("webhook_id", flat=True).distinct())
    random.shuffle(receivers)
    return sum(_send_to(receiver, now, until) for receiver in receivers)


def _due(now: datetime) -> QuerySet[Message]:
    """What nobody has tried yet comes first: one message that its receiver cannot take does not hold up the others."""
    return Message.objects.filter(state=Message.State.QUEUED, next_try__lte=now).order_by("attempts", "next_try", "pk")


def _send_to(webhook: int | None, now: datetime, until: float) -> int:
    """Send one receiver what is due; None stands for the mail server. One that is down is left alone for a while."""
    due, sent = _due(now).filter(webhook=webhook) if webhook else _due(now).filter(webhook=None), 0
    for message in due.select_related("notice__tenant", "notice__integration", "webhook")[:BATCH]:
        if time.monotonic() > until:
            break
        if not _claimed(message, now):
            continue
        outcome = _post(message, now) if message.webhook else _mail(message)
        _note(message, outcome, now)
        sent += outcome.is_sent
        if outcome.is_down:
            due.filter(notice__created__lt=now - PATIENCE).update(
                state=Message.State.GIVEN_UP, ended=now, outcome=outcome.said
            )
            due.update(next_try=max(message.next_try, now + BACK_OFF[0]))
            break
    return sent


def try_mail(address: str) -> Outcome:
    """Send a test mail now."""
    return send_now(
        EmailMessage(
            "Rollbook: a test",
            "This mail was sent to try whether notices arrive. They do.\n",
            to=[address],
            headers={"Auto-Submitted": "auto-generated"},
        )
    )


def send_now(mail: EmailMessage) -> Outcome:
    """Send a mail that is no notice, once; whoever calls waits for it."""
    return _tried(mail.send)


def try_webhook(webhook: Webhook, now: datetime) -> Outcome:
    """Send a test event now, whether the webhook is active or not."""
    body = {"type": "test", "timestamp": now.isoformat(), "data": {"tenant": webhook.tenant.slug}}
    outcome = _deliver(webhook, f"msg_test_{webhook.pk}_{now.timestamp():.0f}", body, now)
    _note_on_webhook(webhook, outcome, now)
    return outcome


def _claimed(message: Message, now: datetime) -> bool:
    """Nobody else sends it meanwhile."""
    mine = Message.objects.filter(pk=message.pk, state=Message.State.QUEUED, next_try=message.next_try)
    message.attempts += 1
    return bool(mine.update(next_try=now + CLAIM, attempts=F("attempts") + 1))


def _note(message: Message, outcome: Outcome, now: datetime) -> None:
    is_last = outcome.is_final or message.notice.created < now - PATIENCE
    if outcome.is_sent or is_last:
        message.state = Message.State.SENT if outcome.is_sent else Message.State.GIVEN_UP
        message.ended = now
    else:
        usual = BACK_OFF[min(message.attempts, len(BACK_OFF)) - 1]
        message.next_try = now + max(usual, timedelta(seconds=outcome.wait))
    message.outcome = outcome.said
    message.save(update_fields=["state", "ended", "next_try", "outcome"])
    if message.webhook:
        _note_on_webhook(message.webhook, outcome, now)


def _note_on_webhook(webhook: Webhook, outcome: Outcome, now: datetime) -> None:
    Webhook.objects.filter(pk=webhook.pk).update(outcome=outcome.said, is_well=outcome.is_sent, tried=now)


# E-mail ----------------------------------------------------------------------------------------------


def _mail(message: Message) -> Outcome:
    notice = message.notice
    folded = message.folded.select_related("notice__integration").order_by("pk")
    mail = EmailMessage(
        wording.subject(notice),
        wording.mail(notice, [one.notice for one in folded]),
        to=[message.address],
        headers={"Message-ID": f"<{message.uid.hex}@{_domain()}>", "Auto-Submitted": "auto-generated"},
        connection=get_connection(),
    )
    return _tried(mail.send)


def _tried(send: Callable[[], int]) -> Outcome:
    """Try to send a mail. What a server says is not kept: it may name the receiver."""
    if not settings.SENDS_MAIL:
        return Outcome("No mail server is set up (EMAIL_HOST).", is_down=True)
    try:
        send()
    except SMTPRecipientsRefused as error:
        codes = {code for code, _ in error.recipients.values()}
        return Outcome(f"The receiver was refused ({min(codes)}).", is_final=min(codes) >= 500)
    except SMTPResponseException as error:
        return Outcome(f"The mail server refused ({error.smtp_code}).", is_down=True)
    except TimeoutError:
        return Outcome("The mail server did not answer in time.", is_down=True)
    except (OSError, SMTPException):
        return Outcome("The mail server could not be reached, or broke off.", is_down=True)
    return Outcome("Sent.", is_sent=True)


def _domain() -> str:
    return urlsplit(settings.BASE_URL).hostname or settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].rstrip("> ")


# Webhooks --------------------------------------------------------------------------------------------


def _post(message: Message, now: datetime) -> Outcome:
    assert message.webhook
    outcome = _deliver(message.webhook, f"msg_{message.uid.hex}", wording.payload(message.notice), now)
    if outcome.is_final:
        Webhook.objects.filter(pk=message.webhook.pk).update(is_active=False)
    return outcome


def _deliver(webhook: Webhook, uid: str, content: Mapping[str, object], now: datetime) -> Outcome:
    body = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
    timestamp = int(now.timestamp())
    try:
        signed = [signature(secret, uid, timestamp, body) for secret in _secrets(webhook, now)]
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "Rollbook",
            "webhook-id": uid,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": " ".join(signed),
        }
        answer = post(webhook.url, body, headers)
    except RollbookError as error:
        return Outcome(str(error), is_down=True)
    if answer.status == GONE:
        return Outcome("HTTP 410: the receiver wants no more; the webhook was switched off.", is_final=True)
    redirected = " Redirects are not followed." if 300 <= answer.status < 400 else ""
    said = f"HTTP {answer.status}.{redirected}"
    return Outcome(said, is_sent=answer.is_good, is_down=answer.is_of_receiver, wait=answer.retry_after)


def _secrets(webhook: Webhook, now: datetime) -> list[str]:
    """The secret; beside it the one before, for a while after a change."""
    has_old = webhook.old_secret and webhook.old_until and webhook.old_until > now
    return [unseal(sealed) for sealed in (webhook.secret, *([webhook.old_secret] if has_old else []))]
