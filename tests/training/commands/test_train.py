"""`manage.py train`: the same seed gives the same weights, and what is left when it goes wrong."""

import pytest

from recognizer import versions
from recognizer.models import ModelVersion
from recognizer.network import weights
from tests.training.making import drawn as stored
from tests.training.making import visitor
from tests.training.pairs import worse
from training import comparing, recipes, worker
from training.fit import BatchResult, Diverged
from training.management.console import INTERRUPTED
from training.models import TrainingJob

from .asking import Terminal, ask

QUICK = ("train", "--epochs", "2", "--batch-size", "100")

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("small_mnist")]


def interrupt_at_batch(number: int, monkeypatch) -> None:
    """Let Ctrl-C come when batch `number` is done."""
    run = worker.run

    def interrupted(claim, *, observe):
        def look(event):
            observe(event)
            if isinstance(event, BatchResult) and event.batch == number:
                raise KeyboardInterrupt

        return run(claim, observe=look)

    monkeypatch.setattr(worker, "run", interrupted)


def test_it_trains_a_version_and_says_where_its_files_are(tmp_path):
    answer = ask(*QUICK, "--json").json
    assert (answer["model_version"], answer["architecture"], answer["recipe"]) == (2, "lenet-5x5", "scratch")
    assert answer["settings"] == {"epochs": 2, "batch_size": 100, "learning_rate": 0.004}
    assert answer["evaluations"]["mnist-test"]["n"] == 100
    loaded = weights.load(answer["weights"], expected_sha256=answer["sha256"])
    assert loaded.provenance["parameters_sha256"] == answer["parameters_sha256"]
    assert answer["weights"] == str(tmp_path / "trained" / "version-2.safetensors")
    with open(answer["curves"], "rb") as file:
        assert file.read(4) == b"\x89PNG"


def test_it_answers_people_in_lines(tmp_path):
    answer = ask(*QUICK)
    lines = answer.out.splitlines()
    assert lines[0].startswith("Version 2 (lenet-5x5), ")
    assert lines[1].startswith("mnist-test: ")
    assert f"Weights: {tmp_path / 'trained' / 'version-2.safetensors'}" in lines
    assert f"Curves: {tmp_path / 'trained' / 'version-2.png'}" in lines


def test_every_epoch_is_a_plain_line_where_there_is_no_terminal():
    answer = ask(*QUICK)
    assert "epoch 1 of 2: loss " in answer.err
    assert "epoch 2 of 2: loss " in answer.err
    assert "\r" not in answer.err
    assert "\x1b" not in answer.err


def test_on_a_terminal_a_bar_tells_epoch_batch_loss_accuracy_speed_and_time():
    terminal = Terminal()
    ask(*QUICK, err=terminal)
    shown = terminal.getvalue()
    for words in ("\repoch 2 of 2", "/12 [", "loss=", "accuracy=", "images/s", "<"):
        assert words in shown


def test_the_same_seed_gives_the_same_weights_and_another_seed_others():
    first, again, other = (ask(*QUICK, "--seed", seed, "--json").json for seed in (5, 5, 6))
    assert first["parameters_sha256"] == again["parameters_sha256"] != other["parameters_sha256"]


def test_the_training_stands_in_the_list_of_jobs():
    answer = ask(*QUICK, "--note", "a try", "--mnist-images", "300", "--learning-rate", "0.001", "--json").json
    job = TrainingJob.objects.get(pk=answer["job"])
    assert (job.state, job.note, job.mnist_images, job.learning_rate) == ("succeeded", "a try", 300, 0.001)
    assert job.version.number == answer["model_version"]


def test_no_version_goes_live_unless_it_is_promoted():
    assert ask(*QUICK, "--json").json["promoted"] is False
    assert versions.live_deployment().version.number == 1
    answer = ask(*QUICK, "--promote", "--json").json
    assert answer["promoted"] is True
    assert versions.live_deployment().version.number == answer["model_version"]


def test_what_the_gate_refuses_is_trained_but_not_live(monkeypatch):
    monkeypatch.setattr(comparing, "compare", lambda *versions, **options: worse())
    answer = ask(*QUICK, "--promote", "--json")
    assert answer.status == 1
    assert (answer.json["promoted"], answer.json["model_version"]) == (False, 2)
    assert "should not replace version 1" in answer.json["refused"]
    assert versions.live_deployment().version.number == 1
    assert "`manage.py promote 3 --override REASON`" in ask(*QUICK, "--promote").out


def test_an_override_makes_live_what_the_gate_refuses(monkeypatch):
    monkeypatch.setattr(comparing, "compare", lambda *versions, **options: worse())
    answer = ask(*QUICK, "--promote", "--override", "a try", "--json")
    assert (answer.status, answer.json["promoted"]) == (0, True)
    deployment = versions.live_deployment()
    assert (deployment.version.number, deployment.override) == (2, "a try")
    assert "should not replace version 1" in deployment.verdict


def test_an_override_of_nothing_is_refused_before_anything_begins():
    assert "give it with --promote" in ask(*QUICK, "--override", "a try").error
    assert not TrainingJob.objects.exists()


def test_weights_can_be_trained_where_none_are_shipped(settings, tmp_path):
    settings.SHIPPED_WEIGHTS_DIR = tmp_path / "none"
    assert ask(*QUICK, "--promote", "--json").json["model_version"] == 1


def test_the_output_may_be_named_as_a_file(tmp_path):
    answer = ask(*QUICK, "--output", tmp_path / "own" / "best.safetensors", "--json").json
    assert answer["weights"] == str(tmp_path / "own" / "best.safetensors")
    assert sorted(path.name for path in (tmp_path / "own").iterdir()) == ["best.png", "best.safetensors"]


def test_trained_weights_can_be_shipped_with_their_figures(settings, tmp_path):
    folder = tmp_path / "ships"
    answer = ask(*QUICK, "--output", folder / "lenet-5x5.safetensors", "--json").json
    settings.SHIPPED_WEIGHTS_DIR = folder
    shipped = versions.ensure_shipped().version
    assert shipped.sha256 == answer["sha256"]
    assert shipped.evaluations.get().correct == answer["evaluations"]["mnist-test"]["correct"]


def test_a_base_means_fine_tuning_it():
    stored(visitor("trains"), 7)
    base = ModelVersion.objects.first()
    answer = ask("train", "--base", base.number, "--epochs", 1, "--batch-size", 10, "--json").json
    assert answer["recipe"] == "fine-tune"
    assert answer["settings"]["learning_rate"] == recipes.defaults("fine-tune")["learning_rate"]
    assert ModelVersion.objects.get(number=answer["model_version"]).base == base


def test_fine_tuning_starts_from_the_live_version_unless_a_base_is_given():
    versions.ensure_shipped()
    stored(visitor("trains"), 7)
    answer = ask("train", "--recipe", "fine-tune", "--epochs", 1, "--batch-size", 10, "--json").json
    assert ModelVersion.objects.get(number=answer["model_version"]).base.number == 1


def test_retraining_learns_from_accepted_drawings_too():
    stored(visitor("trains"), 7)
    answer = ask(*QUICK, "--recipe", "retrain", "--json").json
    assert TrainingJob.objects.get(pk=answer["job"]).snapshot.count == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--recipe", "magic"], "There is no recipe 'magic'; known are: scratch, retrain, fine-tune."),
        (["--architecture", "resnet"], "Architecture is 'resnet': choose one of lenet-5x5"),
        (["--epochs", "0"], "Epochs must be a whole number from 1 to 1000, not 0."),
        (["--batch-size", "0"], "must be a whole number from 1 to 4096, not 0."),
        (["--learning-rate", "nan"], "must be a number from 1e-07 to 1.0, not nan."),
        (["--seed", "-1"], "Seed must be a whole number from 0 to 4294967295, not -1."),
        (["--base", "9"], "There is no version 9; there is 1."),
        (["--recipe", "fine-tune"], "There are no accepted drawings"),
        (["--base", "1", "--recipe", "scratch"], "only fine-tuning starts from a version"),
        (["--recipe", "retrain"], "There are no accepted drawings"),
        (["--mnist-images", "5"], "mnist_images"),
    ],
)
def test_what_cannot_be_trained_is_said_before_anything_begins(arguments, words):
    answer = ask("train", *arguments, "--json")
    assert (answer.status, answer.out) == (1, "")
    assert words.lower() in answer.error.lower()
    assert not TrainingJob.objects.exists()


def test_an_output_that_cannot_be_written_is_said_before_anything_begins(tmp_path):
    (tmp_path / "file").write_text("")
    answer = ask(*QUICK, "--output", tmp_path / "file" / "folder")
    assert answer.status == 1
    assert "cannot be used: Not a directory." in answer.error
    assert not TrainingJob.objects.exists()


def test_a_training_that_diverges_fails_in_words(monkeypatch, caplog):
    def diverging(*data, **options):
        raise Diverged(step=3, loss=float("inf"))
        yield

    monkeypatch.setattr(worker, "fit", diverging)
    answer = ask(*QUICK, "--json")
    assert (answer.status, answer.out) == (1, "")
    assert "diverged" in answer.error
    assert TrainingJob.objects.get().state == "failed"
    assert "Traceback" not in answer.err + caplog.text


def test_an_interrupted_training_is_a_cancelled_job_and_leaves_no_file(tmp_path, monkeypatch):
    interrupt_at_batch(3, monkeypatch)
    answer = ask(*QUICK)
    assert (answer.status, answer.error) == (INTERRUPTED, "Stopped.")
    assert TrainingJob.objects.get().state == "cancelled"
    assert list((tmp_path / "trained").iterdir()) == []
    assert ModelVersion.objects.count() == 1


def test_missing_mnist_is_fetched(settings, tmp_path, published, mirror, monkeypatch):
    settings.MNIST_DIR, settings.MNIST_DOWNLOAD_DIR = None, tmp_path / "mnist"
    monkeypatch.setattr("training.data.mnist.fetch.__defaults__", ((mirror.serve(published).url,), None))
    assert ask("train", "--epochs", "1", "--json").json["evaluations"]["mnist-test"]["n"] == 20
    assert {path.name for path in (tmp_path / "mnist").iterdir()} == set(published)
