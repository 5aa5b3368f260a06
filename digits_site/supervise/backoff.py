"""How long to wait before a process that died is started again. Pure arithmetic; whoever restarts brings the times."""

FIRST_SECONDS = 1.0
MOST_SECONDS = 10.0
HEALTHY_SECONDS = 60.0
OFTEN = 5


class Backoff:
    """Waits 1 s, 2 s, 4 s ... 10 s; a process that lived for a minute starts from 1 s again."""

    def __init__(self) -> None:
        self.failures = 0

    def after(self, lived_seconds: float) -> float:
        """Return how many seconds to wait after a process that lived for `lived_seconds` died."""
        self.failures = 1 if lived_seconds >= HEALTHY_SECONDS else self.failures + 1
        # Beyond 2^9 the wait is at its most anyway, and larger powers would overflow after a bad weekend.
        return min(FIRST_SECONDS * 2 ** min(self.failures - 1, 9), MOST_SECONDS)

    @property
    def is_often(self) -> bool:
        return self.failures >= OFTEN
