"""What members are called in their room: an animal and a colour, chosen by us, so that nobody's name is ever typed.

The name follows from room and number, and is nowhere stored. Left out on purpose: choosing another one."""

from django.utils.translation import gettext, gettext_lazy

ANIMALS = (
    gettext_lazy("fox"), gettext_lazy("owl"), gettext_lazy("whale"), gettext_lazy("beaver"), gettext_lazy("heron"),
    gettext_lazy("lynx"), gettext_lazy("otter"), gettext_lazy("panda"), gettext_lazy("tiger"), gettext_lazy("raven"),
    gettext_lazy("zebra"), gettext_lazy("koala"), gettext_lazy("gecko"), gettext_lazy("camel"), gettext_lazy("falcon"),
    gettext_lazy("badger"), gettext_lazy("dolphin"), gettext_lazy("hedgehog"), gettext_lazy("squirrel"),
    gettext_lazy("turtle"), gettext_lazy("penguin"), gettext_lazy("giraffe"), gettext_lazy("hare"),
)  # fmt: skip
COLOURS = (
    gettext_lazy("blue"), gettext_lazy("red"), gettext_lazy("green"), gettext_lazy("yellow"), gettext_lazy("violet"),
    gettext_lazy("orange"), gettext_lazy("white"), gettext_lazy("black"), gettext_lazy("silver"), gettext_lazy("gold"),
)  # fmt: skip
# No common factor with the 230 pairs, so that neighbours have nothing in common and none comes twice.
STEP = 87


def name(room_id: int, number: int) -> str:
    """Like "fox, blue"; from the 231st member on with a number behind it."""
    pairs = len(ANIMALS) * len(COLOURS)
    turn, place = divmod(number - 1, pairs)
    place = (place * STEP + room_id * 7) % pairs
    words = gettext("%(animal)s, %(colour)s") % {
        "animal": ANIMALS[place % len(ANIMALS)],
        "colour": COLOURS[place // len(ANIMALS)],
    }
    return f"{words} {turn + 1}" if turn else words
