"""
What the streams of the pulled sources hold and mean: each TOML file of this folder is a layout (docs/layouts.md).

A stream is what data sheets call a sheet, and its columns are paths into the records that the SIS sends:
`name.first_name` is the `first_name` within the `name` of a record. These layouts are never recognised from files.
"""

from functools import cache

from rollbook.core.layout import Layout
from rollbook.sources import shipped
from rollbook.sources.layouts import load_text


@cache
def load(name: str) -> Layout:
    """The streams called `name`."""
    return load_text(shipped.text(__name__, name))
