"""
Telling: the notice and everything that is to be sent because of it, in one transaction.

Nothing is sent here: `sending` does that later, so that no mail server holds up a run, and what a transaction takes
back is told to nobody.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

from django.conf import settings
from django.db import IntegrityError, transaction

from rollbook.integrations.models import Integration
from rollbook.notices import catalogue, recipients
from rollbook.notices.models import Message, Notice
from rollbook.runs.models import Run

Facts = Mapping[str, int | str | Mapping[str, int]]
_NOTHING: Facts = {}


def tell(
    event: str,
    integration: Integration,
    now: datetime,
    *,
    which: str,
    subject: str = "",
    run: Run | None = None,
    facts: Facts = _NOTHING,
    also_to: Iterable[str] = (),
) -> Notice | None:
    """
    Tell of an event, once.

    Args:
        which: Tells this happening from others of its kind, such as the number of a run. Told again, it is not told.

        subject: What of the integration it is about; mails about one subject come once a day.

        facts: Numbers, codes and dates. Never text from a source.

        also_to: Addresses that are mailed whatever anybody has chosen, such as those of the sender it is about.

    Returns:
        The notice; None when it was told before, or nobody wants to know.
    """
    kind = catalogue.event(event)
    cause = f"{integration.tenant_id}/{integration.pk}/{event}/{subject}"
    to_mail = recipients.addresses(integration, event, also_to) if settings.SENDS_MAIL else []
    to_post = recipients.webhooks(integration, event)
    if not (kind.in_bell or to_mail or to_post):
        return None
    with transaction.atomic():
        notice, is_new = Notice.objects.get_or_create(
            key=f"{event}/{integration.pk}/{which}",
            defaults={
                "tenant_id": integration.tenant_id,
                "integration": integration,
                "run": run,
                "event": event,
                "cause": cause,
                "facts": dict(facts),
                "in_bell": kind.in_bell,
                "created": now,
            },
        )
        if not is_new:
            return None
        for address in to_mail:
            _queue_mail(notice, address)
        for webhook in to_post:
            _message(notice, webhook=webhook)
    return notice


def _queue_mail(notice: Notice, address: str) -> None:
    """A mail that takes along what was held back; or, when the cause was mailed today, something held back."""
    try:
        with transaction.atomic():
            message = _message(notice, address=address)
    except IntegrityError:
        _message(notice, address=address, state=Message.State.FOLDED)
        return
    held_back = Message.objects.filter(
        address=address, state=Message.State.FOLDED, told_in=None, notice__tenant=notice.tenant_id
    )
    held_back.update(told_in=message)


def _message(notice: Notice, **to: object) -> Message:
    return Message.objects.create(
        notice=notice, cause=notice.cause, day=notice.created.date(), next_try=notice.created, **to
    )
