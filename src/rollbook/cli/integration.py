"""rollbook integration add, list, show, set, test."""

import json
from pathlib import Path
from shlex import quote

import click
from rich.console import Console
from rich.table import Table

from rollbook.cli.support import say, the_integration, the_tenant, with_database


@click.group()
def integration() -> None:
    """Set up integrations: where a tenant's roster comes from."""


def _settings(pairs: tuple[str, ...]) -> dict[str, str]:
    """`K=V` pairs; a value `@FILE` is read from the file, and a path is made absolute."""
    made = {}
    for pair in pairs:
        name, separator, text = pair.partition("=")
        if not separator:
            raise click.UsageError(f"--set {pair}: write NAME=VALUE.")
        if text.startswith("@"):
            try:
                text = Path(text[1:]).read_text(encoding="utf-8")
            except OSError as error:
                raise click.UsageError(f"--set {name}: {text[1:]} cannot be read ({error.strerror}).") from error
        if name == "path" and text:  # as typed it would mean another folder to whoever runs it, cron above all
            text = str(Path(text).expanduser().absolute())
        made[name] = text
    return made


@integration.command()
@click.argument("name")
@click.option("--source", default="sheets", show_default=True, help="Kind of source; others are still to come.")
@click.option("--tenant", default="", help="Tenant it belongs to; not needed while there is one.")
@click.option("--set", "pairs", multiple=True, metavar="K=V", help="A setting; see docs/reference/settings.md.")
def add(name: str, source: str, tenant: str, pairs: tuple[str, ...]) -> None:
    """Add the integration NAME."""
    with_database()
    from rollbook.core.errors import SettingsError
    from rollbook.integrations import options
    from rollbook.integrations.models import Integration

    if source not in options.SOURCES:
        raise SettingsError(f"There is no source {source!r}. There are: {', '.join(options.SOURCES)}.")
    if not name or "/" in name:
        raise SettingsError("The name of an integration is not blank and has no slash in it.")
    owner = the_tenant(tenant)
    settings = options.checked(_settings(pairs))
    if Integration.objects.filter(tenant=owner, name=name).exists():
        raise SettingsError(f"{owner} has an integration {name!r} already. Nothing was changed.")
    Integration.objects.create(tenant=owner, name=name, source=source, settings=settings)
    further = "" if settings.get("path") else " --from PATH"
    say(f"Added {name}. See what a first run would do: rollbook run {quote(name)} --test{further}")


@integration.command(name="set")
@click.argument("name")
@click.argument("pairs", nargs=-1, required=True, metavar="K=V...")
def set_(name: str, pairs: tuple[str, ...]) -> None:
    """
    Change settings of the integration NAME.

    K= takes a setting back to its default; field.…= leaves the field out.
    """
    with_database()
    from rollbook.integrations import options

    found = the_integration(name)
    merged = {**found.settings, **_settings(pairs)}
    found.settings = options.checked({k: v for k, v in merged.items() if v != "" or k.startswith("field.")})
    found.save(update_fields=["settings"])
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
    for heading in ("Tenant", "Name", "Source", "Layout", "Last run"):
        table.add_column(heading)
    for i in found:
        last = i.runs.first()
        table.add_row(
            i.tenant.slug,
            i.name,
            i.source,
            i.settings.get("layout", "recognised"),
            f"{last.pk}: {last.state}" if last else "never",
        )
    if table.row_count:
        Console().print(table)
    else:
        say("No integration yet. Add one: rollbook integration add NAME --set path=FOLDER")


@integration.command()
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def show(name: str, as_json: bool) -> None:
    """Show the settings of the integration NAME."""
    with_database()
    from rollbook.integrations import options

    found = the_integration(name)
    facts = {
        "tenant": found.tenant.slug,
        "name": found.name,
        "source": found.source,
        "active": found.is_active,
        "settings": found.settings,
    }
    if as_json:
        say(json.dumps(facts))
        return
    say(f"{found.name} ({found.source}), tenant {found.tenant.slug}, {'active' if found.is_active else 'inactive'}")
    for option in options.OPTIONS:
        if option.name.endswith("."):
            for key in sorted(k for k in found.settings if k.startswith(option.name)):
                say(f"  {key} = {found.settings[key]}")
        else:
            own = found.settings.get(option.name)
            shown = (own or "").splitlines()[0][:60] if own else f"{option.default or '(none)'}  [default]"
            say(f"  {option.name} = {shown}")


@integration.command()
@click.argument("name")
def test(name: str) -> None:
    """
    Test that the integration NAME can work.

    Looks at its settings, and at its path if it has one.
    """
    with_database()
    from rollbook.core.errors import SettingsError
    from rollbook.integrations import options
    from rollbook.sources.sheets import opened

    found = the_integration(name)
    options.checked(found.settings)
    own = options.value(found.settings, "path")
    if not own:
        say(f"The settings of {name} can be used. It has no path of its own: runs are told with --from what to read.")
        return
    if not Path(own).exists():
        raise SettingsError(f"There is no file or folder {own}. Check the setting path.")
    with opened(Path(own), options.layout(found), options.templates(found)) as files:
        say(f"{own} can be read as {files.layout.title}:")
        for sheet in files.delivery.sheets:
            say(f"  {sheet.file}: {len(sheet.header)} columns, {sheet.size} bytes")
