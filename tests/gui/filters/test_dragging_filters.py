"""Filters that are dragged out of the list: a file and text for other programs, rows for the list itself."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt

from convexplorer.core.model.filters import FilterBank
from convexplorer.gui.filters import list as filter_list
from convexplorer.gui.filters.list_model import ROWS_MIME
from convexplorer.io.arrays.text import format_block
from convexplorer.io.filters.load_save import load_filters
from tests.helpers.carried import Carried, drag_from, recording_drag
from tests.helpers.filter_bench import FilterBench


@pytest.fixture
def bench(qtbot):
    weights = np.random.default_rng(5).integers(-5, 6, (4, 1, 3, 3))
    return FilterBench(qtbot, FilterBank.from_arrays(weights, [0, 1, 2, 3], ["a", "b/c", "d", "e"]))


@pytest.fixture
def carried(monkeypatch) -> list[Carried]:
    found: list[Carried] = []
    monkeypatch.setattr(filter_list, "QDrag", recording_drag(found))
    return found


def file_of(one: Carried) -> Path:
    [url] = one.data.urls()
    return Path(url.toLocalFile())


def test_one_filter_is_a_file_of_its_name(bench, carried):
    bench.click(1)
    drag_from(bench.list.viewport(), bench.rect(1).center())
    [one] = carried
    path = file_of(one)
    assert path.suffix == ".json"
    assert path.stem not in ("", "filters")
    assert load_filters(path) == bench.bank.subset([1])
    assert one.data.text() == format_block(bench.bank[1].weights)
    assert bytes(one.data.data(ROWS_MIME).data()) == b"1"
    assert one.width > 0
    assert one.proposed == Qt.DropAction.MoveAction
    assert bench.steps == 0


def test_several_filters_are_one_file_and_the_file_before_is_gone(bench, carried):
    bench.click(0)
    drag_from(bench.list.viewport(), bench.rect(0).center())
    bench.click(2, Qt.KeyboardModifier.ControlModifier)
    drag_from(bench.list.viewport(), bench.rect(2).center())
    first, second = map(file_of, carried)
    assert not first.exists()
    assert second.name == "filters.json"
    assert load_filters(second) == bench.bank.subset([0, 2])


def test_without_room_for_a_file_rows_and_text_are_carried_all_the_same(bench, carried, monkeypatch):
    monkeypatch.setattr(filter_list.QTemporaryDir, "isValid", lambda _self: False)
    bench.click(1)
    drag_from(bench.list.viewport(), bench.rect(1).center())
    [one] = carried
    assert not one.data.hasUrls()
    assert one.data.hasText()
    assert bench.messages == ["no temporary file can be written"]
