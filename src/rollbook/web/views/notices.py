"""The notices of the bell, and who is told what by mail."""

from django.conf import settings as hub
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from rollbook.core.errors import SettingsError
from rollbook.notices import bell, changing
from rollbook.notices.recipients import DEFAULT_EVENTS
from rollbook.web.access import member_of, visible_addresses, visible_tenants, visible_webhooks
from rollbook.web.frames.paging import query_page
from rollbook.web.notice_forms import AddressForm, ChoiceForm, initial


@require_http_methods(["GET", "HEAD", "POST"])
def listed(request: HttpRequest) -> HttpResponse:
    """What the member is told, newest first; a post marks one notice, or all, as read."""
    member = member_of(request)
    everything, unread = bell.notices(member), bell.unread(member)
    if request.method == "POST":
        one = request.POST.get("notice", "")
        bell.mark_read(member, unread.filter(pk=one) if one.isdecimal() else unread)
        return redirect(request.get_full_path())
    only_unread = "unread" in request.GET
    context = {
        "page": query_page(request, unread if only_unread else everything),
        "only_unread": only_unread,
        "has_any": everything.exists(),
        "is_operator": member.tenant_id is None,
    }
    return render(request, "web/notices/list.html", context)


def settings_of(request: HttpRequest) -> HttpResponse:
    """On to the settings of the member's tenant; an operator chooses one."""
    tenants = visible_tenants(request).order_by("name")
    if len(tenants) == 1:
        return redirect("notice-settings", tenants[0].pk)
    return render(request, "web/notices/tenants.html", {"tenants": tenants})


@require_http_methods(["GET", "HEAD", "POST"])
def settings(request: HttpRequest, tenant: int) -> HttpResponse:
    """What the member is mailed, and who else is told; a post keeps or forgets the member's choice."""
    found, member = get_object_or_404(visible_tenants(request), pk=tenant), member_of(request)
    own = changing.own(found, member)
    defaults = DEFAULT_EVENTS if member.tenant_id else ()
    if request.method == "POST" and "defaults" in request.POST:
        if own.pk:
            own.delete()
        messages.success(request, "You are told what everybody is told who has not chosen.")
        return redirect("notice-settings", found.pk)
    form = ChoiceForm(found, request.POST or None, initial=initial(own, defaults))
    if form.is_valid():
        form.keep(own)
        messages.success(request, "Saved. This is what you are mailed from now on.")
        return redirect("notice-settings", found.pk)
    context = {
        "tenant": found,
        "form": form,
        "has_own": own.pk is not None,
        "addresses": visible_addresses(request).filter(tenant=found),
        "webhooks": visible_webhooks(request).filter(tenant=found),
        "sends_mail": hub.SENDS_MAIL,
    }
    return render(request, "web/notices/settings.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def address_added(request: HttpRequest, tenant: int) -> HttpResponse:
    """Let a plain address be told."""
    found = get_object_or_404(visible_tenants(request), pk=tenant)
    form = AddressForm(found, request.POST or None, initial=initial(None, DEFAULT_EVENTS))
    if form.is_valid():
        try:
            form.keep(changing.for_address(found, form.cleaned_data["address"]))
        except SettingsError as error:
            form.add_error("address", str(error))
        else:
            messages.success(request, f"{form.cleaned_data['address']} is told from now on.")
            return redirect("notice-settings", found.pk)
    return render(request, "web/notices/address.html", {"tenant": found, "form": form})


@require_http_methods(["GET", "HEAD", "POST"])
def address(request: HttpRequest, subscription: int) -> HttpResponse:
    """What a plain address is told; a post changes it, or ends it."""
    found = get_object_or_404(visible_addresses(request), pk=subscription)
    if "remove" in request.POST:
        found.delete()
        messages.success(request, f"{found.address} is told nothing any more.")
        return redirect("notice-settings", found.tenant_id)
    form = ChoiceForm(found.tenant, request.POST or None, initial=initial(found))
    if form.is_valid():
        form.keep(found)
        messages.success(request, "Saved.")
        return redirect("notice-settings", found.tenant_id)
    return render(request, "web/notices/address.html", {"tenant": found.tenant, "form": form, "subscription": found})
