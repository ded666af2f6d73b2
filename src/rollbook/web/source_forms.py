"""The form of an integration: its name and the settings that its source declares, secrets write-only."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.forms.boundfield import BoundField
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from rollbook.accounts.models import Tenant
from rollbook.core.errors import RollbookError, SettingsError
from rollbook.integrations import changing
from rollbook.integrations.models import Integration
from rollbook.integrations.secrets import secrets_of
from rollbook.sources import layouts
from rollbook.sources.base import Asked, Setting, SourceKind
from rollbook.sources.kinds import check_setting
from rollbook.web.forms import PlainForm

DOTS = "••••••••"
_KEPT = "It is kept; leave blank to keep it."
_MOST_RADIOS = 4


class SecretLines(forms.Textarea):
    """A secret of several lines, such as a private key: what was typed is not shown again."""

    def format_value(self, value: object) -> None:
        """Nothing."""


class SourceForm(PlainForm):
    """
    Name and settings, each asked for as it is declared.

    Fields that are not asked for at present are on the page too: a style sheet hides them, and what they hold is not
    looked at.
    """

    name = forms.CharField(max_length=128, help_text="As lists and reports show it, and as commands name it.")

    def __init__(self, kind: SourceKind, tenant: Tenant | None, integration: Integration | None, *args: Any) -> None:
        self.kind, self.tenant, self.integration = kind, tenant, integration
        self.kept = _kept(integration)
        own: Mapping[str, str] = integration.settings if integration else {}
        super().__init__(*args, initial={"name": integration.name if integration else ""})
        self.settings = [one for setting in kind.settings for one in _members(setting, own)]
        for setting in self.settings:
            self.fields[key(setting.name)] = _field(kind, setting, setting.name in self.kept)
            self.initial[key(setting.name)] = _shown(kind, setting, own)
            if setting.name in self.kept and not setting.required:
                self.fields[forget(setting.name)] = forms.BooleanField(
                    label=f"Forget the {setting.title} that is kept", required=False
                )
        for family in self._families():
            self.fields[new(family.name)] = forms.CharField(
                label=f"{family.title}: name of one more",
                required=False,
                widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
            )
            self.fields[key(family.name)] = _field(kind, family, is_kept=False)
        if kind.gives_sheets:
            self._add_files(own)

    def _families(self) -> list[Setting]:
        return [setting for setting in self.kind.settings if setting.is_family]

    def _add_files(self, own: Mapping[str, str]) -> None:
        """What integrations of data sheets have."""
        named = [(name, layouts.load(name).title) for name in layouts.names() if name != "custom"]
        custom = [("custom", "A layout of your own")] if own.get("layout_text") else []
        self.fields["layout"] = forms.ChoiceField(
            required=False,
            choices=[("", "Recognised from the files at each run"), *named, *custom],
            help_text="What the sheets hold. Fields can be mapped once it is named.",
        )
        self.fields["mode"] = forms.ChoiceField(
            label="The files hold",
            choices=[("full", "Everything"), ("delta", "Only what has changed")],
            widget=forms.RadioSelect,
        )
        self.initial.update(layout=own.get("layout", ""), mode=own.get("mode", "full"))

    def clean(self) -> dict[str, Any]:
        """
        Check each setting that is asked for, beside its field.

        Raises:
            ValidationError: By way of `add_error`.
        """
        cleaned = super().clean() or {}
        values = self._values(cleaned)
        for setting in self.settings:
            if not self.kind.is_asked(setting, values):
                continue
            name, text = key(setting.name), values.get(setting.name, "")
            if setting.required and not (self.kind.value(values, setting.name) or setting.name in self.kept):
                self.add_error(name, "This is needed.")
            self._refuse(name, partial(check_setting, self.kind, setting.name, text))
        for family in self._families():
            called, value = cleaned.get(new(family.name)), cleaned.get(key(family.name))
            if bool(called) != bool(value):
                self.add_error(key(family.name) if called else new(family.name), "Its name and this go together.")
        tenant = self.tenant or cleaned.get("tenant")
        if tenant and cleaned.get("name"):
            self._refuse("name", lambda: changing.name_for(tenant, cleaned["name"], besides=self.integration))
        for name in self._lost(values):
            self.add_error(key(name), "The address is another one, so it must be given again.")
        return cleaned

    def given(self) -> dict[str, str | None]:
        """The settings as `changing.change` takes them, from a form that is valid."""
        values = self._values(self.cleaned_data)
        moved = changing.elsewhere(self.kind, self.integration.settings, values) if self.integration else []
        given: dict[str, str | None] = {}
        for setting in self.settings:
            text, is_secret = values.get(setting.name), setting.is_secret
            is_asked = self.kind.is_asked(setting, values)
            if not is_secret:
                given[setting.name] = text if is_asked and text and text != setting.default else None
            elif text and is_asked:
                given[setting.name] = text
            elif self.cleaned_data.get(forget(setting.name)) or moved:
                given[setting.name] = None
        for family in self._families():
            if name := self.cleaned_data[new(family.name)]:
                given[f"{family.name}{name}"] = _text(family, self.cleaned_data[key(family.name)])
        if self.kind.gives_sheets:
            given |= {"layout": self.cleaned_data["layout"] or None, "mode": self.cleaned_data["mode"]}
        return given

    def _lost(self, values: Mapping[str, str]) -> list[str]:
        """The secrets that are kept, and would be sent to another address than the one they were given for."""
        if self.integration is None or not changing.elsewhere(self.kind, self.integration.settings, values):
            return []
        asked = (s.name for s in self.settings if self.kind.is_asked(s, values))
        return [name for name in asked if name in self.kept and not values.get(name)]

    def _values(self, cleaned: Mapping[str, Any]) -> dict[str, str]:
        """Setting -> text, for what was filled in."""
        texts = {s.name: _text(s, cleaned.get(key(s.name))) for s in self.settings}
        return {name: text for name, text in texts.items() if text}

    def _refuse(self, field: str, check: Callable[[], object]) -> None:
        try:
            check()
        except SettingsError as error:
            self.add_error(field, str(error))


def key(name: str) -> str:
    """The form's field of a setting."""
    return f"set-{name}"


def new(family: str) -> str:
    """The form's field of the name of one more setting of a family."""
    return f"new-{family}"


def forget(name: str) -> str:
    """The form's field that forgets a secret."""
    return f"forget-{name}"


def deciding(kind: SourceKind) -> set[str]:
    """The settings on whose value it depends whether others are asked for."""
    return {name for setting in kind.settings for name in setting.when}


def _members(setting: Setting, own: Mapping[str, str]) -> list[Setting]:
    """The setting; of a family, those that the integration has."""
    if not setting.is_family:
        return [setting]
    names = [name for name in own if setting.is_called(name)]
    return [replace(setting, name=n, title=f"{setting.title}: {n.removeprefix(setting.name)}") for n in names]


def _kept(integration: Integration | None) -> frozenset[str]:
    """The names of the secrets that an integration has."""
    try:
        return frozenset(secrets_of(integration)) if integration else frozenset()
    except RollbookError:  # they cannot be read any more, so they are asked for again
        return frozenset()


def _field(kind: SourceKind, setting: Setting, is_kept: bool) -> forms.Field:
    said: dict[str, Any] = {"label": setting.title, "help_text": _with_code(setting.help), "required": False}
    plain = {"autocomplete": "off", "spellcheck": "false", "placeholder": setting.default}
    choices = list(setting.choices.items())
    if setting.is_secret:
        kept = {"placeholder": DOTS} if is_kept else {}
        if is_kept:
            said["help_text"] = _with_code(f"{setting.help} {_KEPT}".strip())
        if setting.asked is Asked.SECRET_LINES:
            return forms.CharField(widget=SecretLines(attrs={"rows": 6, "spellcheck": "false"} | kept), **said)
        return forms.CharField(widget=forms.PasswordInput(attrs={"autocomplete": "new-password"} | kept), **said)
    if setting.asked is Asked.FLAG:
        return forms.BooleanField(**said)
    if setting.asked is Asked.CHOICE:
        is_short = len(choices) <= _MOST_RADIOS or setting.name in deciding(kind)
        is_marked = setting.default in setting.choices or (is_short and setting.required)
        shown = choices if is_marked else [("", "–"), *choices]
        return forms.ChoiceField(choices=shown, widget=forms.RadioSelect if is_short else forms.Select, **said)
    if setting.asked is Asked.LIST and choices:
        return forms.MultipleChoiceField(choices=choices, widget=forms.CheckboxSelectMultiple, **said)
    if setting.asked is Asked.LINES:
        return forms.CharField(widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false"}), strip=False, **said)
    if setting.asked is Asked.NUMBER:
        return forms.CharField(widget=forms.TextInput(attrs=plain | {"inputmode": "numeric"}), **said)
    if setting.asked is Asked.URL:
        return forms.CharField(widget=forms.URLInput(attrs=plain | {"placeholder": "https://"}), **said)
    return forms.CharField(widget=forms.TextInput(attrs=plain), **said)


def _with_code(text: str) -> SafeString:
    """A text whose parts between backticks are code."""
    parts = escape(text).split("`")
    return mark_safe("".join(f"<code>{part}</code>" if n % 2 else part for n, part in enumerate(parts)))


def _shown(kind: SourceKind, setting: Setting, own: Mapping[str, str]) -> Any:
    """What the field of a setting begins with. Secrets never leave the hub."""
    if setting.is_secret:
        return ""
    if setting.asked is Asked.FLAG:
        return kind.value(own, setting.name) == "on"
    if setting.asked is Asked.LIST and setting.choices:
        return list(kind.listed(own, setting.name))
    if setting.asked is Asked.CHOICE:
        return kind.value(own, setting.name)
    return own.get(setting.name, "")


def _text(setting: Setting, value: Any) -> str:
    """What was filled in, as settings are kept."""
    if setting.asked is Asked.FLAG:
        return "on" if value else "off" if setting.default == "on" else ""
    if isinstance(value, list):
        return ",".join(value)
    return str(value or "").replace("\r\n", "\n")


def add_tenants(form: SourceForm, tenants: QuerySet[Tenant]) -> None:
    """Let an operator, who belongs to no tenant, choose whose integration it is."""
    form.fields["tenant"] = forms.ModelChoiceField(tenants.order_by("name"), label="Tenant")


@dataclass(frozen=True)
class Part:
    """One field on the page, and how it is drawn."""

    field: BoundField
    look: str
    css: str


def parts(form: SourceForm) -> list[Part]:
    """The fields in the order of the page."""
    fields = sorted(form, key=lambda bound: bound.name != "tenant")
    return [Part(bound, _look(bound), _css(bound.name)) for bound in fields]


def _look(bound: BoundField) -> str:
    widget = bound.field.widget
    if isinstance(widget, forms.RadioSelect | forms.CheckboxSelectMultiple):
        return "choices"
    return "tick" if isinstance(widget, forms.CheckboxInput) else "field"


def _css(name: str) -> str:
    prefix, _, setting = name.partition("-")
    return css_class(setting) if prefix in ("set", "forget", "new") else ""


def css_class(setting: str) -> str:
    """The class by which the style sheet of a source finds the fields of a setting, or of a family of settings."""
    return f"asked-{setting.partition('.')[0]}"
