"""The paths of `/ws/schema`: tables, and plugins' PowerQueries. Every value is text, and nulls are left out."""

import json
from typing import Any

from simulators.http.messages import Answer, Request, as_json
from simulators.http.routes import route
from simulators.powerschool.answers import Answers
from simulators.powerschool.dictionary import BLACKLISTED, COLUMNS, is_core, key
from simulators.powerschool.door import Refused, authorized, refuse
from simulators.powerschool.fiql import Malformed, condition
from simulators.powerschool.plugins import Plugin, Query
from simulators.powerschool.rows import Row

_EVERYTHING = 1 << 60


def texts(row: Row) -> dict[str, str]:
    return {name: str(value) for name, value in row.items() if value is not None}


class Tables(Answers):
    """`/ws/schema/table`."""

    def _table(self, plugin: Plugin, name: str) -> str:
        table = name.lower()
        if table not in COLUMNS or (self.options["core_tables"] != "yes" and is_core(table)):
            raise refuse(404, f"Table {name} not found")
        self.need(plugin, table)
        return table

    def _projection(self, plugin: Plugin, table: str, request: Request) -> list[str]:
        wanted = request.query.get("projection", "").lower().replace(f"{table}.", "")
        if not wanted:
            raise refuse(400, "A projection is required")
        if wanted == "*":
            return [column for column in COLUMNS[table] if plugin.may_read(table, column)]
        columns = [column.strip() for column in wanted.split(",")]
        for column in columns:
            if column not in COLUMNS[table]:
                raise refuse(400, f"Invalid field {column}")
            if not plugin.may_read(table, column):
                raise refuse(403, f"Access to the field {table.upper()}.{column.upper()} is denied")
        return columns

    def _found(self, request: Request, table: str) -> list[int]:
        where, values = self.filtered(request, {column: column for column in COLUMNS[table]})
        order = request.query.get("sort") or key(table)
        if order.lower() not in COLUMNS[table]:
            raise refuse(400, f"Invalid field {order}")
        down = " desc" if request.query.get("sortdescending") == "true" else ""
        return self.keys(f"select {key(table)} from {table} where {where} order by {order}{down}", *values)

    def _record(self, table: str, row: Row, columns: list[str]) -> dict[str, Any]:
        told = texts({column: row[column] for column in columns})
        if self.options["table_rows"] == "flat":
            return {"_name": table, **told}
        return {"id": row[key(table)], "name": table, "tables": {table: told}}

    @route("GET", "/ws/schema/table")
    @authorized
    def table_list(self, request: Request, plugin: Plugin) -> Answer:
        return as_json({"tables": [table for table in COLUMNS if plugin.may_read(table)]})

    @route("GET", "/ws/schema/table/{table}/metadata")
    @authorized
    def table_metadata(self, request: Request, plugin: Plugin, table: str) -> Answer:
        name = self._table(plugin, table)

        def access(column: str) -> str:
            if (name, column) in BLACKLISTED:
                return "BlackListNoAccess"
            return "ViewOnly" if plugin.may_read(name, column) else "NoAccess"

        columns = [{"name": column.upper(), "access": access(column)} for column in COLUMNS[name]]
        return as_json({"name": name, "primaryKey": key(name).upper(), "coreTable": is_core(name), "columns": columns})

    @route("GET", "/ws/schema/table/{table}/count")
    @authorized
    def table_count(self, request: Request, plugin: Plugin, table: str) -> Answer:
        return as_json({"count": len(self._found(request, self._table(plugin, table)))})

    @route("GET", "/ws/schema/table/{table}")
    @authorized
    def table(self, request: Request, plugin: Plugin, table: str) -> Answer:
        name = self._table(plugin, table)
        columns = self._projection(plugin, name, request)
        keys = self._found(request, name)[self.window(request)]
        rows = {row[key(name)]: row for row in self.tables.rows(name, key(name), keys)}
        told: dict[str, Any] = {"name": name, "@extensions": ""}
        if keys:
            told["record"] = [self._record(name, rows[one], columns) for one in keys]
        return as_json(told)

    @route("GET", "/ws/schema/table/{table}/{row}")
    @authorized
    def table_row(self, request: Request, plugin: Plugin, table: str, row: str) -> Answer:
        name = self._table(plugin, table)
        columns = self._projection(plugin, name, request)
        found = self.tables.rows(name, key(name), [row])
        if not found:
            raise refuse(404, f"Row {row} of {name} not found")
        told = texts({column: found[0][column] for column in columns})
        return as_json({"id": found[0][key(name)], "name": name, "tables": {name: told}})


class Queries(Answers):
    """`/ws/schema/query`. The SQL is the plugin's own, run each time it is asked."""

    def _query(self, plugin: Plugin, name: str) -> Query:
        query = plugin.queries.get(name.lower())
        if query is None:
            raise refuse(404, f"Query {name} not found")
        for table, column in query.columns.values():
            if not plugin.may_read(table, column):
                raise refuse(403, f"Access to the field {table.upper()}.{column.upper()} is denied")
        return query

    def _statement(self, request: Request, query: Query) -> tuple[str, dict[str, Any]]:
        """The SQL with its filter, and the values of its arguments."""
        body: dict[str, Any] = json.loads(request.body or b"{}") or {}
        values: dict[str, Any] = {name: body.get(name, default) for name, default in query.arguments.items()}
        if missing := sorted(name for name, value in values.items() if value is None):
            errors = [{"resource": query.name, "field": name, "code": "missing_field"} for name in missing]
            raise Refused(as_json({"message": "Validation Failed", "errors": errors}, 400))
        if "yearid" in values and self.faults.strikes("wrong_year", request.path):
            values["yearid"] = str(int(values["yearid"]) - 1)
        sql = f"with found({', '.join(query.columns)}) as ({query.sql}) select * from found"
        if body.get("$q"):
            try:
                where, given = condition(body["$q"], {alias: alias for alias in query.columns})
            except Malformed as malformed:
                raise refuse(400, str(malformed)) from malformed
            for place, value in enumerate(given):
                where = where.replace("?", f":q{place}", 1)
                values[f"q{place}"] = value
            sql += f" where {where}"
        return sql, values

    @route("GET", "/ws/schema/query/api")
    @authorized
    def query_list(self, request: Request, plugin: Plugin) -> Answer:
        told = [
            {
                "name": query.name,
                "coreTable": query.core_table,
                "columns": [
                    {"name": alias, "field": f"{table}.{column}".upper()}
                    for alias, (table, column) in query.columns.items()
                ],
            }
            for query in plugin.queries.values()
        ]
        return as_json({"queries": told})

    @route("POST", "/ws/schema/query/{name}/count")
    @authorized
    def query_count(self, request: Request, plugin: Plugin, name: str) -> Answer:
        sql, values = self._statement(request, self._query(plugin, name))
        return as_json({"count": self.tables.read(f"select count(*) as n from ({sql})", values)[0]["n"]})

    @route("POST", "/ws/schema/query/{name}")
    @authorized
    def query(self, request: Request, plugin: Plugin, name: str) -> Answer:
        query = self._query(plugin, name)
        sql, values = self._statement(request, query)
        everything = request.query.get("pagesize") == "0"
        part = slice(0, _EVERYTHING) if everything else self.window(request)
        paged = f"{sql} limit {part.stop - part.start} offset {part.start}"
        rows = self.tables.read(paged, values)
        told: dict[str, Any] = {"name": query.core_table.title()} if rows else {}
        if request.query.get("count") == "true":
            told["count"] = self.tables.read(f"select count(*) as n from ({sql})", values)[0]["n"]
        if rows:
            told["record"] = [self._told(query, row) for row in rows]
        return as_json({**told, "@extensions": ""})

    def _told(self, query: Query, row: Row) -> dict[str, Any]:
        """Flat, or by table where the query is not flattened."""
        if query.is_flat:
            return texts(row)
        by_table: dict[str, Row] = {}
        for alias, value in texts(row).items():
            by_table.setdefault(query.columns[alias][0], {})[alias] = value
        return {"id": next(iter(row.values())), "name": query.core_table.title(), "tables": by_table}

    @route("GET", "/ws/schema/plugin/{plugin_id}/validate")
    @authorized
    def validate(self, request: Request, plugin: Plugin, plugin_id: str) -> Answer:
        found = [
            {"level": "ERROR", "file": "plugin.xml", "code": "invalid_field", "message": problem}
            for problem in plugin.problems()
        ]
        return as_json({"results": found, "maxLevel": "ERROR" if found else "INFO"})

    @route("GET", "/ws/powerqueryaccesslist")
    @authorized
    def access_list(self, request: Request, plugin: Plugin) -> Answer:
        named = {one for query in plugin.queries.values() for one in query.columns.values()}
        fields = [f'<field table="{t.upper()}" field="{c.upper()}" access="ViewOnly"/>' for t, c in sorted(named)]
        return as_json({"access_request": fields})
