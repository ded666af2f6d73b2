"""rollbook codes: what an SIS calls a thing -> the canonical value."""

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console
from rich.table import Table

from rollbook.cli.support import say, the_integration, the_tenant, with_database

if TYPE_CHECKING:
    from rollbook.core.codes import CodeMapping
    from rollbook.integrations.models import CodeMapping as StoredMapping

_tenant = click.option("--tenant", default="", help="Tenant it belongs to; not needed while there is one.")
_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON array.")


@click.group()
def codes() -> None:
    """
    Map codes of an SIS to those of the roster.

    Codes are grades, roles, races, languages and the like.
    """


@codes.command(name="list")
@_json
def list_(as_json: bool) -> None:
    """List the code mappings."""
    with_database()
    from rollbook.integrations.models import CodeMapping

    found = [_facts(row) for row in CodeMapping.objects.select_related("tenant").order_by("tenant__slug", "name")]
    if as_json:
        say(json.dumps(found, ensure_ascii=False))
    elif found:
        _print(
            {
                "Tenant": "tenant",
                "Name": "name",
                "Model": "model",
                "Entries": "size",
                "All else": "otherwise",
                "Used by": "users",
            },
            [{**facts, "size": len(facts["entries"]), "users": ", ".join(facts["used_by"])} for facts in found],
        )
    else:
        say("No code mapping yet. Import one: rollbook codes import NAME --model MODEL FILE.csv")


@codes.command()
@click.argument("name")
@_tenant
def show(name: str, tenant: str) -> None:
    """Show the code mapping NAME."""
    with_database()
    row = _the_mapping(name, tenant)
    facts = _facts(row)
    say(f"{row.name}: {row.model}, compared {'byte for byte' if row.is_exact else 'without outer blanks and case'}")
    _print(
        {"In the files": "external", "Means": "value"}, [{"external": e, "value": v} for e, v in row.entries.items()]
    )
    say(f"All else: {facts['otherwise']}\nUsed by:  {', '.join(facts['used_by']) or 'no integration'}")


@codes.command(name="import")
@click.argument("name")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="FILE.csv")
@click.option("--model", required=True, help="Code model; see rollbook codes models.")
@_tenant
@click.option(
    "--otherwise", default="", help="All else: reject | blank | keep | value:X. Wins over the row * of the file."
)
@click.option("--exact", is_flag=True, help="Compare byte for byte, instead of trimmed and without case.")
def import_(name: str, file: Path, model: str, tenant: str, otherwise: str, exact: bool) -> None:
    """
    Take the code mapping NAME from a CSV file.

    It takes the place of what was there. The columns are external_value and value. A row * says what all else means.
    """
    with_database()
    from rollbook.core.codes import code_model, mapping_from_csv
    from rollbook.core.errors import SettingsError
    from rollbook.integrations import codes as stored

    owner = the_tenant(tenant)
    code_model(model)
    try:
        mapping = mapping_from_csv(file.read_text(encoding="utf-8"), model, exact=exact)
    except UnicodeDecodeError as error:
        raise SettingsError(f"{file} is not UTF-8. Nothing was changed. Save it as CSV UTF-8.") from error
    row = stored.keep(owner, name, _with_otherwise(mapping, otherwise))
    say(f"Imported {name}: {len(row.entries):,} values of {model}.")
    users = ", ".join(integration.name for integration in stored.users_of(row))
    say(f"It holds from the next run on for: {users}" if users else _how_to_use(row))


@codes.command()
@click.argument("name")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="File to write, instead of printing it.")
@_tenant
def export(name: str, out: Path | None, tenant: str) -> None:
    """Write the code mapping NAME as a CSV file."""
    with_database()
    from rollbook.core.codes import mapping_to_csv
    from rollbook.integrations import options

    text = mapping_to_csv(options.as_mapping(_the_mapping(name, tenant)))
    if out is None:
        click.echo(text, nl=False)
        return
    out.write_text(text, encoding="utf-8-sig", newline="")  # with the mark by which spreadsheets know UTF-8
    say(f"Wrote {name} to {out}.")


@codes.command()
@click.argument("model", required=False)
def models(model: str | None) -> None:
    """List the code models, or the values of MODEL."""
    from rollbook.core.codes import code_model
    from rollbook.core.vocabulary import CODE_MODELS

    if model is None:
        listed = [{"name": m.name, "title": m.title, "values": len(m.values) or "any"} for m in CODE_MODELS.values()]
        _print({"Model": "name", "Title": "title", "Values": "values"}, listed)
        return
    vocabulary = code_model(model)
    say(f"{vocabulary.title}: {vocabulary.help}")
    _print({"Value": "value", "Meaning": "label"}, [{"value": c.value, "label": c.label} for c in vocabulary.codes])


@codes.command()
@click.argument("integration", required=False)
@_json
def unmapped(integration: str | None, as_json: bool) -> None:
    """
    List the values that no mapping knew.

    In the last run, of all integrations or of INTEGRATION.
    """
    with_database()
    from rollbook.integrations.models import UnmappedValue

    rows = UnmappedValue.objects.select_related("integration__tenant").order_by("integration__name", "model", "-count")
    if integration:
        rows = rows.filter(integration=the_integration(integration))
    found = [
        {
            "integration": row.integration.name,
            "model": row.model,
            "value": row.value,
            "count": row.count,
            "sample": row.sample,
            "run": row.last_run,
        }
        for row in rows
    ]
    if as_json:
        say(json.dumps(found, ensure_ascii=False))
    elif found:
        _print(
            {
                "Integration": "integration",
                "Model": "model",
                "Value": "value",
                "Count": "count",
                "For example": "sample",
            },
            found,
        )
        say("Map one:  rollbook codes map INTEGRATION MODEL VALUE MEANING\nMeanings: rollbook codes models MODEL")
    else:
        say("Every value of the last runs was known.")


@codes.command(name="map")
@click.argument("integration")
@click.argument("model")
@click.argument("external", metavar="VALUE")
@click.argument("value", metavar="MEANING")
def map_(integration: str, model: str, external: str, value: str) -> None:
    """
    Say what one VALUE of an SIS means.

    For INTEGRATION and all that share its mapping. The next run uses it, also when the files are the same.
    """
    with_database()
    from rollbook.integrations import codes as stored

    found = the_integration(integration)
    row = stored.map_value(found, model, external, value)
    say(f"{external!r} now means {_meaning(row, external)!r}, in the code mapping {row.name!r}.")
    others = [other.name for other in stored.users_of(row) if other.pk != found.pk]
    if others:
        say(f"These integrations share it: {', '.join(others)}")


def _the_mapping(name: str, tenant: str) -> "StoredMapping":
    from rollbook.core.errors import SettingsError
    from rollbook.integrations.models import CodeMapping

    found = CodeMapping.objects.filter(tenant=the_tenant(tenant), name=name).first()
    if found is None:
        raise SettingsError(f"There is no code mapping {name!r}. See: rollbook codes list")
    return found


def _facts(row: "StoredMapping") -> dict[str, Any]:
    from rollbook.integrations import codes as stored

    return {
        "tenant": row.tenant.slug,
        "name": row.name,
        "model": row.model,
        "entries": row.entries,
        "otherwise": f"value:{row.otherwise_value}" if row.otherwise == "value" else row.otherwise,
        "exact": row.is_exact,
        "used_by": [integration.name for integration in stored.users_of(row)],
    }


def _with_otherwise(mapping: "CodeMapping", text: str) -> "CodeMapping":
    """The mapping with another catch-all, if one was asked for."""
    from rollbook.core.codes import Otherwise

    if not text:
        return mapping
    word, _, value = text.partition(":")
    if word not in list(Otherwise) or (word == "value") != bool(value):
        raise click.UsageError("--otherwise is one of: reject, blank, keep, value:X.")
    return replace(mapping, otherwise=Otherwise(word), value=value)


def _meaning(row: "StoredMapping", external: str) -> str:
    return str(row.entries.get(external) or row.entries[external.strip()])


def _how_to_use(row: "StoredMapping") -> str:
    return f"No integration uses it yet: rollbook integration set INTEGRATION 'codes.{row.model}={row.name}'"


def _print(columns: dict[str, str], rows: list[dict[str, Any]]) -> None:
    """A table; values that are numbers stand to the right."""
    table = Table(box=None, header_style="bold")
    for heading, key in columns.items():
        table.add_column(heading, justify="right" if any(isinstance(row[key], int) for row in rows) else "left")
    for row in rows:
        table.add_row(*(str(row[key]) for key in columns.values()))
    Console(markup=False, highlight=False).print(table)
