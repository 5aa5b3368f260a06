"""What migrations do to rows that a site had before."""

import numpy as np
import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from training import packing
from training.models import Snapshot

PACKED = ("training", "0008_packed_snapshots")


@pytest.fixture
def before_packing(transactional_db):
    """The database as it was before, and as it is now again afterwards."""
    executor = MigrationExecutor(connection)
    newest = executor.loader.graph.leaf_nodes()
    before = [parent.key for parent in executor.loader.graph.node_map[PACKED].parents if parent.key[0] == PACKED[0]]
    executor.migrate(before)
    yield before
    MigrationExecutor(connection).migrate(newest)


def migrated(targets) -> object:
    executor = MigrationExecutor(connection)
    return executor.migrate(targets).apps


def test_lists_of_before_are_packed_and_keep_their_hash(before_packing):
    apps = MigrationExecutor(connection).loader.project_state(list(before_packing)).apps
    items = [[3 * n + 1, n % 11] for n in range(5000)]
    parts = (items[start : start + 100] for start in range(0, 5000, 100))
    sha256 = packing.sha256(packing.records(*_columns(part)) for part in parts)
    old = apps.get_model("training", "Snapshot")
    full = old.objects.create(items=items, count=5000, visitors=7, sha256=sha256)
    empty = old.objects.create(items=[], count=0, visitors=0, sha256="x")

    migrated([PACKED])
    packed = Snapshot.objects.only("count", "sha256", "per_label", "left_out", "visitor_most").get(pk=full.pk)
    assert packing.pairs(packed) == items
    assert packing.sha256(packing.parts(packed)) == packed.sha256
    assert packed.per_label == [455] * 6 + [454] * 5
    assert (packed.left_out, packed.visitor_most) == (0, None)
    assert [part.number for part in packed.parts.order_by("number")] == [0, 1]
    assert packing.pairs(Snapshot.objects.only("pk").get(pk=empty.pk)) == []

    back = migrated(list(before_packing)).get_model("training", "Snapshot")
    assert back.objects.get(pk=full.pk).items == items
    assert back.objects.get(pk=empty.pk).items == []


def _columns(part: list[list[int]]) -> np.ndarray:
    return np.array(part).T
