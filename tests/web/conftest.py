"""
Fixtures of the tests of the pages.

    world    two tenants, seeded
    ada      a client of Northfield's member
    sam      a client of a member of another tenant
    olga     a client of an operator, who belongs to no tenant
"""

from __future__ import annotations

from pathlib import Path

import pytest
from django.test import Client
from pytest_django import Settings

from tests.web.plain_kinds import plain, plainly, sampler, system
from tests.web.seed import World, seed

__all__ = ["plain", "plainly", "sampler", "system"]


@pytest.fixture
def world(db: None, settings: Settings, tmp_path: Path) -> World:
    settings.ROLLBOOK_HOME = tmp_path
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    return seed()


@pytest.fixture
def ada(world: World) -> Client:
    client = Client()
    client.force_login(world.member)
    return client


@pytest.fixture
def sam(world: World) -> Client:
    client = Client()
    client.force_login(world.stranger)
    return client


@pytest.fixture
def olga(world: World) -> Client:
    client = Client()
    client.force_login(world.operator)
    return client
