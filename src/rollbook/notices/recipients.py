"""Who is told of an event."""

from collections.abc import Iterable

from rollbook.accounts.models import Member, Tenant
from rollbook.integrations.models import Integration
from rollbook.notices import catalogue
from rollbook.notices.models import Subscription, Webhook

DEFAULT_EVENTS = tuple(event.code for event in catalogue.EVENTS if event.is_mailed)


def addresses(integration: Integration, event: str, also: Iterable[str] = ()) -> list[str]:
    """
    Whom to mail, each once.

    Members who chose for themselves get what they chose, the others the defaults. A choice made for another tenant
    than one's own counts for nothing, unless one is an operator.

    Args:
        also: Whoever is mailed without having chosen.
    """
    chosen = list(Subscription.objects.filter(tenant=integration.tenant).select_related("member"))
    wanted = [str(one) for one in chosen if _is_entitled(one, integration.tenant) and one.wants(event, integration)]
    if event in DEFAULT_EVENTS:
        have_own = {one.member_id for one in chosen}
        wanted += [member.email for member in default_members(integration.tenant) if member.pk not in have_own]
    return list({address.lower(): address for address in (*wanted, *also)}.values())


def default_members(tenant: Tenant) -> Iterable[Member]:
    """Whoever gets the defaults: the tenant's members; where it has none, the operators."""
    members = Member.objects.filter(is_active=True).order_by("pk")
    return members.filter(tenant=tenant) or members.filter(tenant=None)


def webhooks(integration: Integration, event: str) -> list[Webhook]:
    """The webhooks that want the event."""
    found = Webhook.objects.filter(tenant=integration.tenant, is_active=True)
    return [one for one in found if one.wants(event, integration)]


def _is_entitled(subscription: Subscription, tenant: Tenant) -> bool:
    member = subscription.member
    return member is None or (member.is_active and member.tenant_id in (None, tenant.pk))
