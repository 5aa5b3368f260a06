"""What became of drawings, in a line each: asked here, told by whoever registered to know.

Training knows which version learnt what and lies above this package, so it hands its teller down when the site starts.
Left out on purpose: the whole story, which is a page of its own at `address`."""

from collections.abc import Callable, Sequence
from functools import cache

from django.urls import get_script_prefix, reverse

from recognizer import tokens
from recognizer.models import Drawing

PURPOSE = "life"

# Lines by the drawings' keys; those of which there is nothing to tell are left out.
Teller = Callable[[Sequence[Drawing]], dict[int, str]]

_MARK = "0" * 32  # as long as a token

_tellers: list[Teller] = []


def register(teller: Teller) -> None:
    """Let `teller` tell from now on."""
    _tellers[:] = [teller]


def told(drawings: Sequence[Drawing]) -> dict[int, str]:
    """What became of these drawings, which came `with_answers()`, in as many queries as of one."""
    return _tellers[0](drawings) if _tellers and drawings else {}


def address(drawing_id: int) -> str:
    """Of the page that tells a drawing's life to whoever has the address, which nobody can guess."""
    return _address_with(get_script_prefix()) % tokens.seal(PURPOSE, drawing_id)


@cache
def _address_with(prefix: str) -> str:
    """With a place for the token, of whose letters none is written otherwise in an address. Looked up once: each
    answer to a drawing has it. `prefix` is below which address the site is."""
    return reverse("life", args=[_MARK]).replace("%", "%%").replace(_MARK, "%s")
