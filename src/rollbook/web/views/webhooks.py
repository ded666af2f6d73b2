"""Webhooks: add, change, try, give a new secret, switch, remove."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from rollbook.core.errors import SettingsError
from rollbook.notices import changing
from rollbook.notices.models import Webhook
from rollbook.notices.recipients import DEFAULT_EVENTS
from rollbook.notices.sending import try_webhook
from rollbook.web.access import visible_tenants, visible_webhooks
from rollbook.web.notice_forms import ChoiceForm, WebhookForm, initial

_SHOWN = 20


@require_http_methods(["GET", "HEAD", "POST"])
def added(request: HttpRequest, tenant: int) -> HttpResponse:
    """Add a webhook, and show its secret this once."""
    found = get_object_or_404(visible_tenants(request), pk=tenant)
    form = WebhookForm(found, request.POST or None, initial=initial(None, DEFAULT_EVENTS))
    if form.is_valid():
        try:
            webhook, secret = changing.new_webhook(found, form.cleaned_data["url"])
            form.keep(webhook)
        except SettingsError as error:
            form.add_error("url", str(error))
        else:
            return _show(request, webhook, secret=secret)
    return render(request, "web/notices/webhook_new.html", {"tenant": found, "form": form})


@require_http_methods(["GET", "HEAD", "POST"])
def shown(request: HttpRequest, webhook: int) -> HttpResponse:
    """A webhook and what became of the last events; a post does what its button says."""
    found = get_object_or_404(visible_webhooks(request), pk=webhook)
    do = request.POST.get("do", "")
    if do == "save":
        form = ChoiceForm(found.tenant, request.POST, initial=initial(found))
        if not form.is_valid():
            return _show(request, found, form=form)
        form.keep(found)
        messages.success(request, "Saved.")
    elif do == "test":
        outcome = try_webhook(found, timezone.now())
        (messages.success if outcome.is_sent else messages.error)(request, f"The test event: {outcome.said}")
    elif do == "secret":
        return _show(request, found, secret=changing.change_secret(found, timezone.now()))
    elif do in ("on", "off"):
        found.is_active = do == "on"
        found.save(update_fields=["is_active"])
        messages.success(request, f"The webhook is {do}.")
    elif do == "remove":
        found.delete()
        messages.success(request, "The webhook was removed.")
        return redirect("notice-settings", found.tenant_id)
    return redirect("webhook", found.pk) if request.method == "POST" else _show(request, found)


def _show(request: HttpRequest, webhook: Webhook, *, secret: str = "", form: ChoiceForm | None = None) -> HttpResponse:
    """
    The page of a webhook.

    Args:
        secret: Shown this once; there is no way to read it again.
    """
    recent = webhook.messages.select_related("notice__integration").order_by("-pk")[:_SHOWN]
    context = {
        "webhook": webhook,
        "form": form or ChoiceForm(webhook.tenant, initial=initial(webhook)),
        "secret": secret,
        "recent": recent,
        "now": timezone.now(),
    }
    return render(request, "web/notices/webhook.html", context)
