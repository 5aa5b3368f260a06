import threading

import pytest

from training import sources
from training.data import mnist
from training.data.mnist import MnistError


@pytest.fixture
def nowhere(settings, tmp_path):
    settings.MNIST_DIR = None
    settings.MNIST_DOWNLOAD_DIR = tmp_path / "mnist"
    return settings.MNIST_DOWNLOAD_DIR


def test_the_folder_that_is_named_comes_first(settings, small_mnist, tmp_path):
    settings.MNIST_DOWNLOAD_DIR = tmp_path
    assert sources.require_mnist().directory == small_mnist


def test_without_one_the_data_folders_is_taken(settings, small_mnist):
    settings.MNIST_DIR, settings.MNIST_DOWNLOAD_DIR = None, small_mnist
    assert sources.mnist_directory() == small_mnist


def test_what_is_missing_is_downloaded_with_progress(nowhere, monkeypatch):
    seen = threading.Event()

    def fetch(directory, progress, **_):
        progress("train-images-idx3-ubyte", 3_100_000, 9_900_000)
        assert seen.wait(30)

    told = []

    def step(words):
        told.append(words)
        if "3.1 of 9.9 MB" in words:
            seen.set()

    monkeypatch.setattr(mnist, "fetch", fetch)
    assert sources.require_mnist(step).directory == nowhere
    assert seen.is_set()


def test_a_download_that_fails_says_why(nowhere, monkeypatch):
    def fetch(*_, **__):
        raise MnistError("no mirror answers")

    monkeypatch.setattr(mnist, "fetch", fetch)
    with pytest.raises(MnistError, match="no mirror answers"):
        sources.require_mnist()


def test_who_stops_waiting_need_not_wait_for_a_connection_that_hangs(nowhere, monkeypatch):
    hanging, ended = threading.Event(), []

    def fetch(directory, progress, **_):
        hanging.wait(30)
        try:
            progress("train-images-idx3-ubyte", 1, None)
        except InterruptedError as error:
            ended.append(error)
            raise

    def step(words):
        raise ZeroDivisionError

    monkeypatch.setattr(mnist, "fetch", fetch)
    with pytest.raises(ZeroDivisionError):
        sources.require_mnist(step)
    hanging.set()
    for thread in threading.enumerate():
        if thread.name == "mnist-download":
            thread.join(30)
    assert ended
