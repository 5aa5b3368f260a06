"""How far in front the review queue puts wrong labels: digits that the project draws, of which some are mislabelled.

    .venv/bin/python -m benchmarks.queue_order [--drawings FILE.jsonl.gz]

In a site of its own in a temporary folder: half of the people's drawings are accepted, of the other half every tenth
label is another digit than was drawn. How many of those are among the first tenth of the queue is printed for the value
at label time and for the one beside known digits. MNIST is used where MNIST_DIR has it. `--drawings` takes real ones,
a line each with label, writer and strokes. Left out on purpose: choosing anything by what it prints."""

import argparse
import os
import tempfile
import time
from pathlib import Path
from typing import Any

FLIPPED = 0.1
PEOPLE = 60


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--count", type=int, default=4000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--drawings", type=Path, help="a file of real drawings instead, as import_drawings takes it")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"DATA_DIR": folder, "DJANGO_SETTINGS_MODULE": "digits_site.settings"}
        import django
        from django.core.management import call_command

        django.setup()
        call_command("migrate", verbosity=0)
        if options.drawings:
            call_command(
                "import_drawings", str(options.drawings), limit=options.count, review="unreviewed", verbosity=0
            )
        else:
            _store(options.count, options.seed)
        _measure(options.seed)


def _store(count: int, seed: int) -> None:
    """Drawings in many hands, read by the shipped network, with the digits that they show as labels."""
    from recognizer import drawings, ink, recognition
    from recognizer.models import Visitor
    from training.generated import Counts, draw_all

    made = draw_all(Counts(handwritten=count), seed=seed)
    people = Visitor.objects.bulk_create([Visitor(imported_as=f"person {n}") for n in range(PEOPLE)])
    seen = [ink.Seen(image) for image in made.images]
    answers = recognition.recognise_all(seen)
    labels = made.labels.tolist()
    items = [
        drawings.Collected(people[n % PEOPLE], _submission(seen[n], str(n)), answers[n], True, labels[n])
        for n in range(len(seen))
        if labels[n] < 10
    ]
    drawings.store_collected(items, state="unreviewed")


def _submission(seen: Any, key: str) -> Any:
    from recognizer import ink
    from recognizer.submissions import Submission

    strokes = ink.parse_strokes([[[10, 10], [90, 90]]], 100, 100)  # never looked at: the image is what counts
    return Submission("strokes", seen, strokes=strokes, key=key)


def _measure(seed: int) -> None:
    import numpy as np  # not before the settings have set how many threads it may take, as on the site
    from django.utils import timezone

    from recognizer import drawings
    from recognizer.models import Drawing, Label, Visitor
    from training import valuing

    people = list(Visitor.objects.order_by("pk").values_list("pk", flat=True))
    accepted = Drawing.objects.filter(visitor__in=people[::2], label__isnull=False).values_list("pk", flat=True)
    Label.objects.filter(drawing__in=list(accepted)).update(state="accepted", reviewed_at=timezone.now())
    waiting = list(Label.objects.filter(state="unreviewed").order_by("pk").select_related("drawing"))
    rng = np.random.default_rng(seed)
    flipped = set(rng.choice([label.pk for label in waiting], int(len(waiting) * FLIPPED), replace=False).tolist())
    for label in waiting:
        if label.pk in flipped:
            drawings.set_label(label.drawing, (label.digit + int(rng.integers(1, 10))) % 10)
    print(f"{len(waiting)} labels wait, {len(flipped)} of them wrong; {accepted.count()} others are accepted")
    _show("at label time", flipped)
    began = time.perf_counter()
    while count := valuing.value_some():
        pass
    took = time.perf_counter() - began
    print(f"valued beside known digits in {took:.1f} s, {1000 * took / len(waiting):.1f} ms a label ({count} left)")
    _show("beside known digits", flipped)


def _show(name: str, flipped: set[int]) -> None:
    from recognizer.models import Label

    order = list(Label.objects.filter(state="unreviewed").order_by("-priority", "pk").values_list("pk", flat=True))
    first = order[: len(flipped)]
    found = sum(pk in flipped for pk in first)
    last = max(place for place, pk in enumerate(order, 1) if pk in flipped)
    share = f"{found / len(first):.1%}"
    print(f"{name}: {found} of the first {len(first)} are wrong ones ({share}); all of them by place {last}")


if __name__ == "__main__":
    main()
