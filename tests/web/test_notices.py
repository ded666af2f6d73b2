"""The bell, the notices and who is told what, on the pages."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from pytest_django import Settings

from rollbook.accounts.models import Member
from rollbook.notices import changing
from rollbook.notices.models import Notice, Subscription, Webhook
from rollbook.notices.recipients import addresses
from rollbook.secretbox import unseal
from tests.support.receiver import receiver
from tests.web.seed import World


def text(client: Client, address: str) -> str:
    return client.get(address).content.decode()


def unread(client: Client) -> int:
    """What the bell says."""
    found = re.search(r"Notices, (\d+) unread", text(client, "/runs/"))
    assert found
    return int(found[1])


def test_the_bell_counts(world: World, ada: Client, sam: Client, olga: Client) -> None:
    """The bell of each member counts the unread notices of their tenant, that of an operator all of them."""
    assert (unread(ada), unread(sam), unread(olga)) == (3, 1, 4)


def test_the_bell_knows_its_page(world: World, ada: Client) -> None:
    """The bell is marked on the page that it leads to, and on no other."""
    marked = ['class="bell" href="/notices/" aria-current="page"' in text(ada, at) for at in ("/notices/", "/runs/")]
    assert marked == [True, False]


def test_reading_is_ones_own(world: World, ada: Client, olga: Client) -> None:
    """Who marks a notice as read has read it; for others it stays unread."""
    notice = Notice.objects.get(event="run.held")
    ada.post("/notices/", {"notice": notice.pk})
    assert (unread(ada), unread(olga)) == (2, 4)
    ada.post("/notices/?unread=1")
    assert "Nothing unread" in text(ada, "/notices/?unread=1")
    assert "Run held for approval" in text(ada, "/notices/")


def test_a_stranger_reads_nothing_for_others(world: World, ada: Client, sam: Client) -> None:
    """A notice of another tenant cannot be marked, one's own bell shows none of it."""
    sam.post("/notices/", {"notice": Notice.objects.get(event="run.held").pk})
    assert unread(ada) == 3
    assert "Staff from HR" not in text(sam, "/notices/")


def test_no_notices(world: World, ada: Client) -> None:
    """A member without notices is told what would be there."""
    Notice.objects.all().delete()
    assert "No notices yet" in text(ada, "/notices/")


def test_settings_of_whom(world: World, ada: Client, olga: Client) -> None:
    """A member comes to the settings of their tenant, an operator chooses one."""
    assert ada.get("/notices/settings/").headers["Location"] == f"/tenants/{world.nightly.tenant_id}/notices/"
    assert "Southport Academy" in text(olga, "/notices/settings/")


def test_choosing(world: World, ada: Client) -> None:
    """What a member chose is what they are mailed, until they take the defaults again."""
    page = f"/tenants/{world.nightly.tenant_id}/notices/"
    mine = world.member.email
    assert 'value="run.failed" id="id_events_0" checked' in text(ada, page)
    ada.post(page, {"events": ["run.held"], "scope": "some", "integrations": [world.nightly.pk]})
    assert (mine in addresses(world.nightly, "run.failed"), mine in addresses(world.nightly, "run.held")) == (
        False,
        True,
    )
    assert mine not in addresses(world.held.integration, "run.held")
    ada.post(page, {"defaults": "1"})
    assert mine in addresses(world.nightly, "run.failed")


def test_only_these_needs_some(world: World, ada: Client) -> None:
    """“Only these” without any is refused, and integrations of others do not exist."""
    page = f"/tenants/{world.nightly.tenant_id}/notices/"
    for chosen in ([], [world.foreign.integration_id]):
        answer = ada.post(page, {"events": ["run.held"], "scope": "some", "integrations": chosen}).content.decode()
        assert "field-error" in answer
    assert not Subscription.objects.filter(member=world.member).exists()


def test_a_plain_address(world: World, ada: Client) -> None:
    """An address is added once, changed and removed."""
    page = f"/tenants/{world.nightly.tenant_id}/notices/addresses/new/"
    new = {"address": "new@example.org", "events": ["run.held"], "scope": "all"}
    ada.post(page, new)
    assert "is told already" in ada.post(page, new | {"address": "NEW@example.org"}).content.decode()
    made = Subscription.objects.get(address="new@example.org")
    ada.post(f"/notices/addresses/{made.pk}/", {"events": ["run.failed"], "scope": "all"})
    made.refresh_from_db()
    assert made.events == ["run.failed"]
    ada.post(f"/notices/addresses/{made.pk}/", {"remove": "1"})
    assert not Subscription.objects.filter(address="new@example.org").exists()


def test_addresses_of_members_are_their_own(world: World, ada: Client) -> None:
    """What another member chose cannot be opened as an address."""
    ben = Member.objects.create(email="ben@northfield.example", tenant=world.nightly.tenant)
    own = changing.own(world.nightly.tenant, ben)
    changing.choose(own, ["run.failed"], None)
    assert ada.get(f"/notices/addresses/{own.pk}/").status_code == 404


def test_a_secret_is_shown_once(world: World, ada: Client) -> None:
    """The secret of a webhook is on the page that made it, and on no page after; it is stored sealed."""
    page = f"/tenants/{world.nightly.tenant_id}/webhooks/new/"
    answer = ada.post(page, {"url": "https://hook.example/a", "events": ["run.held"], "scope": "all"}).content.decode()
    made = Webhook.objects.get(url="https://hook.example/a")
    secret = unseal(made.secret)
    assert secret in answer
    assert secret not in made.secret
    shown = [text(ada, at) for at in (f"/webhooks/{made.pk}/", f"/tenants/{made.tenant_id}/notices/")]
    assert [secret in page or made.secret in page for page in shown] == [False, False]


def test_a_new_secret(world: World, ada: Client) -> None:
    """A new secret is shown once; the old one signs too for a day."""
    before = unseal(world.webhook.secret)
    answer = ada.post(f"/webhooks/{world.webhook.pk}/", {"do": "secret"}).content.decode()
    world.webhook.refresh_from_db()
    assert unseal(world.webhook.secret) in answer
    assert unseal(world.webhook.old_secret) == before
    assert "The old secret signs too until" in text(ada, f"/webhooks/{world.webhook.pk}/")


@pytest.mark.parametrize("url", ["http://hook.example/", "https://ada:secret@hook.example/", "nonsense"])
def test_addresses_that_are_refused(world: World, ada: Client, url: str) -> None:
    """An address that nothing may be sent to is refused with the reason."""
    page = f"/tenants/{world.nightly.tenant_id}/webhooks/new/"
    assert "field-error" in ada.post(page, {"url": url, "events": [], "scope": "all"}).content.decode()
    assert Webhook.objects.count() == 1


def test_a_test_says_what_came_back(world: World, ada: Client, settings: Settings) -> None:
    """The button sends a test event and says how it ended."""
    page = f"/webhooks/{world.webhook.pk}/"
    with receiver() as hook:
        Webhook.objects.update(url=hook.url)
        settings.WEBHOOK_HTTP = True
        assert "private network" in ada.post(page, {"do": "test"}, follow=True).content.decode()
        assert hook.got == []


def test_switched_and_removed(world: World, ada: Client) -> None:
    """A webhook is switched off and on, gets other events, and is removed."""
    page = f"/webhooks/{world.webhook.pk}/"
    ada.post(page, {"do": "off"})
    world.webhook.refresh_from_db()
    assert not world.webhook.is_active
    ada.post(page, {"do": "save", "events": ["format.drift"], "scope": "all"})
    world.webhook.refresh_from_db()
    assert world.webhook.events == ["format.drift"]
    ada.post(page, {"do": "remove"})
    assert not Webhook.objects.exists()


def test_a_stranger_changes_nothing(world: World, sam: Client) -> None:
    """A stranger can neither add, nor change, nor try anything of another tenant."""
    tenant = world.nightly.tenant_id
    posts = {
        f"/webhooks/{world.webhook.pk}/": {"do": "remove"},
        f"/notices/addresses/{world.address.pk}/": {"remove": "1"},
        f"/tenants/{tenant}/notices/": {"events": ["run.failed"], "scope": "all"},
        f"/tenants/{tenant}/webhooks/new/": {"url": "https://evil.example/", "events": [], "scope": "all"},
        f"/tenants/{tenant}/notices/addresses/new/": {"address": "evil@example.org", "scope": "all"},
    }
    assert [sam.post(at, data).status_code for at, data in posts.items()] == [404] * 5
    assert (Webhook.objects.count(), Subscription.objects.count()) == (1, 1)
