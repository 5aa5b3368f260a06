"""Checkpoints: what goes in comes back bit for bit, and nothing that is damaged or of another training comes back."""

import errno
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from recognizer.network import Network
from training import checkpoints
from training.checkpoints import CheckpointError, Checkpoints
from training.data.batches import Shuffled
from training.fit import Position, Settings
from training.recipes import Plan

from .generated import seven_segment_digits

SETTINGS = Settings(epochs=2, batch_size=10, augmentation=None)


def network(seed: int = 0) -> Network:
    return Network.create("lenet-5x5", np.random.default_rng(seed))


def somewhere(net: Network, *, step: int = 7) -> Position:
    """A Position in the middle of an epoch, each number another."""
    rng = np.random.default_rng(step)
    position = Position.fresh(net, SETTINGS)
    position.optimiser.t = step
    for values in (position.optimiser.m, position.optimiser.v, position.average.values):
        values[...] = rng.random(values.shape, np.float32)
    position.average.steps = step + 1
    position.epoch, position.batch, position.images, position.correct = 2, 3, 30, 17
    position.loss, position.seconds = 0.1 + 0.2, 1 / 3
    return position


def restored(kept: Checkpoints) -> tuple[Network, Position | None]:
    net = network(seed=99)
    return net, kept.restore(net, Position.fresh(net, SETTINGS))


@pytest.fixture
def kept() -> Checkpoints:
    return Checkpoints(5, "this training")


def plan(**changes) -> Plan:
    digits = seven_segment_digits(20, seed=1)
    usual = {"network": network(), "training": digits, "validation": digits, "batches": Shuffled(20),
             "settings": SETTINGS, "counts": {"mnist": {"images": 20, "sha256": "a"}}}  # fmt: skip
    return Plan(**usual | changes)


def test_a_training_comes_back_as_it_stood_bit_for_bit(kept):
    net = network()
    position = somewhere(net)
    kept.save(net, position)
    again, found = restored(kept)
    assert np.array_equal(again.parameters, net.parameters)
    for name in ("m", "v"):
        assert np.array_equal(getattr(found.optimiser, name), getattr(position.optimiser, name))
    assert np.array_equal(found.average.values, position.average.values)
    assert (found.optimiser.t, found.average.steps) == (7, 8)
    numbers = ("epoch", "batch", "images", "correct", "loss", "seconds")
    assert [getattr(found, name) for name in numbers] == [getattr(position, name) for name in numbers]


def test_what_comes_back_can_be_learnt_on(kept):
    net = network()
    kept.save(net, somewhere(net))
    _, found = restored(kept)
    assert all(values.flags.writeable for values in (found.optimiser.m, found.optimiser.v, found.average.values))


def test_without_a_checkpoint_the_training_begins_anew(kept):
    assert restored(kept)[1] is None


def test_the_newest_comes_back_and_one_is_kept_to_fall_back_on(kept):
    net = network()
    for step in (10, 9, 11, 1000):
        kept.save(net, somewhere(net, step=step))
    assert [path.name[:15] for path in sorted(kept.folder.iterdir())] == ["step-0000000011", "step-0000001000"]
    assert restored(kept)[1].optimiser.t == 1000


@pytest.mark.parametrize(
    "damage",
    [
        lambda path: path.write_bytes(path.read_bytes()[:-1]),
        lambda path: path.write_bytes(path.read_bytes()[:-1] + b"\x01"),
        lambda path: path.write_bytes(b""),
        lambda path: path.unlink(),
    ],
    ids=["cut off", "one bit", "empty", "gone"],
)
def test_a_damaged_checkpoint_is_passed_over_for_the_one_before(kept, damage):
    net = network()
    kept.save(net, somewhere(net, step=5))
    damage(kept.save(net, somewhere(net, step=6)))
    assert restored(kept)[1].optimiser.t == 5


def test_a_checkpoint_of_another_training_is_passed_over(kept):
    net = network()
    Checkpoints(5, "another training").save(net, somewhere(net))
    again, found = restored(kept)
    assert found is None
    assert np.array_equal(again.parameters, network(seed=99).parameters)


def test_a_training_that_begins_anew_keeps_its_own_checkpoints_and_not_later_ones_of_before(kept):
    net = network()
    for step in (4900, 5000):
        Checkpoints(5, "before a drawing was deleted").save(net, somewhere(net, step=step))
    assert restored(kept)[1] is None
    assert kept.save(net, somewhere(net, step=10)).exists()
    assert restored(kept)[1].optimiser.t == 10


def test_a_checkpoint_of_another_network_is_passed_over(kept):
    net = Network.create("deep", np.random.default_rng(0))
    kept.save(net, somewhere(net))
    assert restored(kept)[1] is None


def test_a_draft_of_a_killed_process_is_never_read_and_removed(kept):
    net = network()
    whole = kept.save(net, somewhere(net, step=5))
    draft = whole.with_name(f".{whole.name}.x7")
    draft.write_bytes(whole.read_bytes()[:100])
    assert restored(kept)[1].optimiser.t == 5
    assert not draft.exists()


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EACCES])
def test_a_checkpoint_that_cannot_be_written_says_so_and_leaves_the_last_one(kept, monkeypatch, number):
    net = network()
    kept.save(net, somewhere(net, step=5))

    def refuse(*_):
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", refuse)
        with pytest.raises(CheckpointError, match=f"after step 6 .*{os.strerror(number)}.*retry the job"):
            kept.save(net, somewhere(net, step=6))
    assert restored(kept)[1].optimiser.t == 5
    assert len(list(kept.folder.iterdir())) == 1


def refusing(monkeypatch, number: int, times: float) -> None:
    """Have files not be read so many times."""
    read, left = Path.read_bytes, [times]

    def refuse(path):
        if left[0] > 0:
            left[0] -= 1
            raise OSError(number, os.strerror(number))
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", refuse)
    monkeypatch.setattr(checkpoints.time, "sleep", lambda seconds: None)


@pytest.mark.parametrize("number", [errno.EMFILE, errno.EIO, errno.EACCES])
def test_a_checkpoint_that_cannot_be_read_says_so_and_stays(kept, monkeypatch, number):
    net = network()
    files = {kept.save(net, somewhere(net, step=step)) for step in (5, 6)}
    with monkeypatch.context() as patched:
        refusing(patched, number, times=float("inf"))
        with pytest.raises(CheckpointError, match=f"could not be read .{os.strerror(number)}.*retry the job"):
            restored(kept)
    assert set(kept.folder.iterdir()) == files
    assert kept.discarded == []
    assert restored(kept)[1].optimiser.t == 6


def test_a_checkpoint_that_cannot_be_read_for_a_moment_is_read_again(kept, monkeypatch):
    net = network()
    kept.save(net, somewhere(net, step=5))
    refusing(monkeypatch, errno.EMFILE, times=2)
    assert restored(kept)[1].optimiser.t == 5


def test_a_folder_that_cannot_be_listed_is_none_without_checkpoints(kept, monkeypatch):
    net = network()
    kept.save(net, somewhere(net, step=5))

    def refuse(path):
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    monkeypatch.setattr(Path, "iterdir", refuse)
    with pytest.raises(OSError, match="Too many open files"):
        restored(kept)


def test_discarding_removes_the_folder_and_nothing_else(kept):
    net = network()
    kept.save(net, somewhere(net))
    other = Checkpoints(6, "").save(net, somewhere(net))
    checkpoints.discard(5)
    assert not kept.folder.exists()
    assert other.exists()
    checkpoints.discard(5)


class TestIdentity:
    def test_the_same_plan_has_the_same_identity_with_any_number_of_threads(self):
        threads = plan(settings=replace(SETTINGS, threads=5))
        assert checkpoints.identity_of(plan()) == checkpoints.identity_of(threads)

    @pytest.mark.parametrize(
        "changes",
        [
            {"settings": replace(SETTINGS, seed=1)},
            {"settings": replace(SETTINGS, learning_rate=1e-3)},
            {"network": network(seed=1)},
            {"batches": Shuffled(19)},
            {"counts": {"mnist": {"images": 20, "sha256": "b"}}},
        ],
        ids=["seed", "learning rate", "first weights", "order", "data"],
    )
    def test_whatever_decides_about_the_weights_changes_it(self, changes):
        assert checkpoints.identity_of(plan(**changes)) != checkpoints.identity_of(plan())
