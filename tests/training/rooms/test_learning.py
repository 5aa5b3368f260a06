"""A version of a room's own: what it learns from, what measures it, and how often."""

import pytest

from recognizer import versions
from recognizer.models import Deployment, Membership, ModelVersion
from recognizer.rooms.members import RoomError
from tests.training.rooms.conftest import classroom, drawn_in, member
from training import automatic, jobs, packing, snapshots, worker
from training.models import Comparison, TrainingJob
from training.rooms import learning

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("small_mnist", "fresh_process")]


@pytest.fixture(autouse=True)
def quick(settings):
    settings.ROOM_TRAIN_DRAWINGS = 10


def train(room) -> ModelVersion:
    job = learning.start(room)
    TrainingJob.objects.filter(pk=job.pk).update(epochs=1, generated_images=0)
    worker.run(jobs.claim(job.pk))
    job.refresh_from_db()
    assert job.state == "succeeded", job.message
    return job.version


def test_it_learns_from_the_rooms_accepted_drawings_but_for_those_that_measure(room):
    who = classroom(room)
    drawn_in(room, who[0], 3, state="unreviewed", seed=99)
    version = train(room)
    snapshot = version.job.snapshot
    listed = {pk for part in packing.parts(snapshot) for pk in part["id"].tolist()}
    measured = {drawing.pk for drawing in who[2].drawings.all()}
    assert (version.room, snapshot.room, len(listed)) == (room, room, 24)
    assert not listed & measured


def test_it_builds_on_the_live_version_and_never_goes_live_by_itself(room, settings):
    settings.AUTO_PROMOTE = True
    classroom(room)
    version = train(room)
    automatic.go_on()
    assert version.base == versions.live_deployment().version
    assert not Comparison.objects.exists()
    assert not Deployment.objects.filter(version=version).exists()


def test_too_little_to_learn_from_is_said_with_what_there_is_and_what_it_takes(room, settings):
    settings.ROOM_TRAIN_MEMBERS, settings.ROOM_TRAIN_DRAWINGS = 3, 20
    classroom(room, count=2, each=3)
    with pytest.raises(RoomError, match=r"at least 3 members .* and 20 .* 2 members and 6 drawings"):
        learning.start(room)
    assert not TrainingJob.objects.exists()


def test_where_nobody_who_measures_has_drawn_the_last_who_joined_measures_from_now_on(room):
    who = classroom(room, count=5)
    who[2].drawings.all().delete()
    Membership.objects.update(held_out_at=None)
    learning.start(room)
    assert list(Membership.objects.filter(held_out_at__isnull=False).values_list("number", flat=True)) == [5]


def test_what_is_shown_before_is_what_it_comes_to(room):
    classroom(room, count=5)
    Membership.objects.update(held_out_at=None)
    before = learning.readiness(room)
    learning.settle_split(room)
    after = learning.readiness(room)
    assert (before.members, before.drawings, before.measuring) == (5, 24, 6)
    assert before == after


def test_a_room_trains_one_version_at_a_time(room):
    classroom(room)
    learning.start(room)
    with pytest.raises(RoomError, match="trains a version already"):
        learning.start(room)


def test_a_room_trains_so_often_a_day(room, settings):
    settings.ROOM_TRAININGS_A_DAY = 1
    classroom(room)
    jobs.cancel(learning.start(room).pk)
    with pytest.raises(RoomError, match="trained 1 times within a day"):
        learning.start(room)


def test_a_failed_job_is_not_tried_again_while_its_room_trains_another(room):
    classroom(room)
    first = learning.start(room)
    jobs.cancel(first.pk)
    learning.start(room)
    assert jobs.retry(first.pk) is False


def test_somebody_who_trained_a_version_does_not_measure_it_later(room):
    who = classroom(room)
    since = snapshots.keep(snapshots.select(room=room)).created_at
    settled = set(learning.not_met(room, since).values_list("visitor", flat=True))
    learning.Membership.objects.filter(visitor=who[0]).update(held_out_at=learning.timezone.now())
    assert settled == {who[2].pk}
    assert set(learning.not_met(room, since).values_list("visitor", flat=True)) == {who[2].pk}


def test_somebody_who_joins_later_measures_older_versions_as_well(room):
    classroom(room)
    since = snapshots.keep(snapshots.select(room=room)).created_at
    late = [member(room, f"late {n}") for n in range(3)][2]
    drawn_in(room, late, 7)
    assert late.pk in set(learning.not_met(room, since).values_list("visitor", flat=True))


def test_the_sites_own_jobs_leave_rooms_out(room):
    classroom(room)
    assert len(snapshots.select().listed) == 0
