"""Chips of deliveries and of what belongs to them, for the templates."""

from django import template
from django.utils.safestring import SafeString

from rollbook.web import intake_words
from rollbook.web.templatetags.rollbook import chip

register = template.Library()


@register.filter
def delivery_chip(state: str) -> SafeString:
    """What became of a delivery."""
    return chip(intake_words.delivery_chip(state))
