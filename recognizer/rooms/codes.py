"""Codes of rooms: six letters and digits that are read aloud and typed by thirty people without a mistake.

No 0, O, 1, I, which look alike, and no vowel, so that no code is a word. Left out on purpose: how often somebody may
guess, which is `guesses.py`'s."""

import re
import secrets

ALPHABET = "BCDFGHJKLMNPQRSTVWXZ23456789"
LENGTH = 6
_CODE = re.compile(f"[{ALPHABET}]{{{LENGTH}}}")


def new() -> str:
    """A code of 480 million."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def read(text: str) -> str | None:
    """What somebody typed as a code, in small letters or with gaps; None if it cannot be one."""
    code = re.sub(r"[\s.·-]", "", text[:40]).upper()
    return code if _CODE.fullmatch(code) else None


def spaced(code: str) -> str:
    """As it is shown, in two groups."""
    return f"{code[: LENGTH // 2]} {code[LENGTH // 2 :]}"


class CodeConverter:
    """Of an address: any code, and nothing else."""

    regex = f"[{ALPHABET}{ALPHABET.lower()}]{{{LENGTH}}}"

    def to_python(self, value: str) -> str:
        return value.upper()

    def to_url(self, value: str) -> str:
        return value
