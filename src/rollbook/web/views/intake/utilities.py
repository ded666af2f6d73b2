"""Tokens for uploads over HTTPS, and what was last heard of the programs that have them."""

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_safe

from rollbook.core.errors import SettingsError
from rollbook.intake import connection_files, tokens
from rollbook.intake.models import Account, UploadToken
from rollbook.sftp.connecting import connection
from rollbook.web.access import member_of, visible_account, visible_accounts, visible_tokens
from rollbook.web.forms import PlainForm
from rollbook.web.frames.paging import query_page


class TokenForm(PlainForm):
    """Which program gets a token, and for how long."""

    name = forms.CharField(
        label="For which machine or program",
        max_length=100,
        help_text="So that you know it again, such as “SIS server, Lakeside”.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    days = forms.IntegerField(
        label="Days that it holds",
        required=False,
        min_value=1,
        max_value=3650,
        help_text="Blank: until you take it back.",
    )


@require_safe
def listed(request: HttpRequest) -> HttpResponse:
    """The programs that upload for the tenant, the one that was heard of last first."""
    everything = visible_tokens(request)
    with_ended = "ended" in request.GET
    found = everything if with_ended else everything.filter(pk__in=tokens.live().values("pk"))
    context = {
        "page": query_page(request, found.order_by("account__login", "name", "pk")),
        "with_ended": with_ended,
        "has_any": everything.exists(),
        "accounts": visible_accounts(request).filter(is_active=True)[:20],
        "is_operator": member_of(request).tenant_id is None,
        "silent_days": tokens.SILENT.days,
    }
    return render(request, "web/intake/utilities.html", context)


@sensitive_post_parameters("token")
@sensitive_variables("text")
@require_http_methods(["GET", "HEAD", "POST"])
def tokens_of(request: HttpRequest, login: str) -> HttpResponse:
    """The tokens of an account; a post makes one and shows it this once, gives its file, or takes one back."""
    account, do = visible_account(request, login), request.POST.get("do")
    if do == "file":
        return _file(request, account)
    if do == "revoke":
        tokens.revoke(_chosen(request, account), by=member_of(request))
        messages.success(request, "The token was taken back. What uses it is refused from now on.")
        return redirect("account-tokens", account.login)
    form, text = TokenForm(request.POST if do == "make" else None), ""
    if form.is_valid():
        given = form.cleaned_data
        try:
            _, text = tokens.make(account, given["name"], by=member_of(request), days=given["days"])
        except SettingsError as error:
            form.add_error("name", str(error))
        else:
            form = TokenForm()
    found = visible_tokens(request).filter(account=account)
    context = {"account": account, "form": form, "text": text, "tokens": found, "now": timezone.now()}
    return render(request, "web/intake/account_tokens.html", context)


def _chosen(request: HttpRequest, account: Account) -> UploadToken:
    number = request.POST.get("token", "")
    return get_object_or_404(visible_tokens(request), account=account, pk=int(number) if number.isdecimal() else 0)


@sensitive_variables("text")
def _file(request: HttpRequest, account: Account) -> HttpResponse:
    """The connection file with a token that was just made; the hub itself cannot read it any more."""
    text = request.POST.get("token", "")
    token = tokens.find(text)
    if token is None or token.account != account or token.revoked is not None:
        messages.error(request, "This is no token of the account. Make a new one.")
        return redirect("account-tokens", account.login)
    where, url = connection(account), request.build_absolute_uri("/")
    written = connection_files.text(account, text, host=where.host, port=where.port, host_key=where.host_key, url=url)
    headers = {"Content-Disposition": f'attachment; filename="{account.login}-rollbook-upload.ini"'}
    return HttpResponse(written, content_type="text/plain; charset=utf-8", headers=headers)
