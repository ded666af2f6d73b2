"""The form of what an integration takes: grades and schools, families, who is missing, blanks, limits."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms

from rollbook.core.household import FamilyPart
from rollbook.core.lists import listed
from rollbook.core.vocabulary import CODE_MODELS
from rollbook.integrations.declared import BY_NAME, OPTIONS, value
from rollbook.integrations.models import Integration
from rollbook.roster.models import model
from rollbook.web.forms import PlainForm

LIMITS = tuple(option.name for option in OPTIONS if option.name.startswith("limit_"))
_TICKED = ("grades", "schools", "family")
_ABSENCE = {
    "keep": "It stays as it is",
    "end_enrollment": "Its enrollment ends",
    "deactivate": "It is deactivated, never deleted",
}
_BLANK = {"keep": "The old value stays", "clear": "The old value is cleared"}
_FAMILY = {
    FamilyPart.FAMILY_KEY: "Family key",
    FamilyPart.HEAD_GIVEN_NAME: "First name of the head of household",
    FamilyPart.HEAD_FAMILY_NAME: "Last name of the head of household",
    FamilyPart.HOME_PHONE: "Home phone of the household",
    FamilyPart.HOME_ADDRESS: "Home address of the household",
}
_LIMIT_LABELS = {
    "limit_deactivate": "Deactivated, in per cent",
    "limit_update": "Updated, in per cent",
    "limit_create": "New after the first load, in per cent",
    "limit_reject": "Rejected, in per cent",
    "limit_changed_ids": "Back again under another id, in per cent",
    "limit_spare": "Never held for so many records or fewer",
}


def _ticks(label: str, choices: Iterable[tuple[str, str]], help: str) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=label, choices=list(choices), required=False, widget=forms.CheckboxSelectMultiple, help_text=help
    )


class ScopeForm(PlainForm):
    """Settings that every integration has, whatever its source is."""

    other_schools = forms.CharField(
        label="Schools, by their id at the source",
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text="Comma separated. Blank: all of them.",
    )
    absence = forms.ChoiceField(
        label="A record that a complete, full delivery no longer has",
        choices=list(_ABSENCE.items()),
        widget=forms.RadioSelect,
        help_text="Best left alone where several integrations bring the same people.",
    )
    blank = forms.ChoiceField(label="A value that comes blank", choices=list(_BLANK.items()), widget=forms.RadioSelect)
    date_format = forms.CharField(
        label="Further formats of dates",
        required=False,
        help_text="Beside YYYY-MM-DD, comma separated: M/d/yyyy, dd.MM.yyyy, yyyyMMdd.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )

    def __init__(self, integration: Integration, *args: Any) -> None:
        super().__init__(*args, initial=_initial(integration))
        named = dict(CODE_MODELS["grade_level"].values)
        grades = named | {grade: grade for grade in self.initial["grades"] if grade not in named}
        self.fields["grades"] = _ticks("Grades", grades.items(), "None ticked: all of them.")
        self.schools = dict(_schools(integration))
        self.fields["schools"] = _ticks("Schools", self.schools.items(), "None ticked: all of them.")
        others = [school for school in self.initial["schools"] if school not in self.schools]
        self.initial["other_schools"] = ", ".join(others)
        self.fields["family"] = _ticks(
            "Students share a household when all of these agree",
            _FAMILY.items(),
            "None ticked: no households are made.",
        )
        if self.schools:
            self.fields["other_schools"].label = "Further schools, by their id at the source"
            self.fields["other_schools"].help_text = "Those that the roster does not know yet, comma separated."
        for name in LIMITS:
            option = BY_NAME[name]
            self.fields[name] = forms.CharField(
                label=_LIMIT_LABELS[name],
                required=False,
                widget=forms.TextInput(attrs={"placeholder": option.default, "autocomplete": "off"}),
            )

    def given(self) -> dict[str, str | None]:
        """The settings as `changing.change` takes them, from a form that is valid."""
        chosen = self.cleaned_data
        schools = [*chosen["schools"], *listed(chosen["other_schools"])]
        texts = {
            "grades": ",".join(chosen["grades"]),
            "schools": ",".join(dict.fromkeys(schools)),
            "family": ",".join(chosen["family"]),
            **{name: chosen[name] for name in ("absence", "blank", "date_format", *LIMITS)},
        }
        return {name: text if text and text != BY_NAME[name].default else None for name, text in texts.items()}


def _initial(integration: Integration) -> dict[str, Any]:
    settings: Mapping[str, str] = integration.settings
    ticked = {name: list(listed(value(settings, name))) for name in _TICKED}
    same = {name: value(settings, name) for name in ("absence", "blank", "date_format")}
    return ticked | same | {name: settings.get(name, "") for name in LIMITS}


def _schools(integration: Integration) -> list[tuple[str, str]]:
    """The schools that this integration has brought, by their key at the source."""
    orgs = model("org")._default_manager.filter(owner=integration)
    found = ((str(org.source_key), vars(org)) for org in orgs)
    schools = [(key, str(columns["name"])) for key, columns in found if columns["type"] == "school"]
    return sorted(schools, key=lambda school: school[1].casefold())
