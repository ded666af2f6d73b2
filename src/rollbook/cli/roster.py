"""rollbook export, edit, release."""

from pathlib import Path
from uuid import UUID

import click

from rollbook.cli.support import say, the_tenant, with_database


@click.command()
@click.option("--layout", required=True, help="Layout of the sheets: oneroster_12, oneroster_11 or hub_v1.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), required=True, help="Folder to write to.")
@click.option("--tenant", default="", help="Whose roster; not needed while there is one tenant.")
@click.option("--zip", "zipped", is_flag=True, help="Write one zip into the folder, instead of the files.")
@click.option(
    "--ids",
    type=click.Choice(["roster", "source"]),
    default="roster",
    show_default=True,
    help="Name records by the hub's own ids, or by the keys of the system they came from.",
)
def export(layout: str, out: Path, tenant: str, zipped: bool, ids: str) -> None:
    """
    Write the active roster as data sheets.

    The files are for machines: values are written as they are, also those that a spreadsheet takes for a formula.
    """
    with_database()
    from rollbook.roster import export as exporting

    done = exporting.export(the_tenant(tenant), layout, out, exporting.Ids(ids), zipped=zipped)
    if not done.rows:
        say("The roster is empty: there is nothing active to export.")
    for name, count in done.rows.items():
        say(f"  {name:20} {count:>10,}")
    for note in done.notes:
        say(f"Note: {note}")
    say(f"Wrote {done.layout.title} to {done.path}.")


@click.command()
@click.argument("entity")
@click.argument("sourced_id", metavar="ID", type=click.UUID)
@click.argument("pairs", nargs=-1, required=True, metavar="FIELD=VALUE...")
@click.option("--tenant", default="", help="Whose roster; not needed while there is one tenant.")
def edit(entity: str, sourced_id: UUID, pairs: tuple[str, ...], tenant: str) -> None:
    """
    Set fields of one record by hand.

    They stay until they are released. ENTITY is user, class, enrollment …, ID the record's id in the roster.
    Lists are comma separated, FIELD= clears.
    """
    values = dict(_pair(text) for text in pairs)
    with_database()
    from rollbook.roster import edits

    edits.edit(the_tenant(tenant), entity, sourced_id, values)
    say(
        f"Set {', '.join(values)} of {entity} {sourced_id}. "
        f"No run changes it until: rollbook release {entity} {sourced_id} FIELD"
    )


def _pair(text: str) -> tuple[str, str]:
    name, separator, value = text.partition("=")
    if not separator:
        raise click.UsageError(f"{text}: write FIELD=VALUE.")
    return name, value


@click.command()
@click.argument("entity")
@click.argument("sourced_id", metavar="ID", type=click.UUID)
@click.argument("field")
@click.option("--tenant", default="", help="Whose roster; not needed while there is one tenant.")
def release(entity: str, sourced_id: UUID, field: str, tenant: str) -> None:
    """Let the next run set an edited FIELD again."""
    with_database()
    from rollbook.roster import edits

    edits.release(the_tenant(tenant), entity, sourced_id, field)
    say(f"Released {field} of {entity} {sourced_id}. The next run takes the source's value.")
