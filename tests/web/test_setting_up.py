"""Scope, fields, codes and the way to live runs, as pages."""

from __future__ import annotations

import re
import uuid

import pytest
from django.test import Client

from rollbook.integrations import options
from rollbook.integrations.models import CodeMapping, Integration, UnmappedValue
from rollbook.roster.models import model
from rollbook.runs.models import Mode, Run, State
from tests.web.seed import NIGHT, World, make_run


def fresh(integration: Integration) -> Integration:
    return Integration.objects.get(pk=integration.pk)


def post(client: Client, integration: Integration, page: str, **given: object) -> str:
    """The page after a post."""
    data = {name.replace("__", "-"): text for name, text in given.items()}
    return client.post(f"/integrations/{integration.pk}/{page}/", data, follow=True).content.decode()


def shown(client: Client, integration: Integration, page: str) -> str:
    return client.get(f"/integrations/{integration.pk}/{page}/").content.decode()


# Scope -----------------------------------------------------------------------------------------------

SCOPE = {"absence": "keep", "blank": "keep"}


def a_school(integration: Integration, key: str, name: str) -> None:
    own = {"owner": integration, "source_key": key, "name": name, "type": "school", "tenant": integration.tenant}
    dates = {"date_created": NIGHT, "date_last_modified": NIGHT}
    model("org")._default_manager.create(sourced_id=uuid.uuid4(), **own, **dates)


def test_scope_is_kept(ada: Client, plainly: Integration) -> None:
    """Grades, schools, families, who is missing, blanks and limits become settings, and are shown again."""
    a_school(plainly, "S1", "Birch Elementary")
    scope = {
        "grades": ["09", "10"], "schools": ["S1"], "other_schools": "S7, S8", "absence": "deactivate", "blank": "clear",
        "family": ["family_key", "home_phone"], "limit_update": "50", "limit_create": "", "date_format": "M/d/yyyy",
    }  # fmt: skip
    post(ada, plainly, "scope", **scope)
    assert fresh(plainly).settings.items() >= {
        "grades": "09,10", "schools": "S1,S7,S8", "absence": "deactivate", "blank": "clear",
        "family": "family_key,home_phone", "limit_update": "50", "date_format": "M/d/yyyy",
    }.items()  # fmt: skip
    page = shown(ada, plainly, "scope")
    assert ("Birch Elementary" in page, 'value="S7, S8"' in page) == (True, True)
    ticked = re.findall(r'name="(\w+)" value="(\w+)"[^>]* checked', page)
    assert {("grades", "09"), ("schools", "S1"), ("absence", "deactivate"), ("family", "home_phone")} <= set(ticked)


def test_scope_goes_back_to_what_is_usual(ada: Client, plainly: Integration) -> None:
    """What is not ticked, and what is as usual, is no setting any more."""
    post(ada, plainly, "scope", **SCOPE, grades=["09"], limit_update="50")
    post(ada, plainly, "scope", **SCOPE, limit_update="75")
    assert set(fresh(plainly).settings) == {"url", "client_id"}


@pytest.mark.parametrize(
    "wrong, said",
    [
        ({"date_format": "soon"}, "is not a date format"),
        ({"limit_update": "many"}, "limit_update"),
        ({"grades": "99"}, "99 is not one of the available choices"),
        ({"absence": "delete"}, "delete is not one of the available choices"),
    ],
)
def test_scope_that_cannot_be(ada: Client, plainly: Integration, wrong: dict[str, str], said: str) -> None:
    """What cannot be used is said beside its field, and nothing is saved."""
    before = fresh(plainly).settings
    page = post(ada, plainly, "scope", **(SCOPE | wrong))
    assert said in re.sub(r"<[^>]+>", "", " ".join(re.findall(r'class="field-error.*?</p>', page)))
    assert fresh(plainly).settings == before


def test_what_a_source_sees_stands_beside_what_absence_does(ada: Client, plainly: Integration) -> None:
    """Who decides what absence means sees whether the source can tell who left."""
    assert "What it can see" in shown(ada, plainly, "scope")


# Fields ----------------------------------------------------------------------------------------------


def bound(integration: Integration, entity: str, name: str) -> list[str]:
    """What a field is read from at the next run."""
    layout = options.bound(fresh(integration))
    assert layout is not None
    rules = [rule for sheet in layout.sheets for rule in sheet.rules if rule.entity == entity]
    return [choice for rule in rules if name in rule.fields for choice in rule.fields[name].choices]


def test_the_mapping_is_shown(ada: Client, plainly: Integration) -> None:
    """Each field stands beside what it is read from; what is required has no button to leave it out."""
    page = shown(ada, plainly, "fields")
    for said in (
        "name.first",
        "email (suggested)",
        'value="leave:user.email"',
        'value="leave:demographics.birth_date"',
    ):
        assert said in page
    for fixed in ("leave:user.given_name", "leave:role.role", "leave:org.name"):
        assert fixed not in page


def test_a_field_is_left_out_and_taken_back(ada: Client, plainly: Integration) -> None:
    """The x leaves a field out of the pull, and Restore takes it back."""
    assert "restore:user.email" in post(ada, plainly, "fields", do="leave:user.email")
    assert (fresh(plainly).settings["field.user.email"], bound(plainly, "user", "email")) == ("", [])
    post(ada, plainly, "fields", do="restore:user.email")
    assert "field.user.email" not in fresh(plainly).settings
    assert bound(plainly, "user", "email") == ["email"]


@pytest.mark.parametrize("target", ["user.given_name", "role.user", "user.nothing", "org.name"])
def test_what_is_required_stays(ada: Client, plainly: Integration, target: str) -> None:
    """A required field cannot be left out, also not by a post that no page offers."""
    post(ada, plainly, "fields", do=f"leave:{target}")
    assert set(fresh(plainly).settings) == {"url", "client_id"}


def test_a_field_is_read_from_another_column(ada: Client, plainly: Integration) -> None:
    """Another column of the stream is chosen, shown, and reset to the suggestion."""
    data = {"user.email": "+name.last", "do": "save"}
    ada.post(f"/integrations/{plainly.pk}/fields/", data)
    assert bound(plainly, "user", "email") == ["name.last"]
    assert '<option value="+name.last" selected>' in shown(ada, plainly, "fields")
    post(ada, plainly, "fields", do="reset")
    assert bound(plainly, "user", "email") == ["email"]


def test_only_dates_are_offered_for_a_date(ada: Client, plainly: Integration) -> None:
    """A birth date cannot be read from a name: it is not offered, and not taken."""
    page = ada.post(f"/integrations/{plainly.pk}/fields/", {"demographics.birth_date": "+name.last"}).content.decode()
    assert "+name.last is not one of the available choices" in page
    assert bound(plainly, "demographics", "birth_date") == ["birth"]


def test_members_that_a_pull_saw_can_be_read(ada: Client, plainly: Integration) -> None:
    """What the last pull saw beside its columns is offered, and read from the next run on."""
    seen = {"file": "/students", "sheet": "students", "rows": 3, "further": ["nick", "bus.route", "odd,name"]}
    make_run(plainly, State.TESTED, mode=Mode.TEST, files=[seen])
    page = shown(ada, plainly, "fields")
    assert ('value="+nick"' in page, "odd,name" in page) == (True, False)
    data = {"user.email": "+nick", "add-user": "bus_route", "from-user": "bus.route", "do": "save"}
    ada.post(f"/integrations/{plainly.pk}/fields/", data)
    assert fresh(plainly).settings.items() >= {
        "columns.students": "nick,bus.route", "field.user.email": "nick", "field.user.bus_route": "bus.route",
    }.items()  # fmt: skip
    assert (bound(plainly, "user", "email"), bound(plainly, "user", "bus_route")) == (["nick"], ["bus.route"])
    assert '<option value="+bus.route" selected>' in shown(ada, plainly, "fields")


def test_a_field_is_added_with_its_column(ada: Client, plainly: Integration) -> None:
    """A field without a column, or a column without a field, is not saved."""
    half = [{"add-user": "bus_route"}, {"from-user": "name.last"}]
    pages = [ada.post(f"/integrations/{plainly.pk}/fields/", given).content.decode() for given in half]
    assert ["Choose what it is read from" in pages[0], "Choose the field." in pages[1]] == [True, True]


def test_data_sheets_have_the_same_page(world: World, ada: Client) -> None:
    """Sheets whose layout is named are mapped in the same way."""
    post(ada, world.nightly, "fields", do="leave:user.middle_name")
    assert fresh(world.nightly).settings["field.user.middle_name"] == ""
    assert bound(world.nightly, "user", "middle_name") == []


def test_sheets_without_a_layout(world: World, ada: Client) -> None:
    """Where the layout is recognised at each run, the page says to name it."""
    world.nightly.settings = {}
    world.nightly.save()
    assert "No layout is named" in shown(ada, world.nightly, "fields")


# Codes -----------------------------------------------------------------------------------------------


@pytest.fixture
def waiting(world: World) -> Integration:
    """Northfield's nightly integration met values that nobody has mapped."""
    for code, value, count in (("gender", "Weiblich", 12), ("race", "Latinx", 3), ("language", "Plattdeutsch", 2)):
        UnmappedValue.objects.create(
            integration=world.nightly, model=code, value=value, count=count, sample="x.csv line 7", last_run=1
        )
    return world.nightly


def test_values_that_nobody_mapped(ada: Client, waiting: Integration) -> None:
    """They stand first, with how often and where; where one of a restricted model came from is not said."""
    page = shown(ada, waiting, "codes")
    assert (page.count("Weiblich</code>"), page.count("x.csv line 7")) == (1, 2)


def test_a_value_is_mapped_in_one_step(ada: Client, waiting: Integration) -> None:
    """Choosing what a value means makes a mapping, uses it, and takes the value from the list."""
    post(ada, waiting, "codes", do="map", model="gender", external="Weiblich", value="female")
    row = CodeMapping.objects.get(model="gender")
    assert (row.entries, fresh(waiting).settings["codes.gender"]) == ({"Weiblich": "female"}, row.name)
    assert set(waiting.unmapped_values.values_list("model", flat=True)) == {"race", "language"}


def test_a_value_of_a_pulled_integration_is_mapped(ada: Client, plainly: Integration) -> None:
    """So it is where the settings of a source stand beside the mapping."""
    UnmappedValue.objects.create(integration=plainly, model="gender", value="W", count=1, last_run=1)
    post(ada, plainly, "codes", do="map", model="gender", external="W", value="female")
    assert fresh(plainly).settings["url"] == "http://127.0.0.1:9"
    assert not plainly.unmapped_values.exists()


def test_a_meaning_that_is_none(ada: Client, waiting: Integration) -> None:
    """What is not a value of the model is refused, and so is no value."""
    pages = [post(ada, waiting, "codes", do="map", model="gender", external="Weiblich", value=v) for v in ("queen", "")]
    assert ["is not a value of" in pages[0], "Choose what the value means" in pages[1]] == [True, True]
    assert not CodeMapping.objects.exists()


def test_a_mapping_is_chosen(world: World, ada: Client, waiting: Integration) -> None:
    """One of the tenant's mappings is used, or none again; one of another tenant is not to be had."""
    CodeMapping.objects.create(tenant=waiting.tenant, name="ours", model="gender", entries={"Weiblich": "female"})
    CodeMapping.objects.create(tenant=world.foreign.integration.tenant, name="theirs", model="gender")
    post(ada, waiting, "codes", do="use", model="gender", mapping="ours")
    assert fresh(waiting).settings["codes.gender"] == "ours"
    assert "theirs" not in shown(ada, waiting, "codes")
    post(ada, waiting, "codes", do="use", model="gender", mapping="theirs")
    assert fresh(waiting).settings["codes.gender"] == "ours"
    post(ada, waiting, "codes", do="use", model="gender", mapping="")
    assert "codes.gender" not in fresh(waiting).settings


def test_all_else(ada: Client, waiting: Integration) -> None:
    """The catch-all is chosen: reject, leave empty, or one value; what the model does not allow is refused."""
    post(ada, waiting, "codes", do="otherwise", model="gender", otherwise="value", value="other")
    row = CodeMapping.objects.get(model="gender")
    assert (row.otherwise, row.otherwise_value) == ("value", "other")
    post(ada, waiting, "codes", do="otherwise", model="gender", otherwise="reject", value="other")
    row.refresh_from_db()
    assert (row.otherwise, row.otherwise_value) == ("reject", "")
    post(ada, waiting, "codes", do="otherwise", model="gender", otherwise="keep")
    row.refresh_from_db()
    assert row.otherwise == "reject"


@pytest.mark.parametrize("given", [{"do": "map", "model": "nothing"}, {"do": "burn", "model": "gender"}, {}])
def test_what_no_button_says(ada: Client, waiting: Integration, given: dict[str, str]) -> None:
    """A post that no button makes changes nothing and says so."""
    assert "Nothing was changed." in post(ada, waiting, "codes", **given)


# Go live ---------------------------------------------------------------------------------------------


def test_before_the_first_test_run(ada: Client, plainly: Integration) -> None:
    """Where nothing ran yet the page offers a test run, and says why there is no live one."""
    page = shown(ada, plainly, "live")
    assert ("Test run</button>" in page, "no plan of this integration was ever applied" in page) == (True, True)
    assert "Approve" not in page


def test_after_a_test_run(world: World, ada: Client) -> None:
    """The counts of the last test run stand on the page, and its plan can be approved."""
    page = shown(ada, world.tested.integration, "live")
    assert ('class="big">57</span>New' in page, f'href="/runs/{world.tested.pk}/approve/"' in page) == (True, True)


def test_a_held_test_run_says_why(world: World, ada: Client) -> None:
    """What a test run would be held for is said before anybody approves it."""
    Run.objects.filter(pk=world.held.pk).update(mode=Mode.TEST)
    page = shown(ada, world.held.integration, "live")
    assert "The plan is bigger than may be applied unasked" in page


def test_settings_that_changed_since(world: World, ada: Client) -> None:
    """A plan made under other settings asks for another test run."""
    Run.objects.filter(pk=world.tested.pk).update(basis={"settings": "another digest"})
    assert "The settings are others than in this run." in shown(ada, world.tested.integration, "live")


def test_once_it_is_live(world: World, ada: Client) -> None:
    """After a plan was applied the page leads to live runs and to the schedules."""
    page = shown(ada, world.nightly, "live")
    for said in ("It is live.", "Run now", f'href="/schedules/{world.schedule.pk}/"'):
        assert said in page
