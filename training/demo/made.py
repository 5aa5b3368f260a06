"""Everything of the demo that takes time, made in memory before the database hears of it: drawings, versions, answers.

Left out on purpose: rows, so that nobody waits for a lock meanwhile."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from recognizer import recognition
from recognizer.network import Network
from recognizer.recognition import LiveModel, Recognition
from training.data.dataset import Dataset
from training.demo import networks, people, releases, story
from training.demo.networks import Training
from training.demo.people import Drawn, Person
from training.demo.story import Fate
from training.fit_settings import Settings

Progress = Callable[[str, int, int], object]
TUNING = Settings(epochs=3, learning_rate=3e-4, batch_size=64)
READ_AT_ONCE = 200
MATERIAL_OF_FAILURES = 1000


@dataclass(frozen=True)
class Reading:
    """How many of the accepted drawings a network reads right after an epoch: of those it learns, and held-out ones."""

    epoch: int
    curve: str
    n: int
    correct: int


@dataclass(frozen=True)
class Made:
    """`answers` are those of the version that was live then; `stopped` and `failed` are trainings without a version.

    `learnt` are the places of the drawings from which the tuned version learned."""

    people: list[Person]
    drawn: list[Drawn]
    fates: list[Fate]
    answers: list[Recognition]
    trainings: list[Training]
    stopped: Training
    failed: Training
    learnt: list[int]
    meter: list[Reading]


def make(shipped: LiveModel, *, count: int, seed: int, progress: Progress) -> Made:
    """All of it, from the seed."""
    those = people.people(max(5, count // people.DRAWINGS_OF_A_VISITOR), seed=seed)
    drawn = people.drawings(those, count, seed=seed, progress=lambda done, total: progress("drawing", done, total))
    fates = story.fates(drawn, seed=seed)
    material, validation = networks.material(max(one.images for one in releases.VERSIONS), seed=seed)
    trainings = list(_trainings(material, validation, seed, progress))
    stopped, failed = _without_a_version(material[:MATERIAL_OF_FAILURES], validation, seed)
    held_out = {place for place in measuring(fates) if those[drawn[place].person].held_out}
    by_then = [place for place in measuring(fates) if fates[place].days_ago > releases.VERSIONS[-1].days_ago]
    learnt = [place for place in by_then if place not in held_out]
    sets = {"drawings": images(drawn, fates, learnt), "held-out": images(drawn, fates, sorted(held_out))}
    tuned, meter = _tuned(trainings[-1].network, sets, validation, seed)
    trainings.append(tuned)
    answers = _answers(shipped, trainings, drawn, progress)
    return Made(those, drawn, fates, answers, trainings, stopped, failed, learnt, meter)


def key_of(place: int) -> int:
    """What stands for the version of that place until it is a row: no row's key."""
    return -1 - place


def measuring(fates: list[Fate]) -> list[int]:
    """The places of the drawings that were accepted as a digit."""
    return [place for place, fate in enumerate(fates) if fate.is_accepted and fate.digit is not None]


def images(drawn: list[Drawn], fates: list[Fate], places: list[int]) -> Dataset:
    """What the network saw of these drawings, with the digits that they were accepted as."""
    seen = np.array([drawn[place].submission.seen.image for place in places], np.uint8).reshape(-1, 28, 28)
    return Dataset(seen, np.array([fates[place].digit for place in places], np.uint8))


def _trainings(material: Dataset, validation: Dataset, seed: int, progress: Progress) -> Iterator[Training]:
    plans = [version for version in releases.VERSIONS if not version.tunes]
    for number, plan in enumerate(plans):
        progress("training", number, len(plans))
        settings = Settings(epochs=plan.epochs, seed=seed)
        yield networks.train(networks.fresh(seed + number), material[: plan.images], validation, settings)
    progress("training", len(plans), len(plans))


def _without_a_version(material: Dataset, validation: Dataset, seed: int) -> tuple[Training, Training]:
    """One that is stopped in its second epoch, and one whose learning rate is far too large."""
    settings = Settings(epochs=3, seed=seed)
    steps = 3 * (len(material) // settings.batch_size) // 2
    stopped = networks.train(networks.fresh(seed), material, validation, settings, stop_after=steps)
    wild = replace(settings, learning_rate=1.0)
    return stopped, networks.train(networks.fresh(seed), material, validation, wild, stop_after=steps)


def _tuned(base: Network, sets: dict[str, Dataset], validation: Dataset, seed: int) -> tuple[Training, list[Reading]]:
    """The last version once more, on the accepted digits, and what the forgetting meter reads meanwhile."""
    meter: list[Reading] = []

    def read(network: Network, epoch: int) -> None:
        for curve, those in sets.items():
            if len(those):
                right = int((network.probabilities(those.images).argmax(axis=1) == those.labels).sum())
                meter.append(Reading(epoch, curve, len(those), right))

    network = Network(base.architecture, base.parameters.copy())
    read(network, 0)
    tuned = networks.train(network, sets["drawings"], validation, replace(TUNING, seed=seed), each=read)
    return tuned, meter


def _answers(
    shipped: LiveModel, trainings: list[Training], drawn: list[Drawn], progress: Progress
) -> list[Recognition]:
    """What the version that was live then really answers."""
    models = [LiveModel(0, key_of(place), training.network) for place, training in enumerate(trainings)]
    by: dict[int | None, list[int]] = {}
    for place, one in enumerate(drawn):
        by.setdefault(releases.live_at(one.days_ago), []).append(place)
    answers: dict[int, Recognition] = {}
    for version, places in by.items():
        model = shipped if version is None else models[version]
        for start in range(0, len(places), READ_AT_ONCE):
            part = places[start : start + READ_AT_ONCE]
            read = recognition.recognise_all([drawn[place].submission.seen for place in part], model)
            answers.update(zip(part, read, strict=True))
            progress("reading", len(answers), len(drawn))
    return [answers[place] for place in range(len(drawn))]
