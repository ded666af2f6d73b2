"""
The checks as plain Polars expressions, the lower bound for `check`: `python -m bench.peers.polars_check DIR`.

Required values, dates, years, code sets, unique keys and references, counted for each
rule. It keeps no line numbers, writes no findings and trusts the files to be regular.
"""

import json
import sys
from pathlib import Path

import polars as pl

from bench.peers.contract import FILES, File


def check(folder: Path) -> dict[str, int]:
    """Count the broken rules by file, column and kind of rule; rules that hold are not listed."""
    frames = {name: pl.read_csv(folder / f"{name}.csv", infer_schema=False) for name in FILES}
    counts = {}
    for name, rules in FILES.items():
        frame = frames[name]
        found = frame.select(broken_values(rules, frame.columns)).row(0, named=True)
        for column, target in rules.references.items():
            found[f"{column} reference"] = dangling(frame[column], frames[target]["sourcedId"])
        counts.update({f"{name}.{rule}": count for rule, count in found.items() if count})
    return counts


def broken_values(rules: File, columns: list[str]) -> list[pl.Expr]:
    """One counting expression per rule that needs no other file."""
    broken = {"sourcedId unique": pl.col("sourcedId").is_duplicated()}
    for column in ("sourcedId", *rules.required):
        broken[f"{column} required"] = pl.col(column).is_null()
    for column in rules.dates:
        broken[f"{column} date"] = is_broken(column, pl.col(column).str.to_date("%Y-%m-%d", strict=False).is_null())
    for column in rules.years:
        broken[f"{column} year"] = is_broken(column, ~pl.col(column).str.contains(r"^\d{4}$"))
    for column, codes in rules.codes.items():
        broken[f"{column} code"] = is_broken(column, ~pl.col(column).is_in(codes))
    for column, codes in rules.lists.items():
        either = "|".join(codes)
        broken[f"{column} code"] = is_broken(column, ~pl.col(column).str.contains(f"^({either})(,({either}))*$"))
    return [rule.sum().alias(name) for name, rule in broken.items() if name.split()[0] in columns]


def is_broken(column: str, broken: pl.Expr) -> pl.Expr:
    return pl.col(column).is_not_null() & broken


def dangling(values: pl.Series, keys: pl.Series) -> int:
    """Count the references to nothing among values that may list several keys with commas."""
    wanted = values.drop_nulls().str.split(",").explode()
    return int((~wanted.is_in(keys.implode())).sum())


if __name__ == "__main__":
    found = check(Path(sys.argv[1]))
    print(json.dumps({"errors": sum(found.values()), "by_rule": found}))
