"""
Write the generated pages of docs/reference: python scripts/generate_docs.py (`make docs`).

Each page follows from the code that it describes, so it cannot disagree with it; tests/docs/test_generated.py fails
when one of them was not written again.
"""

import os
import re
from collections.abc import Iterator
from inspect import cleandoc
from pathlib import Path

import click

from rollbook.core.schema import ENTITIES, Field
from rollbook.core.vocabulary import CODE_MODELS

REPOSITORY = Path(__file__).parents[1]
REFERENCE = "docs/reference"


def main() -> None:
    """Write every page that differs, and take away pages of layouts that are gone."""
    written = pages()
    for path, text in written.items():
        file = REPOSITORY / path
        if not file.exists() or file.read_text("utf-8") != text:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
            print(f"wrote {path}")
    for file in (REPOSITORY / REFERENCE).rglob("*.md"):
        if str(file.relative_to(REPOSITORY)) not in written:
            file.unlink()
            print(f"removed {file.relative_to(REPOSITORY)}")


def pages() -> dict[str, str]:
    """Path in the repository -> text, for every generated page."""
    import django
    from django.conf import settings

    if not settings.configured:
        os.environ["DJANGO_SETTINGS_MODULE"] = "rollbook.settings"
        os.environ["SECRET_KEY"] = "no session is ever signed while pages are written"
        django.setup()
    from rollbook.core.codes import code_page
    from rollbook.integrations.declared import settings_page
    from rollbook.runs.report import issue_page
    from rollbook.sources import pages as sources
    from rollbook.sources import templates as layouts

    return {
        f"{REFERENCE}/README.md": index_page(),
        f"{REFERENCE}/cli.md": cli_page(),
        f"{REFERENCE}/settings.md": settings_page(),
        f"{REFERENCE}/issues.md": issue_page(),
        f"{REFERENCE}/codes.md": code_page(),
        f"{REFERENCE}/schema.md": schema_page(),
        **layouts.docs_pages(),
        **sources.docs_pages(),
    }


def index_page() -> str:
    """What there is to look up."""
    return """\
<!-- Written by `make docs` from scripts/generate_docs.py. -->

# Reference

Written from the code by `make docs`. A test fails when one of these pages is behind the code.

| Page | Holds |
|---|---|
| [Commands](cli.md) | every command and option of `rollbook` |
| [Settings of an integration](settings.md) | what stands after `--set` |
| [Issues](issues.md) | every finding about a file, a row or a record, and what to do about it |
| [Code models](codes.md) | grades, roles, languages …: the values of the roster, and what is understood for each |
| [The roster](schema.md) | every entity and field |
| [Layouts](layouts/README.md) | every sheet and column that is read |
| [Sources](sources/README.md) | what each kind of source asks for, can see, and reads |

Settings of the hub itself, from the environment, are in [operate](../operate.md#settings).
"""


# Commands --------------------------------------------------------------------------------------------


def cli_page() -> str:
    """Every command and option, as click knows them."""
    from rollbook.cli import rollbook

    blocks = [
        "<!-- Written by `make docs` from src/rollbook/cli/. -->",
        "# Commands",
        "Exit codes: 0 applied, tested or nothing to do; 1 failed (`check`: errors were found); 2 wrong usage; 3 held "
        "for approval.\nWhat went wrong is said on standard error: what happened, what was not changed, what to do.",
        "Before any command: `--debug` shows where in the code an error arose, `--version` prints the version, `-h` "
        "tells the options.",
    ]
    blocks += [block for path, command in commands(rollbook) for block in _command(path, command)]
    return "\n\n".join(blocks) + "\n"


def commands(
    group: click.Group, path: tuple[str, ...] = ("rollbook",)
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Every command that does something, with its full name."""
    context = click.Context(group, info_name=path[-1])
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))
        else:
            yield (*path, name), command


def _command(path: tuple[str, ...], command: click.Command) -> Iterator[str]:
    context = click.Context(command, info_name=" ".join(path))
    yield f"## {' '.join(path)}"
    yield cleandoc(command.help or "")
    yield f"```\n{' '.join([*path, *command.collect_usage_pieces(context)])}\n```"
    shown = [record for parameter in command.params if (record := parameter.get_help_record(context)) and record[1]]
    if shown:
        rows = (f"| `{_cell(names)}` | {_cell(help)} |" for names, help in shown)
        yield "\n".join(("| Option | What it does |", "|---|---|", *rows))


# The roster ------------------------------------------------------------------------------------------

_SCHEMA = """\
<!-- Written by `make docs` from src/rollbook/core/schema.py. -->

# The roster

Every entity and field. OneRoster 1.2 is the base; what goes beyond it says so. A plan is applied in the order of this
page: an entity only refers to entities before it, or to itself.

Every row also has `sourced_id` (its id in the hub), its tenant, `active`, the integration that owns it with its key
there, a revision, and when and by which run it was made and last changed.

- **Kind**: how a received value is read. A `code` is one of its [code model](codes.md); a `list` holds several values;
  a `ref` names a record of another entity.
- **Length**: the most characters; blank: any number.
- **Privacy**: `public` says nothing about a person; `restricted` is masked in reports and on pages.
- **Rules**: `required`: a record without it is rejected. `identity`: rows with one key that disagree here are two
  records under one id, and none is taken. `optional reference`: left out when its target is unknown, where another
  reference would reject the record. `clears`: a blank always clears it, whatever the setting `blank` says.
"""


def schema_page() -> str:
    """Every canonical field."""
    blocks = [_SCHEMA]
    for entity in ENTITIES:
        rows = (_field_row(field) for field in entity.fields)
        head = ("| Field | Kind | Length | Privacy | Rules | Meaning |", "|---|---|---|---|---|---|")
        blocks.append(f"## {entity.name}\n\n{entity.help}\n\n" + "\n".join((*head, *rows)) + "\n")
    return "\n".join(blocks)


def _field_row(field: Field) -> str:
    kind = f"`{field.kind}`"
    if field.target:
        kind += f" to [{field.target}](#{field.target})"
    if field.code:
        model = CODE_MODELS[field.code]
        kind += f" of [{field.code}](codes.md#{anchor(f'{model.title} ({model.name})')})"
    told = {
        "required": field.required,
        "identity": field.identity,
        "optional reference": field.soft,
        "clears": field.clears,
    }
    rules = ", ".join(word for word, holds in told.items() if holds)
    cells = (f"`{field.name}`", kind, str(field.length or ""), field.privacy.value, rules, _cell(field.help))
    return f"| {' | '.join(cells)} |"


def anchor(heading: str) -> str:
    """The name by which a link finds a heading, as GitHub makes it."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


if __name__ == "__main__":
    main()
