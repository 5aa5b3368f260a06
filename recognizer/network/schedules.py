"""How the step size changes while a network learns: functions from the share of the training done to a factor.

Left out on purpose: anything that looks at the loss, so that the step size of step k is known before the first one."""

from collections.abc import Callable
from math import cos, pi

Schedule = Callable[[float], float]

WARM_UP_SHARE = 0.2
START_FACTOR = 1 / 25


def constant(done: float) -> float:
    return 1.0


def cosine(done: float) -> float:
    """From 1 at the start to 0 at the end. Loshchilov, Hutter: SGDR (2017), equation 5, without restarts."""
    return (1 + cos(pi * done)) / 2


def one_cycle(done: float) -> float:
    """Rise from 1/25 to 1 in the first fifth, then fall to 0, both along a cosine.

    Smith, Topin: Super-Convergence (2018); the warm-up lets Adam's second moment settle before the large steps.
    """
    if done < WARM_UP_SHARE:
        return START_FACTOR + (1 - START_FACTOR) * (1 - cosine(done / WARM_UP_SHARE))
    return cosine((done - WARM_UP_SHARE) / (1 - WARM_UP_SHARE))


SCHEDULES: dict[str, Schedule] = {"constant": constant, "cosine": cosine, "one-cycle": one_cycle}
