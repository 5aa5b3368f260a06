"""Rows for tests of the admin, made directly: who may do what, drawings with any answer and label, versions, jobs."""

import io

import numpy as np
from django.contrib.auth.models import Permission, User
from django.core.files.base import ContentFile
from django.utils import timezone
from PIL import Image

from recognizer import versions
from recognizer.ink import PREPROCESSING_VERSION
from recognizer.models import Drawing, Evaluation, Label, ModelVersion, Prediction, Visitor
from recognizer.network import Network, weights
from training.models import TrainingJob

STROKES = [[[90, 20], [150, 20], [110, 130]]]


def staff(*permissions: str, name: str = "somebody") -> User:
    """An account for the admin that may do what is named, like "recognizer.view_drawing"."""
    user = User.objects.create_user(name, is_staff=True)
    for permission in permissions:
        app, codename = permission.split(".")
        user.user_permissions.add(Permission.objects.get(content_type__app_label=app, codename=codename))
    return user


def version(seed: int = 1, **fields) -> ModelVersion:
    network = Network.create("lenet-5x5", np.random.default_rng(seed))
    made = versions.register(
        weights.dumps(network, {"seed": seed, "data": {"images": 55_000}}, preprocessing_version=PREPROCESSING_VERSION),
        source="trained",
    )
    ModelVersion.objects.filter(pk=made.pk).update(**fields)
    made.refresh_from_db()
    return made


def evaluation(of: ModelVersion, *, dataset: str = Evaluation.MNIST_TEST, n: int = 1000, wrong: int = 10) -> Evaluation:
    confusion = np.diag([n // 10] * 10)
    confusion[7, 1], confusion[7, 7] = wrong, n // 10 - wrong
    return Evaluation.objects.create(
        version=of,
        dataset=dataset,
        n=n,
        correct=n - wrong,
        per_digit=[1.0] * 10,
        confusion=confusion.tolist(),
        seconds=1,
    )


def drawing(
    by: ModelVersion,
    *,
    read: int | None = 7,
    confidence: float = 0.9,
    means: int | str | None = None,
    state: str = Label.State.UNREVIEWED,
    visitor: Visitor | None = None,
    upload: bool = False,
    **fields,
) -> Drawing:
    """A drawing that was read as `read` and is labelled `means` ("none": not a digit; None: no label)."""
    row = Drawing(
        visitor=visitor or Visitor.objects.create(),
        seen=np.zeros((28, 28), np.uint8).tobytes(),
        preprocessing_version=1,
        **({"source": "upload"} if upload else {"source": "strokes", "strokes": STROKES, "width": 200, "height": 150}),
        **fields,
    )
    if upload:
        row.upload.save("drawing.png", ContentFile(png()), save=False)
    row.save()
    reason = "" if read is not None else "not_a_digit"
    shares = [confidence if digit == read else (1 - confidence) / 9 for digit in range(10)]
    Prediction.objects.create(
        drawing=row, version=by, digit=read, confidence=confidence, probabilities=shares, reason=reason
    )
    if means is not None:
        reviewed_at = None if state == Label.State.UNREVIEWED else timezone.now()
        digit = None if means == "none" else means
        Label.objects.create(drawing=row, digit=digit, state=state, reviewed_at=reviewed_at)
    return row


def job(**fields) -> TrainingJob:
    asked = {"kind": "scratch", "architecture": "lenet-5x5", "epochs": 3, "learning_rate": 0.004}
    return TrainingJob.objects.create(**asked | fields)


def png() -> bytes:
    file = io.BytesIO()
    Image.new("L", (40, 40), 255).save(file, "PNG")
    return file.getvalue()
