"""
Records that do not stand alone: repeats of one key, missing parts, references to others.

The rules are independent of the order of rows. What falls because something else fell is an effect of the first cause,
not a finding of its own.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from sqlite3 import Row

from rollbook_upload.preflight.findings import Finding
from rollbook_upload.preflight.layout import Layout
from rollbook_upload.preflight.rules import Entity, Field, Rules
from rollbook_upload.preflight.store import Store, Table
from rollbook_upload.preflight.text import json_list

DEEPEST = 64  # levels of a tree that are followed


class Settler:
    """
    Settles one entity after the other, in the order of the roster.

    Args:
        names: The files, by number.

        fallen: Entity -> key of a record that rejected rows would have given -> its cause.
    """

    def __init__(
        self, store: Store, rules: Rules, layout: Layout, names: Sequence[str], fallen: dict[str, dict[str, str]]
    ) -> None:
        self._store, self._rules, self._names, self._fallen = store, rules, names, fallen
        self._columns = _said_columns(layout)
        self._outside: dict[str, set[str]] = {}
        self._new: dict[str, str] = {}
        self.findings: list[Finding] = []
        self.effects: Counter[str] = Counter()

    def settle(self, entity: Entity, table: Table) -> None:
        """Merge repeats, and let fall what cannot stand."""
        if self._rules.only:
            self._leave_outside(entity, table)
        table.index()
        self._new = {}
        self._merge(entity, table)
        self._require(entity, table)
        for field in entity.fields:
            if field.is_reference and table.has(field.name):
                self._refer(entity, field, table)
                if field.target == entity.name and field.soft:
                    self._uncircle(entity, field, table)
        fallen = self._fallen.setdefault(entity.name, {})
        for key, root in self._new.items():
            fallen.setdefault(key, root)

    def _found(self, code: str, entity: str, row: Row | Mapping[str, object], **said: str | None) -> None:
        sheet, number, line = str(row["sheet"]), int(str(row["file"])), int(str(row["line"]))
        one = Finding(code, sheet=sheet, file=self._names[number], line=line, entity=entity)
        for name, value in said.items():
            setattr(one, name, value)
        self.findings.append(one)

    def _column(self, entity: Entity, field: str, sheet: str) -> str:
        """The sender's column for a field; the field's own name where it is put together."""
        return self._columns.get((sheet, entity.name, field), field)

    # Repeats ----------------------------------------------------------------------------------------------

    def _merge(self, entity: Entity, table: Table) -> None:
        """One record for each key: see the hub's `core.repeats`."""
        dropped: list[int] = []
        changes: list[dict[str, object]] = []
        twice = f"key IN (SELECT key FROM {table.name} GROUP BY key HAVING count(*) > 1)"
        for _, group in groupby(table.rows(twice, "key, id"), key=lambda row: str(row["key"])):
            rows = list(group)
            described = [row for row in rows if not row["placeholder"]] or rows
            merged = self._merge_one(entity, table, described)
            if merged is None:
                dropped += [row["id"] for row in rows]
            else:
                dropped += [row["id"] for row in rows if row["id"] != merged["id"]]
                changes.append(merged)
        table.drop(dropped)
        _write(table, changes)

    def _merge_one(self, entity: Entity, table: Table, rows: list[Row]) -> dict[str, object] | None:
        """The merged record; None where its rows may be two records under one id."""
        file, line = min((row["file"], row["line"]) for row in rows)
        merged: dict[str, object] = {name: rows[0][name] for name in ("id", "key")}
        merged.update({name: all(row[name] for row in rows) for name in ("ended", "repeats", "placeholder")})
        merged.update(file=file, line=line, sheet=min(row["sheet"] for row in rows))
        differing = []
        for field in (field for field in entity.fields if table.has(field.name)):
            values = {row[f"f_{field.name}"] for row in rows} - {None}
            merged[f"f_{field.name}"] = max(values, default=None)
            if field.is_list and len(values) > 1:
                merged[f"f_{field.name}"] = json_list(sorted({part for value in values for part in json.loads(value)}))
            elif len(values) > 1:
                differing.append(field)
        if any(field.identity for field in differing):
            self._clash(entity, merged, rows, [field for field in differing if field.identity])
            return None
        for field in differing:
            if field.kind != "ref" or not merged["repeats"]:
                self._differ(entity, merged, rows, field)
        if len(rows) > 1 and not merged["repeats"] and not merged["placeholder"]:
            self._found("duplicate-row", entity.name, merged, key=str(merged["key"]), detail=_lines(rows))
        return merged

    def _clash(self, entity: Entity, merged: dict[str, object], rows: list[Row], fields: list[Field]) -> None:
        names = [self._column(entity, field.name, str(merged["sheet"])) for field in fields]
        key, root = str(merged["key"]), f"{entity.name} {merged['key']}"
        said = {"field": ", ".join(names), "key": key, "detail": _lines(rows), "root": root}
        self._found("duplicate-conflict", entity.name, merged, **said)
        self._new[key] = root

    def _differ(self, entity: Entity, merged: dict[str, object], rows: list[Row], field: Field) -> None:
        column = self._column(entity, field.name, str(merged["sheet"]))
        value = self._rules.mask if field.restricted else str(merged[f"f_{field.name}"])
        said = {"field": column, "key": str(merged["key"]), "value": value, "detail": _lines(rows)}
        self._found("duplicate-differs", entity.name, merged, **said)

    # What a record needs ----------------------------------------------------------------------------------

    def _require(self, entity: Entity, table: Table) -> None:
        required = [field.name for field in entity.fields if field.required and table.has(field.name)]
        if not required:
            return
        lacking = list(table.rows(" OR ".join(f'"f_{name}" IS NULL' for name in required)))
        for row in lacking:
            missing = [self._column(entity, n, row["sheet"]) for n in required if row[f"f_{n}"] is None]
            root = f"{entity.name} {row['key']}"
            self._found("required-blank", entity.name, row, field=", ".join(missing), key=row["key"], root=root)
            self._new.setdefault(row["key"], root)
        table.drop(row["id"] for row in lacking)

    def _refer(self, entity: Entity, field: Field, table: Table) -> None:
        """Every value of one reference names a known record."""
        unknown = list(self._unknown(entity, field, table))
        unknown.sort(key=lambda found: (found[0]["file"], found[0]["line"], found[0]["key"]))
        caused = self._fallen.get(field.target, {})
        told: set[str] = set()
        for row, value in unknown:
            root = f"{field.target} {value}"
            if value not in caused and root not in told:
                told.add(root)
                self._not_found(entity, field, row, value)
        if field.kind == "refs":
            gone: dict[int, set[str]] = {}
            for row, value in unknown:
                gone.setdefault(row["id"], set()).add(value)
            rows = {row["id"]: json.loads(row[f"f_{field.name}"]) for row, _ in unknown}
            table.set(field.name, [(json_list(v for v in rows[n] if v not in gone[n]), n) for n in rows])
        elif field.soft:
            table.set(field.name, [(None, row["id"]) for row, _ in unknown])
        else:
            for row, value in unknown:
                root = caused.get(value, f"{field.target} {value}")
                self.effects[root] += 1
                self._new.setdefault(row["key"], root)
            table.drop(row["id"] for row, _ in unknown)

    def _unknown(self, entity: Entity, field: Field, table: Table) -> Iterator[tuple[Row, str]]:
        """The records that name one that is not there; one that has ended is only told to end."""
        column = f'"f_{field.name}"'
        target = self._store.tables.get(field.target)
        standing = "" if target is None or field.target == entity.name else "AND NOT other.ended"
        known = (
            f"SELECT 1 FROM {target.name} AS other WHERE other.key = %s {standing}"
            if target
            else "SELECT 1 WHERE %s IS NULL"
        )
        if field.kind == "refs":
            for row in table.rows(f"NOT ended AND {column} IS NOT NULL"):
                for value in json.loads(row[f"f_{field.name}"]):
                    if not self._store.run(known % "?", [value]).fetchone():
                        yield row, value
            return
        where = f"NOT ended AND {column} IS NOT NULL AND NOT EXISTS ({known % f'{table.name}.{column}'})"
        for row in table.rows(where):
            yield row, row[f"f_{field.name}"]

    def _not_found(self, entity: Entity, field: Field, row: Row, value: str) -> None:
        is_soft = field.soft or field.kind == "refs"
        self._found(
            "reference-dropped" if is_soft else "reference-not-found",
            field.target.replace("_", " "),
            row,
            key=value,
            field=self._column(entity, field.name, row["sheet"]),
            root=None if is_soft else f"{field.target} {value}",
        )

    def _uncircle(self, entity: Entity, field: Field, table: Table) -> None:
        """A tree has no record above itself."""
        column = f"f_{field.name}"
        above = {row["key"]: row[column] for row in table.rows(f'"{column}" IS NOT NULL')}
        circle = {key for key in above if _is_above_itself(key, above)}
        found = [row for row in table.rows(order="key") if row["key"] in circle]
        for row in found:
            self._found("reference-cycle", entity.name, row, key=row["key"], field=field.name)
        table.set(field.name, [(None, row["id"]) for row in found])

    # What the integration takes ---------------------------------------------------------------------------

    def _leave_outside(self, entity: Entity, table: Table) -> None:
        """Take away what the integration does not take, and what hangs on it."""
        outside, cleared = [], []
        fields = [f for f in entity.fields if f.kind == "ref" and table.has(f.name) and self._outside.get(f.target)]
        for row in table.rows():
            hanging = [field for field in fields if row[f"f_{field.name}"] in self._outside[field.target]]
            if self._is_outside(entity, table, row) or any(f.required or f.name == entity.school for f in hanging):
                outside.append((row["id"], row["key"]))
            else:
                cleared += [(field.name, row["id"]) for field in hanging]
        self._outside[entity.name] = {key for _, key in outside}
        for name in {name for name, _ in cleared}:
            table.set(name, [(None, number) for cleared_name, number in cleared if cleared_name == name])
        table.drop(number for number, _ in outside)

    def _is_outside(self, entity: Entity, table: Table, row: Row) -> bool:
        grades, schools = self._rules.only.get("grades"), self._rules.only.get("schools")
        if entity.name == "user" and grades and table.has("grades") and row["f_grades"] is not None:
            return not any(grade in grades for grade in json.loads(row["f_grades"]))
        if entity.name == "org" and schools and table.has("type"):
            names = [row["key"], row["f_identifier"] if table.has("identifier") else None]
            return row["f_type"] == "school" and not any(name in schools for name in names)
        return False

    # Across records ---------------------------------------------------------------------------------------

    def share_emails(self) -> None:
        """One warning for each address that several people have."""
        table = self._store.tables.get("user")
        if table is None or not table.has("email"):
            return
        self._store.run("CREATE TABLE addresses (email, id)")
        rows = ((row["f_email"].lower(), row["id"]) for row in table.rows("f_email IS NOT NULL"))
        self._store.many("INSERT INTO addresses VALUES (?, ?)", rows)
        shared = self._store.run(
            f"SELECT a.email AS address, r.* FROM addresses a JOIN {table.name} r ON r.id = a.id WHERE a.email IN "
            "(SELECT email FROM addresses GROUP BY email HAVING count(*) > 1) ORDER BY a.email, file, line, key"
        )
        for address, group in groupby(shared, key=lambda row: str(row["address"])):
            first, *others = group
            said = {"field": "email", "key": first["key"], "value": address, "detail": str(1 + len(others))}
            self._found("duplicate-email", "user", first, **said)


def with_effects(findings: Iterable[Finding], effects: Counter[str]) -> None:
    """Give each cause the number of rows that fell because of it."""
    told: set[str] = set()
    for one in findings:
        if one.root is not None and one.root not in told:
            told.add(one.root)
            one.effects = effects[one.root]


def _said_columns(layout: Layout) -> dict[tuple[str, str, str], str]:
    """(sheet, entity, field) -> the sender's column, or columns."""
    said = {}
    for sheet in layout.sheets:
        for rule in sheet.rules:
            for name, source in rule.fields.items():
                names = [column for column in source.columns() if not column.startswith("each")] or list(rule.each)
                said[sheet.name, rule.entity, name] = ", ".join(dict.fromkeys(names)) or sheet.name
    return said


def _lines(rows: Iterable[Row]) -> str:
    """The lines that some records were received on (the first five)."""
    places = sorted({(row["sheet"], row["file"], row["line"]) for row in rows})
    return ", ".join(f"{sheet} line {line}" for sheet, _, line in places[:5])


def _is_above_itself(key: str, above: Mapping[str, str]) -> bool:
    current: str | None = key
    for _ in range(DEEPEST):
        current = above.get(current) if current is not None else None
        if current == key:
            return True
    return False


def _write(table: Table, changes: list[dict[str, object]]) -> None:
    """Write merged records over the first of their rows."""
    if not changes:
        return
    names = [name for name in changes[0] if name not in ("id", "key")]
    columns = ", ".join(f'"{name}" = ?' for name in names)
    rows = ([*(change[name] for name in names), change["id"]] for change in changes)
    table.store.many(f"UPDATE {table.name} SET {columns} WHERE id = ?", rows)
