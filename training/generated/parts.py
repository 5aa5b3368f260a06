"""The parts of digits, slot by slot: how often a slot stays empty, and its variants, drawn by eye.

See `combined.py` for what is done with them. Points are hundredths of the digit's height, as in `styles.py`.
"""

from typing import NamedTuple


class SlotText(NamedTuple):
    """The share of drawings without it, and the variants by name."""

    left_out: float
    variants: dict[str, str]


# Of a 5 in two strokes.
NECKS = {
    "neck": "10,2 8,42!", "leaning neck": "16,2 6,42!", "long neck": "10,0 8,54!", "short neck": "12,4 8,32!",
    "falling neck": "20,0 8,46!",
}  # fmt: skip
FLAGS = {
    "flag": "10,2 56,0", "short flag": "12,2 38,0", "rising flag": "10,4 58,-8", "falling flag": "10,-2 54,8",
    "loose flag": "22,-3 64,-5", "long flag": "6,2 74,0", "crossing flag": "-6,2 50,2",
}  # fmt: skip
PARTS: dict[int, tuple[SlotText, ...]] = {
    1: (
        SlotText(0.0, {
            "flag": "0,28 24,0!", "short flag": "10,14 24,0!", "long flag": "-10,50 26,0!",
            "longest flag": "-16,68 26,0!", "wide flag": "-22,38 26,0!", "low flag": "-14,34 24,4!",
            "close flag": "12,38 24,0!", "closest flag": "18,30 24,0!", "long close flag": "8,60 26,0!",
            "broad short flag": "2,16 24,0!", "flag to the foot": "-8,88 28,0!",
            "curved flag": "0,24 14,18 25,0!", "hanging flag": "-2,32 12,22 25,2!", "swung flag": "-22,34 2,28 25,0!",
            "sunk flag": "-6,40 14,26 25,0!", "upright flag": "17,58 25,0!", "upright long flag": "18,74 26,0!",
            "closed flag": "19,48 9,50 25,0!", "closed low flag": "20,62 8,64 26,0!",
            "bowed close flag": "20,52 14,32 25,0!", "wide low flag": "-28,30 26,0!",
        }),
        SlotText(0.0, {
            "stem": "24,100!", "leaning stem": "14,100!", "falling stem": "4,100!", "stem to the right": "32,100!",
            "bent stem": "26,50 22,100!", "bowed stem": "32,50 24,100!", "hooked stem": "24,90 16,100!",
        }),
        SlotText(0.55, {
            "base": "/ 2,100 48,100", "wide base": "/ -12,99 60,100", "short base": "/ 12,100 38,99",
            "rising base": "/ 0,104 50,94", "falling base": "/ -4,94 52,104", "base above the end": "/ -2,90 52,91",
            "wavy base": "/ 0,100 16,96 32,102 50,97", "base in one": "0,99! 50,100",
            "rising base in one": "2,98! 58,92",
        }),
    ),
    2: (
        SlotText(0.0, {
            "round": "4,22 14,4 34,0 54,12 52,34", "leaning": "10,16 30,0 56,6 60,22 42,52",
            "hooked": "12,28 4,18 16,2 38,0 54,16 48,40", "tight": "4,30 2,12 22,0 46,4 54,24 42,48",
            "high": "2,16 8,4 24,0 44,4 50,20 40,44", "straight": "2,10 30,0 54,10 50,32",
            "flat": "0,4 28,0 52,6 48,26",
            "curled": "14,22 8,28 2,18 14,2 38,0 54,16 48,40",
            "curled tight": "12,16 8,22 4,14 16,2 36,0 50,12 46,34",
            "cornered": "2,6 50,4! 48,22",
        }),
        SlotText(0.0, {
            "flat": "26,70 2,98! 60,98", "short": "26,70 4,98! 38,97", "steep": "32,66 10,98! 56,98",
            "shallow": "20,66 -10,96! 62,98", "falling": "26,68 6,92! 60,104", "rising": "26,70 4,98! 60,84",
            "waved": "24,72 2,98! 20,92 40,98 62,90", "waved low": "22,72 0,94! 22,88 42,100 66,94",
            "looped": "22,76 6,94 -2,86 8,76 24,84 42,97 62,92",
            "wide loop": "16,84 -6,92 -4,78 16,80 38,97 66,94 74,92",
            "rounded": "22,72 6,90 14,98 36,96 62,94", "rounded low": "24,68 4,86 8,98 30,100 54,92",
            "knot": "24,74 8,94! 0,84 12,80 30,94 58,96",
        }),
    ),
    3: (
        SlotText(0.0, {
            "round": "4,12 26,0 50,10 46,34", "cusped": "2,16 20,0 48,4 50,28", "shallow": "4,10 30,0 48,14 40,36",
            "small head": "12,8 30,0 44,12 36,32", "wide head": "0,18 24,0 56,8 54,32",
            "long start": "-6,24 18,0 46,6 46,30",
            "flat-topped": "4,2 52,2! 34,24", "flat-topped, straight": "2,0 54,0! 36,24",
            "falling top": "0,-4 50,8! 30,30",
            "hooked flat top": "4,16 4,2! 52,2! 32,26",
            "curled": "8,24 2,12 20,0 48,6 46,34",
        }),
        SlotText(0.0, {
            "waist": "22,46!", "low waist": "22,54!", "high waist": "20,38!", "deep waist": "8,46!",
            "shallow waist": "34,44!",
            "looped waist": "28,50 20,46 28,42", "smooth waist": "32,44 32,48", "bar at the waist": "40,44! 20,46!",
        }),
        SlotText(0.0, {
            "round": "50,56 58,78 32,100 2,88", "large": "54,54 64,80 34,102 -2,88",
            "small": "44,54 50,76 30,98 8,92",
            "long tail": "48,54 54,78 34,100 -8,104", "flat tail": "50,54 58,84 34,98 -4,98",
            "hook": "52,56 60,80 40,100 10,96",
            "angular": "54,66 46,90 26,100 2,96",
            "curled": "54,56 58,84 28,100 2,90 8,80", "curled far": "52,54 58,82 30,102 -2,94 -6,78",
        }),
    ),
    4: (
        SlotText(0.0, {
            "open": "12,0 4,56! 56,56", "tall": "10,0 2,62! 56,60", "leaning": "20,0 0,58! 58,54",
            "steep leaning": "38,0 0,66! 58,58", "closed": "42,0 0,64! 60,64", "nearly closed": "34,0 0,60! 58,58",
            "low bar": "14,0 2,68! 58,70", "lower bar": "16,0 0,78! 58,76", "falling bar": "14,0 2,50! 60,60",
            "rising bar": "14,2 4,64! 58,46", "long bar": "16,0 -4,58! 76,56", "short arm": "8,20 2,58! 56,58",
            "sloping arm": "30,0 -4,50! 60,52",
            "round": "8,0 2,34 8,54 30,56 54,50", "cup": "6,4 4,36 16,52 36,48 50,40",
            "deep cup": "8,0 2,40 12,64 36,60 54,44", "leaning cup": "26,0 4,40 4,62 28,66 56,54",
            "leaning, rounded": "38,0 12,36 2,62 28,70 60,56", "low cup": "24,0 0,58 6,78 34,80 58,64",
            "leaning low cup": "36,0 6,46 2,72 26,80 60,60", "lowest bar": "30,0 0,82! 58,76",
            "lowest cup": "22,0 2,58 8,84 34,86 58,66", "leaning lowest cup": "38,0 6,56 6,84 32,88 62,64",
        }),
        SlotText(0.0, {
            "stem": "/ 44,24 42,100", "high stem": "/ 44,-2 42,100", "leaning stem": "/ 54,8 34,100",
            "short stem": "/ 42,34 42,88", "slanting short stem": "/ 58,34 38,100", "low stem": "/ 52,44 44,100",
            "short tail": "/ 48,18 46,84", "low slanting stem": "/ 62,42 38,100",
            "shortest stem": "/ 52,50 46,92", "far stem": "/ 54,14 50,100", "near stem": "/ 30,16 30,100",
            "stem from above": "/ 48,-12 40,96", "falling stem": "/ 62,0 26,104",
            "bent stem": "/ 46,10 46,50 38,100", "hooked stem": "/ 46,6 44,86 34,100",
            "stem in one": "50,10! 44,100", "low stem in one": "58,30! 42,100", "leaning stem in one": "62,6! 30,100",
            "looped stem in one": "62,34 52,24! 42,100",
            "lowest stem": "/ 58,54 48,98", "lowest stem in one": "58,54! 46,98",
        }),
    ),
    5: (
        SlotText(0.0, {
            **{
                f"{neck} and {flag}": f"{across} / {down}"
                for neck, down in NECKS.items() for flag, across in FLAGS.items()
            },
            "with its flag": "54,2 12,2! 8,42!", "with a short flag": "38,2 10,2! 6,44!",
            "with a rising flag": "58,-6 14,2! 8,42!",
            "with a falling flag": "52,10 14,2! 8,42!", "with a long flag": "72,2 14,0! 8,42!",
            "rounded": "54,2 20,2 10,14 10,40", "like an s": "52,6 28,0 10,14 14,38",
            "curved neck": "54,4 16,4 6,22 10,42",
        }),
        SlotText(0.0, {
            "belly": "30,36 54,54 52,84 26,100 2,90", "big belly": "34,28 62,48 56,86 24,102 -2,88",
            "small belly": "28,46 46,60 44,84 24,100 4,92", "leaning belly": "34,36 52,56 42,88 16,100 -8,90",
            "flat foot": "36,38 56,62 44,94 20,98 -4,98", "low belly": "28,50 50,64 50,88 26,102 0,92",
            "narrow belly": "22,38 38,52 38,82 20,98 0,92",
            "open belly": "34,40 54,56 54,80 40,98", "short belly": "32,38 52,54 46,80 24,90",
            "curled": "34,36 58,56 48,92 20,100 2,86 12,78",
            "angular": "48,44! 50,96! 4,98",
        }),
    ),
    6: (
        SlotText(0.0, {
            "round": "46,0 18,24 2,64", "straight": "34,0 12,40 4,68", "upright": "8,0 2,40 2,68",
            "leaning": "58,0 26,30 4,70", "falling": "66,0 30,28 2,70", "bowed": "40,0 4,30 0,66",
            "curved in": "54,12 40,0 14,18 2,62", "hooked": "44,10 36,0 14,24 2,64",
            "far hook": "60,16 42,0 10,22 0,62",
        }),
        SlotText(0.0, {
            "loop": "18,98 46,94 54,70 34,54 8,70", "small loop": "12,96 34,98 42,82 28,70 8,80",
            "flat loop": "22,100 60,92 56,74 28,68 4,80", "crossing loop": "18,98 46,92 50,66 28,56 -6,68",
            "low loop": "16,100 40,98 44,84 26,76 4,84", "open at the stem": "18,98 46,94 54,72 38,58 20,66",
            "big loop": "12,96 46,98 60,66 42,40 14,46 2,66", "tall loop": "10,94 36,100 50,72 38,38 16,44 4,62",
            "wound loop": "16,99 46,94 52,70 30,58 16,70 26,80",
            "open loop": "16,99 46,94 52,72 36,60", "wide open loop": "18,100 50,92 56,72 46,62",
        }),
    ),
    7: (
        SlotText(0.0, {
            "plain": "0,2 54,2!", "falling": "0,0 52,10!", "rising": "0,8 54,0!", "short": "14,2 50,2!",
            "long": "-12,2 56,2!",
            "curved": "0,10 24,2 54,4!", "sagging": "0,0 26,8 54,2!", "arched": "0,14 24,0 52,8!",
            "hooked": "0,18 2,3! 54,2!", "long hook": "1,28 0,3! 54,2!", "leaning hook": "-6,18 4,2! 54,4!",
            "hook inwards": "8,18 2,2! 54,2!",
            "waved": "0,10 14,0 34,6 56,2!", "waved far": "-4,14 12,-2 36,8 58,0!",
            "rounded": "0,6 34,0 52,8", "rounded far": "0,12 24,0 50,10", "rounded hook": "2,16 14,2 34,2 48,14",
        }),
        SlotText(0.0, {
            "leg": "22,100", "steep leg": "36,100", "falling leg": "6,100", "upright leg": "46,100",
            "flat leg": "-8,98",
            "curved leg": "34,44 24,100", "bowed leg": "40,50 34,100", "sagging leg": "26,40 16,100",
            "leg to the right": "40,40 44,100",
            "bent back": "36,40 28,70 34,100", "curled back": "34,44 24,84 32,98",
        }),
        SlotText(0.4, {
            "crossed": "/ 12,52 54,50", "crossed low": "/ 8,64 48,60", "crossed lower": "/ 2,74 50,72",
            "crossed rising": "/ 12,58 54,44", "crossed falling": "/ 14,46 52,56", "crossed short": "/ 22,52 46,51",
            "crossed wide": "/ -4,56 66,52", "crossed high": "/ 18,38 58,36", "crossed low and wide": "/ -8,72 58,68",
            "crossed with a hook": "/ 2,64 8,54 30,52 56,54", "crossed low with a hook": "/ -4,82 4,68 28,68 56,72",
            "crossed with a wave": "/ 6,56 20,48 36,56 56,48",
            "crossed in one": "6,60! 50,52", "crossed in a loop": "10,84 2,70 24,62 54,60",
        }),
    ),
    8: (
        SlotText(0.0, {
            "in one": "46,12 26,0 8,16 22,40 46,58 52,82 28,100 6,84 14,60 40,40 50,18 44,8",
            "leaning": "58,10 38,0 18,14 24,38 44,56 46,84 22,100 2,84 12,60 44,38 58,14 54,8",
            "small head": "40,10 28,0 16,10 22,30 48,58 52,86 28,100 4,86 8,58 34,32 42,12 40,8",
            "big head": "52,16 28,0 4,18 14,44 40,64 44,86 28,100 12,86 16,64 44,44 52,18 48,8",
            "open top": "56,4 28,0 8,16 22,42 46,60 50,84 26,100 4,84 14,60 42,38 54,14 60,2",
            "wide": "56,12 28,0 0,18 20,42 52,58 60,84 28,100 -4,84 8,60 40,42 60,18 54,8",
            "narrow": "38,10 24,0 12,14 18,40 34,58 38,84 24,100 10,84 14,60 30,40 38,14 34,6",
        }),
    ),
    9: (
        SlotText(0.0, {
            "ring": "48,20 28,0 4,14 4,40 24,50 46,34 50,12",
            "small ring": "46,16 32,2 16,10 16,30 34,36 46,22 50,10",
            "smallest ring": "46,12 36,2 24,8 24,20 36,26 46,16 50,8",
            "flat ring": "50,10 20,0 2,12 8,32 30,38 48,24 52,8",
            "flattest ring": "50,8 24,2 4,10 8,22 30,26 48,18 52,6",
            "narrow ring": "40,18 26,0 10,16 12,40 26,46 38,30 42,12",
            "big ring": "52,26 30,0 2,18 2,50 28,60 50,44 52,16",
            "low ring": "48,26 26,6 4,22 6,48 26,56 46,42 50,20",
            "ring from below": "40,46 14,50 2,30 10,6 34,0 50,16", "gap below": "32,44 12,48 2,28 12,4 36,0 50,16",
            "ring from the stem": "46,40 24,52 4,38 6,12 30,0 50,14",
            "large gap below": "26,36 8,40 2,22 14,4 36,0 50,18",
            "open ring": "44,6 18,2 2,20 8,42 28,46 46,30 52,8!",
            "wide gap": "34,10 14,4 2,22 10,42 28,44 46,28 52,8!",
            "open small ring": "42,8 26,4 14,14 16,30 32,34 46,22 52,6!",
            "half ring": "28,42 10,34 8,12 30,0 50,14",
            "ring closed below": "30,46 8,34 8,8 30,0 48,12 46,32 34,44",
            "small ring closed below": "30,38 14,28 14,8 30,2 44,12 42,28 34,36",
            "angular ring": "48,4! 4,10! 8,44! 48,36! 48,6!", "angular small ring": "48,4! 14,6! 14,30! 48,28! 49,6!",
        }),
        SlotText(0.0, {
            "straight": "48,100", "falling": "22,100", "to the right": "60,100",
            "leaning": "50,30 30,100", "bowed": "54,56 44,100", "to the right, bent": "50,70 64,100",
            "sagging": "44,52 46,100",
            "short hook": "52,60 46,88 30,98", "hook": "52,60 42,94 8,92", "flat hook": "52,64 40,96 -6,98",
            "deep hook": "54,72 34,102 2,82", "hook far out": "54,62 38,98 -14,92", "low hook": "50,76 36,100 4,96",
            "curl": "54,66 36,100 8,88 16,76", "high curl": "54,62 40,100 4,98 -2,80",
            "bulging hook": "58,74 42,100 0,96", "bulging flat hook": "60,76 46,98 -4,100",
            "swung hook": "40,62 56,80 40,98 2,98",
            "base": "50,64 46,96! 4,98", "rising base": "52,62 46,98! -4,92", "wavy base": "50,58 38,84 10,94 0,98",
        }),
    ),
}  # fmt: skip
