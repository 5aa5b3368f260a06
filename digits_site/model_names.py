"""What the models of other packages are called in the reader's language, where they come with English names alone.

Left out on purpose: Django's own models and failed logins, which come with names to translate."""

from django.utils.translation import gettext_lazy as _

from recognizer.model_names import Names

NAMES: dict[str, Names] = {
    "axes": {"accessattemptexpiration": (_("end of a lockout"), _("ends of lockouts"), {})},
    "otp_static": {
        "staticdevice": (_("set of recovery codes"), _("sets of recovery codes"), {}),
        "statictoken": (_("recovery code"), _("recovery codes"), {}),
    },
    "otp_totp": {"totpdevice": (_("app for one-time codes"), _("apps for one-time codes"), {})},
}
APPS = {
    "axes": _("Failed logins"),
    "otp_static": _("Recovery codes"),
    "otp_totp": _("One-time codes"),
}
