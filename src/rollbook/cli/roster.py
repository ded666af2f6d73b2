"""rollbook export, edit, release."""

from pathlib import Path

import click

from rollbook.cli.support import say, the_tenant, with_database


@click.command()
@click.option("--layout", required=True, help="Layout of the sheets: oneroster_12, oneroster_11 or hub_v1.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), required=True, help="Folder to write to.")
@click.option("--tenant", default="", help="Whose roster; not needed while there is one tenant.")
@click.option("--zip", "zipped", is_flag=True, help="Write one zip into the folder, instead of the files.")
@click.option("--ids", type=click.Choice(["roster", "source"]), default="roster", show_default=True,
              help="Name records by the hub's own ids, or by the keys of the system they came from.")
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
