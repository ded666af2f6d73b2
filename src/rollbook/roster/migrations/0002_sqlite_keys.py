"""
On SQLite the key of a roster table is an index of its own, which a first load can make last.

A primary key in the table's definition cannot be dropped for the time of a load, as it can on PostgreSQL, and keeping it
is half of the time of a first load. A later migration that makes a table anew gives it such a key again: it has to run
`free_keys` once more.
"""

from typing import Any

from django.db import migrations


def free_keys(apps: Any, schema_editor: Any) -> None:
    """Make the tables again with a unique index in the place of the primary key."""
    if schema_editor.connection.vendor != "sqlite":
        return
    for model in apps.get_app_config("roster").get_models():
        if model._meta.pk.name == "sourced_id":
            _free_key(schema_editor, model._meta.db_table)


def _free_key(schema_editor: Any, table: str) -> None:
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT sql FROM sqlite_master WHERE tbl_name = %s AND sql IS NOT NULL ORDER BY type DESC", [table])
        definition, *indexes = [sql for (sql,) in cursor.fetchall()]
        cursor.execute(f'ALTER TABLE "{table}" RENAME TO "{table}_before"')
        cursor.execute(definition.replace(" PRIMARY KEY", "", 1))
        cursor.execute(f'INSERT INTO "{table}" SELECT * FROM "{table}_before"')
        cursor.execute(f'DROP TABLE "{table}_before"')
        for index in (f'CREATE UNIQUE INDEX "{table}_key" ON "{table}" ("sourced_id")', *indexes):
            cursor.execute(index)


class Migration(migrations.Migration):
    dependencies = [("roster", "0001_initial")]
    operations = [migrations.RunPython(free_keys, migrations.RunPython.noop)]
