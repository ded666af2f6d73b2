"""rollbook sources, plugin, simulate: systems that can be read, what they need installed, stand-ins for them."""

import textwrap
from pathlib import Path
from shlex import quote

import click

from rollbook.cli.support import say


@click.command()
@click.argument("kind", required=False)
def sources(kind: str | None) -> None:
    """
    List the kinds of sources, or describe KIND.

    What it asks for, and what it can see.

    The settings are those of `rollbook integration add NAME --source KIND --set K=V`.
    """
    from rollbook.core.errors import SettingsError
    from rollbook.sources.kinds import KINDS

    if kind is None:
        for one in KINDS.values():
            say(f"{one.name:20} {one.title}{', changes only too' if one.offers_delta else ''}")
        return
    if kind not in KINDS:
        raise SettingsError(f"There is no source {kind!r}. There are: {', '.join(KINDS)}.")
    found = KINDS[kind]
    say(f"{found.title}. {found.about}")
    for setting in found.settings:
        marks = [setting.asked.value, *(["required"] if setting.required else [])]
        marks += [f"one of {', '.join(setting.choices)}"] if setting.choices else []
        marks += [f"default {setting.default}"] if setting.default else []
        marks += [f"when {name} is {' or '.join(values)}" for name, values in setting.when.items()]
        say(f"  {setting.shown}  ({', '.join(marks)})")
        say(textwrap.indent(textwrap.fill(f"{setting.title}. {setting.help}", 100), "      "))
    say("What it can see:")
    for sight in found.sights:
        say(f"  {sight.what}: {sight.sees.value}. {sight.note}")
    if found.proof:
        say(found.proof)


@click.command()
@click.argument("kind")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), default=Path(), help="Folder to write to.")
def plugin(kind: str, out: Path) -> None:
    """
    Write the plugins that a system of KIND needs.

    docs/sources says how an administrator of the system installs them.
    """
    from rollbook.core.errors import SettingsError
    from rollbook.sources.kinds import KINDS

    having = [name for name, one in KINDS.items() if one.downloads]
    if kind not in having:
        raise SettingsError(f"Nothing has to be installed for {kind!r}. There are files for: {', '.join(having)}.")
    out.mkdir(parents=True, exist_ok=True)
    for download in KINDS[kind].downloads:
        (out / download.name).write_bytes(download.content())
        say(f"Wrote {out / download.name}: {download.title}.")


@click.command()
@click.argument("kind")
@click.option("--port", default=0, help="Port on this machine; 0 takes a free one.")
@click.option("--students", default=1200, show_default=True, help="Size of the made-up district.")
@click.option("--seed", default=7, show_default=True, help="Another seed makes another district.")
@click.option("--night", default=0, show_default=True, help="How many nights have passed.")
@click.option("--set", "pairs", multiple=True, metavar="K=V", help="An option of the system; see docs/simulators.md.")
def simulate(kind: str, port: int, students: int, seed: int, night: int, pairs: tuple[str, ...]) -> None:
    """
    Run a made-up system of KIND until Ctrl-C.

    It answers on this machine only, for demos and tests.

    Prints the command that adds an integration which reads it.
    """
    from simulators.district import build
    from simulators.systems import SYSTEMS, system

    if kind not in SYSTEMS:
        raise click.UsageError(f"There is no system {kind!r}. There are: {', '.join(SYSTEMS)}.")
    options = dict(pair.split("=", 1) for pair in pairs if "=" in pair)
    try:
        made = system(kind)(build(students, seed, night), port=port, **options)
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    with made as running:
        settings = " ".join(f"--set {quote(f'{name}={value}')}" for name, value in running.settings().items())
        say(f"{running.TITLE} with {students:,} students answers at {running.url}. Ctrl-C stops it.")
        say(f"SOURCE_NETWORKS=127.0.0.0/8 rollbook integration add {kind.title()} --source {kind} {settings}")
        running.wait()
