"""Choosing a source, giving its settings, changing them, testing the connection."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from ipaddress import ip_network

import pytest
from django.test import Client
from pytest_django import Settings

from rollbook.accounts.models import Tenant
from rollbook.integrations import secrets, trying
from rollbook.integrations.models import Integration
from rollbook.sources.base import SourceKind, Tried, Works
from rollbook.sources.kinds import KINDS
from rollbook.web import throttle
from rollbook.web.source_forms import key
from rollbook.web.views import connecting
from simulators.district import build
from simulators.http.faults import Fault
from simulators.systems import SYSTEMS
from simulators.systems import system as simulated
from tests.sources.cases.plain import Plain, PlainSource
from tests.web.plain_kinds import SECRET
from tests.web.seed import World

FILLED = {
    "name": "Sample",
    "set-url": "https://sis.example/api",
    "set-version": "v3",
    "set-token": "planted-token-1",
    "set-proxy_token": "planted-proxy-1",
    "set-page_size": "50",
    "set-photos": "on",
    "set-photo_size": "300",
    "set-years": "2026, 2027",
    "set-roles": ["student"],
    "set-query": "one\r\n two",
}
NEW = "/integrations/new/sampler/"


def made() -> Integration:
    return Integration.objects.get(source="sampler")


def fresh(integration: Integration) -> Integration:
    return Integration.objects.get(pk=integration.pk)


def error_of(page: str, field: str) -> str:
    """What stands beside a field of the form."""
    found = re.search(rf'name="{field}".*?class="field-error"[^>]*>([^<]+)<', page, re.DOTALL)
    return found.group(1) if found else ""


# Add -------------------------------------------------------------------------------------------------


def test_every_kind_can_be_chosen(ada: Client, plain: SourceKind, sampler: SourceKind) -> None:
    """The first page has every kind of source, with what it is about and whether it can tell changes."""
    text = ada.get("/integrations/new/").content.decode()
    for said in ("Data sheets", "Plain", "Asks for everything that can be asked for.", "Changes only, too", NEW):
        assert said in text


def test_what_is_no_kind(ada: Client) -> None:
    """A kind that does not exist has no pages."""
    assert [ada.get(at).status_code for at in ("/integrations/new/nothing/", "/sources/nothing/form.css")] == [404, 404]


def test_the_form_says_what_a_source_can_do(ada: Client, sampler: SourceKind) -> None:
    """Beside the settings stand what the source can see, what it was tried against and what is to be installed."""
    text = ada.get(NEW).content.decode()
    for said in (
        "It lists who left.",
        "Tried against the simulator alone.",
        "/sources/sampler/sampler.zip",
        "Where it answers.",
    ):
        assert said in text


def test_add(world: World, ada: Client, sampler: SourceKind) -> None:
    """An integration is added as it was filled in: secrets sealed apart, what is as usual not kept."""
    answer = ada.post(NEW, FILLED)
    integration = made()
    assert answer.headers["Location"] == f"/integrations/{integration.pk}/test/"
    assert (integration.tenant, integration.name) == (world.nightly.tenant, "Sample")
    assert integration.settings == {
        "url": "https://sis.example/api", "page_size": "50", "photos": "on", "photo_size": "300",
        "years": "2026, 2027", "roles": "student", "query": "one\n two",
    }  # fmt: skip
    assert secrets.secrets_of(integration) == {"token": "planted-token-1", "proxy_token": "planted-proxy-1"}


def test_a_mistake_loses_nothing_but_secrets(ada: Client, sampler: SourceKind) -> None:
    """Mistakes stand beside their fields, what was typed stays, and secrets are not sent back."""
    page = ada.post(NEW, FILLED | {"set-url": "sis.example", "set-page_size": "many", "name": ""}).content.decode()
    assert error_of(page, "set-url") == "url is an address that looks like https://host/path."
    assert error_of(page, "set-page_size") == "page_size is &#x27;many&#x27;; it must be a whole number."
    assert error_of(page, "name") == "This field is required."
    assert 'value="2026, 2027"' in page
    assert "planted" not in page
    assert not Integration.objects.filter(source="sampler").exists()


def test_what_is_needed(ada: Client, sampler: SourceKind) -> None:
    """What a source needs as the other settings stand is asked for; what it does not ask for now is not."""
    page = ada.post(NEW, {"name": "Sample", "set-version": "v2"}).content.decode()
    needed = {name: error_of(page, f"set-{name}") for name in ("url", "user", "password", "token")}
    assert needed == dict.fromkeys(("url", "user", "password"), "This is needed.") | {"token": ""}


def test_what_is_not_asked_for_is_not_kept(ada: Client, sampler: SourceKind) -> None:
    """A field that the other settings hide is not looked at, whatever it holds."""
    hidden = {"set-version": "v2", "set-user": "hub", "set-password": "planted-2", "set-photos": ""}
    ada.post(NEW, FILLED | hidden)
    assert "photo_size" not in made().settings
    assert set(secrets.secrets_of(made())) == {"password", "proxy_token"}


def test_names_are_told_apart(world: World, ada: Client, sampler: SourceKind) -> None:
    """Two integrations of a tenant do not have one name."""
    page = ada.post(NEW, FILLED | {"name": world.nightly.name}).content.decode()
    assert "has an integration" in error_of(page, "name")


def test_a_family_of_settings(ada: Client, sampler: SourceKind) -> None:
    """Settings of one family are added one by one with their names, and taken away by blanking them."""
    ada.post(NEW, FILLED | {"new-query.": "students", "set-query.": "SELECT 1"})
    assert made().settings["query.students"] == "SELECT 1"
    at = f"/integrations/{made().pk}/connection/"
    assert "Statement: students" in ada.get(at).content.decode()
    assert "go together" in error_of(ada.post(at, FILLED | {"new-query.": "staff"}).content.decode(), "set-query.")
    ada.post(at, FILLED | {"set-query.students": "", "new-query.": "staff", "set-query.": "SELECT 2"})
    assert {name: text for name, text in made().settings.items() if "query." in name} == {"query.staff": "SELECT 2"}


def test_the_folder_of_data_sheets_is_not_for_members(world: World, ada: Client) -> None:
    """A member names the layout of data sheets, never the folder that is read."""
    ada.post("/integrations/new/sheets/", {"name": "Sheets", "layout": "clever", "mode": "delta", "path": "/etc"})
    assert Integration.objects.get(name="Sheets").settings == {"layout": "clever", "mode": "delta"}


def test_a_member_adds_to_the_own_tenant_only(world: World, ada: Client, sampler: SourceKind) -> None:
    """The tenant of a member is not asked for, and cannot be named."""
    ada.post(NEW, FILLED | {"tenant": str(Tenant.objects.get(slug="southport").pk)})
    assert made().tenant == world.nightly.tenant


def test_an_operator_says_whose_it_is(world: World, olga: Client, sampler: SourceKind) -> None:
    """An operator, who belongs to no tenant, chooses one."""
    assert "This field is required." in olga.post(NEW, FILLED).content.decode()
    olga.post(NEW, FILLED | {"tenant": str(world.foreign.integration.tenant_id)})
    assert made().tenant == world.foreign.integration.tenant


def test_fields_hide_by_a_style_sheet(ada: Client, sampler: SourceKind) -> None:
    """What is asked for only at times is hidden without a script, by rules made from the declaration."""
    answer = ada.get("/sources/sampler/form.css")
    text = answer.content.decode()
    assert answer.headers["Content-Type"] == "text/css; charset=utf-8"
    assert '.source-form:has([name="set-version"][value="v2"]:checked) .asked-user { display: block; }' in text
    assert '.source-form:has([name="set-photos"]:checked) .asked-photo_size { display: block; }' in text
    assert '.source-form:has([name="set-photos"]:checked) .asked-query { display: block; }' in text
    assert ".asked-url" not in text


def test_help_is_text(ada: Client, sampler: SourceKind) -> None:
    """What a source says of a setting is shown as text, with its code as code."""
    assert "<code>off</code>: &lt;none&gt;." in ada.get(NEW).content.decode()


def test_download(ada: Client, sampler: SourceKind) -> None:
    """The file that goes into the SIS is downloaded, and no other."""
    answer = ada.get("/sources/sampler/sampler.zip")
    assert (answer.content, answer.headers["Content-Disposition"]) == (
        b"PK made up",
        'attachment; filename="sampler.zip"',
    )
    assert ada.get("/sources/sampler/other.zip").status_code == 404


# Change ----------------------------------------------------------------------------------------------


@pytest.fixture
def sample(ada: Client, sampler: SourceKind) -> Integration:
    ada.post(NEW, FILLED)
    return made()


def changed(ada: Client, sample: Integration, **changes: str) -> str:
    """The page after the form was sent as it is shown, with some changes: secrets blank."""
    shown = {name: text for name, text in FILLED.items() if "token" not in name}
    return ada.post(f"/integrations/{sample.pk}/connection/", shown | changes, follow=True).content.decode()


def test_secrets_are_never_sent_back(ada: Client, sample: Integration) -> None:
    """No page of an integration holds a secret: a kept one is dots, in the form and after a mistake."""
    pages = ("connection", "test", "scope", "fields", "codes", "live", "runs", "schedules", "run")
    texts = [ada.get(f"/integrations/{sample.pk}/{page}/").content.decode() for page in pages]
    texts += [ada.post(f"/integrations/{sample.pk}/{page}/", {"set-url": "x"}).content.decode() for page in pages[:6]]
    assert [text for text in texts if "planted" in text] == []
    assert texts[0].count('placeholder="••••••••"') == 2
    assert "leave blank to keep it" in texts[0]


def test_a_blank_secret_is_kept(ada: Client, sample: Integration) -> None:
    """Saving without typing a secret keeps it, and changes what was changed."""
    changed(ada, sample, **{"set-years": "2028", "name": "Sample of 2028"})
    assert (fresh(sample).name, fresh(sample).settings["years"]) == ("Sample of 2028", "2028")
    assert secrets.secrets_of(fresh(sample)) == {"token": "planted-token-1", "proxy_token": "planted-proxy-1"}


def test_a_secret_is_replaced_or_forgotten(ada: Client, sample: Integration) -> None:
    """A typed secret takes the place of the old one; one that need not be there can be forgotten."""
    changed(ada, sample, **{"set-token": "planted-token-2", "forget-proxy_token": "on"})
    assert secrets.secrets_of(fresh(sample)) == {"token": "planted-token-2"}


@pytest.mark.parametrize(
    "address", ["https://thief.example/api", "http://sis.example/api", "https://sis.example:444/api"]
)
def test_a_kept_secret_goes_nowhere_else(ada: Client, sample: Integration, address: str) -> None:
    """Where the address becomes another host, scheme or port, secrets are typed anew."""
    page = changed(ada, sample, **{"set-url": address})
    assert "given again" in error_of(page, "set-token")
    assert fresh(sample).settings["url"] == "https://sis.example/api"


def test_another_path_keeps_secrets(ada: Client, sample: Integration) -> None:
    """Another path on the same host asks for nothing again."""
    changed(ada, sample, **{"set-url": "https://SIS.example/v2"})
    assert fresh(sample).settings["url"] == "https://SIS.example/v2"


def test_a_secret_that_is_not_asked_for_is_forgotten_on_the_way(ada: Client, sample: Integration) -> None:
    """A new address with another version does not let the old secret wait for its return."""
    elsewhere = {"set-url": "https://thief.example", "set-version": "v2", "set-user": "x", "set-password": "y"}
    changed(ada, sample, **elsewhere, **{"set-proxy_token": "z"})
    assert secrets.secrets_of(fresh(sample)) == {"password": "y", "proxy_token": "z"}


def test_the_rest_of_the_settings_stays(ada: Client, sample: Integration) -> None:
    """The form of the connection leaves alone what other pages set."""
    sample.settings |= {"grades": "09,10", "field.user.email": ""}
    sample.save()
    changed(ada, sample)
    assert {"grades": "09,10", "field.user.email": ""}.items() <= fresh(sample).settings.items()


def test_active_or_not(world: World, ada: Client) -> None:
    """An integration is switched off and on again."""
    at = f"/integrations/{world.nightly.pk}/connection/"
    ada.post(at, {"do": "off"})
    assert not fresh(world.nightly).is_active
    assert "Inactive" in ada.get(at).content.decode()
    ada.post(at, {"do": "on"})
    assert fresh(world.nightly).is_active


def test_posts_come_from_our_own_pages(world: World) -> None:
    """No page that changes something takes a post without its token."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(world.member)
    pages = [f"/integrations/{world.nightly.pk}/{page}/" for page in ("connection", "test", "scope", "fields", "codes")]
    assert {client.post(at, {"do": "off"}).status_code for at in [*pages, "/integrations/new/sheets/"]} == {403}


# Test connection -------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind in SYSTEMS])
@pytest.mark.django_db(transaction=True)
def test_every_source(world: World, ada: Client, settings: Settings, kind: str) -> None:
    """Each source that has a simulator is added from its form, tested and shown, and no page tells its secrets."""
    settings.SOURCE_NETWORKS = [ip_network("127.0.0.0/8")]
    with simulated(kind)(build(30, seed=3)) as sis:
        given = {key(name): text for name, text in sis.settings().items()}
        assert ada.post(f"/integrations/new/{kind}/", {"name": "Real", **given}).status_code == 302
        integration = Integration.objects.get(name="Real")
        tested = try_it(ada, integration)
    pages = ("connection", "scope", "fields", "codes", "live")
    texts = [tested, *(ada.get(f"/integrations/{integration.pk}/{page}/").content.decode() for page in pages)]
    assert "The connection works." in tested
    assert [text for text in texts for secret in secrets.secrets_of(integration).values() if secret in text] == []


def try_it(ada: Client, integration: Integration) -> str:
    return ada.post(f"/integrations/{integration.pk}/test/").content.decode()


def at_system(integration: Integration, system: Plain) -> Integration:
    integration.settings |= {"url": system.url}
    integration.save()
    return integration


@pytest.mark.django_db(transaction=True)
def test_what_works_is_counted(ada: Client, plainly: Integration, system: Plain) -> None:
    """A test says what works and how much there is, and reads nothing into the roster."""
    page = try_it(ada, at_system(plainly, system))
    assert "The connection works." in page
    assert f'class="number">{len(system.students)}</td>' in page
    assert not plainly.runs.exists()


@pytest.mark.django_db(transaction=True)
def test_what_does_not_work_is_said(ada: Client, plainly: Integration, system: Plain) -> None:
    """What does not work stands beside what does, without the inside of an answer."""
    system.faults.add(Fault("forbid", "/students*", times=99))
    page = try_it(ada, at_system(plainly, system))
    assert "Something does not work yet." in page
    assert (page.count("Does not work</span>"), page.count("Works</span>")) == (1, 1)
    assert [word for word in (SECRET, "Traceback", "httpx", "page=1") if word in page] == []


@pytest.mark.django_db(transaction=True)
def test_nobody_waits_for_ever(ada: Client, plainly: Integration, monkeypatch: pytest.MonkeyPatch) -> None:
    """A test that does not end is stopped, and what it found by then is shown."""
    let_go = threading.Event()

    def slowly(_: PlainSource) -> Iterator[Tried]:
        yield Tried("Schools", Works.YES, count=3)
        let_go.wait(30)
        yield Tried("Students", Works.YES)

    monkeypatch.setattr(PlainSource, "test", slowly)
    monkeypatch.setattr(connecting, "TEST_SECONDS", 0.3)
    page = try_it(ada, plainly)
    let_go.set()
    assert "What was tried by then is below." in page
    assert ("Schools" in page, '<th scope="row">Students' in page) == (True, False)


@pytest.mark.django_db(transaction=True)
def test_a_fault_of_the_hub_is_not_shown(
    ada: Client, plainly: Integration, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A bug in a source is said to be one, without a word of the inside."""

    def broken(_: PlainSource) -> Iterator[Tried]:
        raise RuntimeError("secret of the inside")

    monkeypatch.setattr(PlainSource, "test", broken)
    page = try_it(ada, plainly)
    assert "a fault in the hub" in page
    assert "secret of the inside" not in page
    assert f"The test of integration {plainly.pk} stopped" in caplog.text


@pytest.mark.django_db(transaction=True)
def test_a_system_is_not_hammered(ada: Client, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """After some tests in a quarter of an hour there are no more, and it is said when to try again."""
    asked: list[int] = []

    def outcome(integration: Integration, _: float) -> trying.Outcome:
        asked.append(integration.pk)
        return trying.Outcome()

    monkeypatch.setattr(connecting, "outcome_within", outcome)
    monkeypatch.setattr(throttle, "TESTS_PER_INTEGRATION", 2)
    answers = [ada.post(f"/integrations/{world.nightly.pk}/test/").status_code for _ in range(3)]
    assert (answers, len(asked)) == ([200, 200, 429], 2)
    assert ada.post(f"/integrations/{world.held.integration_id}/test/").status_code == 200


@pytest.mark.django_db(transaction=True)
def test_save_and_test(ada: Client, plainly: Integration, system: Plain) -> None:
    """One button saves what was filled in and tests it."""
    filled = {"name": "Plain two", "set-url": system.url, "set-client_id": "hub", "set-client_secret": SECRET}
    page = ada.post(f"/integrations/{plainly.pk}/connection/", filled | {"do": "test"}).content.decode()
    assert "The connection works." in page
    assert fresh(plainly).name == "Plain two"


@pytest.mark.django_db(transaction=True)
def test_files_are_looked_at(world: World, ada: Client) -> None:
    """Of data sheets a test looks at the files, and says why they cannot be read."""
    assert "There is no file or folder /srv/northfield" in try_it(ada, world.nightly)
