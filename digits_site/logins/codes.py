"""One-time codes of staff: from an app (TOTP), or one of ten recovery codes that were written down.

A user has one app at most. Left out on purpose: asking for them, which `forms.py` does, and pages."""

from base64 import b32encode
from io import BytesIO

import qrcode
import qrcode.image.svg
from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.contrib.sessions.models import Session
from django.db import transaction
from django.utils import timezone
from django_otp import verify_token
from django_otp.models import Device
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

RECOVERY_CODES = 10
APP_CODE_DIGITS = 6


def app_of(user: AbstractBaseUser) -> TOTPDevice | None:
    """The user's app, if one is set up."""
    return TOTPDevice.objects.devices_for_user(user, confirmed=True).first()


def asks_for_code(user: AbstractBaseUser) -> bool:
    """Whether the password alone lets this user in no more."""
    return settings.STAFF_TOTP != "off" and app_of(user) is not None


def verified(user: AbstractBaseUser, code: str) -> Device | None:
    """The device whose code this is, which is used up; None for a wrong one, and for a while after wrong ones."""
    code = code.replace(" ", "").replace("-", "").lower()
    is_of_app = len(code) == APP_CODE_DIGITS and code.isascii() and code.isdecimal()
    device = app_of(user) if is_of_app else StaticDevice.objects.devices_for_user(user, confirmed=True).first()
    return verify_token(user, device.persistent_id, code) if device and code else None


def begun(user: AbstractBaseUser) -> TOTPDevice:
    """The app that is being set up: its secret stays the same until a code of it was seen."""
    device = TOTPDevice.objects.devices_for_user(user, confirmed=False).first()
    return device or TOTPDevice.objects.create(user=user, name="app", confirmed=False)


def finish(user: AbstractBaseUser, device: TOTPDevice, code: str) -> list[str]:
    """Have the app count from now on if the code is right, and return the recovery codes; else nothing."""
    with transaction.atomic():
        if not device.verify_token(code.replace(" ", "")):
            return []
        device.confirmed = True
        device.save(update_fields=["confirmed"])
        return new_recovery_codes(user)


def new_recovery_codes(user: AbstractBaseUser) -> list[str]:
    """Ten fresh ones, in the place of those that there were."""
    with transaction.atomic():
        StaticDevice.objects.filter(user=user).delete()
        device = StaticDevice.objects.create(user=user, name="recovery codes")
        codes = [StaticToken.random_token() + StaticToken.random_token() for _ in range(RECOVERY_CODES)]  # 80 bits
        StaticToken.objects.bulk_create(StaticToken(device=device, token=code) for code in codes)
    return codes


def recovery_codes_left(user: AbstractBaseUser) -> int:
    return StaticToken.objects.filter(device__user=user).count()


def remove(user: AbstractBaseUser) -> bool:
    """Take the app and the recovery codes away: the password lets in alone again. Return whether there were any."""
    with transaction.atomic():
        removed = [model.objects.filter(user=user).delete()[0] for model in (TOTPDevice, StaticDevice)]
    return any(removed)


def end_other_sessions(user: AbstractBaseUser, *, but: str | None) -> int:
    """End what was opened without a code; only staff have sessions, so that they are few."""
    ended = 0
    for session in Session.objects.filter(expire_date__gt=timezone.now()).exclude(session_key=but):
        if session.get_decoded().get("_auth_user_id") == str(user.pk):
            session.delete()
            ended += 1
    return ended


def secret(device: TOTPDevice) -> str:
    """For typing into an app, in groups of four."""
    text = b32encode(device.bin_key).decode().rstrip("=")
    return " ".join(text[start : start + 4] for start in range(0, len(text), 4))


def qr_svg(device: TOTPDevice) -> bytes:
    """What an app reads with its camera, black on white."""
    file = BytesIO()
    qrcode.make(device.config_url, image_factory=qrcode.image.svg.SvgPathFillImage, border=2).save(file)
    return file.getvalue()
