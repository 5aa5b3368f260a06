"""One row of each model that has a desk in the admin, and an account of each role.

Left out on purpose: what the rows say. Each is as plain as its model allows."""

from uuid import uuid4

from axes.models import AccessAttempt
from django.contrib.auth.models import Group, User
from django.db.models import Model
from django.utils import timezone

from recognizer import versions
from recognizer.models import BannedShape, BulkReview, Decision, Deployment, Room
from tests import admin_rows as rows
from training import comparisons
from training.models import CleanUp, DeletedDrawing, Export, Measurement, Snapshot, Yardstick


def one_of_each() -> dict[str, Model]:
    """A row of each model, by "app/model"."""
    live = versions.ensure_shipped().version
    drawing, version = rows.drawing(live, upload=True, means=7), rows.version(5)
    made = [
        drawing,
        drawing.visitor,
        version,
        Deployment.objects.get(),
        rows.evaluation(live),
        rows.job(),
        Snapshot.objects.create(count=0, visitors=0, sha256="0" * 64),
        DeletedDrawing.objects.create(drawing_id=10_000, by="admin"),
        Yardstick.objects.create(name="pens", original_bytes=1),
        Measurement.objects.create(version=live, dataset="mnist-test"),
        comparisons.request(version, live),
        Export.objects.create(format="npz"),
        CleanUp.objects.create(items=[], ended_at=timezone.now()),
        User.objects.create_user("somebody else"),
        AccessAttempt.objects.create(username="somebody", failures_since_start=3, attempt_time=timezone.now()),
        Group.objects.create(name="friends"),
        Decision.objects.create(kind="accept", drawing=drawing),
        BulkReview.objects.create(seen_at=timezone.now(), ids=b"", claims=b"", total=0, batch=uuid4()),
        BannedShape.objects.create(seen=bytes(784), fingerprint=0, nearness="same", reason="spam"),
        Room.objects.create(code="BCD234", name="7b"),
    ]
    return {f"{row._meta.app_label}/{row._meta.model_name}": row for row in made}


def account(role: str) -> User | None:
    """Somebody in this role of the matrix; None for somebody without an account."""
    if role == "anonymous":
        return None
    user = User.objects.create_user(role, is_staff=role != "visitor", is_superuser=role == "superuser")
    if group := Group.objects.filter(name=role).first():
        user.groups.add(group)
    return user
