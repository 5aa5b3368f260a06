"""Demo content: a site's first six weeks, made up by people who do not exist, so that every page has something to show.

Its drawings come from the project's own generator, its versions from real trainings on such digits, and all its
figures were measured. Left out on purpose: anything that outlives `remove`, and any way from here to a real version."""

from training.demo.removing import remove
from training.demo.seeding import seed
from training.demo.standing import DemoError, is_there

__all__ = ["DemoError", "is_there", "remove", "seed"]
