"""Styles put together from parts, for the digits that people vary most: a 9 is any ring with any tail.

Each part is a piece of a skeleton (see `skeletons.py`) that goes on where the one before it ended; a part that begins
with "/" is a stroke of its own.
"""

from itertools import product

PARTS: dict[int, tuple[dict[str, str], ...]] = {
    1: (
        {
            "no flag": "24,0!", "short flag": "10,14 24,0!", "flag": "0,28 24,0!", "long flag": "-10,50 26,0!",
            "curved flag": "0,24 14,18 25,0!", "hanging flag": "-2,32 12,22 25,2!", 
            "longest flag": "-16,68 26,0!",
        },
        {"stem": "24,100!", "leaning stem": "16,100!", "bent stem": "26,50 22,100!"},
        {
            "no base": "", "base": "/ 2,100 48,100", "wide base": "/ -12,99 60,100", "short base": "/ 12,100 38,99",
            "rising base": "/ 0,104 50,94", "base above the end": "/ -2,90 52,91",
            "wavy base": "/ 0,100 16,96 32,102 50,97",
        },
    ),
    2: (
        {
            "round": "4,22 14,4 34,0 54,12 52,34", "hooked": "12,28 4,18 16,2 38,0 54,16 48,40",
            "tight": "4,30 2,12 22,0 46,4 54,24 42,48", "straight": "2,10 30,0 54,10 50,32",
            "curled": "14,22 8,28 2,18 14,2 38,0 54,16 48,40", "leaning": "10,16 30,0 56,6 58,26 40,52",
        },
        {
            "flat": "26,70 2,98! 60,98", "rising": "26,70 4,96! 30,96 62,86",
            "waved": "24,72 2,98! 20,92 40,98 62,90",
            "looped": "22,76 6,94 -2,86 8,76 24,84 42,97 62,92", "wide loop": "16,84 -6,92 -4,78 16,80 38,97 66,94",
            "short": "26,70 4,98! 38,97", "rounded": "22,72 6,90 14,98 36,96 62,94",
            "falling": "26,68 6,92! 34,98 60,104",
        },
    ),
    4: (
        {
            "open": "12,0 4,56! 56,56", "tall": "10,0 2,62! 56,60", "round": "8,0 2,34 8,54 30,56 54,50",
            "leaning": "20,0 0,58! 58,54", "cup": "6,4 4,36 16,52 36,48 50,40", "closed": "42,0 0,64! 60,64",
            "nearly closed": "34,0 0,60! 58,58", "low bar": "14,0 2,68! 58,70", "falling bar": "14,0 2,50! 60,60",
        },
        {
            "stem": "/ 44,24 42,100", "high stem": "/ 44,-2 42,100", "leaning stem": "/ 52,8 36,100",
            "bent stem": "/ 46,10 46,50 38,100", 
            "short stem": "/ 42,34 42,88", "far stem": "/ 52,14 50,100",
        },
    ),
    6: (
        {
            "round": "46,0 18,24 2,64", "straight": "34,0 12,40 4,68", "upright": "8,0 2,40 2,68",
            "curved in": "54,12 40,0 14,18 2,62", "leaning": "58,0 26,30 4,70", "hooked": "44,10 36,0 14,24 2,64",
        },
        {
            "loop": "18,98 46,94 54,70 34,54 8,70", "small loop": "12,96 34,98 42,82 28,70 8,80",
            "big loop": "12,96 46,98 60,66 42,40 14,46 2,66", "open loop": "16,99 46,94 52,72 36,60",
            "crossing loop": "18,98 46,92 50,66 28,56 -6,68", "flat loop": "22,100 60,92 56,74 28,68 4,80",
            "wound loop": "16,99 46,94 52,70 30,58 16,70 26,80",
        },
    ),
    7: (
        {
            "plain": "0,2 54,2!", "curved": "0,10 24,2 54,4!", "hooked": "0,18 2,3! 54,2!",
            "long hook": "1,24 0,3! 54,2!",
            "waved": "0,10 14,0 34,6 56,2!", "rounded": "0,6 34,0 52,8", "falling": "0,0 52,10!",
            
            "leaning hook": "-4,16 4,2! 54,4!",
        },
        {
            "leg": "22,100", "steep leg": "36,100", "curved leg": "34,44 24,100", "falling leg": "6,100",
            "bent back": "36,40 28,70 34,100", "upright leg": "46,100",
        },
        {
            "": "", "crossed": "/ 12,52 54,50", "crossed low": "/ 8,64 48,60", "crossed rising": "/ 12,58 54,44",
            "crossed in one": "6,60! 50,52", "crossed short": "/ 22,52 46,51", "crossed falling": "/ 14,46 52,56",
        },
    ),
    9: (
        {
            "ring": "48,20 28,0 4,14 4,40 24,50 46,34 50,12",
            "small ring": "46,16 32,2 16,10 16,30 34,36 46,22 50,10",
            "big ring": "52,26 30,0 2,18 2,50 28,60 50,44 52,16",
            "ring from below": "40,46 14,50 2,30 10,6 34,0 50,16",
            "ring from the stem": "46,40 24,52 4,38 6,12 30,0 50,14",
            "open ring": "44,6 18,2 2,20 8,42 28,46 46,30 52,8!",
            "flat ring": "50,10 20,0 2,12 8,32 30,38 48,24 52,8", "half ring": "28,42 10,34 8,12 30,0 50,14",
            "wide gap": "34,10 14,4 2,22 10,42 28,44 46,28 52,8!",
            "gap below": "32,44 12,48 2,28 12,4 36,0 50,16",
            "angular ring": "48,4! 4,10! 8,44! 48,36! 48,6!",
            "narrow ring": "40,18 26,0 10,16 12,40 26,46 38,30 42,12",
        },
        {
            "straight": "48,100", "leaning": "50,30 30,100", "short hook": "52,60 46,88 30,98",
            "hook": "52,60 42,94 8,92",
            "deep hook": "54,72 34,102 2,82", "flat hook": "52,64 40,96 -6,98", "curl": "54,66 36,100 8,88 16,76",
            "to the right": "50,70 64,100", "falling": "48,50 18,100",
        },
    ),
}  # fmt: skip


def combined(digit: int) -> dict[str, str]:
    """Every combination of a digit's parts, by the names of the parts; none for a digit without parts."""
    result = {}
    for parts in product(*(choices.items() for choices in PARTS.get(digit, ()))):
        if parts:
            result[", ".join(name for name, _ in parts if name)] = " ".join(text for _, text in parts if text)
    return result
