"""
The named queries of the plugin, read from their SQL.

PowerSchool wants the columns of a query to be declared beside its SQL, in the same order, each as a column of its data
dictionary; and it wants every column that a plugin reads to be asked for. Both follow from the SQL here, so neither
can be forgotten. What the SQL cannot say stands in its first lines:

    -- summary: what it is, at most 50 characters
    -- area: the part of the name that groups queries
    -- core: the table that it is about
    -- declare: alias = table.column     for a column that is computed, or whose own column another one has
"""

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

PREFIX = "org.rollbook.hub"
# All answers come in the order of a unique key, and each page says after which key it begins.
AFTER, SINCE, YEAR_ID = "after", "since", "yearid"
_HEADER = re.compile(r"-- (\w+): (.+)")


@dataclass(frozen=True)
class NamedQuery:
    """
    Args:
        columns: Alias -> TABLE.COLUMN that it is declared as.

        reads: Every TABLE.COLUMN that its SQL touches.

        arguments: Which of `after`, `since` and `yearid` it takes.

        key: The alias of the column that its rows are ordered by.
    """

    stream: str
    name: str
    summary: str
    core_table: str
    columns: dict[str, str]
    reads: frozenset[str]
    arguments: tuple[str, ...]
    key: str
    sql: str


@cache
def named_queries() -> dict[str, NamedQuery]:
    """The queries, by the name of the stream that they feed."""
    folder = files(__package__) / "queries"
    found = [
        _read(one.name.removesuffix(".sql"), one.read_text()) for one in folder.iterdir() if one.name.endswith(".sql")
    ]
    return {query.stream: query for query in sorted(found, key=lambda query: query.name)}


def _read(stream: str, text: str) -> NamedQuery:
    import sqlglot
    from sqlglot import exp

    told = _HEADER.findall(text)
    header = dict(told)
    declared = dict(re.split(r"\s*=\s*", value) for name, value in told if name == "declare")
    sql = "\n".join(line for line in text.splitlines() if not line.startswith("--")).strip()
    tree = sqlglot.parse_one(sql, read="oracle")
    assert isinstance(tree, exp.Select)
    # No alias stands for two tables anywhere in a query, so one dictionary is enough.
    tables = {table.alias_or_name: table.name for table in tree.find_all(exp.Table)}

    def column(of: exp.Expr) -> str:
        first = of if isinstance(of, exp.Column) else of.find(exp.Column, bfs=False)
        assert first is not None
        return f"{tables[first.table]}.{first.name}".upper()

    columns = {one.alias: declared.get(one.alias, "").upper() or column(one.unalias()) for one in tree.selects}
    ordered = tree.args["order"].expressions[0].this
    return NamedQuery(
        stream=stream,
        name=f"{PREFIX}.{header['area']}.{stream}",
        summary=header["summary"],
        core_table=header["core"],
        columns=columns,
        reads=frozenset({*map(column, tree.find_all(exp.Column)), *columns.values()}),
        arguments=tuple(
            name for name in (AFTER, SINCE, YEAR_ID) if any(one.name == name for one in tree.find_all(exp.Placeholder))
        ),
        key=next(one.alias for one in tree.selects if one.unalias() == ordered),
        sql=sql,
    )
