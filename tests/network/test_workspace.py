"""Memory that is kept from call to call."""

import numpy as np

from recognizer.network.workspace import Workspace, Workspaces


def test_an_array_lies_where_the_one_of_its_name_did():
    (call,) = Workspace().calls(1, training=True)
    first = call.empty("y", (4, 6), np.float32)
    first[...] = 7
    again, smaller, larger = (call.empty("y", shape, np.float32) for shape in [(4, 6), (2, 3), (5, 6)])
    assert again is first
    assert np.shares_memory(smaller, first)
    assert smaller.shape == (2, 3)
    assert not np.shares_memory(larger, first)


def test_another_dtype_or_name_is_other_memory():
    (call,) = Workspace().calls(1, training=True)
    first = call.empty("y", (4,), np.float32)
    assert call.empty("y", (4,), np.float64).dtype == np.float64
    assert not np.shares_memory(call.empty("x", (4,), np.float32), first)


def test_zeros_are_left_as_they_were_written():
    (call,) = Workspace().calls(1, training=True)
    call.zeros("border", (3,), np.float32)[1] = 5
    assert call.zeros("border", (3,), np.float32).tolist() == [0, 5, 0]
    assert call.zeros("border", (4,), np.float32).tolist() == [0, 0, 0, 0]


def test_what_is_kept_is_counted_once():
    workspace = Workspace()
    (call,) = workspace.calls(1, training=True)
    call.empty("y", (100,), np.float32)
    call.empty("y", (10,), np.float32)
    call.zeros("zeros", (5,), np.float64)
    assert workspace.bytes == 400 + 40


def test_a_workspace_is_lent_to_one_at_a_time():
    workspaces = Workspaces()
    with workspaces.lend() as first, workspaces.lend() as second:
        assert first is not second
    with workspaces.lend() as third:
        assert third in (first, second)
