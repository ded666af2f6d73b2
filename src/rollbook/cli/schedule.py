"""rollbook schedule add, list, show, set, pause, resume, off, remove."""

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console
from rich.table import Table

from rollbook.cli.schedule_options import day, timing, values_of
from rollbook.cli.support import say, the_integration, with_database

if TYPE_CHECKING:
    from rollbook.schedules.models import Schedule

_number = click.argument("number", metavar="ID", type=int)
_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group()
def schedule() -> None:
    """Let integrations run by themselves."""


@schedule.command()
@click.argument("integration")
@timing
@click.option(
    "--pair",
    is_flag=True,
    help="Two schedules: a delta every hour, and a full run at --at. Needs a source with deltas.",
)
@_json
def add(integration: str, pair: bool, as_json: bool, **given: Any) -> None:
    """
    Give INTEGRATION a schedule.

    \b
    rollbook schedule add nightly --every day --at 00:15 --zone America/Chicago
    rollbook schedule add nightly --every week --on sunday --at 02:00 --zone Asia/Singapore
    rollbook schedule add nightly --every month --on 31 --at 03:00   (in shorter months their last day)
    rollbook schedule add nightly --every year --on 08-01 --at 03:00
    rollbook schedule add nightly --every hour --at 20               (at 20 past)
    rollbook schedule add nightly --every minutes --minutes 30
    rollbook schedule add nightly --cron "15 2 * * 1-5"
    rollbook schedule add nightly --every delivery
    """
    with_database()
    from rollbook.schedules import changing

    found = the_integration(integration)
    values = values_of(given)
    if pair:
        if values.keys() & {"every", "cron", "kind"}:
            raise click.UsageError("--pair says how often by itself; give it --at and --zone.")
        if given["at"] is None:
            raise click.UsageError("--pair needs --at HH:MM, the time of the full run.")
        made = list(changing.add_pair(found, **{"zone": "UTC", **values}))
    else:
        if "every" not in values:
            raise click.UsageError("Say how often: --every day --at 00:15, or --cron.")
        made = [changing.add(found, **values)]
    if as_json:
        say(json.dumps([_facts(one) for one in made]))
        return
    for one in made:
        say(f"Added schedule {one.pk} of {found}: {one.words}.")
        _show_coming(one)
    if made[0].mode == "live" and changing.is_untried(found):
        say(
            f"No run of {found} has been applied yet: the first one will write what nobody has seen. "
            f"See before: rollbook run {found} --test"
        )


@schedule.command(name="list")
@click.argument("integration", required=False)
@_json
def list_(integration: str | None, as_json: bool) -> None:
    """List the schedules of INTEGRATION, or of all."""
    with_database()
    from rollbook.schedules.models import Schedule

    found = Schedule.objects.select_related("integration__tenant", "last_run").order_by(
        "integration__tenant__slug", "integration__name", "pk"
    )
    if integration:
        found = found.filter(integration=the_integration(integration))
    if as_json:
        say(json.dumps([_facts(one) for one in found]))
        return
    table = Table(box=None, header_style="bold")
    for heading in ("ID", "Integration", "What", "Schedule", "Last", "Next", "Active"):
        table.add_column(heading)
    for one in found:
        table.add_row(
            str(one.pk),
            str(one.integration),
            _what(one),
            one.words,
            one.last_outcome or "never",
            _local(one, one.next_due) if one.is_active and one.next_due else "–",
            _standing(one),
        )
    if table.row_count:
        Console().print(table)
    else:
        say("No schedule yet. Add one: rollbook schedule add INTEGRATION --every day --at 00:15 --zone America/Chicago")


@schedule.command()
@_number
@_json
def show(number: int, as_json: bool) -> None:
    """Show schedule ID with its next five times, over changes of clocks and black-outs."""
    with_database()
    one = _the_schedule(number)
    if as_json:
        say(json.dumps(_facts(one) | {"coming": _coming(one)}))
        return
    say(f"Schedule {one.pk} of {one.integration}: {one.words}")
    say(f"  runs      {_what(one)}")
    say(f"  active    {_standing(one)}")
    if one.off_reason:
        say(f"            {one.off_reason}")
    elif one.is_failing:
        say(f"            {one.failures} scheduled runs failed in a row: see rollbook runs {one.integration}")
    if one.is_paused:
        say(f"  paused    until {one.paused_until}: {one.pause_reason}")
    say(f"  last      {f'{_local(one, one.last_at)}: {one.last_outcome}' if one.last_at else 'never'}")
    say(f"  missed    {_missed(one)}")
    for blackout in one.blackouts:
        say(f"  black-out {blackout['first']}..{blackout['last']} {blackout['label']}".rstrip())
    _show_coming(one)


@schedule.command(name="set")
@_number
@timing
def set_(number: int, **given: Any) -> None:
    """
    Change schedule ID: what is given, and nothing else.

    The black-outs that are given replace those before; --blackout "" takes them all away.
    """
    with_database()
    from rollbook.schedules import changing

    one = _the_schedule(number)
    values = values_of(given, one.every)
    if not values:
        raise click.UsageError("Say what to change, such as --at 03:00.")
    changing.change(one, **values)
    say(f"Changed schedule {number}: {one.words}.")
    _show_coming(one)


@schedule.command()
@_number
@click.option("--until", required=True, metavar="YYYY-MM-DD", help="The day on which it runs again.")
@click.option("--reason", required=True, help="Why; shown wherever the schedule is.")
def pause(number: int, until: str, reason: str) -> None:
    """Run nothing from schedule ID before a day."""
    with_database()
    from rollbook.schedules import changing

    one = _the_schedule(number)
    changing.pause(one, day(until), reason)
    say(f"Schedule {number} is paused until {one.paused_until}.")
    _show_coming(one)


@schedule.command()
@_number
def resume(number: int) -> None:
    """End the pause of schedule ID, or switch it on again."""
    with_database()
    from rollbook.schedules import changing

    one = _the_schedule(number)
    changing.resume(one)
    say(f"Schedule {number} runs again: {one.words}.")
    _show_coming(one)


@schedule.command()
@_number
def off(number: int) -> None:
    """Switch schedule ID off, until it is resumed."""
    with_database()
    from rollbook.schedules import changing

    changing.switch_off(_the_schedule(number))
    say(f"Schedule {number} is off. Switch it on again: rollbook schedule resume {number}")


@schedule.command()
@_number
def remove(number: int) -> None:
    """Remove schedule ID. The runs it made stay."""
    with_database()
    one = _the_schedule(number)
    one.delete()
    say(f"Removed schedule {number} of {one.integration}: {one.words}. Its runs stay.")


# What is said ----------------------------------------------------------------------------------------


def _the_schedule(number: int) -> "Schedule":
    from rollbook.core.errors import SettingsError
    from rollbook.schedules.models import Schedule

    found = Schedule.objects.select_related("integration__tenant", "last_run").filter(pk=number).first()
    if found is None:
        raise SettingsError(f"There is no schedule {number}. Nothing was changed. See: rollbook schedule list")
    return found


def _what(one: "Schedule") -> str:
    what = f"{one.kind} {one.mode}"
    return f"{one.name} ({what})" if one.name else what


def _standing(one: "Schedule") -> str:
    if not one.is_active:
        return "off"
    if one.is_paused:
        return f"paused until {one.paused_until}"
    return f"yes, {one.failures} failures in a row" if one.is_failing else "yes"


def _missed(one: "Schedule") -> str:
    from rollbook.core.schedules.timetable import Missed

    text = "run once as soon as possible" if one.missed == Missed.RUN else "left out"
    return f"{text}, when more than {one.grace_minutes} minutes late"


def _local(one: "Schedule", moment: datetime) -> str:
    return f"{moment.astimezone(one.rhythm.tz):%Y-%m-%d %H:%M}"


def _facts(one: "Schedule") -> dict[str, Any]:
    """What a program may want to know."""
    rhythm = ("every", "minute", "hour", "weekday", "day", "month", "step", "cron", "zone")
    return {
        "id": one.pk,
        "tenant": one.integration.tenant.slug,
        "integration": one.integration.name,
        "name": one.name,
        "kind": one.kind,
        "mode": one.mode,
        "words": one.words,
        **{name: getattr(one, name) for name in rhythm},
        "active": one.is_active,
        "off_reason": one.off_reason,
        "failures": one.failures,
        "paused_until": str(one.paused_until) if one.paused_until else None,
        "pause_reason": one.pause_reason,
        "missed": one.missed,
        "grace_minutes": one.grace_minutes,
        "blackouts": one.blackouts,
        "last_at": _iso(one.last_at),
        "last_outcome": one.last_outcome,
        "last_run": one.last_run_id,
        "next_due": _iso(one.next_due) if one.is_active else None,
    }


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _coming(one: "Schedule") -> list[dict[str, Any]]:
    from django.utils import timezone

    from rollbook.core.schedules.preview import coming

    return [
        {"utc": time.utc.isoformat(), "local": time.local.isoformat(), "remarks": list(time.remarks)}
        for time in coming(one.timetable, timezone.now())
    ]


def _show_coming(one: "Schedule") -> None:
    from django.utils import timezone

    from rollbook.core.schedules.preview import coming

    if not one.is_active:
        return
    table = Table(box=None, header_style="bold", padding=(0, 3, 0, 0))
    for heading in (f"Next, {one.zone}", "UTC", ""):
        table.add_column(heading)
    for time in coming(one.timetable, timezone.now()):
        table.add_row(f"{time.local:%a %Y-%m-%d %H:%M}", f"{time.utc:%Y-%m-%d %H:%M}", "\n".join(time.remarks))
    if table.row_count:
        Console().print(table)
