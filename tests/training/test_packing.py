import hashlib
import json

import numpy as np
import pytest

from training import packing
from training.models import Snapshot


@pytest.mark.parametrize("size", [1, 3, 100])
def test_the_hash_is_that_of_the_list_as_json_however_it_is_cut(size):
    items = [[5, 1], [7, 10], [123456789012, 0]]
    whole = packing.records(*np.array(items).T)
    cut = (whole[start : start + size] for start in range(0, 3, size))
    expected = hashlib.sha256(json.dumps(items, separators=(",", ":")).encode()).hexdigest()
    assert packing.sha256(cut) == expected


def test_the_hash_of_no_drawings_is_that_of_an_empty_list():
    assert packing.sha256([]) == hashlib.sha256(b"[]").hexdigest()


def test_records_take_nine_bytes_and_stand_in_the_order_of_the_ids():
    records = packing.records(np.array([9, 2, 5]), np.array([1, 10, 3]))
    assert records.tolist() == [(2, 10), (5, 3), (9, 1)]
    assert records.nbytes == 27


@pytest.mark.django_db
def test_parts_come_back_in_their_order(monkeypatch):
    monkeypatch.setattr(packing, "PART", 2)
    snapshot = Snapshot.objects.create(count=5, visitors=1, sha256="")
    packing.store(snapshot, packing.records(np.arange(10, 15), np.arange(5)))
    assert [part["id"].tolist() for part in packing.parts(snapshot)] == [[10, 11], [12, 13], [14]]
    assert list(snapshot.parts.values_list("number", "first_id", "last_id")) == [(0, 10, 11), (1, 12, 13), (2, 14, 14)]
    assert packing.pairs(snapshot)[-1] == [14, 4]
