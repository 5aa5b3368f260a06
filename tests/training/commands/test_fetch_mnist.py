"""`manage.py fetch_mnist`: from mirrors, from folders, and what it says when nothing is to be done."""

import pytest

from training.data import mnist

from .asking import ask


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.MNIST_DIR = None
    settings.MNIST_DOWNLOAD_DIR = tmp_path / "mnist"
    return settings.MNIST_DOWNLOAD_DIR


def write(folder, files):
    folder.mkdir()
    for name, body in files.items():
        (folder / name).write_bytes(body)
    return folder


def test_it_downloads_from_the_mirrors(folder, published, mirror, monkeypatch):
    monkeypatch.setattr(mnist, "MIRRORS", (mirror.serve(published).url,))
    answer = ask("fetch_mnist", "--json")
    assert answer.json == {"directory": str(folder), "files": list(mnist.FILES), "fetched": list(mnist.FILES)}
    assert {path.name for path in folder.iterdir()} == set(published)


def test_it_fetches_from_an_address(folder, published, mirror):
    answer = ask("fetch_mnist", "--from", mirror.serve(published).url)
    assert answer.status == 0
    assert f"into {folder}" in answer.out


def test_it_copies_from_a_folder(folder, published, tmp_path):
    assert ask("fetch_mnist", "--from", write(tmp_path / "there", published)).status == 0
    assert {path.name for path in folder.iterdir()} == set(published)


def test_what_is_there_and_right_is_left_alone(folder, published):
    write(folder, published)
    answer = ask("fetch_mnist")
    assert answer.status == 0
    assert "there is nothing to fetch" in answer.out


def test_a_damaged_file_is_fetched_again(folder, published, tmp_path):
    write(folder, published | {"t10k-labels-idx1-ubyte.gz": b"damaged"})
    answer = ask("fetch_mnist", "--from", write(tmp_path / "there", published), "--json")
    assert answer.json["fetched"] == ["t10k-labels-idx1-ubyte"]


def test_mnist_dir_is_said_to_be_used(published, tmp_path, settings):
    settings.MNIST_DIR = write(tmp_path / "own", published)
    answer = ask("fetch_mnist")
    assert answer.status == 0
    assert f"MNIST_DIR is set: trainings use the MNIST in {tmp_path / 'own'}." in answer.out


def test_a_mnist_dir_with_a_damaged_file_is_an_error(published, tmp_path, settings):
    settings.MNIST_DIR = write(tmp_path / "own", published | {"t10k-labels-idx1-ubyte.gz": b"damaged"})
    answer = ask("fetch_mnist", "--json")
    assert (answer.status, answer.out) == (1, "")
    assert "t10k-labels-idx1-ubyte there is not usable" in answer.error


def test_a_source_that_has_nothing_is_an_error_and_leaves_nothing_behind(folder, published, tmp_path):
    answer = ask("fetch_mnist", "--from", tmp_path / "nowhere")
    assert answer.status == 1
    assert "no such directory" in answer.error
    assert list(folder.iterdir()) == []
