"""Setting an integration up in Chromium, as a member does: from the choice of a source to an approved plan."""

from __future__ import annotations

from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from rollbook.integrations.models import Integration, UnmappedValue
from rollbook.runs import carrying
from rollbook.runs.models import Run
from rollbook.sources.base import SourceKind
from tests.sources.cases.plain import Plain
from tests.web.plain_kinds import SECRET
from tests.web.seed import World
from tests.web.test_browser import log_in


def test_from_credentials_to_live(
    live_server: LiveServer, world: World, plain: SourceKind, system: Plain, page: Page
) -> None:
    """A member adds a source, tests it, picks grades, leaves a field out, makes a test run and approves its plan."""
    log_in(page, live_server)
    page.get_by_role("link", name="Add integration").click()
    page.get_by_role("link", name="Plain").click()
    page.get_by_label("Name", exact=True).fill("High school")
    page.get_by_label("Address").fill(system.url)
    page.get_by_label("Client id").fill("hub")
    page.get_by_label("Client secret").fill(SECRET)
    page.get_by_role("button", name="Add the integration").click()
    page.get_by_role("button", name="Test connection").click()
    expect(page.get_by_role("status").filter(has_text="The connection works.")).to_be_visible()
    expect(page.get_by_role("row", name="Students")).to_contain_text(str(len(system.students)))
    page.get_by_role("link", name="Next: Scope").click()
    page.get_by_label("Its enrollment ends").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_label("Its enrollment ends")).to_be_checked()
    page.get_by_role("link", name="Next: Fields").click()
    page.get_by_role("button", name="Leave email out").click()
    expect(page.get_by_role("button", name="Restore email")).to_be_visible()
    page.get_by_role("link", name="Next: Codes").click()
    page.get_by_role("link", name="Next: Test run and go live").click()
    page.get_by_role("button", name="Test run", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("The test run was asked for.")
    run = carrying.carry(Run.objects.get(integration__name="High school"))
    assert run.counts["user"]["create"] == len(system.students)
    page.goto(f"{live_server.url}/integrations/{run.integration_id}/live/")
    page.get_by_role("link", name=f"Approve run {run.pk}").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Approve run {run.pk}?")


def test_only_what_is_asked_for_is_seen(live_server: LiveServer, world: World, sampler: SourceKind, page: Page) -> None:
    """Choosing a version shows its fields and hides the others, without a script and without a wait."""
    log_in(page, live_server)
    page.goto(f"{live_server.url}/integrations/new/sampler/")
    expect(page.get_by_label("User name")).to_be_hidden()
    expect(page.get_by_label("Token", exact=True)).to_be_visible()
    page.get_by_label("Version 2").check()
    expect(page.get_by_label("User name")).to_be_visible()
    expect(page.get_by_label("Token", exact=True)).to_be_hidden()
    page.get_by_label("With photos").check()
    expect(page.get_by_label("Size of photos")).to_be_visible()


def test_a_value_is_mapped_with_the_keyboard(live_server: LiveServer, world: World, page: Page) -> None:
    """What an unmapped value means is chosen and kept without a mouse."""
    UnmappedValue.objects.create(integration=world.nightly, model="gender", value="Weiblich", count=2, last_run=1)
    log_in(page, live_server)
    page.goto(f"{live_server.url}/integrations/{world.nightly.pk}/codes/")
    page.get_by_label("What Weiblich means").focus()
    page.keyboard.type("Female")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Weiblich is mapped")
    assert Integration.objects.get(pk=world.nightly.pk).settings["codes.gender"]


def test_a_mistake_is_told_and_marked(live_server: LiveServer, world: World, sampler: SourceKind, page: Page) -> None:
    """Who listens is told that nothing was saved, and each field in error says so of itself."""
    log_in(page, live_server)
    page.goto(f"{live_server.url}/integrations/new/sampler/")
    page.get_by_label("Address").fill("sis.example")
    page.get_by_role("button", name="Add the integration").click()
    expect(page.get_by_role("alert")).to_contain_text("Nothing was saved.")
    address = page.get_by_label("Address")
    expect(address).to_have_attribute("aria-invalid", "true")
    expect(address).to_have_accessible_description(
        "Where it answers. url is an address that looks like https://host/path."
    )
