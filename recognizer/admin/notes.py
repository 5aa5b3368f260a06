"""Sentences that other apps have to say on the page of a version: they add to the list, and this app imports none.

Left out on purpose: anything longer than a sentence, which is a page of its own."""

from collections.abc import Callable

from django.utils.safestring import SafeString

from recognizer.models import ModelVersion

of_versions: list[Callable[[ModelVersion], str | SafeString]] = []
"""Each returns a sentence about the version, or nothing; they cost a query or two each."""


def about(version: ModelVersion) -> list[str | SafeString]:
    return [sentence for note in of_versions if (sentence := note(version))]
