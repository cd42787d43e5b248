"""Edits of the stack: planes follow their maps, what cannot be is refused, and nothing else changes."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pytest

from convexplorer.core.model.filters import Filter, FilterBank
from convexplorer.core.model.images import Image, Preparation
from convexplorer.core.model.layers import ConvLayer, PoolLayer, check_depths, label, refits, title
from convexplorer.core.model.stack_figures import shapes
from convexplorer.core.project.layer_edits import (
    add_layer,
    initialise_layer,
    move_layer,
    new_convolution,
    remove_layer,
    select_layer,
    switch_layer,
    with_layer_settings,
)
from convexplorer.core.project.project import (
    Project,
    add_filters,
    duplicate_filters,
    move_filters,
    remove_filters,
    with_bank,
    with_channel,
    with_filter,
    with_preparation,
)
from convexplorer.errors import InvalidValueError

PICTURE = Image(np.zeros((60, 80, 3), np.uint8))


def conv(filters: int, planes: int, size: int = 3, **settings: object) -> ConvLayer:
    """A layer whose every weight tells its filter and plane: filter + plane / 100."""
    weights = np.arange(filters)[:, None] + np.arange(planes) / 100
    bank = FilterBank.from_arrays(np.broadcast_to(weights[..., None, None], (filters, planes, size, size)))
    return ConvLayer(bank, **settings)


@pytest.fixture
def project() -> Project:
    """Grey image, 4 filters, pooling, 3 filters, 2 filters; the first layer is edited."""
    layers = (conv(4, 1), PoolLayer(), conv(3, 4), conv(2, 3))
    return Project(layers, PICTURE, Preparation(scale=1.0))


def planes(layer: object) -> list[int | None]:
    """Which plane each of a layer was at first; None is one of zeros."""
    bank = layer.bank  # type: ignore[attr-defined]
    values = (bank.weights[1, :, 0, 0] - 1) * 100
    zero = ~bank[1].weights.any(axis=(1, 2))
    return [None if new else round(float(value)) for new, value in zip(zero, values, strict=True)]


# --- planes follow their maps ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        (lambda p: remove_filters(p, [1]), [0, 2, 3]),
        (lambda p: move_filters(p, [0], 3), [1, 2, 0, 3]),
        (lambda p: add_filters(p, 1, [Filter(np.ones((3, 3)))]), [0, None, 1, 2, 3]),
        (lambda p: duplicate_filters(p, [0, 2]), [0, None, 1, 2, None, 3]),
        (lambda p: with_bank(p, p.bank.subset([3, 2])), [0, 1]),
        (lambda p: with_layer_settings(p, 0, filters=6), [0, 1, 2, 3, None, None]),
        (lambda p: with_layer_settings(p, 0, filters=2), [0, 1]),
    ],
    ids=["remove", "move", "add", "duplicate", "replace", "more", "fewer"],
)
def test_planes_follow_their_maps(project, edit, expected):
    after = edit(project)
    assert planes(after.layers[2]) == expected
    assert after.layers[3] is project.layers[3]
    assert after.layers[1] is project.layers[1]


def test_muted_channels_follow_their_maps(project):
    project = replace(project, shown_index=2)
    project = select_layer(with_channel(with_channel(project, 1, on=False), 3, on=False), 0)
    assert move_filters(project, [3], 0).layers[2].muted == {0, 2}
    assert remove_filters(project, [1]).layers[2].muted == {2}


def test_filters_that_keep_their_place_are_shared(project):
    after = with_filter(project, 1, bias=3.0)
    assert after.layers[2] is project.layers[2]
    assert after.bank[0] is project.bank[0]


def test_the_maps_behind_stay_when_a_filter_is_added(project):
    after = add_filters(project, 4, [Filter(np.ones((3, 3)))])
    assert not after.layers[2].bank.weights[:, 4].any()
    np.testing.assert_array_equal(after.layers[2].bank.weights[:, :4], project.layers[2].bank.weights)


def test_grey_and_rgb_concern_what_reads_the_image(project):
    rgb = with_preparation(project, replace(project.preparation, grey=False))
    assert [one.bank.channels for one in rgb.layers if isinstance(one, ConvLayer)] == [3, 4, 3]
    assert rgb.layers[2] is project.layers[2]
    assert with_preparation(rgb, project.preparation) == project
    assert with_bank(project, rgb.bank) == rgb


def test_a_layer_that_is_off_hands_on_changes_and_follows_them(project):
    """Behind a layer that is off, the next reads the same maps, so both follow."""
    layers = (conv(3, 1), conv(3, 3, enabled=False), conv(2, 3))
    after = remove_filters(Project(layers), [1])
    assert planes(after.layers[1]) == [0, 2]
    assert planes(after.layers[2]) == [0, 2]
    # Its own filters concern nobody while it is off.
    edited = remove_filters(Project(layers, shown_index=1), [1])
    assert edited.layers[2] is layers[2]


def test_filters_of_a_deep_layer_read_maps(project):
    deep = select_layer(project, 2)
    copied = with_bank(deep, FilterBank.from_arrays(np.ones((2, 1, 5, 5))))
    assert copied.bank.shape == (4, 5, 5)
    assert copied.preparation == project.preparation
    with pytest.raises(InvalidValueError, match="4 maps reach this layer; filters with 3 planes do not fit them"):
        with_bank(deep, FilterBank.from_arrays(np.ones((2, 3, 5, 5))))


def test_a_layer_that_is_read_keeps_a_filter(project):
    with pytest.raises(InvalidValueError, match="Conv 2 needs at least one map to read"):
        remove_filters(project, range(4))
    assert len(remove_filters(select_layer(project, 3), range(2)).bank) == 0


# --- which layer is edited ---------------------------------------------------------------------------------------


def test_filters_of_a_pooling_are_those_whose_maps_it_pools(project):
    assert select_layer(project, 1).bank is project.layers[0].bank
    assert select_layer(project, 1).shown_layer == PoolLayer()
    first = Project((PoolLayer(), conv(2, 1)))
    assert first.edited_index == 1


@pytest.mark.parametrize("current", [-1, 4])
def test_there_must_be_such_a_layer(project, current):
    with pytest.raises(InvalidValueError, match=f"there is no layer {current + 1}; the stack has 4"):
        select_layer(project, current)


def test_a_stack_needs_a_convolution():
    with pytest.raises(InvalidValueError, match="at least one convolutional layer"):
        Project((PoolLayer(),))
    with pytest.raises(InvalidValueError, match="at least one convolutional layer"):
        remove_layer(Project((PoolLayer(), conv(1, 1))), 1)


def test_a_stack_whose_planes_do_not_fit_is_never_made():
    with pytest.raises(InvalidValueError, match="Conv 2 has filters with 3 planes, but 4 maps reach it"):
        Project((conv(4, 1), conv(2, 3)))


# --- layers ------------------------------------------------------------------------------------------------------


def test_adding_a_layer_shows_it_and_keeps_planes_by_position(project):
    after = add_layer(project, 1, new_convolution(project, 1, filters=2))
    assert after.shown_index == 1
    assert after.bank.shape == (4, 3, 3)
    assert planes(after.layers[3]) == [0, 1]
    last = add_layer(project, 4, conv(5, 9))
    assert planes(last.layers[4]) == [0, 1]


def test_a_first_layer_takes_the_channels_of_the_image(project):
    one = add_layer(project, 0, conv(2, 3))
    np.testing.assert_allclose(one.layers[0].bank.weights[1, 0], 1.01, rtol=1e-6)  # The mean of 1, 1.01 and 1.02.
    assert planes(one.layers[1]) == [0, None]


def test_removing_and_moving_layers_keeps_planes_by_position(project):
    without = remove_layer(project, 2)
    assert planes(without.layers[2]) == [0, 1, 2, None]
    moved = move_layer(select_layer(project, 3), 3, 0)
    assert [len(one.bank) for one in moved.layers if isinstance(one, ConvLayer)] == [2, 4, 3]
    assert planes(moved.layers[0]) == [0]
    assert planes(moved.layers[1]) == [0, None]
    assert moved.shown_index == 0


@pytest.mark.parametrize(("current", "gone", "then"), [(3, 3, 2), (0, 0, 0), (3, 1, 2), (1, 3, 1), (1, 1, 1)])
def test_the_shown_layer_stays_or_the_next_takes_its_place(project, current, gone, then):
    assert remove_layer(select_layer(project, current), gone).shown_index == then


def test_moving_to_where_it_is_changes_nothing(project):
    for at in range(4):
        assert move_layer(project, at, at) == project
        assert move_layer(project, at, at + 1) == project


def test_switching_off_is_undone_by_switching_on(project):
    for at in (1, 3):
        off = switch_layer(project, at, on=False)
        assert not off.layers[at].enabled
        assert switch_layer(off, at, on=True) == project
    for at, line in (
        (0, "Conv 1 cannot just be switched off: Conv 2 reads 4 maps, and 1 would reach it"),
        (2, "Conv 2 cannot just be switched off: Conv 3 reads 3 maps, and 4 would reach it"),
    ):
        with pytest.raises(InvalidValueError) as caught:
            switch_layer(project, at, on=False)
        assert str(caught.value) == line


def test_planes_behind_a_switched_layer_can_be_matched_by_position(project):
    off = switch_layer(project, 2, on=False, refit=True)
    assert off.layers[3].bank.channels == 4
    np.testing.assert_array_equal(off.layers[3].bank.weights[:, :3], project.layers[3].bank.weights)
    assert not off.layers[3].bank.weights[:, 3].any()
    with pytest.raises(InvalidValueError, match="cannot just be switched on: Conv 3 reads 4 maps, and 3 would reach"):
        switch_layer(off, 2, on=True)
    assert switch_layer(off, 2, on=True, refit=True) == project
    assert refits(project.layers, off.layers, range(4)) == [("Conv 3", 3, 4)]


# --- settings ----------------------------------------------------------------------------------------------------


def test_settings_of_a_layer(project):
    after = with_layer_settings(project, 2, stride=2, padding="same", dilation=2, activation="tanh", kernel=(5, 1))
    layer = after.layers[2]
    assert (layer.stride, layer.padding, layer.dilation, layer.activation) == (2, "same", 2, "tanh")
    assert layer.bank.shape == (4, 5, 1)
    pooled = with_layer_settings(project, 1, kind="average", size=3, stride=1)
    assert pooled.layers[1] == PoolLayer("average", 3, 1)
    assert with_layer_settings(project, 1, size=2) is project


def test_new_filters_are_random_and_repeatable(project):
    one, other = (with_layer_settings(project, 2, filters=5, seed=seed).layers[2].bank for seed in (0, 1))
    assert one == with_layer_settings(project, 2, filters=5).layers[2].bank
    assert one.names[3:] == ("Filter 4", "Filter 5")
    assert one.weights[3:].any()
    assert not np.array_equal(one.weights[3:], other.weights[3:])
    np.testing.assert_array_equal(one.weights[:3], project.layers[2].bank.weights)


@pytest.mark.parametrize(
    ("at", "settings", "line"),
    [
        (0, {"stride": 0}, "the stride is a whole number from 1, not 0"),
        (1, {"stride": 0}, "the stride is a whole number from 1, not 0"),
        (1, {"size": 0}, "a pooling window has 1 to 31 rows and columns, not 0"),
        (1, {"kind": "mean"}, 'pooling is "max" or "average", not mean'),
        (2, {"dilation": 0}, "the dilation is a whole number from 1, not 0"),
        (2, {"padding": -1}, 'the padding is "valid", "same" or a whole number from 0, not -1'),
        (2, {"kernel": (0, 3)}, "a kernel has 1 to 31 rows and columns, not 0 × 3"),
        (2, {"filters": 0}, "a layer has 1 to 4096 filters, not 0"),
        (2, {"filters": 5000}, "a layer has 1 to 4096 filters, not 5000"),
        (
            2,
            {"kernel": (31, 31)},
            "Conv 2: a window of 31 × 31 does not fit an input of 29 × 39: ⌊(29 + 0 − 31) / 1⌋ + 1 = −1 rows",
        ),
        (
            1,
            {"size": 20, "stride": 30},
            "Conv 2: a window of 3 × 3 does not fit an input of 2 × 2: ⌊(2 + 0 − 3) / 1⌋ + 1 = 0 rows",
        ),
        (
            0,
            {"dilation": 28, "padding": 2, "stride": 3},
            "Conv 2: a window of 3 × 3 does not fit an input of 1 × 5: ⌊(1 + 0 − 3) / 1⌋ + 1 = −1 rows",
        ),
    ],
)
def test_settings_that_are_refused_say_why(project, at, settings, line):
    with pytest.raises(InvalidValueError) as caught:
        with_layer_settings(project, at, **settings)
    assert str(caught.value) == line
    assert len(line) <= 120


def test_a_stack_too_large_for_its_picture_can_still_be_edited(project):
    tiny = replace(project, image=Image(np.zeros((8, 8), np.uint8)))
    with pytest.raises(InvalidValueError):
        shapes(tiny.layers, tiny.input_shape)
    assert len(remove_layer(tiny, 2).layers) == 3
    assert with_layer_settings(tiny, 3, stride=2).layers[3].stride == 2


def test_a_layer_that_is_off_must_fit_what_it_shows(project):
    off = switch_layer(project, 3, on=False)
    with pytest.raises(InvalidValueError, match="Conv 3: a window of 31 × 31 does not fit"):
        with_layer_settings(off, 3, kernel=(31, 31))


@pytest.mark.parametrize("key", ["glorot", "he", "uniform", "zeros"])
def test_initialising_keeps_names(project, key):
    named = with_filter(select_layer(project, 2), 0, name="Corner", bias=2.0)
    after = initialise_layer(named, 2, key, 5)
    assert after.bank.names[0] == "Corner"
    assert not after.bank.bias.any()
    assert after.bank == initialise_layer(after, 2, key, 5).bank
    assert after.bank.weights.any() == (key != "zeros")
    with pytest.raises(InvalidValueError, match="MaxPool 1 has no weights"):
        initialise_layer(project, 1, key, 0)
    with pytest.raises(InvalidValueError, match="weights begin as glorot, he, uniform, zeros, not ones"):
        initialise_layer(project, 0, "ones", 0)


def test_labels_count_convolutions_and_poolings_and_titles_say_how_large():
    layers = (PoolLayer("average", 3), conv(2, 1), PoolLayer(), conv(1, 2))
    assert [label(layers, at) for at in range(4)] == ["AveragePool 1", "Conv 1", "MaxPool 2", "Conv 2"]
    assert [title(layers, at) for at in range(2)] == ["AveragePool 1 · 3×3", "Conv 1 · 2 @ 3×3"]


@pytest.mark.parametrize("seed", range(20))
def test_random_walks_never_leave_what_is_legal(seed):
    """Whatever is done, planes fit and windows too."""
    rng = random.Random(seed)
    project = Project((conv(4, 1),), PICTURE, Preparation(scale=1.0))
    refused = 0
    for _ in range(120):
        at = rng.randrange(len(project.layers))
        row = rng.randrange(max(1, len(project.bank)))
        edit = rng.choice(
            (
                lambda p, at=at: add_layer(p, at, new_convolution(p, at, filters=rng.randint(1, 4))),
                lambda p, at=at: add_layer(p, at + 1, PoolLayer(rng.choice(("max", "average")), rng.randint(1, 3))),
                lambda p, at=at: remove_layer(p, at),
                lambda p, at=at: move_layer(p, at, rng.randint(0, len(p.layers))),
                lambda p, at=at: switch_layer(p, at, on=rng.random() < 0.5),
                lambda p, at=at: select_layer(p, at),
                lambda p, at=at: with_layer_settings(p, at, stride=rng.randint(1, 3)),
                lambda p: with_layer_settings(p, p.edited_index, filters=rng.randint(1, 6)),
                lambda p: with_layer_settings(p, p.edited_index, kernel=(rng.randint(1, 5), rng.randint(1, 5))),
                lambda p, row=row: remove_filters(p, [row]),
                lambda p, row=row: duplicate_filters(p, [row]),
                lambda p, row=row: move_filters(p, [row][: len(p.bank)], rng.randint(0, len(p.bank))),
                lambda p: with_preparation(p, replace(p.preparation, grey=rng.random() < 0.5)),
            )
        )
        try:
            project = edit(project)
        except InvalidValueError:
            refused += 1
        check_depths(project.layers, project.preparation.channels)
        shapes(project.layers, project.input_shape)
    assert refused < 60


def test_no_layer_behind_one_without_filters():
    empty = remove_filters(Project((conv(4, 1),), PICTURE), range(4))
    with pytest.raises(InvalidValueError, match="Conv 1 has no filters: add one"):
        new_convolution(empty, 1)


def test_settings_are_judged_without_maps_that_nothing_could_hold(project):
    """A layer that fits its image is not laid over the largest one, whose maps are refused for their size."""
    changed = with_layer_settings(project, 0, kernel=(2, 2), dilation=2, padding=1)
    layer = changed.layers[0]
    assert (layer.bank.size, layer.dilation, layer.padding) == ((2, 2), 2, 1)
