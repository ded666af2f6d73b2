"""A hub for tests of whole runs."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from rollbook.runs.models import State
from tests.runs.whole_runs import Hub, a_hub, northfield


@pytest.fixture
def hub() -> Iterator[Hub]:
    """A hub that has taken the district."""
    with a_hub() as hub:
        assert hub.carry(northfield()).state == State.APPLIED
        yield hub
