"""Places in the queue of jobs, as numbers: the smallest is taken first.

A place in front of all others or behind them needs no other row to change, so that jobs join the queue without a lock.
Left out on purpose: changing the order, which `job_queue.py` does for people."""

from django.db.models import Max, Min, Subquery, Value
from django.db.models.aggregates import Aggregate
from django.db.models.expressions import CombinedExpression
from django.db.models.functions import Coalesce

from training.models import TrainingJob


def first() -> CombinedExpression:
    """The place before all jobs that wait, for those that were at work already."""
    return Coalesce(_of_waiting(Min("place")), Value(0)) - 1


def last() -> CombinedExpression:
    """The place behind all jobs that wait."""
    return Coalesce(_of_waiting(Max("place")), Value(0)) + 1


def _of_waiting(edge: Aggregate) -> Subquery:
    waiting = TrainingJob.objects.waiting().order_by().values("state")
    return Subquery(waiting.annotate(edge=edge).values("edge"))
