"""The options that say when a schedule is due and what it runs, and what they mean."""

import calendar
import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import click

from rollbook.core.schedules.rhythm import Every
from rollbook.core.schedules.timetable import BlackOut, Missed

_DAYS = [name.lower() for name in calendar.day_name]
_OPTIONS = (
    click.option("--every", type=click.Choice([str(every) for every in Every]), help="How often."),
    click.option("--at", metavar="HH:MM", help="Time of the day; for `--every hour` the minutes past it, such as 20."),
    click.option(
        "--on", metavar="DAY", help="Week: monday, …; month: 1 to 31 (or its last day); year: MM-DD, such as 08-01."
    ),
    click.option("--minutes", type=int, metavar="N", help="For `--every minutes`: so many between two times."),
    click.option(
        "--cron", metavar="TEXT", help='Five fields: minute, hour, day of month, month, day of week: "0 2 * * 1-5".'
    ),
    click.option("--zone", metavar="NAME", help="IANA time zone, such as America/Chicago; UTC unless said."),
    click.option("--kind", type=click.Choice(["full", "delta"]), help="What to ask the source for; full unless said."),
    click.option("--mode", type=click.Choice(["live", "test"]), help="Test runs write nothing; live unless said."),
    click.option("--name", help="What to call it."),
    click.option(
        "--blackout",
        "blackouts",
        multiple=True,
        metavar="FIRST..LAST[:LABEL]",
        help="Days without a run, both included: 2026-12-20..2027-01-03:Winter break. Can be given many times.",
    ),
    click.option(
        "--missed",
        type=click.Choice([str(missed) for missed in Missed]),
        help="Times missed while nothing ran: run once, or skip to the next. Run unless said.",
    ),
    click.option("--grace", type=int, metavar="MINUTES", help="How late is still on time; 15 unless said."),
)


def timing(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command these options."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def values_of(given: Mapping[str, Any], every: str | None = None) -> dict[str, Any]:
    """
    The fields of a schedule that were given.

    Args:
        every: The kind of the schedule that is changed.

    Raises:
        UsageError: One of them cannot be understood.
    """
    same = ("every", "zone", "kind", "mode", "name", "missed", "cron")
    values = {name: given[name] for name in same if given[name] is not None}
    if given["cron"] is not None:
        if given["every"] not in (None, Every.CRON):
            raise click.UsageError(f"--cron and --every {given['every']} say two things; give one of them.")
        values["every"] = str(Every.CRON)
    every = values.get("every", every)
    renamed = {"minutes": "step", "grace": "grace_minutes"}
    values |= {name: given[option] for option, name in renamed.items() if given[option] is not None}
    if given["minutes"] is not None and every != Every.MINUTES:
        raise click.UsageError("--minutes is for --every minutes.")
    if given["at"] is not None:
        values |= _time(given["at"], every)
    if given["on"] is not None:
        values |= _on(given["on"], every)
    if given["blackouts"]:
        values["blackouts"] = [_blackout(text) for text in given["blackouts"] if text]
    return values


def day(text: str) -> date:
    """
    A day as it is typed.

    Raises:
        UsageError: It is none.
    """
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise click.UsageError(f"{text!r} is not a day; write YYYY-MM-DD.") from None


def _time(text: str, every: str | None) -> dict[str, int]:
    if every in (Every.MINUTES, Every.CRON, Every.DELIVERY):
        raise click.UsageError(f"--every {every} has no time of its own; leave --at out.")
    found = re.fullmatch(r"(?:(\d{1,2}):)?(\d{1,2})", text.removeprefix(":"))
    if not found or (found[1] is None) != (every == Every.HOUR):
        wanted = "the minutes past the hour, such as 20" if every == Every.HOUR else "a time of the day, such as 00:15"
        raise click.UsageError(f"--at {text}: write {wanted}.")
    return {"minute": int(found[2])} | ({"hour": int(found[1])} if found[1] else {})


def _on(text: str, every: str | None) -> dict[str, int]:
    if every == Every.WEEK:
        named = [number for number, name in enumerate(_DAYS, 1) if len(text) > 2 and name.startswith(text.lower())]
        if named:
            return {"weekday": named[0]}
    elif every == Every.MONTH and text.isdecimal():
        return {"day": int(text)}
    elif every == Every.YEAR and (found := re.fullmatch(r"(\d{1,2})-(\d{1,2})", text)):
        return {"month": int(found[1]), "day": int(found[2])}
    wanted = {Every.WEEK: "a day of the week", Every.MONTH: "a day of the month, 1 to 31", Every.YEAR: "MM-DD"}
    if every not in wanted:
        raise click.UsageError("--on is for --every week, month or year.")
    raise click.UsageError(f"--on {text}: write {wanted[Every(every)]}.")


def _blackout(text: str) -> BlackOut:
    days, _, label = text.partition(":")
    first, _, last = days.partition("..")
    return BlackOut(day(first), day(last or first), label.strip())
