"""The door to going live: what the gate says, what gets through without it, and what is kept of both."""

import pytest

from recognizer import advice, releases, versions
from recognizer.advice import Advice
from recognizer.models import Deployment, ModelVersion
from tests.recognizer.conftest import new_version, weights_file

pytestmark = pytest.mark.django_db


@pytest.fixture
def live() -> Deployment:
    return versions.ensure_shipped()


@pytest.fixture
def judge(monkeypatch):
    """Lets the gate say something of every version."""

    def says(passed: bool | None, words: str) -> None:
        judged = lambda asked, live: {version.pk: Advice(passed, words, stands_for=live.pk) for version in asked}  # noqa: E731
        monkeypatch.setattr(advice, "_judges", [judged])

    return says


def live_number() -> int:
    return Deployment.objects.get(is_live=True).version.number


def test_what_passes_goes_live_and_its_verdict_is_kept(live, judge):
    judge(True, "Better.")
    deployment = releases.release(new_version(2))
    assert (live_number(), deployment.verdict, deployment.override, deployment.reason) == (2, "Better.", "", "")


@pytest.mark.parametrize("passed", [False, None])
def test_what_fails_or_is_unknown_needs_a_reason_and_keeps_it(live, judge, passed):
    judge(passed, "Worse, or who knows.")
    version = new_version(2)
    with pytest.raises(
        releases.NeedsOverride, match=r"^Worse, or who knows. To promote it all the same, give a reason.$"
    ):
        releases.release(version)
    assert live_number() == 1
    deployment = releases.release(version, override="We need it.")
    assert (live_number(), deployment.override, deployment.verdict) == (2, "We need it.", "Worse, or who knows.")
    assert deployment.reason == "We need it."


def test_a_reason_that_overrides_nothing_is_no_override(live, judge):
    judge(True, "Better.")
    deployment = releases.release(new_version(2), override="Sevens.")
    assert (deployment.reason, deployment.override) == ("Sevens.", "")


def test_without_a_gate_every_version_is_unknown(live, monkeypatch):
    monkeypatch.setattr(advice, "_judges", [])
    with pytest.raises(releases.NeedsOverride, match="has not been compared with version 1"):
        releases.release(new_version(2))


@pytest.mark.parametrize("passed", [False, None])
def test_a_shipped_version_needs_a_reason_like_any_other(live, judge, passed):
    judge(passed, "Worse, or who knows.")
    versions.promote(new_version(2))
    with pytest.raises(releases.NeedsOverride, match="Worse, or who knows"):
        releases.release(live.version)
    assert live_number() == 2
    assert releases.release(live.version, override="We trust it.").override == "We trust it."
    assert live_number() == 1


def test_what_is_shipped_goes_live_by_itself_without_the_gate_while_nobody_decided(judge, shipped):
    judge(False, "Worse.")
    versions.ensure_shipped()
    (shipped / "lenet-6.safetensors").write_bytes(weights_file(6))
    versions.ensure_shipped()
    assert live_number() == 2


def test_the_first_version_of_all_needs_no_gate(judge):
    judge(False, "Worse.")
    releases.release(versions.register(weights_file(3), source=ModelVersion.Source.TRAINED))
    assert live_number() == 1


def test_the_live_version_is_refused_in_its_own_words(live):
    with pytest.raises(versions.VersionError, match="is live already"):
        releases.release(live.version)


def test_a_verdict_counts_only_beside_what_was_live_then(live, judge, monkeypatch):
    judge(True, "Better than version 1.")
    promote = versions.promote

    def after_somebody_else(version, **options):
        monkeypatch.setattr(versions, "promote", promote)
        promote(new_version(3))
        return promote(version, **options)

    second = new_version(2)
    monkeypatch.setattr(versions, "promote", after_somebody_else)
    with pytest.raises(versions.VersionError, match="Meanwhile version 3 is live"):
        releases.release(second)
    assert live_number() == 3


def test_a_version_whose_file_is_broken_is_refused_whatever_the_reason(live):
    version = new_version(2)
    version.weights.storage.delete(version.weights.name)
    for override in ("", "We need it."):
        with pytest.raises(versions.VersionError, match="cannot be loaded"):
            releases.release(version, override=override)
    assert live_number() == 1


def test_asking_for_many_versions_takes_as_many_queries_as_for_one(live, django_assert_num_queries):
    made = [new_version(seed) for seed in (2, 3, 4)]
    for asked in (made[:1], made):
        with django_assert_num_queries(2):
            advice.of_all(asked)
