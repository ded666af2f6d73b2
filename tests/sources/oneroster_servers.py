"""A server of OneRoster, pulled without a hub around it: what lands, as rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from ipaddress import ip_network
from pathlib import Path

import polars as pl

from rollbook.core.layout import Layout
from rollbook.sources.base import Setup, Source, SourceKind, Tried
from rollbook.sources.pulling import pull
from simulators.oneroster import OneRoster

LOCAL = (ip_network("127.0.0.0/8"),)
Rows = dict[str, list[dict[str, str | None]]]


@dataclass
class Landed:
    """What one pull gave: rows by stream, codes of findings, marks, and what the server was asked."""

    rows: Rows
    notes: list[str]
    marks: dict[str, str]
    asked: list[str]


def setup_for(kind: SourceKind, system: OneRoster, settings: Mapping[str, str]) -> Setup:
    return replace(Setup(kind, networks=LOCAL), settings={**system.settings(), **settings})


def source_for(kind: SourceKind, system: OneRoster, **settings: str) -> Source:
    return kind.load()(setup_for(kind, system, settings))


def pulled(
    kind: SourceKind, system: OneRoster, folder: Path, since: Mapping[str, str] | None = None, /, **settings: str
) -> Landed:
    """One pull of a server that is running."""
    system.asked.clear()
    with source_for(kind, system, **settings) as source:
        layout = source.layout(source.setup.settings)
        received, marks = pull(source, layout, folder, since)
    notes = [code for frame in received.landing.issues for code in frame["code"].to_list()]
    return Landed(landed_rows(layout, folder), notes, marks, list(system.asked))


def landed_rows(layout: Layout, folder: Path) -> Rows:
    """The rows in the folder of a pull."""
    return {sheet.name: _rows(folder / sheet.name) for sheet in layout.sheets}


def _rows(folder: Path) -> list[dict[str, str | None]]:
    if not folder.is_dir():
        return []
    found = pl.read_parquet(folder / "*.parquet").select(pl.exclude("_file", "_line", "_cells")).to_dicts()
    return sorted(found, key=lambda row: str(sorted(row.items(), key=str)))


def tried(kind: SourceKind, system: OneRoster, **settings: str) -> dict[str, Tried]:
    """What a test of the connection says, by what was tried."""
    with source_for(kind, system, **settings) as source:
        return {one.what: one for one in source.test()}
