"""Numbers sealed into short text that only this site can make and read: private links, and tickets that tell nothing.

Sealed as in SIV (Rogaway and Shrimpton, 2006): a MAC of the numbers is checked on the way back and hides them as well,
so that the same numbers always give the same text. Left out on purpose: an end. Who seals decides what still holds."""

import hashlib
import hmac
import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from functools import cache

from django.conf import settings
from django.utils.crypto import constant_time_compare

MAC_BYTES = 16
MOST_NUMBERS = 4  # as many as one hash hides


class TokenError(ValueError):
    """The text was not sealed by this site, or for something else."""


def seal(purpose: str, *numbers: int) -> str:
    """Letters, digits, `-` and `_`: 32 of them for one number, 43 for two."""
    if not 1 <= len(numbers) <= MOST_NUMBERS:
        raise ValueError(f"1 to {MOST_NUMBERS} numbers can be sealed, not {len(numbers)}.")
    plain = struct.pack(f">{len(numbers)}Q", *numbers)
    mac = _hash(purpose, "mac", plain, settings.SECRET_KEY)[:MAC_BYTES]
    return _as_text(mac + _hidden(purpose, mac, plain, settings.SECRET_KEY))


def unseal(purpose: str, text: str, *, count: int) -> tuple[int, ...]:
    """The `count` numbers in a text. Raises TokenError."""
    sealed = _as_bytes(text)
    if len(sealed) != MAC_BYTES + 8 * count:
        raise TokenError("its length is wrong")
    mac, hidden = sealed[:MAC_BYTES], sealed[MAC_BYTES:]
    for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        plain = _hidden(purpose, mac, hidden, secret)
        if constant_time_compare(mac, _hash(purpose, "mac", plain, secret)[:MAC_BYTES]):
            return struct.unpack(f">{count}Q", plain)
    raise TokenError("nothing of this site made it")


def _hidden(purpose: str, mac: bytes, content: bytes, secret: str) -> bytes:
    """The content under a pad that the MAC gives; the same again takes the pad away."""
    pad = _hash(purpose, "pad", mac, secret)
    return bytes(one ^ other for one, other in zip(content, pad, strict=False))


def _hash(purpose: str, use: str, content: bytes, secret: str) -> bytes:
    return hmac.digest(_key(purpose, use, secret), content, "sha256")


@cache
def _key(purpose: str, use: str, secret: str) -> bytes:
    """As Django's `salted_hmac` makes it, which does so for each text anew."""
    return hashlib.sha256(f"recognizer.tokens.{purpose}.{use}{secret}".encode()).digest()


def _as_text(content: bytes) -> str:
    return urlsafe_b64encode(content).rstrip(b"=").decode()


def _as_bytes(text: str) -> bytes:
    try:
        content = urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
    except ValueError as error:
        raise TokenError("it is no base64") from error
    if _as_text(content) != text:  # of several ways to write the same, one is ours
        raise TokenError("it is written in another way")
    return content
