"""rollbook notify: who is told of failed, held and missing deliveries, by mail and by webhook."""

import json
import sys
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console
from rich.table import Table

from rollbook.cli.support import say, the_integration, the_tenant, with_database

if TYPE_CHECKING:
    from rollbook.integrations.models import Integration
    from rollbook.notices.models import Subscription, Webhook

_tenant = click.option("--tenant", default="", help="Tenant; not needed while there is one.")
_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON array.")


@click.group()
def notify() -> None:
    """Choose who is told of what, by mail or webhook."""


@notify.command()
@click.argument("receiver")
@_tenant
@click.option("--event", "events", multiple=True, help="An event, again for more; without, the defaults.")
@click.option("--integration", "names", multiple=True, help="Only this integration, again for more; without, all.")
def add(receiver: str, tenant: str, events: tuple[str, ...], names: tuple[str, ...]) -> None:
    """
    Tell RECEIVER: a mail address, or the https:// address of a webhook.

    Of a webhook the secret that it checks signatures with is shown this once.
    """
    with_database()
    from rollbook.notices import changing
    from rollbook.notices.recipients import DEFAULT_EVENTS

    owner, wanted, secret = the_tenant(tenant), events or DEFAULT_EVENTS, ""
    chosen = _integrations(names, owner.slug) if names else None
    if "://" in receiver:
        webhook, secret = changing.new_webhook(owner, receiver)
        changing.choose(webhook, wanted, chosen)
    else:
        _refuse_faults(receiver)
        changing.choose(changing.for_address(owner, receiver), wanted, chosen)
    say(f"{receiver} is told from now on. Try it: rollbook notify test {receiver}")
    if secret:
        say(f"Secret: {secret}\nIt is shown this once.")


@notify.command(name="list")
@_tenant
@_json
def list_(tenant: str, as_json: bool) -> None:
    """List the addresses and webhooks that are told, and members who chose for themselves."""
    with_database()
    from rollbook.notices.models import Subscription, Webhook

    own = {"tenant": the_tenant(tenant)} if tenant else {}
    told: list[Subscription | Webhook] = [
        *Subscription.objects.filter(**own).select_related("tenant", "member"),
        *Webhook.objects.filter(**own).select_related("tenant"),
    ]
    found = [_facts(one) for one in told]
    if as_json:
        say(json.dumps(found))
        return
    table = Table(box=None, header_style="bold")
    for heading in ("Tenant", "Receiver", "Events", "Integrations", "Last attempt"):
        table.add_column(heading, overflow="fold")
    for one in found:
        scope = ", ".join(one["integrations"] or ()) or "all"
        table.add_row(one["tenant"], one["receiver"], ", ".join(one["events"]) or "none", scope, one["outcome"] or "")
    if found:
        Console().print(table)
    else:
        say("Nobody was added. Members are told by default; add others: rollbook notify add ADDRESS")


@notify.command()
@click.argument("receiver")
@_tenant
def remove(receiver: str, tenant: str) -> None:
    """Tell RECEIVER nothing any more; a member is told the defaults again."""
    with_database()
    _the(receiver, tenant).delete()
    say(f"Removed {receiver}.")


@notify.command()
@click.argument("receiver")
@_tenant
def test(receiver: str, tenant: str) -> None:
    """Send a test to RECEIVER now, a mail address or a webhook that was added, and say how it ended."""
    with_database()
    from django.utils import timezone

    from rollbook.notices import sending
    from rollbook.notices.models import Webhook

    if "://" in receiver:
        webhook = _the(receiver, tenant)
        assert isinstance(webhook, Webhook)
        outcome = sending.try_webhook(webhook, timezone.now())
    else:
        _refuse_faults(receiver)
        outcome = sending.try_mail(receiver)
    say(f"{receiver}: {outcome.said}")
    sys.exit(0 if outcome.is_sent else 1)


@notify.command()
@click.argument("webhook")
@_tenant
def secret(webhook: str, tenant: str) -> None:
    """Give the webhook a new secret, and show it this once; the old one signs too for a day."""
    with_database()
    from django.utils import timezone

    from rollbook.core.errors import SettingsError
    from rollbook.notices import changing
    from rollbook.notices.models import Webhook

    found = _the(webhook, tenant)
    if not isinstance(found, Webhook):
        raise SettingsError(f"{webhook} is no webhook, so it has no secret. Nothing was changed.")
    say(f"Secret: {changing.change_secret(found, timezone.now())}\nIt is shown this once.")


@notify.command()
@click.argument("integration")
@click.argument("kind", type=click.Choice(["password", "key", "token", "certificate"]))
@click.argument("day", metavar="YYYY-MM-DD|never")
def expires(integration: str, kind: str, day: str) -> None:
    """Note when a credential of INTEGRATION expires: people are told 30, 14, 7 days, one day before, and then."""
    with_database()
    from rollbook.notices.models import Expiry

    found = the_integration(integration)
    if day == "never":
        Expiry.objects.filter(integration=found, kind=kind).delete()
        say(f"Nobody is told any more that a {kind} of {found.name} expires.")
        return
    try:
        expiry = datetime.strptime(day, "%Y-%m-%d").date()  # noqa: DTZ007 - a day, not a moment
    except ValueError as error:
        raise click.UsageError(f"{day} is not a day: write YYYY-MM-DD, or never.") from error
    Expiry.objects.update_or_create(integration=found, kind=kind, defaults={"expires": expiry, "told": None})
    say(f"Noted: a {kind} of {found.name} expires on {expiry}.")


@notify.command()
@_json
def events(as_json: bool) -> None:
    """List the events that one can be told of."""
    from rollbook.notices.catalogue import EVENTS

    if as_json:
        say(json.dumps([{"code": e.code, "severity": e.severity, "title": e.title} for e in EVENTS]))
        return
    table = Table(box=None, header_style="bold")
    for heading in ("Event", "Severity", "Bell", "Mailed", "Title"):
        table.add_column(heading, no_wrap=heading == "Event")
    for one in EVENTS:
        words = ("yes" if told else "" for told in (one.in_bell, one.is_mailed))
        table.add_row(one.code, one.severity, *words, one.title)
    Console().print(table)


def _facts(told: "Subscription | Webhook") -> dict[str, Any]:
    """What is listed of one receiver; never a secret."""
    from rollbook.notices.models import Webhook

    return {
        "tenant": told.tenant.slug,
        "receiver": str(told),
        "kind": "webhook" if isinstance(told, Webhook) else "member" if told.member else "address",
        "events": told.events,
        "integrations": None if told.is_for_all else [one.name for one in told.integrations.order_by("name")],
        "active": told.is_active if isinstance(told, Webhook) else True,
        "outcome": told.outcome if isinstance(told, Webhook) else None,
    }


def _the(receiver: str, tenant: str) -> "Subscription | Webhook":
    """
    What was added under this name.

    Raises:
        SettingsError: Nothing was, or for several tenants.
    """
    from django.db.models import Q

    from rollbook.core.errors import SettingsError
    from rollbook.notices.models import Subscription, Webhook

    own = {"tenant": the_tenant(tenant)} if tenant else {}
    named = Q(address__iexact=receiver) | Q(member__email__iexact=receiver)
    found: list[Subscription | Webhook] = [
        *Webhook.objects.filter(url=receiver, **own),
        *Subscription.objects.filter(named, **own),
    ]
    if not found:
        raise SettingsError(f"{receiver} was not added. See: rollbook notify list")
    if len(found) > 1:
        raise SettingsError(f"Several tenants tell {receiver}; say which with --tenant. Nothing was changed.")
    return found[0]


def _integrations(names: tuple[str, ...], tenant: str) -> "list[Integration]":
    return [the_integration(name if "/" in name else f"{tenant}/{name}") for name in names]


def _refuse_faults(address: str) -> None:
    from django.core.exceptions import ValidationError
    from django.core.validators import validate_email

    from rollbook.core.errors import SettingsError

    try:
        validate_email(address)
    except ValidationError as error:
        raise SettingsError(f"{address} is neither a mail address nor a web address. Nothing was changed.") from error
