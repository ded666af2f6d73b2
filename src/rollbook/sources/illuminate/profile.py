"""Which method of a server answers which stream: ours, or what an admin has written over it."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from rollbook.core.errors import SettingsError

_CALLED = {"str": "a text", "list": "a list", "dict": "a table"}
_OF_A_METHOD = {"method": str, "key": list, "names": dict, "leave_out": dict}


@dataclass(frozen=True)
class Method:
    """
    One list that the server gives.

    Args:
        name: The last part of its address.

        key: The columns that tell its rows apart.

        names: Column -> path of the member of a row, where it is not called like the column.

        leave_out: Column -> values of the rows that are not taken.
    """

    stream: str
    name: str
    key: tuple[str, ...]
    names: Mapping[str, tuple[str, ...]]
    leave_out: Mapping[str, frozenset[str]]


@dataclass(frozen=True)
class Profile:
    """
    Args:
        methods: By stream, in the order in which they are read.

        date_parameter: What the server calls the day that it is asked for.

        district_sites: The sites that are the district itself.
    """

    methods: Mapping[str, Method]
    date_parameter: str
    district_sites: frozenset[str]


def default_text() -> str:
    """The profile that comes with the hub."""
    return resources.files(__package__).joinpath("profile.toml").read_text("utf-8")


@cache
def profile_of(text: str) -> Profile:
    """
    The profile that comes with the hub, with what a text says otherwise.

    Raises:
        SettingsError: It is not TOML, or says what a profile cannot say. The message says where.
    """
    data, other = tomllib.loads(default_text()), _read(text)
    known = {name for name, value in data.items() if isinstance(value, dict)}
    for name, value in other.items():
        if name in known and isinstance(value, dict):
            data[name] = data[name] | value
        elif name in known or name not in data:
            raise _wrong(f"there is no {name!r}; it has {', '.join(sorted(data))}")
        else:
            data[name] = value
    sites = data["district_sites"]
    return Profile(
        {name: _method(name, data[name]) for name in data if name in known},
        _typed("date_parameter", data["date_parameter"], str),
        frozenset(_texts("district_sites", sites)),
    )


def _read(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _wrong(f"it is not valid TOML: {error}") from error


def _method(stream: str, said: Mapping[str, Any]) -> Method:
    for name, value in said.items():
        if name not in _OF_A_METHOD:
            raise _wrong(f"{stream} has no {name!r}; it has {', '.join(_OF_A_METHOD)}")
        _typed(f"{stream}.{name}", value, _OF_A_METHOD[name])
    named, left = said.get("names", {}), said.get("leave_out", {})
    paths = {column: tuple(_typed(f"{stream}.names.{column}", at, str).split(".")) for column, at in named.items()}
    out = {column: frozenset(_texts(f"{stream}.leave_out.{column}", values)) for column, values in left.items()}
    return Method(stream, said["method"].strip("/"), tuple(_texts(f"{stream}.key", said["key"])), paths, out)


def _typed(name: str, value: Any, wanted: type) -> Any:
    if not isinstance(value, wanted):
        raise _wrong(f"{name} must be {_CALLED[wanted.__name__]}")
    return value


def _texts(name: str, values: Any) -> Iterable[str]:
    return [str(value) for value in _typed(name, values, list)]


def _wrong(what: str) -> SettingsError:
    return SettingsError(f"The profile cannot be used: {what}. Nothing was changed.")
