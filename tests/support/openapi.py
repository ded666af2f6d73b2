"""
Whether an answer fits an OpenAPI document.

Knows the keywords that the OneRoster documents use, and no others: one that it does not know is an error, so that
nothing is taken for checked that is not.
"""

import json
import re
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

TYPES = {"object": dict, "array": list, "string": str, "integer": int, "number": (int, float), "boolean": bool}
KNOWN = {"$ref", "additionalProperties", "anyOf", "default", "description", "enum", "format", "items", "minItems"} | {
    "minimum", "pattern", "properties", "required", "type",
}  # fmt: skip


class Document:
    """One OpenAPI document."""

    def __init__(self, path: Path) -> None:
        self.document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))

    def paths(self) -> dict[str, dict[str, Any]]:
        """What GET does, by path."""
        return {path: methods["get"] for path, methods in self.document["paths"].items()}

    def faults(self, path: str, status: str, answer: Any) -> list[str]:
        """Where an answer does not fit the schema of a GET; empty when it does."""
        schema = self.paths()[path]["responses"][status]["content"]["application/json"]["schema"]
        return list(self._faults(answer, schema, "$"))

    def _faults(self, value: Any, schema: dict[str, Any], at: str) -> Iterator[str]:
        if unknown := set(schema) - KNOWN:
            raise NotImplementedError(f"{at}: the keywords {sorted(unknown)} are not known.")
        if "$ref" in schema:
            yield from self._faults(value, self._target(schema["$ref"]), at)
            return
        if "anyOf" in schema and all(list(self._faults(value, one, at)) for one in schema["anyOf"]):
            yield f"{at}: fits none of the choices"
        if "type" in schema and not _is(value, schema["type"]):
            yield f"{at}: is no {schema['type']}"
            return
        yield from _plain_faults(value, schema, at)
        if isinstance(value, dict):
            yield from self._object_faults(value, schema, at)
        if isinstance(value, list):
            if len(value) < schema.get("minItems", 0):
                yield f"{at}: has too few"
            for place, one in enumerate(value):
                yield from self._faults(one, schema.get("items", {}), f"{at}[{place}]")

    def _object_faults(self, value: dict[str, Any], schema: dict[str, Any], at: str) -> Iterator[str]:
        properties = schema.get("properties", {})
        for name in schema.get("required", ()):
            if name not in value:
                yield f"{at}: {name} is missing"
        for name, part in value.items():
            if name in properties:
                yield from self._faults(part, properties[name], f"{at}.{name}")
            elif schema.get("additionalProperties") is False:
                yield f"{at}: {name} is unknown"

    def _target(self, reference: str) -> dict[str, Any]:
        found: dict[str, Any] = self.document
        for part in reference.removeprefix("#/").split("/"):
            found = found[part]
        return found


def _is(value: Any, kind: str) -> bool:
    return isinstance(value, TYPES[kind]) and (kind == "boolean" or not isinstance(value, bool))  # type: ignore[arg-type]


def _plain_faults(value: Any, schema: dict[str, Any], at: str) -> Iterator[str]:
    if "enum" in schema and value not in schema["enum"]:
        yield f"{at}: is none of the values"
    if "pattern" in schema and not re.search(schema["pattern"], value):
        yield f"{at}: does not fit the pattern"
    if "minimum" in schema and value < schema["minimum"]:
        yield f"{at}: is too small"
    if "format" in schema and not _fits(value, schema["format"]):
        yield f"{at}: is no {schema['format']}"


def _fits(value: Any, name: str) -> bool:
    try:
        match name:
            case "date":
                date.fromisoformat(value)
            case "date-time":
                return datetime.fromisoformat(value).tzinfo is not None
            case "uri":
                return bool(urlsplit(value).scheme and urlsplit(value).netloc)
            case "int32":
                return bool(-(2**31) <= value < 2**31)
            case _:
                raise NotImplementedError(f"The format {name} is not known.")
    except ValueError:
        return False
    return True
