"""rollbook integration add, list, show, set, test, preview."""

import json
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from rollbook.cli.support import say, the_integration, the_tenant, with_database

if TYPE_CHECKING:
    from rollbook.integrations.models import Integration


@click.group()
def integration() -> None:
    """Set up integrations: where a tenant's roster comes from."""


def _settings(pairs: tuple[str, ...]) -> dict[str, str]:
    """
    `K=V` pairs; a value `@FILE` is read from the file, one of `-` is asked for, and a path is made absolute.

    What is asked for is not shown while it is typed, and stands in no history of commands.
    """
    made = {}
    for pair in pairs:
        name, separator, text = pair.partition("=")
        if not separator:
            raise click.UsageError(f"--set {pair}: write NAME=VALUE.")
        if text == "-":
            text = click.prompt(name, hide_input=True, err=True)
        elif text.startswith("@"):
            text = _from_file(name, Path(text[1:]))
        if name == "path" and text:  # as typed it would mean another folder to whoever runs it, cron above all
            text = str(Path(text).expanduser().absolute())
        made[name] = text
    return made


def _from_file(name: str, path: Path) -> str:
    """The text of a file; without the line end that editors add, which no setting of one line has."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise click.UsageError(f"--set {name}: {path} cannot be read ({error.strerror}).") from error
    return text.rstrip("\r\n") if text.count("\n") <= 1 else text


@integration.command()
@click.argument("name")
@click.option("--source", default="sheets", show_default=True, help="Kind of source; `rollbook sources` lists them.")
@click.option("--tenant", default="", help="Tenant it belongs to; not needed while there is one.")
@click.option(
    "--set",
    "pairs",
    multiple=True,
    metavar="K=V",
    help="A setting of the source, or of docs/reference/settings.md. K=- asks for it unseen, K=@FILE reads a file.",
)
def add(name: str, source: str, tenant: str, pairs: tuple[str, ...]) -> None:
    """Add the integration NAME."""
    with_database()
    from rollbook.integrations import changing
    from rollbook.integrations.inputs import is_pulled

    made = changing.add(the_tenant(tenant), name, source, _settings(pairs))
    if is_pulled(made):
        say(f"Added {name}. Try the connection: rollbook integration test {quote(name)}")
        say(f"Then see what a first run would do: rollbook run {quote(name)} --test")
        return
    further = "" if made.settings.get("path") else " --from PATH"
    say(f"Added {name}. See what a first run would do: rollbook run {quote(name)} --test{further}")


@integration.command(name="set")
@click.argument("name")
@click.argument("pairs", nargs=-1, required=True, metavar="K=V...")
def set_(name: str, pairs: tuple[str, ...]) -> None:
    """
    Change settings of the integration NAME.

    K= takes a setting back to its default; field.…= leaves the field out. K=- asks for a secret unseen.
    """
    with_database()
    from rollbook.integrations import changing

    given = _settings(pairs)
    changing.change(the_integration(name), {k: v or ("" if k.startswith("field.") else None) for k, v in given.items()})
    say(f"Changed {name}. It holds from the next run on.")


@integration.command(name="list")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON array.")
def list_(as_json: bool) -> None:
    """List all integrations."""
    with_database()
    from rollbook.integrations.models import Integration

    found = Integration.objects.select_related("tenant").order_by("tenant__slug", "name")
    if as_json:
        say(
            json.dumps(
                [{"tenant": i.tenant.slug, "name": i.name, "source": i.source, "settings": i.settings} for i in found]
            )
        )
        return
    table = Table(box=None, header_style="bold")
    for heading in ("Tenant", "Name", "Source", "Reads", "Last run"):
        table.add_column(heading)
    for i in found:
        last = i.runs.first()
        table.add_row(
            i.tenant.slug,
            i.name,
            i.source,
            _reads(i),
            f"{last.pk}: {last.state}" if last else "never",
        )
    if table.row_count:
        Console().print(table)
    else:
        say("No integration yet. Add one: rollbook integration add NAME --set path=FOLDER")


def _reads(integration: "Integration") -> str:
    """Which layout files have, or which address is asked."""
    from rollbook.integrations.inputs import is_pulled

    if not is_pulled(integration):
        return str(integration.settings.get("layout", "recognised"))
    return str(integration.settings.get("url") or integration.settings.get("host") or "")


@integration.command()
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def show(name: str, as_json: bool) -> None:
    """Show the settings of the integration NAME."""
    with_database()
    from rollbook.integrations import secrets
    from rollbook.integrations.declared import options_of
    from rollbook.sources.kinds import KINDS

    found = the_integration(name)
    kind = KINDS[found.source]
    facts = {
        "tenant": found.tenant.slug,
        "name": found.name,
        "source": found.source,
        "active": found.is_active,
        "settings": found.settings,
        "secrets": sorted(secrets.secrets_of(found)),
    }
    if as_json:
        say(json.dumps(facts))
        return
    say(f"{found.name} ({found.source}), tenant {found.tenant.slug}, {'active' if found.is_active else 'inactive'}")
    for setting in kind.settings:
        if setting.is_family:
            for key in sorted(k for k in found.settings if setting.is_called(k)):
                say(f"  {key} = {_line(found.settings[key], '')}")
            continue
        own = "(secret)" if setting.name in facts["secrets"] else found.settings.get(setting.name)
        if own or kind.is_asked(setting, found.settings):
            say(f"  {setting.name} = {_line(own, setting.default)}")
    for option in options_of(kind):
        if option.name.endswith("."):
            for key in sorted(k for k in found.settings if k.startswith(option.name)):
                say(f"  {key} = {found.settings[key]}")
        else:
            say(f"  {option.name} = {_line(found.settings.get(option.name), option.default)}")


def _line(own: str | None, default: str) -> str:
    """A setting on one line."""
    return own.splitlines()[0][:60] if own else f"{default or '(none)'}  [default]"


@integration.command()
@click.argument("name")
def test(name: str) -> None:
    """
    Test that the integration NAME can work.

    Signs in to its source and asks for what it will read; of data sheets, looks at the files if it has a path.
    """
    with_database()
    from rollbook.integrations.trying import try_out
    from rollbook.sources.base import Works

    signs = {Works.YES: "ok", Works.NO: "FAILED", Works.UNSURE: "unsure"}
    failed = False
    for tried in try_out(the_integration(name)):
        count = f"  {tried.count:,}" if tried.count is not None else ""
        say(f"{signs[tried.works]:>7}  {tried.what}{count}{'  ' + tried.note if tried.note else ''}")
        failed = failed or tried.works is Works.NO
    if failed:
        raise SystemExit(1)


@integration.command()
@click.argument("name")
@click.argument("sheet")
@click.option("--rows", default=10, show_default=True, help="How many rows.")
def preview(name: str, sheet: str, rows: int) -> None:
    """
    Show the first rows that NAME gives for SHEET.

    Under each column stands the one that it is read into. They are the data of real people: mind who looks on.
    """
    with_database()
    from rollbook.core.errors import SettingsError
    from rollbook.integrations.setup import source_of

    with source_of(the_integration(name)) as source:
        seen = source.preview(sheet, rows)
    if seen is None:
        raise SettingsError(f"{source.kind.title} cannot show some rows without reading all. See a test run instead.")
    table = Table(box=None, header_style="bold")
    for column, known in seen.columns.items():
        table.add_column(escape(f"{column}\n{known or '(not read)'}"))
    for row in seen.rows:
        table.add_row(*("" if value is None else escape(value) for value in row))
    Console().print(table)
    if seen.missing:
        say(f"Missing, and required: {', '.join(seen.missing)}.")
        raise SystemExit(1)
