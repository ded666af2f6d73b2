"""Forms of hand-overs: for the specialist who makes a link, and for whoever opens it."""

from typing import Any

from django import forms

from rollbook.intake import handover
from rollbook.intake.models import LONGEST_NAME, Handover
from rollbook.web.forms import PlainForm


def address_field(label: str, **more: Any) -> forms.EmailField:
    """The address of whoever gets a link; browsers do not propose the member's own."""
    return forms.EmailField(label=label, widget=forms.EmailInput(attrs={"autocomplete": "off"}), **more)


def name_field(label: str, **more: Any) -> forms.CharField:
    """The name of whoever gets a link."""
    off = forms.TextInput(attrs={"autocomplete": "off"})
    return forms.CharField(label=label, max_length=LONGEST_NAME, widget=off, **more)


class RecipientForm(PlainForm):
    """Whom a link is for, and how it gets there."""

    address = address_field(
        "E-mail address of the recipient", help_text="Only who reads this mailbox can open the link."
    )
    name = name_field("Name of the recipient", required=False)
    way = forms.ChoiceField(
        label="The link",
        choices=[("mail", "Mail it"), ("show", "Show it to me, I pass it on")],
        initial="mail",
        widget=forms.RadioSelect,
    )

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        if not handover.can_mail():
            del self.fields["way"]

    @property
    def by_mail(self) -> bool:
        """Whether the hub mails the link."""
        return self.cleaned_data.get("way") == "mail"


class ColleagueForm(PlainForm):
    """To whom the recipient hands a link on."""

    name = name_field("Name of your colleague")
    address = address_field("Their e-mail address")


class KeyForm(PlainForm):
    """A public key instead of a password."""

    keys = forms.CharField(
        label="Public key",
        max_length=20_000,
        widget=forms.Textarea(
            attrs={"rows": 3, "spellcheck": "false", "autocomplete": "off", "placeholder": "ssh-ed25519 AAAA… name"}
        ),
    )


class ProofForm(PlainForm):
    """
    What shows that the recipient of a link is there: their address first, then a code that is mailed to it.

    Where the hub sends no mail the two are asked for together.
    """

    address = forms.CharField(
        label="Your e-mail address", max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "email"})
    )
    code = forms.CharField(
        label="Code",
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
    )

    def __init__(self, link: Handover, is_asked: bool, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        if link.is_mailed:
            del self.fields["address" if is_asked else "code"]
