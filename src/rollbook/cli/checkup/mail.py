"""Whether notices reach anybody."""

from collections.abc import Iterator
from datetime import timedelta
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import get_connection
from django.db import DatabaseError
from django.utils import timezone

from rollbook.cli.checkup import database
from rollbook.cli.checkup.finding import Finding, error, ok, warning

_LATELY = timedelta(weeks=1)


def mail() -> Iterator[Finding]:
    """The mail server answers, mails have links, and what was sent arrived."""
    if not settings.SENDS_MAIL:
        yield ok("mail", "No mail server is set up: notices are in the bell, and go to webhooks.")
    else:
        yield _server()
        if not settings.BASE_URL:
            yield warning(
                "mail", "Mails have no links.", "Set BASE_URL to the address under which people open the pages."
            )
    try:
        if database.is_there():
            yield from undelivered()
    except DatabaseError:
        return  # told already


def _server() -> Finding:
    where = settings.EMAIL_HOST if settings.EMAIL_HOST == "console" else f"{settings.EMAIL_HOST}:{settings.EMAIL_PORT}"
    connection = get_connection()
    try:
        connection.open()
        connection.close()
    except (OSError, SMTPException) as refused:
        return error(
            "mail",
            f"The mail server {where} cannot be used ({type(refused).__name__}).",
            "Check EMAIL_HOST, EMAIL_PORT, EMAIL_SECURITY and the log-in; then: rollbook notify test ADDRESS",
        )
    return ok("mail", f"{where} answers.")


def undelivered() -> Iterator[Finding]:
    """What was given up, and which webhooks take nothing."""
    from rollbook.notices.models import Message, Webhook

    lost = Message.objects.filter(state=Message.State.GIVEN_UP, webhook=None, ended__gte=timezone.now() - _LATELY)
    if count := lost.count():
        yield warning(
            "mail",
            f"{count} {'mail was' if count == 1 else 'mails were'} given up in the last week: {lost[0].outcome}",
            "See that the addresses are right (rollbook notify list), and that the mail server takes them.",
        )
    for webhook in Webhook.objects.filter(is_active=True, is_well=False).select_related("tenant"):
        yield warning(
            "webhooks",
            f"{webhook.url} of {webhook.tenant.slug} took nothing last time: {webhook.outcome}",
            f"rollbook notify test {webhook.url}",
        )
