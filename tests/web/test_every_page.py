"""What holds for every page: headers, no script, nothing of the inside, the look."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.test import Client

import rollbook.web
from rollbook.web.middleware import POLICY
from rollbook.web.views import runs
from tests.web.seed import World

TEMPLATES = sorted((Path(rollbook.web.__file__).parent / "templates").rglob("*.html"))


@pytest.mark.parametrize("address", ["/login/", "/integrations/", "/nothing/"])
def test_policy(ada: Client, address: str) -> None:
    """Every page forbids scripts, styles and hosts other than our own, and stays out of shared caches."""
    headers = ada.get(address).headers
    assert (headers["Content-Security-Policy"], headers["Cache-Control"]) == (POLICY, "private, no-store")
    assert "script-src" not in POLICY
    assert "default-src 'none'" in POLICY


def test_templates_lean_on_nothing_from_outside() -> None:
    """No template holds a script, a style or the address of another host."""
    wrong = re.compile(r"<script|<style|\sstyle=|\son[a-z]+=|https?://|//[a-z]+\.", re.IGNORECASE)
    assert {t.name: found for t in TEMPLATES if (found := wrong.findall(t.read_text("utf-8")))} == {}


def test_cells_are_named_for_narrow_screens() -> None:
    """Every cell of a list carries the name of its column, which a narrow screen shows beside it."""
    cells = [
        cell for t in TEMPLATES for cell in re.findall(r"<td[^>]*>", t.read_text("utf-8")) if 'class="' not in cell
    ]
    assert [cell for cell in cells if "data-label" not in cell] == []


def test_a_fault_shows_nothing_of_the_inside(world: World, ada: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the hub itself fails, the page says so without a word of the inside."""

    def fail(*args: object) -> None:
        raise RuntimeError("secret of the inside")

    monkeypatch.setattr(runs, "visible_run", fail)
    ada.raise_request_exception = False
    response = ada.get(f"/runs/{world.applied.pk}/")
    assert response.status_code == 500
    assert "Something went wrong" in response.content.decode()
    assert "secret" not in response.content.decode()


def test_page_that_is_not_there(ada: Client) -> None:
    """An address that leads nowhere says so, and not which ones would."""
    text = ada.get("/admin/").content.decode()
    assert "There is no such page" in text
    assert "urls" not in text


@pytest.mark.parametrize("chosen, shown", [("dark", "dark"), ("light", "light"), ("auto", "auto"), ("pink", "auto")])
def test_look(client: Client, db: None, chosen: str, shown: str) -> None:
    """A browser keeps the look it asked for; a look that does not exist is the system's."""
    client.post("/theme/", {"theme": chosen, "next": "/login/"})
    assert f'data-theme="{shown}"' in client.get("/login/").content.decode()


def test_look_leads_back(client: Client, db: None) -> None:
    """Choosing a look leads back to the page, never to another host."""
    onward = [client.post("/theme/", {"next": at}).headers["Location"] for at in ("/runs/?page=2", "//evil.example/")]
    assert onward == ["/runs/?page=2", "/integrations/"]


def test_the_page_one_is_on_is_marked(world: World, ada: Client) -> None:
    """The navigation and the tabs say which page one is on."""
    text = ada.get(f"/runs/{world.applied.pk}/issues/").content.decode()
    marked = re.findall(r'<a [^>]*href="([^"]+)"[^>]* aria-current="page"', text)
    assert marked == ["/runs/", f"/runs/{world.applied.pk}/issues/"]
