"""Logging in and out."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.utils import timezone
from pytest_django import Settings

from rollbook.callers import host_of
from rollbook.web.models import LoginAttempt
from rollbook.web.throttle import PER_EMAIL, PER_EMAIL_AND_HOST, PER_HOST
from tests.web.seed import PASSWORD, World

ADA = "ada@northfield.example"


def attempt(email: str = ADA, password: str = "not it", host: str = "203.0.113.7", **data: str) -> HttpResponse:
    """One attempt from a browser without a session."""
    posted = {"username": email, "password": password, **data}
    response: HttpResponse = Client(REMOTE_ADDR=host).post("/login/", posted)  # type: ignore[assignment]
    return response


def said(response: HttpResponse) -> str:
    """What the page says is wrong."""
    text = response.content.decode()
    return text.split('role="alert"><p>')[1].split("</p>")[0]


def test_member_comes_in(world: World) -> None:
    """The right address and password lead to the list of integrations."""
    response = attempt(password=PASSWORD)
    assert (response.status_code, response.headers["Location"]) == (302, "/integrations/")


def test_address_in_capitals(world: World) -> None:
    """The address may be typed in capitals."""
    assert attempt("Ada@Northfield.EXAMPLE", PASSWORD).status_code == 302


def test_onward_to_the_page_asked_for(world: World) -> None:
    """After the log-in comes the page that was asked for."""
    assert attempt(password=PASSWORD, next="/runs/?state=held").headers["Location"] == "/runs/?state=held"


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
def test_never_onward_to_another_host(world: World, elsewhere: str) -> None:
    """A link with another host in it cannot use the log-in to send a member there."""
    assert attempt(password=PASSWORD, next=elsewhere).headers["Location"] == "/integrations/"


def test_says_not_whether_an_address_exists(world: World) -> None:
    """A wrong password and an unknown address are answered alike."""
    assert said(attempt(ADA)) == said(attempt("nobody@northfield.example"))


def test_member_who_left(world: World) -> None:
    """A member who is not active is answered like an unknown one."""
    world.member.is_active = False
    world.member.save()
    assert said(attempt(password=PASSWORD)) == said(attempt("nobody@northfield.example"))


def test_guessing_is_slowed(world: World) -> None:
    """After a few wrong passwords not even the right one is looked at, and the page says when to come back."""
    for _ in range(PER_EMAIL_AND_HOST):
        attempt()
    refused = attempt(password=PASSWORD)
    assert refused.status_code == 429
    assert "Wait 15 minutes" in said(refused)


def test_unknown_addresses_are_slowed_alike(world: World) -> None:
    """The limit tells nothing about which addresses exist either."""
    for _ in range(PER_EMAIL_AND_HOST):
        attempt("nobody@northfield.example")
    assert attempt("nobody@northfield.example").status_code == 429


def test_others_come_in_meanwhile(world: World) -> None:
    """A stranger who guesses elsewhere does not lock the member out."""
    for _ in range(PER_EMAIL_AND_HOST + 1):
        attempt(host="198.51.100.9")
    assert attempt(password=PASSWORD).status_code == 302


def test_limit_lapses(world: World) -> None:
    """A quarter of an hour later the member can try again."""
    for _ in range(PER_EMAIL_AND_HOST):
        attempt()
    LoginAttempt.objects.update(at=timezone.now() - timedelta(minutes=16))
    assert attempt(password=PASSWORD).status_code == 302


def test_right_password_clears_the_count(world: World) -> None:
    """Who mistypes and then comes in starts from nought again."""
    for _ in range(PER_EMAIL_AND_HOST - 1):
        attempt()
    attempt(password=PASSWORD)
    assert LoginAttempt.objects.count() == 2 * (PER_EMAIL_AND_HOST - 1)
    assert attempt(password=PASSWORD).status_code == 302


def test_refused_attempts_do_not_prolong_the_wait(world: World) -> None:
    """Trying again while one must wait does not start the wait anew."""
    for _ in range(PER_EMAIL_AND_HOST + 3):
        attempt()
    assert LoginAttempt.objects.count() == 3 * PER_EMAIL_AND_HOST


def test_one_host_cannot_try_many_addresses(world: World) -> None:
    """A host that tries address after address is stopped as well."""
    for number in range(PER_HOST):
        attempt(f"guess{number}@northfield.example")
    assert attempt("one-more@northfield.example").status_code == 429


def test_many_hosts_cannot_try_one_address(world: World) -> None:
    """Guessing one address from many hosts is stopped as well."""
    for number in range(PER_EMAIL):
        attempt(host=f"198.51.100.{number}")
    assert attempt(host="192.0.2.1").status_code == 429


def test_no_address_is_kept(world: World) -> None:
    """What is kept of an attempt tells neither the e-mail address nor the host."""
    attempt()
    assert all(len(a.bucket) == 64 and a.bucket.isalnum() for a in LoginAttempt.objects.all())


@pytest.mark.parametrize(
    "proxies, forwarded, host",
    [
        (0, "198.51.100.1", "10.0.0.1"),
        (1, "198.51.100.1", "198.51.100.1"),
        (1, "6.6.6.6, 198.51.100.1", "198.51.100.1"),
        (2, "6.6.6.6, 198.51.100.1, 10.0.0.2", "198.51.100.1"),
        (2, "", "10.0.0.1"),
    ],
)
def test_host_behind_proxies(settings: Settings, proxies: int, forwarded: str, host: str) -> None:
    """Only what our own proxies added to X-Forwarded-For is believed."""
    settings.TRUSTED_PROXIES = proxies
    request = RequestFactory().get("/", REMOTE_ADDR="10.0.0.1", headers={"X-Forwarded-For": forwarded})
    assert host_of(request) == host


def test_log_out(ada: Client) -> None:
    """Logging out ends the session."""
    ada.post("/logout/")
    assert ada.get("/runs/").status_code == 302


def test_log_out_by_link(ada: Client) -> None:
    """A link on another page cannot log a member out."""
    assert ada.get("/logout/").status_code == 405


def test_log_in_again(ada: Client) -> None:
    """Who is logged in is not asked again."""
    assert ada.get("/login/").headers["Location"] == "/integrations/"


def test_headers_only(client: Client, db: None) -> None:
    """Whatever watches the hub may ask for the page's headers only."""
    assert client.head("/login/").status_code == 200


def test_form_needs_its_token(world: World) -> None:
    """A form on another host cannot log somebody in."""
    client = Client(enforce_csrf_checks=True)
    response = client.post("/login/", {"username": ADA, "password": PASSWORD})
    assert response.status_code == 403
    assert "The form is too old" in response.content.decode()
