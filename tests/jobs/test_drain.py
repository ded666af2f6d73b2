"""Many runs at the same minute."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.drain import drain


def test_two_workers_drain_a_queue(tmp_path: Path, database: str) -> None:
    """Integrations that are all due at once are each carried once, and their people are in the roster."""
    assert drain(tmp_path, database, integrations=16, workers=2).seconds > 0


@pytest.mark.slow
def test_two_workers_drain_two_thousand(tmp_path: Path, fresh_postgres: str) -> None:
    """Two thousand integrations due at the same minute: none is missed, none is carried twice."""
    assert drain(tmp_path, fresh_postgres, integrations=2000, workers=2).seconds > 0
