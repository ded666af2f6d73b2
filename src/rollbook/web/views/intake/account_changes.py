"""Add an account, change its rules, its password, its keys, and hand its credentials over."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods

from rollbook.core.errors import SettingsError
from rollbook.intake import accounts, handover
from rollbook.intake.models import Account, Handover
from rollbook.integrations.inputs import arriving
from rollbook.sftp.connecting import connection
from rollbook.web.access import member_of, visible_account, visible_integrations
from rollbook.web.account_forms import NewAccountForm, RulesForm
from rollbook.web.handover_forms import KeyForm, RecipientForm
from rollbook.web.views.intake.handovers import absolute

_METHODS = ["GET", "HEAD", "POST"]


@sensitive_variables("password")
@require_http_methods(_METHODS)
def added(request: HttpRequest) -> HttpResponse:
    """Add an account; its password, if it has one at once, is shown this once."""
    integrations = visible_integrations(request).filter(is_active=True, source__in=arriving()).order_by("name")
    form = NewAccountForm(integrations, request.POST or None, initial=_presets(request))
    if form.is_valid():
        given = form.cleaned_data
        try:
            made, password = accounts.add(
                given["integration"],
                given["login"],
                with_password=form.with_password,
                by=str(member_of(request)),
                **form.rules(),
            )
        except SettingsError as error:
            form.add_error(None, str(error))
        else:
            if form.is_handed_over:
                return _first_link(request, made, given["address"], given["name"])
            if password:
                return _show_password(request, made, password)
            messages.success(request, f"{made} was added; its key lets it in.")
            return redirect("account", made.login)
    return render(request, "web/intake/account_form.html", {"form": form, "can_mail": handover.can_mail()})


def _presets(request: HttpRequest) -> dict[str, str]:
    chosen = request.GET.get("integration", "")
    return {"integration": chosen} if chosen.isdecimal() else {}


def _first_link(request: HttpRequest, account: Account, address: str, name: str) -> HttpResponse:
    """The account is there, whatever becomes of the link."""
    messages.success(request, f"{account} was added.")
    if not address:
        return redirect("account-handover", account.login)
    try:
        return _hand_over(request, account, address, name, by_mail=handover.can_mail())
    except SettingsError as error:
        messages.error(request, str(error))
        return redirect("account-handover", account.login)


@require_http_methods(_METHODS)
def edited(request: HttpRequest, login: str) -> HttpResponse:
    """Change what an account may do."""
    found = visible_account(request, login)
    form = RulesForm(found, request.POST or None)
    if form.is_valid():
        try:
            accounts.change(found, by=str(member_of(request)), **form.rules())
        except SettingsError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, "Saved. It holds from the next log-in on.")
            return redirect("account", found.login)
    return render(request, "web/intake/account_form.html", {"form": form, "account": found})


@sensitive_variables("password")
@require_http_methods(_METHODS)
def password(request: HttpRequest, login: str) -> HttpResponse:
    """Ask whether there is to be a new password, or none; a post makes it, and shows it this once."""
    found, do = visible_account(request, login), request.POST.get("do")
    if do == "new":
        return _show_password(request, found, accounts.renew_password(found, by=str(member_of(request))))
    if do == "drop":
        accounts.drop_password(found, by=str(member_of(request)))
        messages.success(request, f"{found} has no password any more.")
    if request.method == "POST":
        return redirect("account", found.login)
    return render(request, "web/intake/account_password.html", {"account": found})


@require_http_methods(_METHODS)
def keys(request: HttpRequest, login: str) -> HttpResponse:
    """The public keys of an account; a post adds some, or takes one away."""
    found, by = visible_account(request, login), str(member_of(request))
    form = KeyForm()
    if fingerprint := request.POST.get("remove"):
        if accounts.remove_key(found, fingerprint, by=by):
            messages.success(request, "The key was taken away; it opens nothing any more.")
        return redirect("account-keys", found.login)
    if request.method == "POST":
        form = KeyForm(request.POST)
        if form.is_valid():
            try:
                accounts.add_keys(found, form.cleaned_data["keys"], by=by)
            except SettingsError as error:
                form.add_error("keys", str(error))
            else:
                messages.success(request, "Saved. The keys let it in from now on.")
                return redirect("account-keys", found.login)
    context = {"account": found, "form": form, "keys": accounts.known_keys(found)}
    return render(request, "web/intake/account_keys.html", context)


# Handing over ---------------------------------------------------------------------------------------------


@require_http_methods(_METHODS)
def handed_over(request: HttpRequest, login: str) -> HttpResponse:
    """Make a link by which one person gets the credentials, or take the open one back."""
    found = visible_account(request, login)
    if request.POST.get("do") == "withdraw":
        if handover.withdraw(found, by=str(member_of(request))):
            messages.success(request, "The link was withdrawn; it opens nothing any more.")
        return redirect("account", found.login)
    last = found.handovers.first()
    form = RecipientForm(request.POST or None, initial={"address": last.address, "name": last.name} if last else {})
    if form.is_valid():
        try:
            return _hand_over(
                request, found, form.cleaned_data["address"], form.cleaned_data["name"], by_mail=form.by_mail
            )
        except SettingsError as error:
            form.add_error(None, str(error))
    context = {
        "account": found,
        "form": form,
        "link": last if last and last.state == Handover.State.OPEN else None,
        "can_mail": handover.can_mail(),
    }
    return render(request, "web/intake/account_handover.html", context)


def _hand_over(request: HttpRequest, account: Account, address: str, name: str, *, by_mail: bool) -> HttpResponse:
    """
    Make a link, and show it where it is not mailed.

    Raises:
        SettingsError: No link could be made. Nothing was changed.
    """
    link, code = handover.make(account, address, name, by=str(member_of(request)), by_mail=by_mail)
    if not link:
        messages.success(request, f"The link was mailed to {address}. It works for seven days.")
        return redirect("account", account.login)
    context = {"account": account, "address": address, "made": absolute(request, link), "code": code}
    return render(request, "web/intake/account_link.html", context)


def _show_password(request: HttpRequest, account: Account, password: str) -> HttpResponse:
    context = {"account": account, "password": password, "where": connection(account)}
    return render(request, "web/intake/account_password.html", context)
