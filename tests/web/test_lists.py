"""The list of integrations and the history of runs."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from rollbook.accounts.models import Tenant
from rollbook.integrations.models import Integration
from rollbook.runs.models import Mode, Run, State
from tests.web.seed import World, integrate, make_run, tally


def page(client: Client, address: str) -> str:
    """A page as text."""
    response = client.get(address)
    assert response.status_code == 200
    return response.content.decode()


def names(text: str) -> list[str]:
    """What the rows of the list are called, in order."""
    return re.findall(r'<th scope="row"><a [^>]*>(?:<span[^>]*>[^<]*</span>)?([^<]+)</a>', text)


def row(text: str, name: str) -> str:
    """The words of one row, blanks between them single."""
    found = next(r for r in text.split("<tr>") if name in names(r))
    return " ".join(re.sub("<[^>]+>", " ", found).split())


def test_active_integrations_by_name(ada: Client) -> None:
    """The list shows the active integrations by name."""
    shown = names(page(ada, "/integrations/"))
    assert shown == ["Admissions", "Northfield nightly", "Staff from HR", "Summer school", "Transport"]


def test_inactive_integrations(ada: Client) -> None:
    """Inactive integrations are shown when asked for."""
    assert "Old student system" in names(page(ada, "/integrations/?inactive=1"))


def test_search(ada: Client) -> None:
    """The search looks for a part of the name, in small letters or capitals."""
    assert names(page(ada, "/integrations/?search=NIGHT")) == ["Northfield nightly"]


def test_search_finds_nothing(ada: Client) -> None:
    """A search without a find says so and offers the way back."""
    text = page(ada, "/integrations/?search=%3Cb%3Ezebra")
    assert "&lt;b&gt;zebra" in text
    assert 'href="/integrations/"' in text


@pytest.mark.parametrize(
    "sort, first",
    [("name", "Admissions"), ("-name", "Transport"), ("layout", "Staff from HR"), ("run", "Summer school"),
     ("-run", "Northfield nightly"), ("state", "Summer school"), ("nonsense", "Admissions")],
)  # fmt: skip
def test_sort(ada: Client, sort: str, first: str) -> None:
    """The address says what the list is sorted by; what it cannot be sorted by is the name."""
    assert names(page(ada, f"/integrations/?sort={sort}"))[0] == first


def test_headings_sort_the_other_way_next(ada: Client) -> None:
    """The heading that sorts is marked, turns the order round, and keeps the search."""
    text = page(ada, "/integrations/?search=t&sort=name")
    assert '<th scope="col" aria-sort="ascending"><a href="?search=t&amp;sort=-name">' in text


@pytest.mark.parametrize(
    "name, words",
    [("Admissions", "Tested"), ("Northfield nightly", "Reading"), ("Staff from HR", "Held"), ("Transport", "Failed"),
     ("Summer school", "Never run")],
)  # fmt: skip
def test_state_of_the_last_run(ada: Client, name: str, words: str) -> None:
    """Each integration shows in words how its last run ended."""
    assert words in row(page(ada, "/integrations/"), name)


def test_last_change_is_not_the_last_run(world: World, ada: Client) -> None:
    """The last change is when a run last brought something, not when one last ran."""
    quiet = integrate(world.nightly.tenant, "Quiet")
    make_run(quiet, State.APPLIED, counts={"user": tally(update=1)}, took=60)
    make_run(quiet, State.APPLIED, counts={"user": tally(unchanged=9)}, started=world.running.created)
    assert "21 Nov 2026, 02:15 – 20 Nov 2026, 02:16 Yes" in row(page(ada, "/integrations/"), "Quiet")


def test_integrations_are_paged(world: World, ada: Client) -> None:
    """A long list comes in pages, and a page too far is the last one."""
    Integration.objects.bulk_create(
        Integration(tenant=world.nightly.tenant, name=f"School {n:03}", source="sheets") for n in range(60)
    )
    assert len(names(page(ada, "/integrations/"))) == 50
    assert len(names(page(ada, "/integrations/?page=99"))) == 15
    assert "51–65 of 65" in page(ada, "/integrations/?page=2")


def test_operators_are_told_whose_it_is(olga: Client) -> None:
    """An operator sees the tenant of each integration and run."""
    assert "Southport Academy" in row(page(olga, "/integrations/"), "Southport nightly")
    assert "Southport Academy" in page(olga, "/runs/")


def test_no_integration_yet(world: World, client: Client) -> None:
    """A new tenant is led to its first integration."""
    world.member.tenant = Tenant.objects.create(slug="new", name="New")
    world.member.save()
    client.force_login(world.member)
    text = page(client, "/integrations/")
    assert "No integrations yet" in text
    assert 'href="/integrations/new/"' in text
    assert "rollbook run" in page(client, "/runs/")


def test_runs_newest_first(world: World, ada: Client) -> None:
    """The history begins with the newest run, fifty on a page."""
    shown = names(page(ada, "/runs/"))
    assert (shown[0], len(shown)) == (str(world.running.pk), 50)


def test_a_row_of_the_history(world: World, ada: Client) -> None:
    """A row says when, how long, what for, who asked, how it ended and what it did."""
    words = row(page(ada, "/runs/"), str(world.applied.pk))
    assert words.endswith("20 Nov 2026, 02:15 48 s Live Command OK with errors 271 32 17,067 40 37 130")


def test_runs_of_one_integration(world: World, ada: Client) -> None:
    """An integration has a history of its own."""
    text = page(ada, f"/integrations/{world.held.integration_id}/runs/")
    assert names(text) == [str(world.held.pk)]
    assert "<h1>Staff from HR</h1>" in text


@pytest.mark.parametrize("query, state, mode", [("state=held", "held", None), ("mode=test", None, "test")])
def test_filters(world: World, ada: Client, query: str, state: str | None, mode: str | None) -> None:
    """The history can be narrowed to a state or a mode."""
    runs = Run.objects.filter(pk__in=map(int, names(page(ada, f"/runs/?{query}"))))
    assert {(run.state if state else None, run.mode if mode else None) for run in runs} == {(state, mode)}


def test_filters_that_fit_nothing(ada: Client) -> None:
    """Filters that fit no run say so."""
    assert "No such runs" in page(ada, "/runs/?state=undone")


@pytest.mark.parametrize("query", ["state=nonsense", "mode=nonsense", "integration=nonsense", "page=nonsense"])
def test_filters_nobody_offers(ada: Client, query: str) -> None:
    """What is no filter is no filter."""
    assert len(names(page(ada, f"/runs/?{query}"))) == 50


def test_every_state_has_its_words(world: World, ada: Client) -> None:
    """A run can be looked at in every state and mode."""
    for state in State:
        for mode in Mode:
            of_its_own = integrate(world.held.integration.tenant, f"{state} {mode}")
            run = make_run(of_its_own, state, mode=mode)
            assert f"Run {run.pk}" in page(ada, f"/runs/{run.pk}/")
