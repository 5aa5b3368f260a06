"""PyTorch is an extra that nobody has to install: its tests are there where it is."""

import importlib.util

collect_ignore = [] if importlib.util.find_spec("torch") else ["test_pytorch.py"]
