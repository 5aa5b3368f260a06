"""Is the recogniser getting better: one sentence, made of the same figures that stand below it.

Two versions answered different people, so that their shares are compared as those of independent samples. Left out on
purpose: the gate, which compares versions on the same images before they go live."""

from datetime import timedelta
from math import sqrt
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from recognizer.models import Deployment
from recognizer.words import commas, counted
from training.desk.reading import VERDICT_DAYS, Kept, Share, all_versions, by_version

BETTER, WORSE, SAME, UNKNOWN = "better", "worse", "same", "unknown"
HEADLINES = {
    BETTER: gettext_lazy("Getting better"),
    WORSE: gettext_lazy("Getting worse"),
    SAME: gettext_lazy("No clear change"),
    UNKNOWN: gettext_lazy("Not known yet"),
}


def verdict(kept: Kept, releases: list[Deployment]) -> dict[str, Any]:
    """`trend`, `headline` and `sentence`; `share` of the live version's answers of the last 30 days that were right."""
    live = releases[-1].version
    since = kept.today - timedelta(days=VERDICT_DAYS - 1)
    now = by_version(kept.between(since, kept.today)).get(live.pk, Share(0, 0))
    name, before = _before(kept, releases)
    trend = _trend(now, before)
    sentence = _sentence(live.number, now, name, before) if now.n else _nothing(live.number, name, before)
    return {"trend": trend, "headline": HEADLINES[trend], "sentence": sentence, "share": now, "version": live}


def difference(now: Share, before: Share) -> tuple[float, float]:
    """Between what the difference of two independent shares lies, with 95 % confidence.

    Newcombe: Interval Estimation for the Difference Between Independent Proportions (1998), method 10."""
    (low, high), (low_before, high_before) = now.bounds, before.bounds
    middle = now.value - before.value
    down = sqrt((now.value - low) ** 2 + (high_before - before.value) ** 2)
    up = sqrt((high - now.value) ** 2 + (before.value - low_before) ** 2)
    return middle - down, middle + up


def _trend(now: Share, before: Share) -> str:
    if not now.n or not before.n:
        return UNKNOWN
    low, high = difference(now, before)
    return BETTER if low > 0 else WORSE if high < 0 else SAME


def _before(kept: Kept, releases: list[Deployment]) -> tuple[str, Share]:
    """The version that was live before and whose answers people have reviewed; else the thirty days before."""
    live = releases[-1].version_id
    shares = by_version(kept.all_rows)
    for release in reversed(releases):
        if release.version_id != live and (share := shares.get(release.version_id)):
            return _("version %(version)s before it") % {"version": release.version.number}, share
    last = kept.today - timedelta(days=VERDICT_DAYS)
    return _("the 30 days before"), all_versions(kept.between(last - timedelta(days=VERDICT_DAYS - 1), last))


def _sentence(number: int, now: Share, name: str, before: Share) -> str:
    drawings = counted(now.n, "reviewed drawing")
    said = _("Version %(number)s read %(words)s of %(drawings)s right in the last %(days)s days (%(interval)s)") % {
        "number": number,
        "words": now.words,
        "drawings": drawings,
        "days": VERDICT_DAYS,
        "interval": now.interval,
    }
    if not before.n:
        return _("%(said)s. There is nothing to compare it with yet.") % {"said": said}
    return _("%(said)s; %(name)s %(words)s of %(n)s.") % {
        "said": said,
        "name": name,
        "words": before.words,
        "n": commas(before.n),
    }


def _nothing(number: int, name: str, before: Share) -> str:
    said = _("None of version %(number)s's answers of the last %(days)s days is reviewed yet") % {
        "number": number,
        "days": VERDICT_DAYS,
    }
    if not before.n:
        return _("%(said)s. Accept labels of drawings, and their share read right stands here.") % {"said": said}
    return _("%(said)s; %(name)s %(words)s of %(n)s right. Accept labels to see how it compares.") % {
        "said": said,
        "name": name,
        "words": before.words,
        "n": commas(before.n),
    }
