"""Imports point one way: digits_site -> training -> recognizer -> recognizer.network, recognizer.ink."""

import sys

import pytest

from tests.site.imports import imported_by, is_below, modules

MODULES = modules()
# What a part may not import, and the only packages from outside that it may, if it may not all.
RULES = {
    "recognizer": {"forbidden": ("training", "digits_site")},
    "training": {"forbidden": ("digits_site",)},
    "recognizer.network": {"forbidden": ("recognizer",), "except": "recognizer.network", "outside": {"numpy"}},
    "recognizer.ink": {"forbidden": ("recognizer",), "except": "recognizer.ink", "outside": {"numpy", "PIL"}},
}
WITHOUT_DJANGO = ("training.fit", "training.evaluate", "training.curves", "training.data")


def names_imported_by(module: str) -> set[str]:
    path = MODULES[module]
    return imported_by(path.read_text(), module, is_package=path.name == "__init__.py")


def breaches(part: str) -> list[str]:
    rule = RULES[part]
    allowed = rule.get("except")
    return [
        f"{module} imports {name}"
        for module in MODULES
        if is_below(module, part)
        for name in sorted(names_imported_by(module))
        if any(is_below(name, package) for package in rule["forbidden"])
        and not (allowed and (is_below(name, allowed) or is_below(allowed, name)))
    ]


def outside(part: str) -> set[str]:
    names = {name for module in MODULES if is_below(module, part) for name in names_imported_by(module)}
    tops = {name.partition(".")[0] for name in names}
    return tops - set(sys.stdlib_module_names) - {"recognizer", "training", "digits_site"}


@pytest.mark.parametrize("part", RULES)
def test_a_part_imports_only_what_lies_below_it(part):
    assert any(is_below(module, part) for module in MODULES)
    assert breaches(part) == []


@pytest.mark.parametrize("part", [part for part in RULES if "outside" in RULES[part]])
def test_the_network_and_the_ink_need_no_other_packages_than_theirs(part):
    assert outside(part) <= RULES[part]["outside"]


@pytest.mark.parametrize("part", WITHOUT_DJANGO)
def test_training_itself_knows_no_django(part):
    assert any(is_below(module, part) for module in MODULES)
    assert "django" not in outside(part)


def test_jobs_do_not_import_tasks():
    assert not any(is_below(name, "training.tasks") for name in names_imported_by("training.jobs"))


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("import training.jobs", "training.jobs"),
        ("from training import jobs", "training.jobs"),
        ("def later():\n    from training.jobs import start", "training.jobs"),
        ("from . import models", "recognizer.models"),
        ("from .network import layers", "recognizer.network.layers"),
        ("importlib.import_module('training.jobs')", "training.jobs"),
        ("apps.get_model('training', 'TrainingJob')", "training"),
        ("job = ForeignKey('training.TrainingJob', CASCADE)", "training.TrainingJob"),
    ],
)
def test_no_way_to_import_goes_unseen(source, found):
    assert found in imported_by(source, "recognizer.views")


def test_the_name_of_an_address_is_no_import():
    assert imported_by("reverse('admin:training_trainingjob_add')", "recognizer.views") == set()


def test_an_import_inside_a_package_starts_from_the_package():
    assert "recognizer.ink.strokes" in imported_by("from .strokes import render", "recognizer.ink", is_package=True)
