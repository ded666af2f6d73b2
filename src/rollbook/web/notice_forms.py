"""Forms of who is told what."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from rollbook.accounts.models import Tenant
from rollbook.integrations.models import Integration
from rollbook.notices import changing
from rollbook.notices.catalogue import EVENTS
from rollbook.notices.models import Choice

_ALL, _SOME = "all", "some"


class ChoiceForm(forms.Form):
    """Which events, of which integrations."""

    events = forms.MultipleChoiceField(
        label="Events", required=False, choices=[(e.code, e.title) for e in EVENTS], widget=forms.CheckboxSelectMultiple
    )
    scope = forms.ChoiceField(
        label="Integrations",
        choices=[(_ALL, "All, also those added later"), (_SOME, "Only these")],
        widget=forms.RadioSelect,
    )
    integrations = forms.ModelMultipleChoiceField(
        label="Only these", required=False, queryset=Integration.objects.none(), widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, tenant: Tenant, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": ""} | kwargs)
        field = self.fields["integrations"]
        assert isinstance(field, forms.ModelMultipleChoiceField)
        field.queryset = Integration.objects.filter(tenant=tenant).order_by("name")

    def clean(self) -> dict[str, Any]:
        """
        Refuse “only these” without any.

        Raises:
            ValidationError: None was chosen.
        """
        cleaned = super().clean() or {}
        if cleaned.get("scope") == _SOME and not cleaned.get("integrations"):
            raise ValidationError({"integrations": "Choose at least one integration, or all of them."})
        return cleaned

    def keep(self, choice: Choice) -> None:
        """Store what was chosen."""
        chosen = None if self.cleaned_data["scope"] == _ALL else list(self.cleaned_data["integrations"])
        changing.choose(choice, self.cleaned_data["events"], chosen)


class AddressForm(ChoiceForm):
    """The same for a plain address."""

    address = forms.EmailField(label="E-mail address", widget=forms.EmailInput(attrs={"autocomplete": "off"}))


class WebhookForm(ChoiceForm):
    """The same for a webhook."""

    url = forms.CharField(label="Address", max_length=500, widget=forms.URLInput(attrs={"placeholder": "https://"}))


def initial(choice: Choice | None, events: Iterable[str] = ()) -> dict[str, Any]:
    """What a form shows at first: the present choice, or `events` of all integrations."""
    if choice is None or choice.pk is None:
        return {"events": list(events), "scope": _ALL}
    scope = _ALL if choice.is_for_all else _SOME
    return {"events": choice.events, "scope": scope, "integrations": list(choice.integrations.all())}
