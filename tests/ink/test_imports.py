"""What reading ink may lean on: numpy, Pillow and the standard library."""

import ast
import sys
from pathlib import Path

import pytest

import recognizer.ink

FILES = sorted(Path(recognizer.ink.__file__).parent.rglob("*.py"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_a_module_of_ink_imports_numpy_pillow_and_the_standard_library_only(file):
    allowed = {"numpy", "PIL", *sys.stdlib_module_names}
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            assert {alias.name.partition(".")[0] for alias in node.names} <= allowed
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 1 or (node.level == 0 and node.module.partition(".")[0] in allowed)
