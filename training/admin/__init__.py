"""The admin's pages for what training makes and uses.

Left out on purpose: every write. The buttons call `jobs.py` and the modules beside it, as the commands do."""

from training.admin import alike, comparisons, exports, jobs, learnt, measurements, snapshots, upkeep, yardsticks

__all__ = ["alike", "comparisons", "exports", "jobs", "learnt", "measurements", "snapshots", "upkeep", "yardsticks"]
