"""What an edit changed: the difference of two projects, and where everything has gone."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from convexplorer.core.model.filters import Filter, FilterBank
from convexplorer.core.model.images import Preparation
from convexplorer.core.model.layers import ConvLayer, PoolLayer
from convexplorer.core.project.change import Change, Kind, difference
from convexplorer.core.project.layer_edits import (
    add_layer,
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
    with_channel,
    with_filter,
    with_layer,
    with_preparation,
    with_weights_at,
)
from convexplorer.errors import InvalidValueError
from tests.helpers.random_edits import PICTURES, random_edit, start


def deep(filters: int = 5) -> Project:
    """Two convolutions with a pooling between, and the first looked at."""
    rng = np.random.default_rng(3)
    first = ConvLayer(FilterBank.from_arrays(rng.normal(size=(filters, 1, 3, 3))))
    project = Project((first,), PICTURES[1])
    project = add_layer(project, 1, PoolLayer())
    return select_layer(add_layer(project, 2, new_convolution(project, 2)), 0)


def check(change: Change) -> None:
    """Compare a change with both projects, part by part."""
    before, after = change.before, change.after
    known = [one for one in change.order if one is not None]
    assert len(set(known)) == len(known)
    told = Kind.NOTHING
    for at, was in enumerate(change.order):
        one, new = change.at(at), after.layers[at]
        if was is None:
            assert one is not None
            assert one.kinds is Kind.LAYERS
            told |= Kind.LAYERS
            continue
        old = before.layers[was]
        if one is None:
            assert new == old
            continue
        told |= one.kinds
        assert type(old) is type(new)
        assert (Kind.LAYER_SWITCH in one.kinds) == (old.enabled != new.enabled)
        if isinstance(old, ConvLayer) and isinstance(new, ConvLayer):
            rows = [row for row in one.rows if row is not None]
            assert len(one.rows) == len(new.bank)
            assert len(set(rows)) == len(rows)
            pairs = [(old.bank[row], new.bank[place]) for place, row in enumerate(one.rows) if row is not None]
            same = [new.bank[place] is old.bank[row] for place, row in enumerate(one.rows) if row is not None]
            assert [a is b for a, b in pairs] == same
            assert {
                place for place, row in enumerate(one.rows) if row is None or new.bank[place] is not old.bank[row]
            } == set(one.filters)
            assert (Kind.ROWS in one.kinds) == (one.rows != tuple(range(len(old.bank))))
            assert (Kind.KERNEL in one.kinds) == (old.bank.shape != new.bank.shape)
            assert (Kind.BIAS in one.kinds) == any(a.bias != b.bias for a, b in pairs)
            assert (Kind.NAME in one.kinds) == any(a.name != b.name for a, b in pairs)
            assert (Kind.FILTER_SWITCH in one.kinds) == any(a.enabled != b.enabled for a, b in pairs)
            if any(a.weights.tobytes() != b.weights.tobytes() for a, b in pairs):
                assert Kind.WEIGHTS in one.kinds
            assert (Kind.ACTIVATION in one.kinds) == (old.activation != new.activation)
            assert (Kind.MUTED in one.kinds) == (old.muted != new.muted)
    outer = Kind.PICTURE | Kind.PREPARATION | Kind.TRAINING | Kind.CURRENT | Kind.LAYERS
    assert told & ~outer == change.kinds & ~outer
    assert (Kind.PICTURE in change.kinds) == (before.image is not after.image)
    assert (Kind.PREPARATION in change.kinds) == (before.preparation != after.preparation)
    assert (Kind.LAYERS in change.kinds) == (change.order != tuple(range(len(before.layers))))
    assert (Kind.CURRENT in change.kinds) == (change.order[after.shown_index] != before.shown_index)
    for layer, old in enumerate(before.layers):
        now = change.layer_now(layer)
        if now is not None and isinstance(old, ConvLayer):
            bank = after.layers[now].bank  # type: ignore[union-attr]
            for row, one in enumerate(old.bank):
                place = change.filter_now(layer, row)
                # What is the same filter still is where the change says; what is nowhere is said to be gone.
                if any(other is one for other in bank):
                    assert place is not None
                    assert bank[place] is one or sum(other is one for other in old.bank) > 1


@given(st.integers(0, 10**6))
def test_the_difference_of_random_edits_is_what_changed(seed: int) -> None:
    rng, project = random.Random(seed), start()
    history = [project]
    for _ in range(8):
        try:
            after = random_edit(project, rng)[1](project)
        except InvalidValueError:
            continue
        check(difference(project, after))
        check(difference(after, project, "undo"))
        history.append(after)
        project = after
    check(difference(history[0], history[-1], "reset"))


@given(st.integers(1, 9), st.data())
def test_rows_are_followed_where_filters_are_moved_removed_and_added(count: int, data: st.DataObject) -> None:
    project = deep(count)
    some = data.draw(st.sets(st.integers(0, count - 1), min_size=1))
    to = data.draw(st.integers(0, count))
    rest = [row for row in range(count) if row not in some]
    at = sum(row < to for row in rest)
    moved = difference(project, move_filters(project, some, to))
    assert moved.rows == (*rest[:at], *sorted(some), *rest[at:])
    if rest:
        removed = difference(project, remove_filters(project, some))
        assert removed.rows == tuple(rest)
        first = removed.at(0)
        assert first is not None
        assert first.kinds is Kind.ROWS
        back = difference(removed.after, project, "undo")
        assert back.rows == tuple(rest.index(row) if row in rest else None for row in range(count))
    copied = difference(project, duplicate_filters(project, some))
    assert copied.rows == tuple(one for row in range(count) for one in ([row, None] if row in some else [row]))
    added = difference(project, add_filters(project, to, [Filter(np.zeros((1, 3, 3)), name="new")]))
    assert added.rows == (*range(to), None, *range(to, count))
    for change in (moved, copied, added):
        check(change)
    for change in (copied, added):
        assert change.at(2) is not None  # The planes behind follow.


def test_a_filter_added_with_a_larger_kernel_is_new_and_the_others_are_known_by_name() -> None:
    project = deep()
    change = difference(project, add_filters(project, 2, [Filter(np.ones((1, 7, 7)), name="large")]))
    assert change.rows == (0, 1, None, 2, 3, 4)
    assert Kind.KERNEL | Kind.ROWS in change.kinds


def edits() -> dict[str, tuple[Project, Project, Kind]]:
    project = deep()
    second = select_layer(project, 2)
    return {
        "weight": (project, with_weights_at(project, 1, 0, 0, 0, 9.0), Kind.WEIGHTS),
        "bias": (project, with_filter(project, 1, bias=2.0), Kind.BIAS),
        "name": (project, with_filter(project, 1, name="x"), Kind.NAME),
        "off": (project, with_filter(project, 1, enabled=False), Kind.FILTER_SWITCH),
        "stride": (project, with_layer(project, stride=2), Kind.LAYING),
        "activation": (project, with_layer(project, activation="none"), Kind.ACTIVATION),
        "muted": (second, with_channel(second, 1, on=False), Kind.MUTED),
        "pooling": (project, with_layer_settings(project, 1, kind="average"), Kind.LAYING),
        "layer off": (project, switch_layer(project, 1, on=False), Kind.LAYER_SWITCH),
        "view": (project, second, Kind.CURRENT),
        "preparation": (project, with_preparation(project, Preparation(scale=0.9)), Kind.PREPARATION),
        "picture": (project, replace(project, image=PICTURES[0]), Kind.PICTURE),
        "nothing": (project, replace(project), Kind.NOTHING),
    }


@pytest.mark.parametrize("name", edits())
def test_each_edit_has_its_kind_and_no_other(name: str) -> None:
    before, after, kind = edits()[name]
    change = difference(before, after)
    assert change.kinds == kind
    check(change)


def test_layers_are_followed_where_they_are_added_moved_and_removed() -> None:
    project = deep()
    added = difference(project, add_layer(project, 1, PoolLayer("average", 3, 1)))
    assert added.order == (0, None, 1, 2)
    assert added.kinds & Kind.CURRENT  # The new one is looked at.
    moved = difference(project, move_layer(project, 1, 0))
    assert moved.order == (1, 0, 2)
    assert not moved.kinds & Kind.CURRENT  # The same one is, at another place.
    removed = difference(project, remove_layer(project, 1))
    assert removed.order == (0, 2)
    assert removed.layer_now(1) is None
    assert removed.filter_now(2, 4) == 4


def test_maps_of_a_pooling_are_those_of_the_filters_it_pools() -> None:
    project = deep()
    change = difference(project, move_filters(project, [0], 3))
    assert [change.filter_now(1, row) for row in range(5)] == [2, 0, 1, 3, 4]
    assert difference(project, remove_filters(project, [1])).filter_now(1, 1) is None
    image = Project((PoolLayer(), *start().layers), PICTURES[1])
    assert difference(image, with_filter(image, 0, bias=1.0)).filter_now(0, 0) == 0


def test_another_layer_has_other_rows() -> None:
    project = deep()
    assert difference(project, select_layer(project, 2)).rows is None
    assert difference(project, select_layer(project, 1)).rows == (0, 1, 2, 3, 4)  # A pooling of the same filters.
    assert difference(project, with_filter(project, 0, bias=1.0), "reset").rows is None
