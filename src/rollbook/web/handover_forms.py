"""Forms of hand-overs: for the specialist who makes a link, and for whoever opens it."""

from typing import Any

from django import forms

from rollbook.intake import handover
from rollbook.intake.models import LONGEST_NAME, Handover
from rollbook.web.forms import PlainForm


class RecipientForm(PlainForm):
    """Whom a link is for, and how it gets there."""

    address = forms.EmailField(
        label="E-mail address of the recipient",
        help_text="Only who reads this mailbox can open the link.",
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    name = forms.CharField(
        label="Name of the recipient",
        required=False,
        max_length=LONGEST_NAME,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
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

    name = forms.CharField(
        label="Name of your colleague",
        max_length=LONGEST_NAME,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    address = forms.EmailField(label="Their e-mail address", widget=forms.EmailInput(attrs={"autocomplete": "off"}))


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
