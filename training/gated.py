"""Going live from the shell: what was never compared with the live version, or with other images than there are by
now, is compared first, then the gate decides.

Left out on purpose: the gate itself (`gate.py`), and the door that obeys it (`recognizer.releases`)."""

from typing import Any

from recognizer import advice, releases, versions
from recognizer.advice import Advice
from recognizer.models import Deployment, ModelVersion
from training import comparing, comparisons


def advised(version: ModelVersion, *, progress: comparing.Progress = lambda done, total: None) -> Advice:
    """What the gate says of a version, which is compared with the live one if no verdict beside that counts.

    Raises ComparisonError, and VersionError if the version could not answer at all."""
    known = advice.of(version)
    live = Deployment.objects.filter(is_live=True).select_related("version").first()
    if known.passed is not None or live is None or live.version_id == version.pk:
        return known
    versions.check(version)
    comparisons.made(version, live.version, progress=progress)
    return advice.of(version)


def promote(version: ModelVersion, *, reason: str = "", override: str = "", **options: Any) -> Deployment:
    """Make a version live if the gate lets it, or because of `override`. Options as for `advised`.

    An override goes through also where no comparison can be made. Raises VersionError, ComparisonError."""
    try:
        advised(version, **options)
    except comparisons.ComparisonError:
        if not override.strip():
            raise
    return releases.release(version, reason=reason, override=override)
