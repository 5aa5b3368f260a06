import numpy as np
import pytest

from recognizer import versions
from recognizer.models import Label
from training import recipes, snapshots
from training.data.batches import Replayed
from training.data.dataset import NO_DIGIT, DatasetError
from training.data.mnist import Mnist
from training.models import TrainingJob

from .generated import seven_segment_digits
from .making import drawn, new_version, queued, visitor

pytestmark = pytest.mark.django_db


@pytest.fixture
def mnist(small_mnist) -> Mnist:
    return Mnist(small_mnist)


def images_of(dataset) -> set[bytes]:
    return {image.tobytes() for image in dataset.images}


def test_from_scratch_learns_from_mnists_first_images_and_validates_on_its_last(mnist):
    plan = recipes.prepare(queued(), mnist, None)
    np.testing.assert_array_equal(plan.training.images, mnist.train_images[:550])
    np.testing.assert_array_equal(plan.validation.images, mnist.train_images[550:])


def test_of_mnist_itself_the_last_five_thousand_validate():
    many = seven_segment_digits(10, seed=0)[np.zeros(60_000, np.int64)]
    learnt, validation = recipes.split(many, None)
    assert (len(learnt), len(validation)) == (55_000, 5_000)


def test_a_quick_try_learns_from_fewer_images_and_validates_on_all(mnist):
    plan = recipes.prepare(queued(mnist_images=120), mnist, None)
    np.testing.assert_array_equal(plan.training.images, mnist.train_images[:120])
    assert len(plan.validation) == 50


@pytest.mark.parametrize("kind", ["retrain", "fine-tune"])
def test_accepted_drawings_are_learnt_with_their_reviewed_digit(mnist, kind):
    drawing = drawn(visitor("a"), 3)
    job = queued(kind=kind, base=new_version(2) if kind == "fine-tune" else None)
    plan = recipes.prepare(job, mnist, snapshots.freeze())
    assert len(plan.training) == 551
    assert plan.training.images[0].tobytes() == bytes(drawing.seen)
    assert plan.training.labels[0] == 3


@pytest.mark.parametrize("kind", ["retrain", "fine-tune"])
def test_no_drawing_of_a_held_out_visitor_and_none_that_was_not_accepted_is_learnt(mnist, kind):
    drawn(visitor("learnt"), 1, seed=1)
    secret = [
        drawn(visitor("held out", held_out=True), 2, seed=2),
        drawn(visitor("unreviewed"), 3, seed=3, state=Label.State.UNREVIEWED),
        drawn(visitor("rejected"), 4, seed=4, state=Label.State.REJECTED),
        drawn(visitor("no digit"), None, seed=5),
    ]
    job = queued(kind=kind, base=new_version(2) if kind == "fine-tune" else None)
    plan = recipes.prepare(job, mnist, snapshots.freeze())
    assert not images_of(plan.training) & {bytes(drawing.seen) for drawing in secret}


@pytest.mark.parametrize("kind", TrainingJob.Kind.values)
def test_no_recipe_sees_a_test_or_a_validation_image(mnist, kind):
    drawn(visitor("a"), 1)
    job = queued(kind=kind, base=new_version(2) if kind == "fine-tune" else None)
    plan = recipes.prepare(job, mnist, None if kind == "scratch" else snapshots.freeze())
    assert not images_of(plan.training) & (images_of(mnist.test) | images_of(plan.validation))


def test_retraining_shows_every_image_once_an_epoch(mnist):
    drawn(visitor("a"), 1)
    plan = recipes.prepare(queued(kind="retrain"), mnist, snapshots.freeze())
    dealt = np.concatenate(list(plan.batches.epoch(100, np.random.default_rng(0))))
    np.testing.assert_array_equal(np.sort(dealt), np.arange(551))


def test_fine_tuning_replays_as_many_images_of_mnist_as_it_shows_drawings(mnist):
    for seed in range(5):
        drawn(visitor(f"v{seed}"), seed, seed=seed)
    plan = recipes.prepare(queued(kind="fine-tune", base=new_version(2)), mnist, snapshots.freeze())
    for batch in plan.batches.epoch(64, np.random.default_rng(0)):
        assert ((batch < 5).sum(), (batch >= 5).sum()) == (32, 32)


def test_a_handful_of_drawings_is_seen_in_as_many_batches_as_learning_takes(mnist):
    drawn(visitor("a"), 1)
    plan = recipes.prepare(queued(kind="fine-tune", base=new_version(2)), mnist, snapshots.freeze())
    assert plan.batches == Replayed(1, 550, recipes.FEWEST_FINE_TUNING_BATCHES)


def test_fine_tuning_begins_with_its_bases_weights_and_the_others_with_fresh_ones_of_the_seed():
    base = new_version(2)
    drawn(visitor("a"), 1)
    tuned = recipes.first_network(queued(kind="fine-tune", base=base))
    np.testing.assert_array_equal(tuned.parameters, versions.load(base).network.parameters)
    first, again, other = (recipes.first_network(queued(seed=seed)).parameters for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def test_a_snapshot_of_which_nothing_is_left_is_no_data_set(mnist):
    drawn(visitor("a"), 1)
    job, snapshot = queued(kind="retrain"), snapshots.freeze()
    snapshots.learnable().delete()
    with pytest.raises(DatasetError, match="none of the 1 drawings"):
        recipes.prepare(job, mnist, snapshot)


def test_the_hash_of_a_data_set_tells_a_changed_pixel_and_a_changed_label():
    digits = seven_segment_digits(3, seed=0)
    other_image, other_label = (seven_segment_digits(3, seed=0) for _ in range(2))
    other_image.images[1, 2, 3] ^= 1
    other_label.labels[2] = (other_label.labels[2] + 1) % 10
    assert recipes.fingerprint(digits) == recipes.fingerprint(seven_segment_digits(3, seed=0))
    assert len({recipes.fingerprint(one) for one in (digits, other_image, other_label)}) == 3


@pytest.mark.parametrize("kind", TrainingJob.Kind)
def test_what_is_proposed_for_a_kind_of_job_can_be_started(kind):
    drawn(visitor("a"), 1)
    base = new_version(2) if kind == "fine-tune" else None
    assert queued(kind=kind, base=base, **recipes.defaults(kind)).state == "queued"


def test_a_network_that_knows_no_digit_learns_what_was_accepted_to_be_none(mnist):
    drawn(visitor("a"), 1)
    drawn(visitor("b"), None, seed=1)
    with_answer = recipes.prepare(queued(kind="retrain", architecture="deep"), mnist, snapshots.freeze())
    without = recipes.prepare(queued(kind="retrain"), mnist, snapshots.freeze())
    assert with_answer.training.labels[:2].tolist() == [1, NO_DIGIT]
    assert (without.training.labels < NO_DIGIT).all()


def test_drawings_that_are_all_no_digits_are_nothing_to_a_network_without_that_answer(mnist):
    drawn(visitor("b"), None, seed=1)
    digit = drawn(visitor("c"), 4, seed=2)
    job = queued(kind="retrain")
    digit.delete()  # between the start of the job and its snapshot
    with pytest.raises(DatasetError, match="labelled as no digit, for which lenet-5x5 has no answer"):
        recipes.prepare(job, mnist, snapshots.freeze())


class TestGeneratedImages:
    @pytest.fixture(autouse=True)
    def folder(self, settings, tmp_path):
        settings.GENERATED_DIR = tmp_path

    def test_no_more_are_drawn_than_the_training_shows(self, mnist):
        job = queued(architecture="deep", generated_images=500_000, batch_size=50)
        plan = recipes.prepare(job, mnist, None)
        shown = sum((batch < 1000).sum() for batch in plan.batches.epoch(50, np.random.default_rng(0)))
        assert plan.counts["generated"]["images"] == 1000
        assert 500 / 2 < shown <= 1000

    def test_no_more_are_drawn_than_the_job_asks_for(self, mnist):
        plan = recipes.prepare(queued(architecture="deep", generated_images=40, epochs=5), mnist, None)
        assert plan.counts["generated"]["images"] == 40

    @pytest.mark.parametrize(("count", "rounded"), [(0, 1000), (1000, 1000), (1001, 2000), (60_000, 64_000)])
    def test_sets_come_in_few_sizes(self, count, rounded):
        assert recipes.rounded_up(count) == rounded

    def test_the_last_quarter_of_the_epochs_shows_fewer(self, mnist):
        mixture = recipes.mixture_of(queued(architecture="deep", generated_images=40, epochs=8), 550, 0)
        assert [mixture.generated_per_batch(100, epoch) for epoch in (1, 6, 7, 8)] == [41, 41, 21, 21]

    @pytest.mark.parametrize("kind", ["scratch", "retrain", "fine-tune"])
    @pytest.mark.parametrize("new", [1, 2, 50, 107, 108, 600, 7_000, 200_000])
    @pytest.mark.parametrize("batch_size", [recipes.SMALLEST_MIXED_BATCH, 9, 10, 11, 13, 32, 50, 128])
    def test_each_batch_has_room_for_each_sort_however_many_drawings_there_are(self, kind, new, batch_size):
        job = TrainingJob(kind=kind, epochs=4, batch_size=batch_size)
        new = 0 if kind == "scratch" else new
        mixture = recipes.mixture_of(job, 55_000, new)
        source = mixture.source(new, 1000, 55_000)
        for epoch in (1, 4):
            batch = next(source.epoch(batch_size, np.random.default_rng(0), epoch))
            assert len(batch) == batch_size
            assert batch.max() < 56_000 + new

    def test_a_few_drawings_stand_among_mnists_images_and_are_seen_as_often(self, mnist):
        drawing = drawn(visitor("a"), 3)
        job = queued(kind="retrain", architecture="deep", generated_images=1000, batch_size=50)
        plan = recipes.prepare(job, mnist, snapshots.freeze())
        place = plan.counts["generated"]["images"]
        assert plan.training.images[place].tobytes() == bytes(drawing.seen)
        seen = np.concatenate(list(plan.batches.epoch(50, np.random.default_rng(0))))
        assert 1 <= (seen == place).sum() <= 2
        assert set(range(place, len(plan.training))) <= set(seen.tolist())

    def test_many_drawings_have_a_share_of_their_own(self, mnist):
        for digit in range(10):
            for seed in range(3):
                drawn(visitor(f"{digit}-{seed}"), digit, seed=seed)
        job = queued(kind="retrain", architecture="deep", generated_images=1000, batch_size=50)
        plan = recipes.prepare(job, mnist, snapshots.freeze())
        first = next(plan.batches.epoch(50, np.random.default_rng(0)))
        assert (first < 30).sum() == round(50 * 2 * 30 / 580)
