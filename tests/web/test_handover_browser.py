"""Credentials handed over in Chromium: the specialist makes a link, the recipient opens it, with the keyboard alone."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, Request, expect
from pytest_django.live_server_helper import LiveServer

from rollbook.intake import accounts, handover
from rollbook.intake.models import Account
from tests.web.seed import World
from tests.web.test_browser import log_in

JO = "jo@example.org"


def test_from_a_new_account_to_the_password(live_server: LiveServer, world: World, page: Page) -> None:
    """A specialist adds an account and passes link and code on; the recipient sees the password, once."""
    log_in(page, live_server)
    page.get_by_role("link", name="Intake").click()
    page.get_by_role("link", name="Accounts").click()
    page.get_by_role("link", name="Add an account").click()
    expect(page.get_by_label("Public keys")).to_be_hidden()
    page.get_by_label("Integration").select_option(label="Northfield nightly (Northfield School District)")
    page.get_by_label("Login name").fill("nf-export")
    page.get_by_label("E-mail address of the recipient").fill(JO)
    page.get_by_role("button", name="Add the account").click()
    link, code = page.get_by_role("status").locator("code").all_inner_texts()
    page.get_by_role("button", name="Log out").click()
    page.goto(link)
    page.get_by_label("Your e-mail address").fill(JO)
    page.get_by_label("Code").fill(code)
    page.get_by_role("button", name="Go on").click()
    page.get_by_role("button", name="Show the log-in details").click()
    password = page.locator(".secret").inner_text()
    assert accounts.is_password(password, Account.objects.get(login="nf-export").password)
    with page.expect_download() as download:
        page.get_by_role("link", name="nf-export-filezilla.xml").click()
    assert "nf-export" in download.value.path().read_text()
    page.goto(link)
    expect(page.get_by_role("heading", level=1)).to_have_text("This link does not work")


def test_with_the_keyboard_alone(live_server: LiveServer, world: World, page: Page) -> None:
    """The recipient needs no mouse, the focus can be seen, and Enter in a field presses the right button."""
    link, code = handover.make(world.sender, JO, by="Ada", by_mail=False)
    page.goto(live_server.url + link)
    _skip_to_the_content(page)
    page.keyboard.press("Tab")
    expect(page.get_by_label("Your e-mail address")).to_be_focused()
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.keyboard.type(JO)
    page.keyboard.press("Tab")
    page.keyboard.type(code)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Not your task?")).to_be_visible()
    _skip_to_the_content(page)
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Show the log-in details")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Your log-in details")


def _skip_to_the_content(page: Page) -> None:
    page.wait_for_load_state()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


def test_no_request_tells_the_link(live_server: LiveServer, world: World, page: Page) -> None:
    """Whatever the page fetches, and wherever it leads, the browser names no address that holds the link."""
    told: list[str] = []

    def note(request: Request) -> None:
        told.append(request.headers.get("referer", ""))

    page.on("request", note)
    link, code = handover.make(world.sender, JO, by="Ada", by_mail=False)
    page.goto(live_server.url + link)
    page.get_by_label("Your e-mail address").fill(JO)
    page.get_by_label("Code").fill(code)
    page.get_by_role("button", name="Go on").click()
    page.get_by_role("link", name="Rollbook").click()
    expect(page.get_by_role("heading", name="Log in")).to_be_visible()
    token = link.split("/")[-2]
    assert told
    assert [one for one in told if token in one] == []


@pytest.mark.parametrize("width", [400, 1280])
def test_public_pages_fit_the_screen(live_server: LiveServer, world: World, page: Page, width: int) -> None:
    """No page of a hand-over is wider than the screen."""
    page.set_viewport_size({"width": width, "height": 800})
    link, code = handover.make(world.sender, JO, by="Ada", by_mail=False)
    wide = []

    def look(name: str) -> None:
        page.wait_for_load_state()  # without its styles a page is wider
        if page.evaluate("document.documentElement.scrollWidth") > width:
            wide.append(name)

    page.goto(live_server.url + link)
    look("prove")
    page.get_by_label("Your e-mail address").fill(JO)
    page.get_by_label("Code").fill(code)
    page.get_by_role("button", name="Go on").click()
    look("collect")
    page.get_by_label("Name of your colleague").fill("Kim Poe")
    page.get_by_label("Their e-mail address").fill("kim@example.org")
    page.get_by_role("button", name="Hand it on").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Handed on to Kim Poe")
    look("forwarded")
    page.goto(live_server.url + link)
    look("gone")
    assert wide == []
