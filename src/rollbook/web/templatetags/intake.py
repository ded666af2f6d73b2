"""Chips of deliveries and of what belongs to them, and the parts that several pages show."""

from typing import Any

from django import template
from django.utils import timezone
from django.utils.safestring import SafeString

from rollbook.intake import tokens
from rollbook.intake.models import Account, UploadToken
from rollbook.intake.onboarding import onboarding as way_of
from rollbook.intake.protection import Fact
from rollbook.integrations.models import Integration
from rollbook.web import intake_words
from rollbook.web.templatetags.rollbook import chip

register = template.Library()


@register.filter
def delivery_chip(state: str) -> SafeString:
    """What became of a delivery."""
    return chip(intake_words.delivery_chip(state))


@register.filter
def file_chip(state: str) -> SafeString:
    """What became of a file that was received."""
    return chip(intake_words.file_chip(state))


@register.filter
def ended_by(what: str) -> str:
    """What said that a delivery is complete."""
    return intake_words.ended_by(what)


@register.filter
def mark_words(kind: str) -> str:
    """What somebody said of a delivery."""
    return intake_words.mark(kind)


@register.inclusion_tag("web/intake/_onboarding.html")
def onboarding(account: Account) -> dict[str, Any]:
    """The steps of an account, from its making to an integration that runs by itself."""
    return {"way": way_of(account)}


@register.inclusion_tag("web/intake/_received.html")
def received(integration: Integration) -> dict[str, Any]:
    """Who sends files for an integration, how far each is, and the latest delivery of each."""
    accounts = integration.accounts.filter(is_active=True).select_related("integration__tenant")
    return {"senders": [(way_of(one), one.deliveries.first()) for one in accounts]}


@register.filter
def handover_chip(state: str) -> SafeString:
    """What became of a link to credentials."""
    return chip(intake_words.handover_chip(state))


@register.filter
def account_chip(account: Account) -> SafeString:
    """Whether an account can be used."""
    return chip(intake_words.account_chip(account))


@register.filter
def fact_chip(fact: Fact) -> SafeString:
    """Whether a protection holds."""
    return chip(intake_words.fact_chip(fact))


@register.filter
def token_chip(token: UploadToken) -> SafeString:
    """What can be said of a token, and of the program that has it."""
    return chip(intake_words.token_chip(tokens.state(token, timezone.now())))


@register.inclusion_tag("web/intake/_tokens.html")
def upload_tokens(account: Account) -> dict[str, Any]:
    """The tokens of an account that hold, and the programs that have them."""
    return {"account": account, "tokens": tokens.live().filter(account=account).select_related("account")}


@register.filter
def size(count: int) -> str:
    """Bytes in words."""
    return intake_words.size(count)
