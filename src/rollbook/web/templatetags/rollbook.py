"""Chips, icons and numbers for the templates."""

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from rollbook.core import schema
from rollbook.core.schedules.timetable import BlackOut
from rollbook.core.schedules.words import blackout_in_words, day_in_words
from rollbook.notices import wording
from rollbook.notices.catalogue import Event, event
from rollbook.notices.models import Notice
from rollbook.runs.models import Run
from rollbook.schedules.models import Schedule
from rollbook.sources.base import Sees, Works
from rollbook.sources.kinds import KINDS
from rollbook.sources.templates import DELIMITERS
from rollbook.web import words

register = template.Library()

# Strokes on a 16 x 16 grid.
_ICONS = {
    "alert": "M8 2.2 14.6 13.6H1.4ZM8 6.4v3.4M8 11.6v.2",
    "arrow": "M3 8h10M9.4 4.4 13 8l-3.6 3.6",
    "bell": "M3.4 11.4c1-1.1 1-2.2 1-4a3.6 3.6 0 0 1 7.2 0c0 1.8 0 2.9 1 4ZM6.6 13.6h2.8",
    "check": "M3 8.6 6.4 12 13 4.6",
    "clock": "M8 1.8a6.2 6.2 0 1 0 0 12.4A6.2 6.2 0 0 0 8 1.8ZM8 4.6V8l2.4 1.6",
    "cross": "m4 4 8 8M12 4l-8 8",
    "dash": "M4 8h8",
    "down": "M8 2.6v10.8M4.4 9.8 8 13.4l3.6-3.6",
    "download": "M8 2v8M4.6 6.8 8 10.2l3.4-3.4M2.6 13.4h10.8",
    "flask": "M6.2 2h3.6M6.8 2v4.2L3 13.2c-.3.5 0 .8.5.8h9c.5 0 .8-.3.5-.8L9.2 6.2V2M5 10h6",
    "hand": "M5.4 3.2v9.6M10.6 3.2v9.6",
    "minus": "M3.4 8h9.2",
    "note": "M8 1.8a6.2 6.2 0 1 0 0 12.4A6.2 6.2 0 0 0 8 1.8ZM8 7.2v4M8 4.8V5",
    "pencil": "m2.8 13.2.6-3L10.8 2.8l2.4 2.4-7.4 7.4ZM9.2 4.4l2.4 2.4",
    "plus": "M8 3.2v9.6M3.2 8h9.6",
    "running": "M13.6 8A5.6 5.6 0 1 1 8 2.4M8 2.4h3.2M8 2.4l2.2-1.6M8 2.4l2.2 1.8",
    "slash": "M8 1.8a6.2 6.2 0 1 0 0 12.4A6.2 6.2 0 0 0 8 1.8ZM3.7 12.3l8.6-8.6",
    "undo": "M5.6 2.8 2.4 6l3.2 3.2M2.4 6h6.8a4 4 0 0 1 0 8H6",
    "up": "M8 13.4V2.6M4.4 6.2 8 2.6l3.6 3.6",
}


@register.simple_tag
def icon(name: str) -> SafeString:
    """A drawing that only accompanies words."""
    return format_html('<svg class="icon" viewBox="0 0 16 16" aria-hidden="true"><path d="{}"/></svg>', _ICONS[name])


def chip(chip: words.Chip) -> SafeString:
    """A word with its drawing and its tone."""
    drawing = icon(chip.icon) if chip.icon else mark_safe("")
    return format_html('<span class="chip {}">{}{}</span>', chip.tone, drawing, chip.label)


@register.filter
def state_chip(state: str | None) -> SafeString:
    """The state of a run."""
    return chip(words.state_chip(state))


@register.filter
def mode_chip(mode: str) -> SafeString:
    """The mode of a run."""
    return chip(words.mode_chip(mode))


@register.filter
def schedule_chip(schedule: Schedule) -> SafeString:
    """Whether a schedule runs."""
    return chip(words.schedule_chip(schedule))


@register.filter
def works_chip(works: Works) -> SafeString:
    """What a test of a connection found."""
    return chip(words.works_chip(works))


@register.filter
def sees_chip(sees: Sees) -> SafeString:
    """Whether a source can see something."""
    return chip(words.sees_chip(sees))


@register.filter
def schedule_title(schedule: Schedule) -> str:
    """The name of a schedule, or what it runs."""
    return words.schedule_title(schedule)


@register.filter
def in_zone(moment: datetime, zone: str) -> str:
    """A moment as the clocks of a zone show it: Sun 8 Mar 2026, 03:00."""
    local = moment.astimezone(ZoneInfo(zone))
    return f"{local:%a} {day_in_words(local.date())}, {local:%H:%M}"


@register.filter
def blackout_days(one: BlackOut) -> str:
    """The days of a black-out."""
    return blackout_in_words(replace(one, label=""))


@register.filter
def severity_chip(severity: str | None) -> SafeString:
    """The severity of an issue."""
    return chip(words.severity_chip(severity))


@register.filter
def event_of(code: str) -> Event:
    """The event with this code."""
    return event(code)


@register.filter
def notice_chip(kind: Event) -> SafeString:
    """How urgent an event is."""
    return chip(words.notice_chip(kind))


@register.filter
def notice_sentence(notice: Notice) -> str:
    """What happened, in one sentence."""
    return wording.sentence(notice)


@register.filter
def notice_path(notice: Notice) -> str:
    """The page that says more."""
    return wording.path(notice)


@register.filter
def action_chip(action: str) -> SafeString:
    """What a planned change does."""
    return chip(words.action_chip(action))


@register.filter
def entity_title(name: str) -> str:
    """`academic_session` -> `Academic sessions`."""
    return words.entity_title(name)


@register.filter
def field_title(name: str) -> str:
    """`given_name` -> `Given name`."""
    text = name.replace("_", " ")
    return text[:1].upper() + text[1:]


@register.filter
def counted(run: Run, action: str) -> int:
    """How many records of all entities the run counts under an action."""
    return run.total(action)


@register.filter
def entity_singular(name: str) -> str:
    """`academic_session` -> `academic session`."""
    return schema.entity(name).name.replace("_", " ")


@register.filter
def seconds(value: float | None) -> str:
    """A span of time as people say it: 0.42 s, 38 s, 4 min 05 s, 1 h 12 min; whole seconds stay whole."""
    if value is None:
        return ""
    if value < 10 and isinstance(value, float):
        return f"{value:.2f} s"
    if value < 60:
        return f"{value:.0f} s"
    minutes, rest = divmod(round(value), 60)
    return f"{minutes} min {rest:02d} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02d} min"


@register.filter
def duration(run: Run) -> str:
    """How long the steps of a run took, without the time it waited for a person; blank while it runs."""
    if run.started is None or run.ended is None:
        return ""
    return seconds(sum(run.seconds.values()) or (run.ended - run.started).total_seconds())


@register.filter
def source_title(kind: str) -> str:
    """`powerschool` -> `PowerSchool`."""
    return KINDS[kind].title


@register.filter
def percent(share: float) -> str:
    """A share of 1 as people read it."""
    return f"{share:.0%}"


@register.filter
def delimiter(mark: str) -> str:
    """What stands between columns, in words."""
    return DELIMITERS.get(mark, mark)
