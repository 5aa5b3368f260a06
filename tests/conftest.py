"""Fixtures that tests of more than one part use."""

import os
from pathlib import Path

import pytest
from django.core.files.storage import storages
from django.utils import translation

PROJECT_DIR = Path(__file__).resolve().parent.parent
LONGEST_FIRST = [
    "test_leaks.py",
    "test_accessibility.py",
    "test_postgresql.py",
    "test_up.py",
    "test_whole_loop.py",
    "test_worker.py",
]


def missing(what: str, remedy: str) -> None:
    """Skip the test that needs `what`, or fail it where nothing may be skipped (CI=true)."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"{what} is missing, and CI skips nothing: {remedy}")
    pytest.skip(f"{what} is missing: {remedy}")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the files that take longest first, so that no process is left with one of them at the end."""
    items.sort(key=lambda item: LONGEST_FIRST.index(item.path.name) if item.path.name in LONGEST_FIRST else 99)


@pytest.fixture(scope="session")
def mnist_dir() -> Path:
    """The folder of the real MNIST; tests that use it are skipped where it is not there."""
    for folder in filter(None, [os.environ.get("MNIST_DIR"), PROJECT_DIR / "data" / "mnist"]):
        if any(Path(folder).glob("t10k-images-idx3-ubyte*")):
            return Path(folder).resolve()
    missing("MNIST", "run `manage.py fetch_mnist`, or set MNIST_DIR")


@pytest.fixture(autouse=True)
def nobodys_language():
    """Each test begins in English, whatever language the last one's requests were answered in."""
    yield
    translation.deactivate()


@pytest.fixture(autouse=True)
def nobody_is_held_out(settings):
    """Who is held out goes by the visitor's number in the database, and that by what ran before: a test that is about
    it says how many."""
    settings.HELD_OUT_EVERY = 0


@pytest.fixture(autouse=True)
def storage_in_a_folder_of_its_own(settings, tmp_path, monkeypatch):
    """Uploads, weights, snapshots and exports of each test go to a folder that goes away with it."""
    settings.STORAGES = settings.STORAGES | {
        name: {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": str(tmp_path / name)},
        }
        for name in ("uploads", "weights", "exports")
    }
    settings.SNAPSHOT_DIR = tmp_path / "snapshots"
    settings.EXPORT_WORK_DIR = tmp_path / "unfinished-exports"
    from recognizer import address_hashes, quotas, visitors
    from recognizer.models import Drawing, ModelVersion
    from training.models import Export

    address_hashes.forget()
    visitors.start_again()
    quotas.forget()
    # Fields ask for their storage once, when the models are made.
    monkeypatch.setattr(Drawing._meta.get_field("upload"), "storage", storages["uploads"])
    monkeypatch.setattr(ModelVersion._meta.get_field("weights"), "storage", storages["weights"])
    monkeypatch.setattr(Export._meta.get_field("file"), "storage", storages["exports"])
