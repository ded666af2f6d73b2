"""The plugins that a PowerSchool administrator installs: whole, minimal, and the same as the simulated server has."""

import io
import zipfile
from collections import Counter

import pytest

from rollbook.core.errors import SettingsError
from rollbook.sources.powerschool.plugin import PLUGINS, plugin
from rollbook.sources.powerschool.plugin.archive import plugin_files, rest_fields
from rollbook.sources.powerschool.plugin.queries import named_queries
from simulators.powerschool.dictionary import BLACKLISTED
from simulators.powerschool.plugins import INSTALLED, from_zip

FOLDERS = {"powerschool": "rest", "powerschool_query": "query"}


@pytest.mark.parametrize("kind", PLUGINS)
def test_a_plugin_is_a_zip(kind: str) -> None:
    """`plugin.xml` lies in the root, queries in their folder; every build gives the same bytes."""
    content = plugin(kind)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert {one: archive.read(one).decode() for one in archive.namelist()} == plugin_files(kind)
    assert plugin(kind) == content


@pytest.mark.parametrize("kind", PLUGINS)
def test_the_simulated_server_has_it_installed(kind: str) -> None:
    """The files in `simulators/powerschool/installed` are those of the plugin: unpack it there after a change."""
    folder = INSTALLED / FOLDERS[kind]
    found = {path.relative_to(folder).as_posix(): path.read_text() for path in folder.rglob("*") if path.is_file()}
    assert found == plugin_files(kind)


@pytest.mark.parametrize("kind", PLUGINS)
def test_a_server_finds_nothing_wrong_with_it(kind: str) -> None:
    """Every column is one of the data dictionary, and none is a government number or an alert about discipline."""
    installed = from_zip(plugin(kind), 1)
    asked = {(table, column) for table, columns in installed.fields.items() for column in columns}
    assert installed.problems() == []
    assert not asked & {*BLACKLISTED, ("students", "alert_discipline"), ("students", "alert_other")}


@pytest.mark.parametrize("stream", named_queries())
def test_a_query_follows_the_rules(stream: str) -> None:
    """Five parts in its name, 50 characters of summary, no column declared twice, an order by a unique key."""
    query = named_queries()[stream]
    assert len(query.name.split(".")) == 5
    assert not query.name.startswith(("com.powerschool", "com.pearson"))
    assert len(query.summary) <= 50
    assert [field for field, times in Counter(query.columns.values()).items() if times > 1] == []
    assert query.columns[query.key] in query.reads
    assert "after" in query.arguments


def test_the_rest_interface_asks_for_no_more_than_it_reads() -> None:
    """No government number and no alert is asked for."""
    assert not {one for one in rest_fields() if "SSN" in one or "ALERT" in one}


def test_there_is_no_plugin_for_another_kind() -> None:
    """Asking for one is an error that names those there are."""
    with pytest.raises(SettingsError, match="powerschool_query"):
        plugin("aeries")
