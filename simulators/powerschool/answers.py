"""How `/ws/v1` finds what it is asked for, and the envelopes of its answers."""

from collections.abc import Callable, Iterable
from typing import Any

from simulators.http.messages import Answer, Request, as_json
from simulators.powerschool.database import Database
from simulators.powerschool.door import Door, refuse
from simulators.powerschool.fiql import Malformed, condition
from simulators.powerschool.irregular import irregular
from simulators.powerschool.plugins import Plugin
from simulators.powerschool.rows import Row


def asked(request: Request, name: str) -> set[str]:
    """A list of the query: `expansions`, `extensions`. What is not known in it is passed over."""
    return {part.strip().lower() for part in request.query.get(name, "").split(",")}


class Answers(Door):
    """Lists of keys are found once a night, the records of a page when it is asked for."""

    tables: Database
    found: dict[tuple[str, tuple[Any, ...]], list[int]]
    joined: dict[tuple[str, str], dict[Any, int]]

    def keys(self, sql: str, *values: Any) -> list[int]:
        """The keys that a query finds, remembered until the next night."""
        if (sql, values) not in self.found:
            self.found[sql, values] = self.tables.keys(sql, values)
        return self.found[sql, values]

    def dcids(self, table: str, column: str) -> dict[Any, int]:
        """The DCID behind another key of a table."""
        if (table, column) not in self.joined:
            found = self.tables.read(f"select dcid, {column} as other from {table}")
            self.joined[table, column] = {row["other"]: row["dcid"] for row in found}
        return self.joined[table, column]

    def by_key(self, plugin: Plugin, table: str, wanted: Iterable[int], column: str = "dcid") -> dict[Any, Row]:
        rows = self.visible(plugin, table, self.tables.rows(table, column, wanted))
        return {row[column]: row for row in rows}

    def filtered(self, request: Request, selectors: dict[str, str]) -> tuple[str, list[str]]:
        try:
            return condition(request.query.get("q", ""), selectors)
        except Malformed as malformed:
            raise refuse(400, str(malformed)) from malformed

    def number_of(self, school: str) -> int:
        """The SCHOOL_NUMBER behind the DCID of a path."""
        rows = self.tables.rows("schools", "dcid", [school])
        if not rows:
            raise refuse(404, f"School {school} was not found")
        return int(rows[0]["school_number"])

    def told(self, value: Any) -> Any:
        return irregular(value, keep_zeros=self.options["leading_zeros"] == "kept")

    def listed(self, name: str, records: list[Any], **marks: str) -> Answer:
        """A list in its envelope, which looks different when there is one record, and when there is none."""
        if not records and self.options["empty_list"] == "blank":
            return as_json({f"{name}s": ""})
        return as_json(self.told({f"{name}s": {**marks, name: records}}))

    def counted(self, keys: list[int]) -> Answer:
        return as_json({"resource": {"count": len(keys)}})

    def one(self, name: str, keys: list[int], make: Callable[[list[int]], list[Any]], **marks: str) -> Answer:
        if not keys:
            raise refuse(404, f"The {name} was not found")
        return as_json(self.told({name: {**marks, **make(keys)[0]}}))
