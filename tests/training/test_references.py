"""Known digits as the live network sees them: MNIST's, and those of accepted drawings that nobody has hidden."""

import numpy as np
import pytest

from recognizer import moderation, recognition, versions
from recognizer.models import Label
from tests import admin_rows as rows
from tests.training.making import drawn, visitor
from training import references, snapshots

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def anew():
    recognition.forget()
    references.forget()
    yield
    recognition.forget()
    references.forget()


@pytest.fixture
def live(settings):
    settings.MNIST_DIR = settings.MNIST_DOWNLOAD_DIR = None
    return versions.ensure_shipped().version


def test_features_are_what_the_last_layer_of_the_network_is_given(live):
    network = recognition.live().network
    images = np.random.default_rng(1).integers(0, 256, (70, 28, 28), dtype=np.uint8)
    last = network.layer_parameters[-1]
    features = network.features(images)
    logits = features @ last["weight"].T + last["bias"]
    shares = np.exp(logits - logits.max(axis=1, keepdims=True))
    expected = shares / shares.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(network.probabilities(images), expected, rtol=1e-4, atol=1e-6)


def test_no_images_have_features_of_the_same_width(live):
    network = recognition.live().network
    some = network.features(np.zeros((3, 28, 28), np.uint8))
    assert network.features(np.zeros((0, 28, 28), np.uint8)).shape == (0, some.shape[1])


def test_accepted_drawings_are_known_with_label_and_visitor(live):
    known_one, none = drawn(visitor("ada"), 3, seed=1), drawn(visitor("bob"), None, seed=2)
    drawn(visitor("cyd"), 4, seed=3, state=Label.State.UNREVIEWED)
    found = references.known()
    assert found.drawings.tolist() == [none.pk, known_one.pk]
    assert found.labels.tolist() == [10, 3]
    assert found.visitors.tolist() == [none.visitor_id, known_one.visitor_id]
    np.testing.assert_allclose(np.linalg.norm(found.features, axis=1), 1, rtol=1e-5)


def test_hidden_ones_and_more_than_are_wanted_are_left_out(live, settings):
    settings.REFERENCE_DRAWINGS = 2
    known = [drawn(visitor(f"v{n}"), n, seed=n) for n in range(4)]
    moderation.hide([known[3].pk], by=None)
    assert references.known().drawings.tolist() == [known[2].pk, known[1].pk]


def test_some_of_mnist_are_known_the_same_ones_each_time(small_mnist, settings):
    versions.ensure_shipped()
    settings.REFERENCE_IMAGES = 50
    first = references.known()
    references.forget()
    again = references.known()
    assert (len(first), first.is_mnist.all()) == (50, True)
    assert np.array_equal(first.images, again.images)


def test_what_is_accepted_meanwhile_is_known_after_a_while(live, settings):
    drawn(visitor("ada"), 3, seed=1)
    assert len(references.known()) == 1
    drawn(visitor("bob"), 4, seed=2)
    assert len(references.known()) == 1
    settings.REFERENCE_SECONDS = 0.0
    references.forget()
    references.known()
    drawn(visitor("cyd"), 5, seed=3)
    assert len(references.known()) == 3


def test_the_network_sees_those_alone_that_are_new(live, settings, monkeypatch):
    settings.REFERENCE_SECONDS = 0.0
    first = drawn(visitor("ada"), 3, seed=1)
    before = references.known()
    second = drawn(visitor("bob"), 4, seed=2)
    seen, features_of = [], references.features_of
    monkeypatch.setattr(references, "features_of", lambda m, images: seen.append(len(images)) or features_of(m, images))
    after = references.known()
    assert (seen, after.drawings.tolist()) == ([1], [second.pk, first.pk])
    assert np.array_equal(after.features[1], before.features[0])
    np.testing.assert_array_equal(after.images[1], before.images[0])


def test_it_is_known_since_when_they_are_accepted(live):
    drawing = drawn(visitor("ada"), 3, seed=1)
    label = Label.objects.get(drawing=drawing)
    assert references.known().since.tolist() == [label.reviewed_at.timestamp()]


def test_another_version_sees_all_anew(live):
    drawn(visitor("ada"), 3, seed=1)
    before = references.known().features
    versions.promote(rows.version(3), by=None, reason="")
    recognition.forget()
    assert references.known().features.shape[0] == 1
    assert not np.array_equal(before, references.known().features)


def test_nothing_known_is_no_digits_at_all(live):
    assert len(references.known()) == 0
    assert snapshots.learnable().count() == 0
