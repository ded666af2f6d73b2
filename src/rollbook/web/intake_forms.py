"""Forms of the pages below `/intake/`."""

from datetime import time
from typing import Any

from django import forms

from rollbook.core.schedules.rhythm import Every
from rollbook.intake.activating import NIGHTLY
from rollbook.web.forms import PlainForm
from rollbook.web.schedule_forms import zone_choices


class ActivateForm(PlainForm):
    """When an integration runs by itself: every night, or whenever a delivery is complete."""

    every = forms.ChoiceField(
        label="It runs",
        choices=[
            (Every.DAY.value, "Every night, with what was delivered last"),
            (Every.DELIVERY.value, "Whenever a delivery is complete"),
        ],
        initial=NIGHTLY["every"],
        widget=forms.RadioSelect,
    )
    time = forms.TimeField(
        required=False,
        initial=time(NIGHTLY["hour"], NIGHTLY["minute"]),
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
    )
    zone = forms.ChoiceField(label="Time zone", choices=zone_choices, initial=NIGHTLY["zone"])

    def clean(self) -> dict[str, Any]:
        """
        A night needs a time.

        Raises:
            ValidationError: There is none.
        """
        values = super().clean() or {}
        if values.get("every") == Every.DAY and "time" not in self.errors and values.get("time") is None:
            self.add_error("time", "Say at what time.")
        return values

    def rhythm(self) -> dict[str, Any]:
        """The fields of a schedule."""
        values = self.cleaned_data
        if values["every"] == Every.DELIVERY:
            return {"every": Every.DELIVERY, "zone": values["zone"]}
        return {
            "every": Every.DAY,
            "hour": values["time"].hour,
            "minute": values["time"].minute,
            "zone": values["zone"],
        }
