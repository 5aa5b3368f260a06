"""What the gate says of a version that is to go live: asked here, answered by whoever registered to judge.

Training measures versions and lies above this package, so it hands its judge down when the site starts. Left out on
purpose: the rules, and following them (`releases.py`)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from recognizer.models import Deployment, ModelVersion


@dataclass(frozen=True)
class Advice:
    """`passed` is None while nothing is known. `words` say it in a sentence, `url` leads to the report if there is one;
    `stands_for` is the key of the deployment that it compares with, None where it holds whatever is live. Where the
    gate is not `needed` it passes, whatever a comparison says."""

    passed: bool | None
    words: str
    url: str = ""
    stands_for: int | None = None
    needed: bool = True


# Answers by the versions' keys; those of which it knows nothing are left out.
Judge = Callable[[Sequence[ModelVersion], Deployment], dict[int, Advice]]

_judges: list[Judge] = []


def register(judge: Judge) -> None:
    """Let `judge` answer from now on."""
    _judges[:] = [judge]


def of(version: ModelVersion) -> Advice:
    """What is known of a version beside what is live now."""
    return of_all([version])[version.pk]


def of_all(versions: Sequence[ModelVersion]) -> dict[int, Advice]:
    """The same for many, with as many queries as for one."""
    live = Deployment.objects.filter(is_live=True).select_related("version").first()
    judged = _judges[0](versions, live) if _judges and live and versions else {}
    return {version.pk: _advice(version, live, judged.get(version.pk)) for version in versions}


def _advice(version: ModelVersion, live: Deployment | None, judged: Advice | None) -> Advice:
    if live is None:
        return Advice(True, "Nothing is live that it could be compared with.", needed=False)
    if version.pk == live.version_id:
        return Advice(None, f"{version} is live.".capitalize())
    words = f"{version} has not been compared with {live.version}, which is live.".capitalize()
    return judged or Advice(None, words, stands_for=live.pk)
