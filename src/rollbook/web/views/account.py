"""Log in, log out, and the look of the pages."""

from django.contrib import auth
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from rollbook.web.context import THEMES
from rollbook.web.forms import LoginForm

_YEAR = 365 * 24 * 3600


@login_not_required
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def login(request: HttpRequest) -> HttpResponse:
    """Let a member in, and on to the page they asked for."""
    onward = _within(request, request.POST.get("next") or request.GET.get("next"))
    if request.user.is_authenticated:
        return redirect(onward)
    form = LoginForm(request, request.POST if request.method == "POST" else None, label_suffix="")
    if form.is_valid():
        auth.login(request, form.get_user())
        return redirect(onward)
    status = 429 if form.is_bound and form.is_throttled else 200
    return render(request, "web/login.html", {"form": form, "next": onward}, status=status)


@require_POST
def logout(request: HttpRequest) -> HttpResponse:
    """End the session."""
    auth.logout(request)
    return redirect("login")


@login_not_required
@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Remember the look this browser asked for, and go back to where it was asked."""
    response = redirect(_within(request, request.POST.get("next")))
    chosen = request.POST.get("theme")
    if chosen in THEMES:
        response.set_cookie("theme", chosen, max_age=_YEAR, samesite="Lax", httponly=True, secure=request.is_secure())
    return response


def _within(request: HttpRequest, address: str | None) -> str:
    """`address` when it is a page of ours, else the first page."""
    if address and url_has_allowed_host_and_scheme(address, {request.get_host()}, request.is_secure()):
        return address
    return resolve_url("integrations")
