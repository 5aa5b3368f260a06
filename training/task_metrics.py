"""What Prometheus is told of the tasks that workers do: how many ended how, and how long they took.

Left out on purpose: jobs. Their rows say more, and `site_state.py` reads them."""

from prometheus_client import Counter, Histogram

SECONDS = (0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0, 30.0, 60.0, 300.0, 1800.0, 7200.0)

TASKS = Counter("digits_tasks", "Tasks that workers did, by name and outcome", ["task", "outcome"])
TASK_SECONDS = Histogram("digits_task_seconds", "Seconds that a task took", ["task"], buckets=SECONDS)


def done(name: str, outcome: str, seconds: float) -> None:
    """A task ended; `outcome` is what Celery calls its state."""
    task = name.removeprefix("training.tasks.")
    TASKS.labels(task, outcome.lower()).inc()
    TASK_SECONDS.labels(task).observe(seconds)
