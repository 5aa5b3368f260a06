"""Writing the pictures that commands make: a name that fits, and words for what cannot be written."""

from pathlib import Path

from django.core.management.base import CommandError
from PIL import Image


def check_png(path: Path) -> None:
    """Raise CommandError unless the path's name ends in .png."""
    if path.suffix.lower() != ".png":
        raise CommandError(f"{str(path)!r} must end in .png.")


def write_png(image: Image.Image, path: Path) -> None:
    """Write it, with the folders that it needs; raise CommandError where that cannot be."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        image.save(path)
    except OSError as error:
        raise CommandError(f"{path} cannot be written: {error.strerror or error}.") from None
