"""The pages in Chromium, as a member uses them."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from tests.web.seed import PASSWORD, World
from tests.web.test_access import addresses

DARK_PAPER = "rgb(17, 21, 28)"


def log_in(page: Page, server: LiveServer) -> None:
    page.goto(f"{server.url}/")
    page.get_by_label("E-mail address").fill("ada@northfield.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("heading", name="Integrations")).to_be_visible()


def test_from_log_in_to_one_changed_field(live_server: LiveServer, world: World, page: Page) -> None:
    """A member logs in, finds the last run with errors and reads what changed for one person."""
    log_in(page, live_server)
    page.get_by_role("link", name="Northfield nightly", exact=True).click()
    page.get_by_role("row", name="OK with errors").get_by_role("link").first.click()
    page.get_by_role("link", name="Updated").click()
    change = page.get_by_role("article").first
    expect(change.get_by_role("row", name="Email")).to_contain_text("b.okafor@northfield.example")


def test_held_plan_is_discarded(live_server: LiveServer, world: World, page: Page) -> None:
    """A member reads why a run is held, discards its plan and is told so."""
    log_in(page, live_server)
    page.goto(f"{live_server.url}/runs/{world.held.pk}/")
    expect(page.get_by_role("heading", name="Held for approval")).to_be_visible()
    page.get_by_role("link", name="Discard …").click()
    page.get_by_role("button", name="Discard the plan").click()
    expect(page.get_by_role("status")).to_contain_text("was discarded")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Discarded")


def test_schedule_is_added(live_server: LiveServer, world: World, page: Page) -> None:
    """A member chooses how often, sees only the fields that it needs and the next five times, and saves."""
    log_in(page, live_server)
    page.get_by_role("link", name="Northfield nightly", exact=True).click()
    page.get_by_role("link", name="Schedules").click()
    page.get_by_role("link", name="Add a schedule").click()
    expect(page.get_by_label("Day of the week")).to_be_hidden()
    page.get_by_label("Week", exact=True).check()
    page.get_by_label("Day of the week").select_option("Sunday")
    page.get_by_label("Time", exact=True).fill("02:00")
    page.get_by_label("Time zone").select_option("Asia/Singapore")
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_role("listitem").filter(has_text="Sat")).to_have_count(5)  # in UTC
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_contain_text("Every Sunday at 02:00, Asia/Singapore")


def test_report_is_downloaded(live_server: LiveServer, world: World, page: Page) -> None:
    """The button gives the Excel report."""
    log_in(page, live_server)
    page.goto(f"{live_server.url}/runs/{world.applied.pk}/")
    with page.expect_download() as download:
        page.get_by_role("link", name="Excel report").click()
    assert download.value.suggested_filename.endswith(f"run-{world.applied.pk}.xlsx")


def test_keyboard_alone(live_server: LiveServer, world: World, page: Page) -> None:
    """With the keyboard alone one gets past the navigation, and sees where one is."""
    log_in(page, live_server)
    page.goto(f"{live_server.url}/runs/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_label("Integration")).to_be_focused()
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"


def test_dark_look_is_remembered(live_server: LiveServer, world: World, page: Page) -> None:
    """The look that was chosen stays on the next page."""
    log_in(page, live_server)
    page.get_by_role("button", name="Dark").click()
    page.get_by_role("link", name="Runs", exact=True).click()
    expect(page.get_by_role("heading", name="Runs")).to_be_visible()
    expect(page.locator("body")).to_have_css("background-color", DARK_PAPER)
    expect(page.get_by_role("button", name="Dark")).to_have_attribute("aria-pressed", "true")


def test_system_look_is_followed(live_server: LiveServer, world: World, page: Page) -> None:
    """Who chose nothing gets the look of the system."""
    page.emulate_media(color_scheme="dark")
    page.goto(f"{live_server.url}/login/")
    expect(page.locator("body")).to_have_css("background-color", DARK_PAPER)


@pytest.mark.parametrize("width", [400, 1280])
def test_pages_fit_the_screen(live_server: LiveServer, world: World, page: Page, width: int) -> None:
    """No page is wider than the screen, on a telephone or a desk, and the browser finds nothing forbidden on it."""
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    log_in(page, live_server)
    page.set_viewport_size({"width": width, "height": 800})
    pages = [at for at in addresses(world).values() if at.endswith("/")]
    wide = []
    for address in ["/integrations/", "/runs/", "/intake/deliveries/", "/intake/files/", *pages]:
        page.goto(live_server.url + address)
        if page.evaluate("document.documentElement.scrollWidth") > width:
            wide.append(address)
    assert (wide, complaints) == ([], [])


def test_narrow_lists_name_their_values(live_server: LiveServer, world: World, page: Page) -> None:
    """On a telephone each value of a list stands beside the name of its column."""
    log_in(page, live_server)
    page.set_viewport_size({"width": 400, "height": 800})
    page.wait_for_function(
        """getComputedStyle(document.querySelector("td[data-label=State]"), "::before").content === '"State"'"""
    )


def test_a_notice_is_read(live_server: LiveServer, world: World, page: Page) -> None:
    """A member opens the bell, marks a notice as read, and the bell counts one less."""
    log_in(page, live_server)
    page.get_by_role("link", name="Notices, 3 unread").click()
    page.get_by_role("row", name="Run held for approval").get_by_role("button").click()
    expect(page.get_by_role("link", name="Notices, 2 unread")).to_be_visible()
    page.get_by_role("link", name="Unread 2").click()
    expect(page.get_by_role("row", name="Run held for approval")).to_have_count(0)
