"""Edits of the project are pure, legal, and do what their names say."""

from __future__ import annotations

import numpy as np
import pytest

from convexplorer.core.model.filters import Filter, FilterBank
from convexplorer.core.model.images import Image, Preparation
from convexplorer.core.project.project import (
    ConvLayer,
    Project,
    add_filters,
    duplicate_filters,
    move_filters,
    remove_filters,
    with_bank,
    with_filter,
    with_image,
    with_preparation,
    with_weights_at,
)
from convexplorer.errors import InvalidValueError


@pytest.fixture
def project() -> Project:
    return Project((ConvLayer(FilterBank.from_arrays(np.arange(5 * 16, dtype=np.float32).reshape(5, 4, 4))),))


def names(project: Project) -> list[str]:
    return [name.removeprefix("Filter ") for name in project.bank.names]


def test_grey_to_rgb_and_back_changes_nothing(project: Project) -> None:
    rgb = with_preparation(project, Preparation(grey=False))
    assert rgb.bank.weights.shape == (5, 3, 4, 4)
    np.testing.assert_array_equal(rgb.bank.weights[:, 1], project.bank.weights[:, 0])
    assert with_preparation(rgb, Preparation()).bank == project.bank


def test_a_bank_of_three_planes_switches_to_rgb(project: Project) -> None:
    assert not with_bank(project, FilterBank.from_arrays(np.ones((2, 3, 5, 5)))).preparation.grey


def test_a_bank_of_another_depth_is_refused(project: Project) -> None:
    with pytest.raises(InvalidValueError, match="64 planes"):
        with_bank(project, FilterBank.from_arrays(np.ones((2, 64, 3, 3))))


def test_a_project_never_holds_filters_that_do_not_fit_its_input() -> None:
    with pytest.raises(InvalidValueError):
        Project((ConvLayer(FilterBank.from_arrays(np.ones((1, 3, 3, 3)))),), preparation=Preparation(grey=True))


def test_a_block_is_cut_at_the_kernels_edge(project: Project) -> None:
    after = with_weights_at(project, 0, 0, 2, 3, [[-1, -2], [-3, -4], [-5, -6]])
    expected = project.bank[0].weights[0].copy()
    expected[2, 3], expected[3, 3] = -1, -3
    np.testing.assert_array_equal(after.bank[0].weights[0], expected)
    assert after.bank[1] is project.bank[1]


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e39])
def test_what_is_not_finite_never_enters(project: Project, value: float) -> None:
    with np.errstate(over="ignore"), pytest.raises(InvalidValueError):
        with_weights_at(project, 0, 0, 0, 0, value)
    with pytest.raises(InvalidValueError):
        with_filter(project, 0, bias=value)


@pytest.mark.parametrize(
    ("chosen", "to", "order"),
    [
        ([0], 5, "23451"),
        ([4], 0, "51234"),
        ([1, 3], 0, "24135"),
        ([0, 1], 4, "34125"),
        ([2], 2, "12345"),
        ([2], 3, "12345"),
    ],
)
def test_moving_keeps_the_order_of_what_moves(project: Project, chosen: list[int], to: int, order: str) -> None:
    assert names(move_filters(project, chosen, to)) == list(order)


def test_duplicates_stand_behind_their_originals(project: Project) -> None:
    assert names(duplicate_filters(project, [0, 3])) == ["1", "1 copy", "2", "3", "4", "4 copy", "5"]


def test_removing_all_keeps_the_kernels_size(project: Project) -> None:
    empty = remove_filters(project, range(5))
    assert len(empty.bank) == 0
    assert empty.bank.size == (4, 4)


def test_a_larger_filter_makes_all_kernels_grow_about_their_centre(project: Project) -> None:
    after = add_filters(project, 2, [Filter(np.ones((1, 7, 3)))])
    assert after.bank.size == (7, 4)
    np.testing.assert_array_equal(after.bank[0].weights[0, 1:5], project.bank[0].weights[0])
    assert names(after)[2] == "Filter"


@pytest.mark.parametrize("size", [(7, 9), (5, 5), (31, 4), (4, 4)])
def test_growing_and_shrinking_back_gives_the_weights_one_began_with(project: Project, size: tuple[int, int]) -> None:
    assert project.bank.with_size(*size).with_size(4, 4) == project.bank


@pytest.mark.parametrize("size", [(0, 3), (32, 3), (3, 0)])
def test_kernels_have_limits(project: Project, size: tuple[int, int]) -> None:
    with pytest.raises(InvalidValueError, match="1 to 31"):
        project.bank.with_size(*size)


def test_a_tiny_picture_is_not_reduced_to_nothing(project: Project) -> None:
    assert with_image(project, Image(np.zeros((6, 6), np.uint8))).preparation.scale == 1.0
    assert with_image(project, Image(np.zeros((400, 600), np.uint8))).preparation.scale == 0.3
