"""
frictionless with a schema of the same rules: `python -m bench.peers.frictionless_check DIR`.

Required values, types, code sets and unique keys. References between files are left
out, which is less work than Rollbook's check does.
"""

import json
import sys
from pathlib import Path

from frictionless import Resource, Schema

from bench.peers.contract import FILES, File, header


def check(folder: Path) -> dict[str, int]:
    """Count the errors of each file; files without errors are not listed."""
    counts = {}
    for name, rules in FILES.items():
        path = f"{name}.csv"
        schema = schema_of(rules, header(folder / path))
        report = Resource(path=path, basepath=str(folder), schema=schema).validate(limit_errors=10_000)
        if not report.valid:
            counts[name] = report.stats["errors"]
    return counts


def schema_of(rules: File, columns: list[str]) -> Schema:
    return Schema.from_descriptor({"fields": [field_of(name, rules) for name in columns]})


def field_of(name: str, rules: File) -> dict[str, object]:
    kind = "date" if name in rules.dates else "year" if name in rules.years else "string"
    constraints: dict[str, object] = {}
    if name == "sourcedId":
        constraints |= {"required": True, "unique": True}
    if name in rules.required:
        constraints["required"] = True
    if name in rules.codes:
        constraints["enum"] = list(rules.codes[name])
    if name in rules.lists:
        either = "|".join(rules.lists[name])
        constraints["pattern"] = f"({either})(,({either}))*"
    return {"name": name, "type": kind, "constraints": constraints}


if __name__ == "__main__":
    found = check(Path(sys.argv[1]))
    print(json.dumps({"errors": sum(found.values()), "by_file": found}))
