"""What a network sees of a drawing in a file, made as a visitor's drawing is.

Left out on purpose: reading files, which is `data/collections.py`'s, and storing drawings."""

from recognizer import ink, submissions
from training.data.collections import CollectionError, Record


def seen(record: Record) -> ink.Seen:
    """The image that the network reads of a file's drawing. Raises CollectionError, which names the place in the file
    and the value."""
    try:
        if record.gray is not None:
            return ink.read_ink(record.gray)
        if record.picture is not None:
            return submissions.of_upload(record.picture).seen
        return submissions.of_strokes(record.strokes, record.width, record.height).seen
    except ink.InkError as error:
        raise CollectionError(f"{record.place}: {error.message}") from error


def check(record: Record) -> None:
    """Look at strokes as `seen` does, without drawing them: quick enough to do for a whole file while somebody waits.

    Raises CollectionError."""
    if record.strokes is None:
        return
    try:
        ink.parse_strokes(record.strokes, record.width, record.height, submissions.ink_limits())
    except ink.InkError as error:
        raise CollectionError(f"{record.place}: {error.message}") from error
