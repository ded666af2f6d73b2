"""
What the streams of the pulled sources hold and mean: each TOML file of this folder is a layout (docs/layouts.md).

A stream is what data sheets call a sheet, and its columns are paths into the records that the SIS sends:
`name.first_name` is the `first_name` within the `name` of a record. These layouts are never recognised from files.
"""

from functools import cache
from importlib import resources

from rollbook.core.layout import Layout
from rollbook.sources.layouts import load_text


@cache
def names() -> tuple[str, ...]:
    """The names of all of them, in alphabetical order."""
    files = (file.name for file in resources.files(__name__).iterdir())
    return tuple(sorted(name.removesuffix(".toml") for name in files if name.endswith(".toml")))


@cache
def load(name: str) -> Layout:
    """The streams called `name`."""
    return load_text(resources.files(__name__).joinpath(f"{name}.toml").read_text("utf-8"))
