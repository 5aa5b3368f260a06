"""What is sealed comes back, and nobody else can make, change or read it."""

import struct

import pytest
from django.utils.crypto import salted_hmac

from recognizer import tokens


@pytest.mark.parametrize("numbers", [(1,), (0,), (2**63,), (12, 345), (1, 2, 3, 4)])
def test_numbers_come_back(numbers):
    assert tokens.unseal("life", tokens.seal("life", *numbers), count=len(numbers)) == numbers


def test_the_same_numbers_give_the_same_text_and_others_quite_another():
    assert tokens.seal("life", 7) == tokens.seal("life", 7)
    one, other = tokens.seal("life", 7), tokens.seal("life", 8)
    assert sum(a == b for a, b in zip(one, other, strict=True)) < 10


def test_a_text_is_good_for_one_purpose_and_one_count():
    for purpose, count in (("ticket", 1), ("life", 2)):
        with pytest.raises(tokens.TokenError):
            tokens.unseal(purpose, tokens.seal("life", 7), count=count)


def test_no_letter_can_be_changed():
    token = tokens.seal("ticket", 12, 345)
    for place in range(len(token)):
        changed = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
        with pytest.raises(tokens.TokenError):
            tokens.unseal("ticket", changed, count=2)


@pytest.mark.parametrize("text", ["", "7", "é" * 32, "=" * 32, "A" * 32, "A" * 5000, "../../etc", "12.345:sig", "%00"])
def test_what_was_never_sealed_is_refused(text):
    with pytest.raises(tokens.TokenError):
        tokens.unseal("life", text, count=1)


def test_links_outlive_a_change_of_the_secret_key(settings):
    token = tokens.seal("life", 7)
    before, settings.SECRET_KEY = settings.SECRET_KEY, "another"
    with pytest.raises(tokens.TokenError):
        tokens.unseal("life", token, count=1)
    settings.SECRET_KEY_FALLBACKS = [before]
    assert tokens.unseal("life", token, count=1) == (7,)


def test_the_hash_is_django_s_salted_one_with_which_links_were_made_before(settings):
    for secret in ("first", "second"):
        settings.SECRET_KEY = secret
        token = tokens._as_bytes(tokens.seal("life", 7))
        meant = salted_hmac("recognizer.tokens.life.mac", struct.pack(">Q", 7), secret=secret, algorithm="sha256")
        assert token[: tokens.MAC_BYTES] == meant.digest()[: tokens.MAC_BYTES]
