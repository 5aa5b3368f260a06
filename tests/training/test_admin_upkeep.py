"""The desk for clean-ups: it says what may go, removes what somebody saw, and shows what went."""

from datetime import timedelta

import pytest
from django.utils import timezone

from recognizer.models import ModelVersion
from tests import admin_rows as rows
from training import retention
from training.models import CleanUp

LIST = "/admin/training/cleanup/"
RUN = f"{LIST}run/"
VIEW, MAY_RUN = "training.view_cleanup", "training.run_cleanup"


@pytest.fixture
def old(db, settings, tmp_path) -> ModelVersion:
    """The only version that the rule does not keep."""
    settings.CHECKPOINTS_DIR = settings.SNAPSHOT_DIR = tmp_path / "nothing"
    for seed in range(11):
        rows.version(seed)
    ModelVersion.objects.update(created_at=timezone.now() - timedelta(days=100))
    return ModelVersion.objects.get(number=1)


def signed_in(client, *permissions: str):
    client.force_login(rows.staff(*permissions))
    return client


def shown(response) -> str:
    return " ".join(response.content.decode().split())


def test_without_anything_to_remove_it_says_what_will_be_here(client, db):
    text = shown(signed_in(client, VIEW).get(LIST))
    assert "Nothing may go." in text
    assert "Nothing was removed yet." in text
    assert "KEEP_VERSIONS_DAYS" in text


def test_it_lists_what_may_go_with_size_and_reason(client, old):
    text = shown(signed_in(client, VIEW, MAY_RUN).get(LIST))
    assert "weights of version 1" in text
    assert "Older than 90 days, not among the newest 10" in text
    assert "The site announces this list within the hour, and removes what is on it 24 hours later." in text
    assert "Remove these now" in text


def test_it_says_when_what_was_announced_goes(client, old):
    retention.tick()
    assert "What was announced goes by itself after" in shown(signed_in(client, VIEW).get(LIST))


def test_who_may_only_look_sees_no_button_and_cannot_remove(client, old):
    signed_in(client, VIEW)
    assert "Remove these now" not in shown(client.get(LIST))
    assert client.post(RUN, {"seen": retention.fingerprint(retention.plan())}).status_code == 403
    assert old.weights.storage.exists(old.weights.name)


def test_the_button_removes_what_was_seen_and_shows_what_went(client, old):
    signed_in(client, VIEW, MAY_RUN)
    seen = client.get(LIST).context["fingerprint"]
    answer = client.post(RUN, {"seen": seen}, follow=True)
    assert not old.weights.storage.exists(old.weights.name)
    text = shown(answer)
    assert "weights of version 1" in text
    assert "<span>removed, 4" in text
    assert CleanUp.objects.get().by.username == "somebody"
    assert "1 item" in shown(client.get(LIST))


def test_another_list_than_was_seen_is_not_removed(client, old):
    answer = signed_in(client, VIEW, MAY_RUN).post(RUN, {"seen": "0" * 64}, follow=True)
    assert "The list has changed since you saw it" in shown(answer)
    assert old.weights.storage.exists(old.weights.name)


def test_an_address_that_removes_is_not_for_reading(client, old):
    assert signed_in(client, VIEW, MAY_RUN).get(RUN).status_code == 405


def test_the_number_of_queries_does_not_grow_with_what_may_go(client, old, settings, django_assert_num_queries):
    signed_in(client, VIEW)
    settings.KEEP_VERSIONS_DAYS = 1000
    assert client.get(LIST).status_code == 200
    # session, user, two for permissions, count and rows of the list, announced; newest, unfinished jobs, comparisons
    # and measurements, latest and live deployments, shipped, old versions, lost files; unfinished jobs with snapshots
    with django_assert_num_queries(18):
        assert client.get(LIST).status_code == 200
    settings.KEEP_VERSIONS_DAYS = 90
    for seed in range(11, 15):
        rows.version(seed)
    ModelVersion.objects.update(created_at=timezone.now() - timedelta(days=100))
    retention.clean_up()
    for seed in range(15, 20):
        rows.version(seed)
    ModelVersion.objects.update(created_at=timezone.now() - timedelta(days=100))
    with django_assert_num_queries(19):  # and the deployments of the old versions
        assert client.get(LIST).status_code == 200
