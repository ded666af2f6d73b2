"""The TOML files that lie in a package and are shipped with it: layouts, streams, presets."""

from importlib import resources


def names(package: str) -> tuple[str, ...]:
    """The names of the files of a package, without their ending, in alphabetical order."""
    files = (file.name for file in resources.files(package).iterdir())
    return tuple(sorted(name.removesuffix(".toml") for name in files if name.endswith(".toml")))


def text(package: str, name: str) -> str:
    """What a file holds."""
    return resources.files(package).joinpath(f"{name}.toml").read_text("utf-8")
