"""What Prometheus is told of what this process did: counters and histograms, raised where things happen.

Every metric has labels, and each value few others: nothing of a visitor, and no number that grows. Left out on
purpose: the state of the site, which whoever asks for it looks up, and how processes are added up."""

from prometheus_client import Counter, Histogram

LATENCIES = (0.005, 0.01, 0.02, 0.04, 0.08, 0.12, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
CONFIDENCES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 1.0)
NO_DIGIT = "none"
OF_A_ROOM = "room"  # in the place of a version of a room's own, of which there are ever more

REQUESTS = Counter("digits_requests", "Requests answered, by route, method and status", ["route", "method", "status"])
REQUEST_SECONDS = Histogram(
    "digits_request_seconds", "Seconds from the request to its answer", ["route"], buckets=LATENCIES
)
RECOGNITIONS = Counter(
    "digits_recognitions", "Answers to drawings, by the version and the digit that it read", ["version", "digit"]
)
REJECTIONS = Counter("digits_rejections", "Answers that it is no digit, by version and reason", ["version", "reason"])
CONFIDENCE = Histogram(
    "digits_confidence", "The largest of the ten probabilities of an answer", ["version"], buckets=CONFIDENCES
)
STORED = Counter("digits_drawings_stored", "Drawings that were stored, by how they came", ["source"])
LABELS = Counter("digits_labels_said", "What visitors said of the answers to their drawings", ["what"])
REFUSED = Counter("digits_refused_requests", "Requests refused for being too many or too much", ["limit"])


def requested(*, route: str, method: str, status: int, seconds: float) -> None:
    """A request was answered; `route` is the pattern of its address."""
    REQUESTS.labels(route, method, status).inc()
    REQUEST_SECONDS.labels(route).observe(seconds)


def recognised(*, version: int | str, digit: int | None, reason: str | None, confidence: float) -> None:
    """A drawing was answered for."""
    RECOGNITIONS.labels(version, NO_DIGIT if digit is None else digit).inc()
    CONFIDENCE.labels(version).observe(confidence)
    if reason:
        REJECTIONS.labels(version, reason).inc()


def stored(source: str) -> None:
    """A drawing was stored."""
    STORED.labels(source).inc()


def labelled(*, answered: int | None, said: int | None) -> None:
    """A visitor said what a drawing shows: right, or a correction of what was answered."""
    LABELS.labels("right" if answered == said else "correction").inc()


def refused(limit: str) -> None:
    """A request was refused; `limit` names the throttle or quota, never who asked."""
    REFUSED.labels(limit).inc()
