"""
Fixtures every test may ask for.

    rollbook_home    an empty ROLLBOOK_HOME
    database         a DATABASE_URL, once SQLite and once PostgreSQL
    postgres_url     a PostgreSQL database shared by the whole session
    fresh_postgres   a PostgreSQL database for this test alone
    mariadb_server   a running MariaDB server
    page             a Chromium page
    shared_data      sample data that is too big for the repository

Code run in a process of its own: `run_cli` and `running_cli` in tests/support/cli.py.
Django's test database is pytest-django's `db`: SQLite, and PostgreSQL in `make test-all`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from playwright.sync_api import Browser, Page

from tests.support.browser import chromium, watched_page
from tests.support.mariadb import MariaDBServer, find_mariadb
from tests.support.mariadb import mariadb_server as start_mariadb
from tests.support.postgres import PostgresServer
from tests.support.postgres import postgres_server as start_postgres
from tests.support.tools import find_postgres_bin, missing

REPOSITORY = Path(__file__).parents[1]

# "ci" tries the same examples in every run, so that a red build is red for the change in it.
settings.register_profile("ci", max_examples=50, derandomize=True, deadline=None, database=None)
settings.register_profile("dev", max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("ci" if os.environ.get("CI") else "dev")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        fixtures = getattr(item, "fixturenames", ())
        if "page" in fixtures:
            item.add_marker(pytest.mark.browser)
        if "postgres_server" in fixtures:
            item.add_marker(pytest.mark.postgres)


@pytest.fixture
def rollbook_home(tmp_path: Path) -> Path:
    """An empty ROLLBOOK_HOME, which only this test knows."""
    home = tmp_path / "home"
    home.mkdir()
    return home


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """A running PostgreSQL server; most tests want `fresh_postgres` or `database`."""
    bin_folder = find_postgres_bin()
    if bin_folder is None:
        missing("PostgreSQL", "postgresql")
    with start_postgres(bin_folder) as server:
        yield server


@pytest.fixture(scope="session")
def postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """The DATABASE_URL of one PostgreSQL database that the session's tests share."""
    with postgres_server.database() as name:
        yield postgres_server.url(name)


@pytest.fixture
def fresh_postgres(postgres_server: PostgresServer) -> Iterator[str]:
    """The DATABASE_URL of an empty PostgreSQL database, dropped after this test."""
    with postgres_server.database() as name:
        yield postgres_server.url(name)


@pytest.fixture(scope="session")
def mariadb_server() -> Iterator[MariaDBServer]:
    """A running MariaDB server; a test makes itself a database with `mariadb_server.database()`."""
    program = find_mariadb()
    if program is None:
        missing("MariaDB", "mariadb-server-core mariadb-client-core")
    with start_mariadb(program) as server:
        yield server


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database(request: pytest.FixtureRequest) -> str:
    """The DATABASE_URL of an empty database: the test runs once on SQLite (blank) and once on PostgreSQL."""
    if request.param == "sqlite":
        return ""
    url: str = request.getfixturevalue("fresh_postgres")
    return url


# Not for the session: while Playwright is open its event loop counts as running, and neither asyncio.run()
# nor Django's database could be used by any test after the first one with a page.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser, pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        yield browser


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page of Chromium, 1280 x 800; script errors and requests to other hosts fail the test."""
    with watched_page(browser) as page:
        yield page


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of sample data beside the repository, where there is one."""
    folder = REPOSITORY.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("there is no folder ../shared/data with sample data beside this repository")
    return folder
