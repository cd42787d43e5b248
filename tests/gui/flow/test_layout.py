"""Where things stand in the picture of the network: nothing overlaps, whatever the layers are."""

from __future__ import annotations

from itertools import combinations

import pytest
from PySide6.QtCore import QRectF

from convexplorer.gui.flow.layout import BLOCK_WIDTH, HEIGHT, PLAIN, TITLE, LayerSize, lay_out


def areas(scene) -> list[QRectF]:
    found = [scene.photo]
    for column in scene.columns:
        found.append(column.legend)
        for cell in column.cells:
            found += [area for area in (cell.picture, cell.pattern, cell.name) if area is not None]
    return found


def overlapping(one: QRectF, other: QRectF) -> bool:
    shared = one.intersected(other)
    return shared.width() > 0.01 and shared.height() > 0.01


@pytest.mark.parametrize("maps", [1, 4, 10, 11, 64, 256])
@pytest.mark.parametrize("aspect", [0.2, 0.66, 1.0, 4.0])
def test_nothing_overlaps(maps, aspect):
    scene = lay_out(aspect, (LayerSize(0, maps, aspect, named=True), LayerSize(1, maps, aspect, named=False)))
    found = areas(scene)
    if maps <= 64:
        assert not [pair for pair in combinations(found, 2) if overlapping(*pair)]
    assert all(scene.size.contains(area) for area in found)
    assert all(len(column.cells) == maps for column in scene.columns)


@pytest.mark.parametrize("aspect", [0.5, 1.0, 2.0])
def test_a_layer_of_many_maps_is_folded_into_a_block_that_can_be_unfolded(aspect):
    size = LayerSize(3, 256, aspect, named=True)
    [folded] = lay_out(1.0, [size]).columns
    assert folded.can_fold
    block = folded.cells[0].picture.united(folded.cells[-1].picture)
    assert block.width() <= BLOCK_WIDTH + 1
    assert block.height() <= HEIGHT + 1
    assert min(cell.picture.width() for cell in folded.cells) >= 8
    [unfolded] = lay_out(1.0, [size], {3}).columns
    assert len({cell.picture.left() for cell in unfolded.cells}) == 1
    assert all(cell.name is not None for cell in unfolded.cells)


def test_few_maps_stand_in_one_column_that_is_no_higher_than_the_scene():
    [column] = lay_out(0.66, [LayerSize(0, PLAIN, 2.0, named=True)]).columns
    assert not column.can_fold
    assert column.cells[0].picture.top() >= TITLE
    assert column.cells[-1].picture.bottom() <= TITLE + HEIGHT + 1


def test_places_are_found_by_layer_and_map():
    scene = lay_out(1.0, (LayerSize(0, 2, 1.0, named=True), LayerSize(2, 3, 1.0, named=False)))
    assert scene.cell(2, 1) is scene.columns[1].cells[1]
    assert scene.cell(1, 0) is None
    assert scene.cell(0, 2) is None
    assert scene.cell(0, -1) is None
