"""The form of a schedule: its fields, and the values of a schedule that follow from them."""

import calendar
from collections.abc import Mapping
from datetime import time
from typing import Any

from django import forms
from django.forms import BaseFormSet, formset_factory

from rollbook.core.schedules.rhythm import MOST_MINUTES, Every, Rhythm, faults, zones
from rollbook.core.schedules.timetable import BlackOut, Missed
from rollbook.integrations.models import Integration
from rollbook.runs.models import Mode
from rollbook.schedules.changing import MOST_BLACKOUTS, MOST_GRACE_MINUTES, offers_delta
from rollbook.schedules.models import Kind, Schedule
from rollbook.web.forms import PlainForm

EVERY = {
    Every.HOUR: "Hour",
    Every.DAY: "Day",
    Every.WEEK: "Week",
    Every.MONTH: "Month",
    Every.YEAR: "Year",
    Every.MINUTES: "N minutes",
    Every.DELIVERY: "Delivery",
    Every.CRON: "Cron",
}
_WEEKDAYS = list(enumerate(calendar.day_name, 1))
_MONTHS = [(number, calendar.month_name[number]) for number in range(1, 13)]
_FIELD_OF = {"hour": "time", "minute": "time"}


def zone_choices() -> list[tuple[str, Any]]:
    """The zones by area, for a list to choose from."""
    areas: dict[str, list[tuple[str, str]]] = {}
    for name in zones():
        area = name.partition("/")[0]
        areas.setdefault(area, []).append((name, name))
    return [(area, places) if len(places) > 1 else places[0] for area, places in areas.items()]


class ScheduleForm(PlainForm):
    """When an integration runs by itself, and what it runs."""

    name = forms.CharField(max_length=128, required=False, help_text="Blank: it is called by what it runs.")
    mode = forms.ChoiceField(
        label="Runs",
        choices=[(Mode.LIVE, "Live"), (Mode.TEST, "Test run: plans and reports, writes nothing")],
        widget=forms.RadioSelect,
    )
    kind = forms.ChoiceField(
        label="Asks for",
        choices=[(Kind.FULL, "Everything"), (Kind.DELTA, "Only what has changed")],
        widget=forms.RadioSelect,
    )
    every = forms.ChoiceField(
        label="How often", choices=[(e.value, label) for e, label in EVERY.items()], widget=forms.RadioSelect
    )
    minute = forms.IntegerField(label="Minutes past the hour", min_value=0, max_value=59, required=False)
    step = forms.IntegerField(label="Minutes between two times", min_value=1, max_value=MOST_MINUTES, required=False)
    weekday = forms.TypedChoiceField(label="Day of the week", choices=_WEEKDAYS, coerce=int, required=False)
    month = forms.TypedChoiceField(label="Month", choices=_MONTHS, coerce=int, required=False)
    day = forms.IntegerField(
        label="Day of the month",
        min_value=1,
        max_value=31,
        required=False,
        help_text="In a month without that day, its last one.",
    )
    time = forms.TimeField(label="Time", required=False, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))
    cron = forms.CharField(
        label="Cron expression",
        max_length=128,
        required=False,
        help_text="Minute, hour, day of month, month, day of week: 15 2 * * 1-5",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    zone = forms.ChoiceField(label="Time zone", choices=zone_choices)
    missed = forms.ChoiceField(
        label="Times missed while no worker looked",
        choices=[(Missed.RUN.value, "Run once as soon as possible"), (Missed.SKIP.value, "Leave them out")],
        widget=forms.RadioSelect,
    )
    grace_minutes = forms.IntegerField(
        label="Missed when later than, in minutes", min_value=0, max_value=MOST_GRACE_MINUTES
    )

    def __init__(self, *args: Any, integration: Integration, **more: Any) -> None:
        super().__init__(*args, **more)
        if not offers_delta(integration):
            del self.fields["kind"]

    def clean(self) -> dict[str, Any]:
        """
        Check that the rhythm can be kept.

        Raises:
            ValidationError: By way of `add_error`, beside the field that is at fault.
        """
        cleaned = super().clean() or {}
        if self.errors:
            return cleaned
        every = Every(cleaned["every"])
        for name in needs(every):
            if cleaned.get(name) in (None, ""):
                self.add_error(name, "This is needed.")
        if not self.errors:
            for name, wrong in faults(Rhythm(**self._rhythm(cleaned) | {"every": every})).items():
                self.add_error(name if name in needs(every) else _FIELD_OF.get(name, name), wrong)
        return cleaned

    def values(self) -> dict[str, Any]:
        """The fields of a schedule, from a form that is valid."""
        cleaned = self.cleaned_data
        same = ("name", "mode", "kind", "missed", "grace_minutes")
        return {name: cleaned[name] for name in same if name in cleaned} | self._rhythm(cleaned)

    def _rhythm(self, cleaned: Mapping[str, Any]) -> dict[str, Any]:
        """Only what the kind of rhythm needs; the rest is as in a new schedule."""
        every = Every(cleaned["every"])
        values: dict[str, Any] = {"every": every.value, "zone": cleaned["zone"]}
        for name in needs(every):
            if name == "time":
                values |= {"hour": cleaned["time"].hour, "minute": cleaned["time"].minute}
            else:
                values[name] = cleaned[name]
        return values


def needs(every: str) -> tuple[str, ...]:
    """The fields of the form that a kind of rhythm reads."""
    return {
        Every.HOUR: ("minute",),
        Every.DAY: ("time",),
        Every.WEEK: ("weekday", "time"),
        Every.MONTH: ("day", "time"),
        Every.YEAR: ("month", "day", "time"),
        Every.MINUTES: ("step",),
        Every.CRON: ("cron",),
        Every.DELIVERY: (),
    }[Every(every)]


def initial(schedule: Schedule) -> dict[str, Any]:
    """What the form of a schedule begins with."""
    names = ("name", "mode", "kind", "every", "minute", "step", "weekday", "month", "day", "cron", "zone", "missed")
    same = {name: getattr(schedule, name) for name in (*names, "grace_minutes")}
    return same | {"time": time(schedule.hour, schedule.minute)}


# Black-outs ------------------------------------------------------------------------------------------


class BlackoutForm(PlainForm):
    """One range of days; blank rows are left out."""

    first = forms.DateField(
        label="First day", required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    last = forms.DateField(
        label="Last day", required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    label = forms.CharField(label="What for", max_length=100, required=False)

    def clean(self) -> dict[str, Any]:
        """
        A range has a first day; without a last one it is that day.

        Raises:
            ValidationError: By way of `add_error`.
        """
        cleaned = super().clean() or {}
        first, last = cleaned.get("first"), cleaned.get("last")
        if not self.errors and not first and (last or cleaned.get("label")):
            self.add_error("first", "A black-out needs its first day.")
        if first and last and last < first:
            self.add_error("last", "The last day is before the first.")
        return cleaned


BlackoutForms: type["BaseFormSet[BlackoutForm]"] = formset_factory(
    BlackoutForm, extra=2, can_delete=True, max_num=MOST_BLACKOUTS, validate_max=True, absolute_max=2 * MOST_BLACKOUTS
)


def blackouts_of(forms: "BaseFormSet[BlackoutForm]") -> list[BlackOut]:
    """The black-outs of rows that are valid, neither blank nor taken away."""
    kept = [form.cleaned_data for form in forms if form.cleaned_data and not form.cleaned_data.get("DELETE")]
    return [BlackOut(one["first"], one["last"] or one["first"], one["label"]) for one in kept if one["first"]]


class PauseForm(PlainForm):
    """Until when nothing runs, and why."""

    until = forms.DateField(label="Runs again on", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    reason = forms.CharField(label="Reason", max_length=255, help_text="For whoever wonders why nothing comes.")
