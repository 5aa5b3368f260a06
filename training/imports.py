"""Drawings that were collected elsewhere become drawings of this site, with predictions of its live version.

The whole file is checked before the first drawing is stored, and a drawing is known again by its content, so that an
import that was cut short is simply done again. Left out on purpose: a reviewer's judgement, which the caller states."""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path

from recognizer import drawings, ink, recognition, submissions, visitors
from recognizer.drawings import Collected
from recognizer.models import Visitor
from recognizer.submissions import Submission
from training.data import collections
from training.data.collections import CollectionError, Record
from training.doubles import Doubles

# A transaction: long enough that the disk does not wait for each drawing, short enough that visitors do not wait.
BATCH = 250
LONGEST_STEM = 90

# What is done, with the bytes of the file that were read and all of them.
Step = Callable[[str, int, int], object]


@dataclass
class Summary:
    """What became of a file's drawings: `stored` are new, `known` were stored before, `empty` ones have no ink.

    `elsewhere` counts those that are stored already as another file's or a visitor's, by that file, and `measuring`
    those of yardsticks, by their names; both are left out."""

    stored: int = 0
    known: int = 0
    empty: list[str] = field(default_factory=list)  # their places
    elsewhere: Counter[str] = field(default_factory=Counter)
    measuring: Counter[str] = field(default_factory=Counter)
    writers: set[str] = field(default_factory=set)

    @property
    def read(self) -> int:
        return self.stored + self.known + len(self.empty) + self.elsewhere.total() + self.measuring.total()


def check(path: Path, *, writers: Collection[str] | None, limit: int | None, step: Step) -> None:
    """Read the whole file. Raises CollectionError at the first drawing that cannot be stored."""
    for record in _read(path, writers, limit, "checking", step):
        _refuse_bad_ink(path, record)


def store(
    path: Path,
    summary: Summary,
    *,
    state: str,
    writers: Collection[str] | None,
    limit: int | None,
    step: Step,
    shared: bool = False,
    measuring: bool = False,
) -> None:
    """Store the file's drawings, their labels in `state`, and keep `summary` up to date, for whoever interrupts it.
    `shared` is whether visitors may be shown what the writers, where they are new, have drawn; `measuring`, whether
    what a yardstick has is stored as well.

    Raises CollectionError, YardstickError."""
    doubles = Doubles(_stem(path), step, with_yardsticks=not measuring)
    importer = _Importer(path, summary, state, doubles, shared=shared)
    records = _read(path, writers, limit, "storing", step)
    while batch := list(islice(records, BATCH)):
        importer.take(batch)


class _Importer:
    """One run over a file: it counts what comes twice, and knows the writers that it has met."""

    def __init__(self, path: Path, summary: Summary, state: str, doubles: Doubles, *, shared: bool) -> None:
        self._path, self._summary, self._state, self._shared = path, summary, state, shared
        self._stem, self._doubles = _stem(path), doubles
        self._times: Counter[tuple[str, bytes]] = Counter()
        self._visitors: dict[str, Visitor] = {}

    def take(self, batch: list[Record]) -> None:
        summary = self._summary
        pairs = [(record, self._submission(record)) for record in batch]
        summary.empty += [record.place for record, submission in pairs if submission.seen.reason == ink.EMPTY]
        inked = [pair for pair in pairs if pair[1].seen.reason != ink.EMPTY]
        summary.writers.update(record.writer for record, _ in inked)
        new = self._nowhere_else(inked)
        stored = drawings.store_collected(list(self._collected(new)), state=self._state)
        summary.stored += stored
        summary.known += len(new) - stored

    def _nowhere_else(self, pairs: list[tuple[Record, Submission]]) -> list[tuple[Record, Submission]]:
        """Those that are neither a yardstick's nor stored already under another name; the others are counted."""
        places = self._doubles.of([(_key(_fingerprint(record), 1), submission.seen) for record, submission in pairs])
        for place in filter(None, places):
            (self._summary.measuring if place.in_yardstick else self._summary.elsewhere)[place.name] += 1
        return [pair for pair, place in zip(pairs, places, strict=True) if place is None]

    def _collected(self, pairs: list[tuple[Record, Submission]]) -> Iterator[Collected]:
        answers = recognition.recognise_all([submission.seen for _, submission in pairs]) if pairs else []
        for (record, submission), answer in zip(pairs, answers, strict=True):
            yield Collected(self._visitor(record.writer), submission, answer, record.is_labelled, record.digit)

    def _submission(self, record: Record) -> Submission:
        try:
            if record.gray is not None:
                submission = submissions.of_gray(record.gray)
            elif record.picture is not None:
                submission = submissions.of_upload(record.picture)
            else:
                submission = submissions.of_strokes(record.strokes, record.width, record.height)
        except ink.InkError as error:
            raise _fault(self._path, record, error) from error
        return replace(submission, key=self._key(record))

    def _key(self, record: Record) -> str:
        """The same whenever the file comes again: what the drawing is, and the how manieth such by its writer."""
        content = _fingerprint(record)
        self._times[record.writer, content] += 1
        return _key(content, self._times[record.writer, content])

    def _visitor(self, writer: str) -> Visitor:
        if writer not in self._visitors:
            name = f"{self._stem}/{writer}" if writer else self._stem
            self._visitors[writer] = visitors.imported(name, shares=self._shared)
        return self._visitors[writer]


def _read(path: Path, writers: Collection[str] | None, limit: int | None, doing: str, step: Step) -> Iterator[Record]:
    return collections.read(
        path, writers=writers, limit=limit, progress=lambda done_bytes, all_bytes: step(doing, done_bytes, all_bytes)
    )


def _refuse_bad_ink(path: Path, record: Record) -> None:
    limits = submissions.ink_limits()
    try:
        if record.picture is not None:
            ink.read_upload(record.picture, limits)
        elif record.gray is None:
            ink.parse_strokes(record.strokes, record.width, record.height, limits)
    except ink.InkError as error:
        raise _fault(path, record, error) from error


def _fault(path: Path, record: Record, error: ink.InkError) -> CollectionError:
    return CollectionError(f"{path.name}, {record.place}: {error.message}")


def _stem(path: Path) -> str:
    return collections.stem(path)[:LONGEST_STEM]


def _key(content: bytes, time: int) -> str:
    """Of the how manieth drawing of that content by one writer."""
    return hashlib.sha256(content + b"%d" % time).hexdigest()


def _fingerprint(record: Record) -> bytes:
    """32 bytes that stand for the drawing's content, label and writer left aside."""
    parts: Iterable[bytes]
    if record.gray is not None:
        parts = (b"%d x %d " % record.gray.shape, record.gray.tobytes())
    elif record.picture is not None:
        parts = (record.picture,)
    else:
        parts = (json.dumps([record.strokes, record.width, record.height]).encode(),)
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part)
    return digest.digest()
