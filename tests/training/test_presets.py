"""Ready-made trainings: what they ask for, and where they are refused."""

import pytest

from recognizer.network.architectures import ARCHITECTURES
from tests import admin_rows as rows
from training import jobs, presets, recipes
from training.presets import PRESETS


def test_the_presets_are_the_five_that_are_promised_and_say_how_long_they_take():
    assert list(PRESETS) == ["original", "quick", "standard", "best", "people"]
    for name, preset in PRESETS.items():
        assert preset.name == name
        assert preset.architecture in ARCHITECTURES
        assert str(preset.duration) in preset.words


def test_the_original_is_the_recipe_that_the_project_grew_from():
    preset, settings = PRESETS["original"], PRESETS["original"].settings
    assert (preset.architecture, preset.mnist_images) == ("lenet-5x5", 50_000)
    assert (settings.epochs, settings.batch_size) == (2, 32)
    assert (settings.learning_rate, settings.beta1, settings.beta2) == (0.01, 0.95, 0.99)
    assert (settings.schedule, settings.weight_decay, settings.augmentation) == ("constant", 0, None)


def test_an_unknown_preset_is_refused_with_the_known_ones():
    with pytest.raises(presets.UnknownPreset, match="no preset 'better'; known are: original, quick, standard, best"):
        presets.find("better")


@pytest.mark.django_db
def test_a_job_has_its_presets_settings_but_for_what_it_asks_for(settings):
    settings.TRAINING_THREADS = 1
    job = rows.job(preset="original", epochs=5, batch_size=64, learning_rate=0.02, seed=3)
    made = recipes.fit_settings(job)
    assert (made.epochs, made.batch_size, made.learning_rate, made.seed, made.threads) == (5, 64, 0.02, 3, 1)
    assert (made.beta1, made.schedule, made.augmentation) == (0.95, "constant", None)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("request_", "words"),
    [
        ({"kind": "scratch", "architecture": "lenet-5x5", "preset": "better"}, "preset is 'better': choose one of"),
        ({"kind": "fine-tune", "architecture": "lenet-5x5", "preset": "best"}, "leave it empty to fine-tune"),
    ],
)
def test_a_preset_that_cannot_be_is_refused_by_name(request_, words):
    with pytest.raises(jobs.JobError, match=words) as caught:
        jobs.start(epochs=1, learning_rate=0.001, **request_)
    assert caught.value.field == "preset"
