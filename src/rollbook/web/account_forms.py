"""The form of a sender's account: what a school is asked before it sends."""

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django import forms
from django.db.models import QuerySet

from rollbook.intake.models import GIGABYTE, Account
from rollbook.integrations.models import Integration
from rollbook.sources import layouts
from rollbook.web.forms import PlainForm
from rollbook.web.handover_forms import address_field, name_field

if TYPE_CHECKING:
    _ModelChoiceField = forms.ModelChoiceField[Integration]
else:
    _ModelChoiceField = forms.ModelChoiceField

_LISTS = ("networks", "host_names", "folders", "patterns", "receipt_addresses")
_SIZES = ("quota_bytes", "largest_file")
_PLAIN = ("needs_host_name", "may_read_inbox", "quota_files", "layout", "quiet_minutes", "marker", "grace_days")
_OFF = {"autocomplete": "off", "spellcheck": "false"}
_BY_LINK, _BY_PASSWORD, _BY_KEY = "link", "password", "key"


def _lines(label: str, help_text: str, example: str) -> forms.CharField:
    area = forms.Textarea(attrs={"rows": 2, "placeholder": example, **_OFF})
    return forms.CharField(label=label, required=False, max_length=4000, help_text=help_text, widget=area)


def _size(label: str, help_text: str) -> forms.DecimalField:
    return forms.DecimalField(
        label=label, help_text=help_text, min_value=Decimal("0.001"), max_value=Decimal(100_000), decimal_places=3
    )


def _gigabytes(size: int) -> str:
    return f"{Decimal(size) / GIGABYTE:.3f}".rstrip("0").rstrip(".")


class RulesForm(PlainForm):
    """What an account may do, and when its files make a delivery."""

    networks = _lines("Networks", "One a line. None: from anywhere.", "203.0.113.0/24")
    needs_host_name = forms.BooleanField(
        label="Only from addresses that have a host name which leads back to them", required=False
    )
    host_names = _lines("Domains of these host names", "One a line. None: any.", "district.example")
    patterns = _lines("Names of files", "One a line; * stands for anything. None: any safe name.", "*.csv")
    folders = _lines("Folders", "Below inbox, one a line. None: files go straight into inbox.", "archive/*")
    layout = forms.ChoiceField(label="Layout", required=False, help_text="Its sheets make a whole delivery.")
    largest_file = _size("Largest file, GB", "")
    quota_bytes = _size("Room for all its files, GB", "")
    quota_files = forms.IntegerField(label="Files at most", min_value=1, max_value=10_000_000)
    may_read_inbox = forms.BooleanField(
        label="The sender can read back what it has sent",
        required=False,
        help_text="Without, whoever finds a password finds nobody's data.",
    )
    quiet_minutes = forms.IntegerField(
        label="Minutes without activity that end a delivery", min_value=0, max_value=10_080
    )
    marker = forms.CharField(
        label="Marker file",
        required=False,
        max_length=128,
        help_text="Where there is one, only it ends a delivery, such as _done.",
        widget=forms.TextInput(attrs=_OFF),
    )
    receipt_addresses = _lines(
        "Receipts by mail to", "Addresses, one a line. Receipts lie in outbox in any case.", "sis@example.org"
    )
    grace_days = forms.IntegerField(label="Days until taken files are cleared from inbox", min_value=0, max_value=3650)

    def __init__(self, account: Account, *args: Any, **more: Any) -> None:
        initial: dict[str, Any] = {name: "\n".join(getattr(account, name)) for name in _LISTS}
        initial |= {
            name: f"{Decimal(getattr(account, name)) / GIGABYTE:.3f}".rstrip("0").rstrip(".") for name in _SIZES
        }
        initial |= {name: getattr(account, name) for name in _PLAIN}
        super().__init__(*args, initial=initial | more.pop("initial", {}), **more)
        field = self.fields["layout"]
        assert isinstance(field, forms.ChoiceField)
        named = [(name, layouts.load(name).title) for name in layouts.names() if name != "custom"]
        field.choices = [("", "That of the integration, or recognised from the files"), *named]

    def rules(self) -> dict[str, Any]:
        """The fields of an account, from a form that is valid."""
        given = self.cleaned_data
        lists = {name: [one.strip() for one in re.split(r"[\n,]", given[name]) if one.strip()] for name in _LISTS}
        sizes = {name: int(given[name] * GIGABYTE) for name in _SIZES}
        return lists | sizes | {name: given[name] for name in _PLAIN}


class _IntegrationField(_ModelChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        return f"{obj} ({obj.tenant})"


class NewAccountForm(RulesForm):
    """The same for a new account: whose files, which login, and how it gets in."""

    integration = _IntegrationField(queryset=Integration.objects.none(), help_text="Whose files it sends.")
    login = forms.CharField(
        label="Login name",
        max_length=32,
        help_text="3 to 32 small letters, digits, dots, hyphens and underscores. It never changes.",
        widget=forms.TextInput(attrs=_OFF),
    )
    access = forms.ChoiceField(
        label="It logs in with",
        choices=[
            (_BY_LINK, "what its recipient chooses, by a link that works once"),
            (_BY_PASSWORD, "a password that is shown to me"),
            (_BY_KEY, "a public key that I have"),
        ],
        initial=_BY_LINK,
        widget=forms.RadioSelect,
    )
    public_keys = forms.CharField(
        label="Public keys",
        required=False,
        max_length=20_000,
        help_text="One a line.",
        widget=forms.Textarea(attrs={"rows": 3, "placeholder": "ssh-ed25519 AAAA… name", **_OFF}),
    )
    address = address_field("E-mail address of the recipient", required=False, help_text="Blank: make the link later.")
    name = name_field("Name of the recipient", required=False)

    def __init__(self, integrations: QuerySet[Integration], *args: Any, **more: Any) -> None:
        super().__init__(Account(), *args, **more)
        field = self.fields["integration"]
        assert isinstance(field, _IntegrationField)
        field.queryset = integrations

    def clean(self) -> dict[str, Any]:
        """
        Ask for a key where one is to be used.

        Raises:
            ValidationError: By way of `add_error`.
        """
        cleaned = super().clean() or {}
        if cleaned.get("access") == _BY_KEY and not cleaned.get("public_keys", "").strip():
            self.add_error("public_keys", "Paste at least one key, or choose another way.")
        return cleaned

    @property
    def with_password(self) -> bool:
        """Whether a password is made at once."""
        return bool(self.cleaned_data["access"] == _BY_PASSWORD)

    @property
    def is_handed_over(self) -> bool:
        """Whether the credentials are handed over by a link."""
        return bool(self.cleaned_data["access"] == _BY_LINK)

    def rules(self) -> dict[str, Any]:
        """The fields of an account; its keys where they are its way in."""
        keys = self.cleaned_data["public_keys"] if self.cleaned_data["access"] == _BY_KEY else ""
        return super().rules() | {"public_keys": keys}
