"""
rollbook demo: made-up districts, carried through the real path: one sends data sheets, three are read by API.

The demo lives in a home of its own, with SQLite, whatever database the real hub uses. It is told by its file
`demo.json`, so that made-up people never come among real ones: where ROLLBOOK_HOME holds a real hub, the demo takes
the folder `demo` in it. Run again, the demo goes on with the next night.
"""

import json
import os
import secrets
import shlex
import shutil
import sys
from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rollbook.cli import demo_systems
from rollbook.cli.serve import HOST, PORT, listen, serve_hub
from rollbook.cli.setup import prepare
from rollbook.cli.support import progress, say

if TYPE_CHECKING:
    from rollbook.integrations.models import Integration
    from rollbook.runs.models import Run

STUDENTS, SEED = 1200, 7
EMAIL, INTEGRATION = "demo@example.org", "Harrow Creek SIS"
# The hub's own sheets: they alone carry all that the roster holds, health alerts, groups and households included.
LAYOUT = "hub_v1"
SETTINGS = {"layout": LAYOUT, "absence": "deactivate", "family": "head_of_household_family_name, home_address"}
# What is broken every other night. Nothing that makes a whole file unreadable, so that it is still clear who left.
FAULTS = (
    *("class_without_title", "dangling_class", "blank_family_name", "impossible_date", "bad_email"),
    *("formula_name", "shared_email", "conflicting_duplicate", "repeat_row", "password_column", "cp1252", "odd_header"),
)
_PORTS_TRIED = 20
_NOT_TAKEN = ("reject", "ignore", "deactivate")
_TOLD = {"user": "people", "class": "classes", "enrollment": "enrollments"}


@dataclass
class Demo:
    """What the file of a demo home holds: how its district is made, how many nights have passed, how to log in."""

    students: int
    seed: int
    nights: int
    email: str
    password: str

    def save(self, home: Path) -> None:
        """Write the file, so that only its owner can read it."""
        home.mkdir(parents=True, exist_ok=True)
        draft = _file(home).with_suffix(".part")
        draft.unlink(missing_ok=True)
        draft.touch(mode=0o600)
        draft.write_text(json.dumps(asdict(self), indent=1), encoding="utf-8")
        draft.replace(_file(home))


@click.command()
@click.option("--once", is_flag=True, help="Print the outcome and stop; without, the web pages are served.")
@click.option(
    "--students", type=click.IntRange(50, 200_000), help=f"Size of the district, when it is made. [default: {STUDENTS}]"
)
@click.option("--seed", type=click.IntRange(0), help=f"Another seed, another district. [default: {SEED}]")
@click.option("--port", type=click.IntRange(1, 65535), default=PORT, show_default=True, help="Port of the web pages.")
def demo(once: bool, students: int | None, seed: int | None, port: int) -> None:
    """
    Show the hub at work on a made-up district.

    The first time two nights are carried, each further time the next night.
    """
    home = _choose_home()
    os.environ["ROLLBOOK_HOME"] = str(home)
    for name in ("DATABASE_URL", "DATABASE_URL_FILE", "EMAIL_HOST_FILE", "BASE_URL", "BASE_URL_FILE"):
        os.environ.pop(name, None)
    os.environ["EMAIL_HOST"] = "console"  # nobody is mailed about made-up people
    demo_systems.allow_this_machine()
    shown = _shown(home)
    state = _load(home, students, seed)
    say(f"A made-up district of {state.students:,} students; everything about it is in {shown}\n")
    integration = _set_up(state)
    made = _carry_night(state, home, integration)
    if state.nights == 1:
        _let_run_nightly(integration)
    if state.nights == 1 and made.state != "held":
        made = _carry_night(state, home, integration)
    with demo_systems.running(state.students, state.seed, state.nights - 1) as integrations:
        _carry_systems(integrations)
        _say_next(home, made, once)
        if not once:
            _serve(state, port)


# The home of the demo --------------------------------------------------------------------------------


def _file(home: Path) -> Path:
    return home / "demo.json"


def _choose_home() -> Path:
    """
    ROLLBOOK_HOME, unless a real hub lives there: then the folder `demo` in it. Default: var/demo.

    A real hub is told by its runs as well, since its database may be PostgreSQL.
    """
    named = os.environ.get("ROLLBOOK_HOME")
    if not named:
        return Path("var/demo").resolve()
    home = Path(named).resolve()
    is_real = not _file(home).exists() and any((home / name).exists() for name in ("rollbook.sqlite3", "runs"))
    return home / "demo" if is_real else home


def _load(home: Path, students: int | None, seed: int | None) -> Demo:
    """The demo that lives there, or a new one."""
    try:
        state = Demo(**json.loads(_file(home).read_text(encoding="utf-8")))
    except FileNotFoundError:
        state = Demo(students or STUDENTS, SEED if seed is None else seed, 0, EMAIL, _new_password())
        state.save(home)
    if (students or state.students, state.seed if seed is None else seed) != (state.students, state.seed):
        raise click.UsageError(
            f"The demo in {_shown(home)} was made with --students {state.students} --seed {state.seed}. "
            "For another district remove that folder, or set ROLLBOOK_HOME to an empty one."
        )
    return state


def _new_password() -> str:
    """Three words that can be said and typed."""
    syllables = [first + then for first in "bdfgklmnprstvz" for then in "aeiou"]
    return "-".join("".join(secrets.choice(syllables) for _ in range(3)) for _ in range(3))


def _set_up(state: Demo) -> "Integration":
    """Database, member, tenant and integration, unless they are there."""
    prepare()
    from rollbook.accounts.models import Member, Tenant
    from rollbook.integrations import options
    from rollbook.integrations.models import Integration

    member = Member.objects.filter(email=state.email).first() or Member.objects.create_member(
        state.email, state.password
    )
    if not member.check_password(state.password):
        member.set_password(state.password)
        member.save(update_fields=["password"])
    tenant, _ = Tenant.objects.get_or_create(
        slug="harrow-creek", defaults={"name": "Harrow Creek Unified School District"}
    )
    integration, _ = Integration.objects.get_or_create(
        tenant=tenant, name=INTEGRATION, defaults={"source": "sheets", "settings": options.checked(SETTINGS)}
    )
    return integration


# Its nights ------------------------------------------------------------------------------------------


def _carry_night(state: Demo, home: Path, integration: "Integration") -> "Run":
    """Let the district send its sheets of the next night, carry a run of them, and print what it did."""
    from rollbook.core.errors import RollbookError
    from rollbook.jobs import foreground, queue
    from rollbook.runs import reporting
    from rollbook.runs.folder import RunFolder
    from rollbook.runs.models import State
    from rollbook.runs.report import effects
    from rollbook.runs.report.console import show

    night = state.nights
    is_broken = night % 2 == 1
    say(f"Night {night + 1}: {_story(night)}")
    sent = home / "sent" / f"night-{night + 1}"
    _write_sheets(state, FAULTS if is_broken else (), sent)
    integration.settings["path"] = str(sent.absolute())  # what a run reads that is asked for later
    integration.save(update_fields=["settings"])
    made = queue.enqueue(integration, trigger="demo")
    with progress(quiet=False) as watcher:
        made = foreground.carry(made, watcher)
    if made.state == State.FAILED:
        raise RollbookError(f"Run {made.pk} failed. {made.error}")
    state.nights += 1
    state.save(home)
    folder = RunFolder.of(made)
    show(reporting.summary(made), effects=effects(folder.issues()), report=Path(_shown(folder.excel)))
    if any((folder.report / "error-rows").glob("*")):
        say(f"Rows to mend, as they were sent: {_shown(folder.report / 'error-rows')}")
    if made.state == State.HELD:
        say(f"This plan waits for a person, rare as that is here: rollbook approve {made.pk}, or discard {made.pk}.")
    say("")
    return made


def _carry_systems(integrations: Iterable["Integration"]) -> None:
    """Read the other districts over the APIs of their systems, and print a line for each."""
    from rollbook.jobs import foreground, queue
    from rollbook.runs.models import State
    from rollbook.sources.kinds import KINDS

    say("Three more districts are read over the APIs of their systems:")
    for integration in integrations:
        made = foreground.carry(queue.enqueue(integration, trigger="demo"))
        counted = {e: sum(n for a, n in found.items() if a not in _NOT_TAKEN) for e, found in made.counts.items()}
        told = ", ".join(f"{counted.get(e, 0):,} {word}" for e, word in _TOLD.items())
        outcome = made.error if made.state == State.FAILED else f"{made.state}, {told}"
        say(f"  {integration.name} ({KINDS[integration.source].title}), run {made.pk}:\n    {outcome}")
    say("")


def _let_run_nightly(integration: "Integration") -> None:
    """What a real integration has: while the demo is served, its worker runs it each night."""
    from rollbook.core.schedules.rhythm import Every
    from rollbook.schedules import changing

    changing.add(integration, every=Every.DAY, hour=0, minute=15, zone="America/Chicago")


def _story(night: int) -> str:
    if night == 0:
        return "the district sends everything it has."
    return (
        f"a few people came, left or changed, and {'some rows are broken' if night % 2 else 'all rows are in order'}."
    )


def _write_sheets(state: Demo, faults: Collection[str], target: Path) -> None:
    from simulators.district import build
    from simulators.faults import plant
    from simulators.sheets import make_sheets, write

    district = build(state.students, state.seed, state.nights)
    sheets = make_sheets(district, LAYOUT)
    plant(sheets, district, faults)
    shutil.rmtree(target, ignore_errors=True)
    write(sheets, target)


# What comes then -------------------------------------------------------------------------------------


def _say_next(home: Path, last: "Run", once: bool) -> None:
    program = _program()
    further = {
        f"{program} plan {last.pk}": "what changed that night",
        f"{program} runs": "every night so far",
        f"{program} undo {last.pk}": "give every row its earlier value back",
        f"{program} demo": "the next night, and the web pages" if once else "the next night",
    }
    width = max(map(len, further))
    say(f"Look further:\n  export ROLLBOOK_HOME={shlex.quote(str(home))}")
    for command, what in further.items():
        say(f"  {command:{width}}  {what}")


def _program() -> str:
    """How this program is called from here: by its path in a checkout, where no environment is active."""
    own = _shown(Path(sys.executable).with_name("rollbook"))
    return "rollbook" if shutil.which("rollbook") or Path(own).is_absolute() else own


def _shown(path: Path) -> str:
    """A path as short as it can be said from here."""
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)


def _serve(state: Demo, port: int) -> None:
    """Serve the pages; on the next free port where the wanted one is taken."""
    from rollbook.core.errors import SettingsError

    for tried in range(port, port + _PORTS_TRIED):
        try:
            listener = listen(HOST, tried)
        except SettingsError:
            say(f"Port {tried} is taken by another program; trying the next one.")
            continue
        serve_hub(listener, lambda address: say(_welcome(address, state)))
        return
    raise SettingsError(f"No port from {port} to {port + _PORTS_TRIED - 1} is free. Name another with --port.")


def _welcome(address: str, state: Demo) -> str:
    return f"\nThe pages:    {address}\nLog in with:  {state.email}\nPassword:     {state.password}"
