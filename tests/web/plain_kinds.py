"""
The plain source as a kind of the hub, and another that asks for everything that can be asked for.

    plain      the plain kind, known to the hub while the test runs, which may read this machine
    sampler    a kind with a setting of each form
    plainly    an integration of the plain kind, of Northfield
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from ipaddress import ip_network

import pytest
import stamina
from pytest_django import Settings

from rollbook.integrations import changing
from rollbook.integrations.models import Integration
from rollbook.sources.base import Asked, Download, Sees, Setting, Sight, SourceKind
from rollbook.sources.kinds import KINDS
from simulators.district import build
from tests.sources.cases.plain import Plain, PlainSource
from tests.web.seed import World

SECRET = "made-up-secret-of-plain"
SAMPLER = replace(
    PlainSource.kind,
    name="sampler",
    title="Sampler",
    about="Asks for everything that can be asked for.",
    offers_delta=True,
    proof="Tried against the simulator alone.",
    sights=(Sight("Deletions", Sees.YES, "It lists who left."), Sight("Photos", Sees.NO, "There are none.")),
    downloads=(Download("sampler.zip", "The plugin", lambda: b"PK made up"),),
    settings=(
        Setting("url", "Address", "Where it answers.", Asked.URL, required=True),
        Setting("version", "Version", "", Asked.CHOICE, default="v3", choices={"v2": "Version 2", "v3": "Version 3"}),
        Setting("user", "User name", "", required=True, when={"version": ("v2",)}),
        Setting("password", "Password", "", Asked.SECRET, required=True, when={"version": ("v2",)}),
        Setting("token", "Token", "As given.", Asked.SECRET, required=True, when={"version": ("v3",)}),
        Setting("proxy_token", "Token of the proxy", "", Asked.SECRET),
        Setting("page_size", "Rows of a page", "", Asked.NUMBER, default="100"),
        Setting("photos", "With photos", "", Asked.FLAG),
        Setting("photo_size", "Size of photos", "", Asked.TEXT, when={"photos": ("on",)}),
        Setting("years", "Years", "", Asked.LIST),
        Setting("roles", "Roles", "", Asked.LIST, choices={"student": "Students", "staff": "Staff"}),
        Setting("query", "Query", "", Asked.LINES),
        Setting("query.", "Statement", "`off`: <none>.", Asked.LINES, when={"photos": ("on",)}),
    ),
)


@pytest.fixture
def plain(world: World, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[SourceKind]:
    settings.SOURCE_NETWORKS = [ip_network("127.0.0.0/8")]
    monkeypatch.setitem(KINDS, "plain", PlainSource.kind)
    stamina.set_testing(True, attempts=2, cap=True)
    yield PlainSource.kind
    stamina.set_testing(False)


@pytest.fixture
def sampler(world: World, monkeypatch: pytest.MonkeyPatch) -> SourceKind:
    monkeypatch.setitem(KINDS, "sampler", SAMPLER)
    return SAMPLER


@pytest.fixture
def plainly(world: World, plain: SourceKind) -> Integration:
    """Reads an address where nothing answers."""
    given = {"url": "http://127.0.0.1:9", "client_id": "hub", "client_secret": SECRET}
    return changing.add(world.nightly.tenant, "Plain one", "plain", given)


@pytest.fixture
def system() -> Iterator[Plain]:
    """A plain system that answers."""
    with Plain(build(60, seed=11)) as running:
        yield running
