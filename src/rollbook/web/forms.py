"""Forms of the pages."""

from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError

from rollbook.callers import host_of
from rollbook.web import throttle


class PlainForm(forms.Form):
    """A form whose labels end without a colon."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.label_suffix = ""


class LoginForm(AuthenticationForm):
    """E-mail address and password; says the same whether the address exists or not."""

    username = forms.EmailField(
        label="E-mail address",
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "username", "autofocus": True}),
    )
    password = forms.CharField(
        label="Password",
        max_length=1000,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    error_messages = {
        "invalid_login": "This e-mail address and password do not fit together. Check both, and try again.",
        "throttled": "Too many attempts. Wait 15 minutes, then try again.",
    }

    @property
    def is_throttled(self) -> bool:
        """Whether the attempt was refused without looking at the password."""
        return self.has_error(NON_FIELD_ERRORS, "throttled")

    def clean_username(self) -> str:
        """Addresses are kept in lower case."""
        return str(self.cleaned_data["username"]).lower()

    def clean(self) -> dict[str, Any]:
        """
        Look at the password, unless there were too many attempts.

        Raises:
            ValidationError: Too many attempts, or the two do not fit together.
        """
        if self.errors:
            return self.cleaned_data
        assert self.request is not None
        email, host = self.cleaned_data["username"], host_of(self.request)
        if not throttle.begin_attempt(email, host):
            raise ValidationError(self.error_messages["throttled"], code="throttled")
        cleaned = super().clean()
        throttle.forget_attempts(email, host)
        return cleaned
