"""What the network may lean on: numpy and the standard library."""

import ast
import sys
from pathlib import Path

import pytest

import recognizer.network

FILES = sorted(Path(recognizer.network.__file__).parent.rglob("*.py"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_a_module_of_the_network_imports_numpy_and_the_standard_library_only(file):
    allowed = {"numpy", *sys.stdlib_module_names}
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            assert {alias.name.partition(".")[0] for alias in node.names} <= allowed
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 1 or (node.level == 0 and node.module.partition(".")[0] in allowed)
