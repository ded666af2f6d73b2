"""Who sees which page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, get_resolver
from django.urls.resolvers import URLResolver

from tests.web.seed import World

OPEN = {"login", "theme", "handover", "handover-file"}
OF_NOBODY = {
    *("home", "logout", "integrations", "runs", "notices", "notice-settings-of"),
    *("intake", "deliveries", "received-files", "accounts", "account-new", "utilities"),
    *("integration-new", "integration-new-of", "source-style", "source-download", "layout-templates"),
}

OF_OPERATORS = {"bans", "ban-lift"}


def routes(patterns: list[URLPattern | URLResolver]) -> Iterator[str]:
    """The names of all routes."""
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns)
        else:
            yield str(pattern.name)


def addresses(world: World) -> dict[str, str]:
    """An address of each route that shows something of a tenant."""
    run = f"/runs/{world.applied.pk}/"
    waiting = f"/runs/{world.held.pk}/"
    schedule = f"/schedules/{world.schedule.pk}/"
    tenant = f"/tenants/{world.nightly.tenant_id}/"
    integration = f"/integrations/{world.nightly.pk}/"
    delivery = f"/intake/deliveries/{world.delivery.pk}/"
    account = f"/intake/account/{world.sender.login}/"
    return {
        "integration-connection": f"{integration}connection/",
        "integration-test": f"{integration}test/",
        "integration-scope": f"{integration}scope/",
        "integration-fields": f"{integration}fields/",
        "integration-codes": f"{integration}codes/",
        "integration-live": f"{integration}live/",
        "integration-upload": f"{integration}upload/",
        "integration-templates": f"{integration}templates.zip",
        "upload-sheets": f"/uploads/{world.upload.pk}/",
        "upload-columns": f"/uploads/{world.upload.pk}/columns/",
        "integration-runs": f"/integrations/{world.nightly.pk}/runs/",
        "integration-run": f"/integrations/{world.nightly.pk}/run/",
        "integration-schedules": f"/integrations/{world.nightly.pk}/schedules/",
        "schedule-new": f"/integrations/{world.nightly.pk}/schedules/new/",
        "schedule": schedule,
        "schedule-edit": f"{schedule}edit/",
        "schedule-pause": f"{schedule}pause/",
        "schedule-remove": f"{schedule}remove/",
        "notice-settings": f"{tenant}notices/",
        "notice-address-new": f"{tenant}notices/addresses/new/",
        "notice-address": f"/notices/addresses/{world.address.pk}/",
        "webhook-new": f"{tenant}webhooks/new/",
        "webhook": f"/webhooks/{world.webhook.pk}/",
        "account": account,
        "account-edit": f"{account}edit/",
        "account-password": f"{account}password/",
        "account-keys": f"{account}keys/",
        "account-tokens": f"{account}tokens/",
        "account-handover": f"{account}handover/",
        "person-photo": f"/people/{world.portrayed.pk}/photo.jpg",
        "delivery": delivery,
        "delivery-receipt": f"{delivery}receipt.txt",
        "delivery-file": f"{delivery}files/0/content",
        "delivery-verify": f"{delivery}verified/",
        "account-sent": f"{account}sent/",
        "account-take": f"{account}take/",
        "account-activate": f"{account}activate/",
        "received-file": f"/intake/files/{world.received.pk}/content",
        "run": run,
        "run-issues": f"{run}issues/",
        "run-issues-of": f"{run}issues/bad-date/",
        "run-errors": f"{run}errors/",
        "run-unchanged": f"{run}unchanged/",
        "run-new": f"{run}new/",
        "run-updated": f"{run}updated/",
        "run-deactivated": f"{run}deactivated/",
        "run-files": f"{run}files/",
        "run-log": f"{run}log/",
        "run-excel": f"{run}report.xlsx",
        "run-error-rows": f"{run}error-rows.zip",
        "run-approve": f"{waiting}approve/",
        "run-discard": f"{waiting}discard/",
        "run-undo": f"{run}undo/",
        "run-cancel": f"/runs/{world.running.pk}/cancel/",
        "run-retry": f"/runs/{world.failed.pk}/retry/",
    }


def status(response: Any) -> int:
    """The status of a response that is read to its end: a download is an open file."""
    response.getvalue()
    return int(response.status_code)


def test_every_route_is_tried(world: World) -> None:
    """A route that these tests do not know cannot be added unnoticed."""
    assert set(routes(get_resolver("rollbook.web.urls").url_patterns)) == OPEN | OF_NOBODY | OF_OPERATORS | set(
        addresses(world)
    )


def test_members_see_their_own(world: World, ada: Client) -> None:
    """A member sees every page of the tenant."""
    asked = {name: status(ada.get(address)) for name, address in addresses(world).items()}
    assert asked == dict.fromkeys(addresses(world), 200)


def test_operators_see_all(world: World, olga: Client) -> None:
    """An operator sees every page of every tenant."""
    assert {status(olga.get(address)) for address in addresses(world).values()} == {200}


def test_strangers_see_nothing(world: World, sam: Client) -> None:
    """For a member of another tenant the pages do not exist, neither to read nor to post to."""
    asked = {name: (status(sam.get(at)), status(sam.post(at))) for name, at in addresses(world).items()}
    assert asked == dict.fromkeys(addresses(world), (404, 404))


def test_foreign_and_unknown_look_alike(world: World, sam: Client) -> None:
    """Nobody can tell a run of another tenant from one that does not exist."""
    foreign, unknown = sam.get(f"/runs/{world.applied.pk}/"), sam.get("/runs/999999/")
    assert foreign.content == unknown.content


def test_nobody_sees_anything(world: World, client: Client) -> None:
    """Who is not logged in is asked to, whether a page exists or not."""
    wanted = [
        *addresses(world).values(),
        "/",
        "/integrations/",
        "/runs/",
        "/notices/",
        "/notices/settings/",
        "/integrations/new/",
        "/integrations/new/sheets/",
        "/sources/sheets/form.css",
        "/runs/999999/",
        "/intake/",
        "/intake/deliveries/",
        "/intake/files/",
        "/intake/bans/",
        "/intake/accounts/",
        "/intake/accounts/new/",
        "/intake/utilities/",
    ]
    assert {client.get(address).headers["Location"] for address in wanted} == {f"/login/?next={a}" for a in wanted}


def test_lists_keep_tenants_apart(world: World, sam: Client) -> None:
    """The lists of another tenant name nothing of Northfield."""
    intake = ("/intake/deliveries/", "/intake/files/", "/intake/accounts/")
    lists = ("/integrations/", "/runs/", "/notices/", *intake)
    pages = {at: sam.get(at).content.decode().lower() for at in lists}
    assert {at: ("northfield" in page, "southport" in page) for at, page in pages.items()} == dict.fromkeys(
        lists, (False, True)
    )


@pytest.mark.parametrize("address", ["/runs/?integration={}", "/integrations/{}/runs/"])
def test_filter_by_a_foreign_integration(world: World, sam: Client, address: str) -> None:
    """An integration of another tenant cannot be filtered by."""
    assert sam.get(address.format(world.nightly.pk)).status_code == 404


def test_a_decision_of_a_stranger_changes_nothing(world: World, sam: Client) -> None:
    """A stranger's yes to a held plan leaves it held."""
    sam.post(f"/runs/{world.held.pk}/approve/")
    world.held.refresh_from_db()
    assert world.held.state == "held"
