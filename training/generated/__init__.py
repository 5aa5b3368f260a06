"""Digits drawn by a program, and things that are no digits: what the world writes and MNIST lacks.

Skeletons of our own making, bent by a hand that a seed decides, drawn by the renderer that draws visitors' strokes.
"""

from .material import GENERATOR_VERSION, Counts, draw_all, pictures

__all__ = ["GENERATOR_VERSION", "Counts", "draw_all", "pictures"]
