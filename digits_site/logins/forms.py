"""The login form: name, password, and a one-time code where the user has set that up.

A wrong code counts as a wrong password does. Left out on purpose: saying which of name and password was wrong."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.contrib.auth.signals import user_login_failed
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.forms import AuthenticationForm
from unfold.widgets import BASE_INPUT_CLASSES

from digits_site.logins import codes

LONGEST_CODE = 32


class LoginForm(AuthenticationForm):
    code = forms.CharField(
        label=_("One-time code"),
        required=False,
        max_length=LONGEST_CODE,
        help_text=_("Only if you have set up a second factor: from your app, or a recovery code."),
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "spellcheck": "false"}),
    )
    error_messages = AuthenticationForm.error_messages | {
        "code_missing": _("Enter the one-time code of your app, or a recovery code."),
        "code_wrong": _(
            "The one-time code is wrong or used up, or came too soon after a wrong one: wait for the next."
        ),
    }

    def __init__(self, request: HttpRequest | None = None, *args: Any, **kwargs: Any) -> None:
        super().__init__(request, *args, **kwargs)
        if settings.STAFF_TOTP == "off":
            del self.fields["code"]
        else:
            self.fields["code"].widget.attrs["class"] = " ".join(BASE_INPUT_CLASSES)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if self.user_cache is not None and codes.asks_for_code(self.user_cache):
            self._check_code(self.user_cache, cleaned.get("code", ""))
        return cleaned

    def _check_code(self, user: AbstractBaseUser, code: str) -> None:
        if not code:
            raise ValidationError(self.error_messages["code_missing"], code="code_missing")
        # django_otp keeps in the session which device it was once the user is logged in.
        user.otp_device = codes.verified(user, code)
        if user.otp_device is None:
            names = {"username": user.get_username()}
            user_login_failed.send(sender=__name__, credentials=names, request=self.request)
            raise ValidationError(self.error_messages["code_wrong"], code="code_wrong")
