"""
What may be asked of a database: one SELECT, which only reads tables.

This is the first of three fences. The second is the read-only transaction in which every statement runs, the third
the account, which should be one that may only read. Neither of those keeps a statement from reading files of the
server, reaching other hosts or holding locks, so all functions are refused that are not known to be harmless.
"""

import logging

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from rollbook.core.errors import SettingsError
from rollbook.sources.database.functions import BARRED, HARMLESS_NAMES, XML_METHODS

LONGEST = 50_000
_READING_HINTS = {"NOLOCK", "READUNCOMMITTED", "READCOMMITTED", "READPAST", "NOEXPAND", "SNAPSHOT"}
# T-SQL needs no semicolon between statements: sqlglot takes these words for aliases, the server for statements.
_STATEMENT_WORDS = {
    *(
        "begin",
        "break",
        "checkpoint",
        "commit",
        "continue",
        "deny",
        "exec",
        "execute",
        "goto",
        "grant",
        "kill",
        "print",
    ),
    *("raiserror", "receive", "reconfigure", "return", "revert", "revoke", "rollback", "save", "shutdown", "throw"),
    *("truncate", "use", "waitfor"),
}
_SEQUENCE_COLUMNS = {"nextval", "currval"}

logging.getLogger("sqlglot").setLevel(logging.ERROR)  # it warns of what it cannot parse, with the text itself


def check(text: str, dialect: str, name: str) -> str:
    """
    The statement as it may be sent: without the semicolon at its end.

    Args:
        dialect: sqlglot's name of the database's SQL.

        name: What the statement is called in messages.

    Raises:
        SettingsError: It is no SELECT, more than one, or would do anything but read tables.
    """
    if reason := _reason(text, dialect):
        raise SettingsError(f"{name}: {reason} Nothing was read. Change the statement.")
    return text.strip().rstrip(";").rstrip()


def first_table(text: str, dialect: str) -> str:
    """The first table that a checked statement reads, as it is written in the dialect; blank when it reads none."""
    parsed = sqlglot.parse_one(text, dialect=dialect)
    made = {cte.alias.casefold() for cte in parsed.find_all(exp.CTE)}
    for table in parsed.find_all(exp.Table):
        if isinstance(table.this, exp.Identifier) and table.name.casefold() not in made:
            return exp.Table(this=table.this, db=table.args.get("db"), catalog=table.args.get("catalog")).sql(dialect)
    return ""


def _reason(text: str, dialect: str) -> str:
    """Why a statement is refused; blank when it is not."""
    if not text.strip():
        return "There is no statement."
    if len(text) > LONGEST or "\0" in text:
        return f"A statement is text of at most {LONGEST} characters."
    if dialect == "mysql" and ("/*!" in text or "/*m!" in text.casefold()):
        return "MySQL and MariaDB carry out what stands in a comment that begins with /*! or /*M!; leave it out."
    try:
        found = [one for one in sqlglot.parse(text, dialect=dialect) if one and not isinstance(one, exp.Semicolon)]
    except (SqlglotError, RecursionError) as error:
        return f"This could not be read as a SELECT{_place(error)}."
    if len(found) != 1:
        return f"One SELECT is allowed, and here are {len(found)} statements."
    if not _is_query(found[0]):
        return "Only a SELECT is allowed, or WITH … SELECT."
    return next((reason for node in found[0].walk() if (reason := _reason_of(node, dialect))), "")


def _is_query(node: exp.Expr) -> bool:
    while isinstance(node, exp.Subquery | exp.Paren):
        node = node.this
    return isinstance(node, exp.Select | exp.SetOperation)


def _reason_of(node: exp.Expr, dialect: str) -> str:
    match node:
        case exp.DML() | exp.DDL() | exp.Command() | exp.Execute() if not isinstance(node, exp.Query):
            return f"{node.key.upper()} is not allowed; only SELECT is."
        case exp.CTE() | exp.Subquery() if not isinstance(node.this, exp.Query | exp.Table | exp.Values | exp.Join):
            return "A part of it is no SELECT."
        case exp.Into():
            return "SELECT … INTO writes."
        case exp.Lock():
            return "It locks rows (FOR UPDATE, FOR SHARE, LOCK IN SHARE MODE)."
        case exp.WithTableHint() if held := sorted(_hints(node) - _READING_HINTS):
            return f"It locks rows ({', '.join(held)})."
        case exp.Parameter() | exp.Placeholder() | exp.PropertyEQ():
            return "It has a parameter or a variable; write the value itself."
        case exp.Anonymous() | exp.AnonymousAggFunc() if not _is_harmless(node, dialect):
            return f"The function {_called(node)} is not known to be harmless. Put it into a view, and read the view."
        case exp.Func() if node.key in BARRED:
            return f"The function {node.key.upper()} is not allowed. Put it into a view, and read the view."
        case exp.Table() if _is_elsewhere(node):
            return f"{node.sql(dialect=dialect)} is a table of another server."
        case exp.Column() if dialect in ("oracle", "sqlite") and node.name.casefold() in _SEQUENCE_COLUMNS:
            return "It takes numbers of a sequence, which writes."
        case exp.Identifier() if dialect == "tsql" and not node.quoted and node.name.casefold() in _STATEMENT_WORDS:
            return f"{node.name.upper()} is a statement of its own; as a name it stands in brackets."
        case _:
            return ""


def _is_harmless(node: exp.Expr, dialect: str) -> bool:
    """A function of the database itself, which has no schema or package before it, or a method of an XML value."""
    name = node.name.casefold()
    if isinstance(node.parent, exp.Dot):
        return dialect == "tsql" and name in XML_METHODS
    return name in HARMLESS_NAMES[dialect]


def _called(node: exp.Expr) -> str:
    """The name of a function with the schema or package before it."""
    before = node.parent.this if isinstance(node.parent, exp.Dot) else None
    return f"{before.name}.{node.name}" if isinstance(before, exp.Identifier | exp.Column) else node.name


def _hints(node: exp.Expr) -> set[str]:
    return {hint.name.upper() for hint in node.expressions}


def _is_elsewhere(table: exp.Table) -> bool:
    """Four names begin with a linked server; `table@link` is Oracle's way to another database."""
    return len(table.parts) > 3 or any("@" in part.name for part in table.parts if not part.args.get("quoted"))


def _place(error: Exception) -> str:
    """Where reading stopped; never the text around it."""
    found = getattr(error, "errors", None) or [{}]
    line, column = found[0].get("line"), found[0].get("col")
    return f": it goes wrong at line {line}, column {column}" if line else ""
