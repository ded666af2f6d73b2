"""
References that no query looks rows up by have no index.

Their indexes took a sixth of the time of a first load, and each changed row of a night was written into them. The index
comes back with the first query that needs it.
"""

from typing import Any

import django.db.models.deletion
from django.db import migrations, models

REFERENCES = [
    ("class", "school", "org", "The school it is held at."),
    ("enrollment", "roster_class", "class", "The class."),
    ("enrollment", "user", "user", "The person."),
    ("healthalert", "user", "user", "The person."),
    ("householdmember", "household", "household", "The household."),
    ("householdmember", "user", "user", "The person."),
    ("membership", "group", "group", "The group."),
    ("membership", "user", "user", "The person."),
    ("relationship", "contact", "user", "The contact."),
    ("relationship", "user", "user", "The student."),
    ("role", "org", "org", "The organisation."),
    ("role", "user", "user", "The person."),
]


def drop(apps: Any, schema_editor: Any) -> None:
    """By name: Django would make a table of SQLite anew, which brings its primary key back (see `sqlite_keys`)."""
    connection = schema_editor.connection
    for model_name, field_name, *_ in REFERENCES:
        model = apps.get_model("roster", model_name)
        table, column = model._meta.db_table, model._meta.get_field(field_name).column
        with connection.cursor() as cursor:
            found = connection.introspection.get_constraints(cursor, table)
            for name, constraint in found.items():
                if constraint["index"] and not constraint["unique"] and constraint["columns"] == [column]:
                    cursor.execute(f"DROP INDEX {connection.ops.quote_name(name)}")


def plain(model_name: str, field_name: str, target: str, meaning: str) -> migrations.AlterField:
    """The field as it is from now on."""
    options: dict[str, Any] = {"blank": True, "null": True, "db_constraint": False, "db_index": False}
    reference = models.ForeignKey(
        f"roster.{target}",
        on_delete=django.db.models.deletion.PROTECT,
        related_name="+",
        help_text=meaning,
        **options,
    )
    return migrations.AlterField(model_name, field_name, reference)


class Migration(migrations.Migration):
    dependencies = [("roster", "0004_room_for_changes")]
    operations = [
        migrations.RunPython(drop, migrations.RunPython.noop),
        migrations.SeparateDatabaseAndState(state_operations=[plain(*reference) for reference in REFERENCES]),
    ]
