"""Memory of results is used again, and never while someone can still see it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import numpy as np
import pytest

from convexplorer.core import correlate
from convexplorer.core.runtime.result_memory import LEAST, ResultMemory, results

SHAPE = (4, 1024, 1024)
BYTES = 4 * 4 * 1024 * 1024


def address(array: np.ndarray) -> int:
    return int(array.ctypes.data)


def test_an_array_is_writable_and_has_the_shape_asked_for() -> None:
    array = ResultMemory().empty(SHAPE)
    assert array.shape == SHAPE
    assert array.dtype == np.float32
    assert array.flags.c_contiguous
    assert array.flags.writeable
    array[...] = 3.0
    assert array.sum(dtype=np.float64) == 3.0 * array.size


def test_memory_is_used_again_once_the_array_is_gone() -> None:
    memory = ResultMemory()
    array = memory.empty(SHAPE)
    where = address(array)
    del array
    assert memory.idle_bytes == BYTES
    assert address(memory.empty(SHAPE)) == where


@pytest.mark.parametrize("view", [lambda a: a[1:, ::2], lambda a: a.reshape(-1)[5:], memoryview])
def test_a_view_keeps_its_memory(view: object) -> None:
    memory = ResultMemory()
    array = memory.empty(SHAPE)
    array[...] = 1.0
    part = view(array)  # type: ignore[operator]
    del array
    assert memory.idle_bytes == 0
    other = memory.empty(SHAPE)
    other[...] = 2.0
    assert np.asarray(part).min() == 1.0
    del part
    assert memory.idle_bytes == BYTES


def test_a_block_serves_what_needs_most_of_it_only() -> None:
    memory = ResultMemory()
    where = address(memory.empty(SHAPE))
    smaller = memory.empty((4, 1024, 900))
    assert address(smaller) == where
    del smaller
    assert memory.empty((4, 1024, 512)).size < 4 * 1024 * 1024
    assert memory.idle_bytes >= BYTES


def test_little_arrays_are_left_to_the_allocator() -> None:
    memory = ResultMemory()
    array = memory.empty((LEAST // 4 - 1,))
    assert array.flags.owndata
    del array
    assert memory.idle_bytes == 0


def test_no_more_than_the_limit_is_kept_and_the_longest_unused_goes_first() -> None:
    memory = ResultMemory(limit=2 * BYTES)
    arrays = [memory.empty(SHAPE) for _ in range(3)]
    places = [address(array) for array in arrays]
    while arrays:
        del arrays[0]
    assert memory.idle_bytes == 2 * BYTES
    again = [memory.empty(SHAPE), memory.empty(SHAPE)]
    assert {address(array) for array in again} == set(places[1:])
    del again
    memory.limit = BYTES
    assert memory.idle_bytes == BYTES
    memory.limit = 0
    assert memory.idle_bytes == 0


def test_threads_never_share_a_block() -> None:
    memory = ResultMemory()

    def use(number: int) -> bool:
        array = memory.empty((512, 1024))
        array[...] = number
        return bool((array == number).all())

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(use, range(200)))
    assert memory.idle_bytes <= 8 * 2 * 1024 * 1024


def test_results_of_correlate_keep_their_values_while_others_are_computed() -> None:
    image = np.arange(3 * 400 * 500, dtype=np.float32).reshape(3, 400, 500)
    weights = np.zeros((8, 3, 3, 3), np.float32)
    maps = []
    for number in range(4):
        weights[:, 0, 0, 0] = number
        maps.append(correlate(image, weights)[2:])
    for number, (one, _) in enumerate(pairwise([*maps, None])):
        np.testing.assert_array_equal(one, np.broadcast_to(number * image[0, :398, :498], one.shape))
    before = results.idle_bytes
    maps.clear()
    one = None
    assert results.idle_bytes > before
