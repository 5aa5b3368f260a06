"""Makes exports, and drawings to export, the way the site makes them."""

from typing import Any

from recognizer.models import Drawing, ModelVersion, Visitor
from tests import admin_rows as rows
from training import export_jobs, export_worker
from training.export_filters import Filters
from training.models import Export


def drawings(count: int, *, by: ModelVersion | None = None, **options: Any) -> list[Drawing]:
    """Accepted drawings of one visitor."""
    by = by or ModelVersion.objects.first() or rows.version()
    person = Visitor.objects.create()
    return [
        rows.drawing(by, **{"means": n % 10, "state": "accepted", "visitor": person} | options) for n in range(count)
    ]


def queued(kind: str = "npz", *, by: Any = None, **filters: Any) -> Export:
    return export_jobs.start(kind=kind, filters=Filters(**filters), by=by)


def running(**options: Any) -> tuple[Export, export_jobs.ExportClaim]:
    export = queued(**options)
    claim = export_jobs.claim(export.pk)
    return now(export), claim


def finished(**options: Any) -> Export:
    """An export that a worker has done."""
    export = queued(**options)
    export_worker.run(export_jobs.claim(export.pk))
    return now(export)


def now(export: Export) -> Export:
    export.refresh_from_db()
    return export
