"""Leaves out the comparison with PyTorch where that is not installed: the project does without it."""

from importlib.util import find_spec

collect_ignore = [] if find_spec("torch") else ["test_pytorch.py"]
