"""Edits of the stack: add, remove, move, switch and set layers.

Layers behind keep their weights by the rule of `core.model.layers`. An edit is refused if a window would no longer fit
its input; the error tells the formula and its numbers. A stack that did not fit before, as on a picture that is too
small, may still be edited.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from convexplorer.core.model.filters import MAX_FILTERS, FilterBank
from convexplorer.core.model.images import MAX_SIDE
from convexplorer.core.model.initialisers import INITIALISERS
from convexplorer.core.model.layers import (
    ConvLayer,
    Layer,
    PoolLayer,
    exchange_layer,
    follow_maps,
    input_maps,
    label,
    refit_planes,
    source,
)
from convexplorer.core.model.stack_figures import shapes
from convexplorer.core.project.project import Project
from convexplorer.errors import InvalidValueError

FILTERS = 8
"""Filters of a new convolution."""
SIZE = 3
"""Rows and columns of its kernels."""


def select_layer(project: Project, at: int) -> Project:
    """Look at another layer."""
    return project if at == project.shown_index else replace(project, shown_index=at)


def with_stack(project: Project, layers: tuple[Layer, ...]) -> Project:
    """Exchange all layers; the depth of the first filters switches the preparation between grey and RGB.

    Raises
    ------
    InvalidValueError
        If no image has so many channels, or a window does not fit this one.
    """
    first = next((one for one in layers if isinstance(one, ConvLayer)), None)
    channels = project.preparation.channels if first is None else first.bank.channels
    if channels not in (1, 3):
        raise InvalidValueError(
            "an image has 1 or 3 channels; filters with {depth} planes do not fit it", depth=channels
        )
    preparation = replace(project.preparation, grey=channels == 1)
    return _require_fit(project, replace(project, layers=layers, preparation=preparation, shown_index=0))


def new_convolution(
    project: Project, at: int, *, filters: int = FILTERS, initialiser: str = "glorot", seed: int = 0
) -> ConvLayer:
    """A convolution of 3 × 3 kernels that fits in before layer `at`, with weights of a key of `INITIALISERS`.

    Raises
    ------
    InvalidValueError
        If there can be no such layer, or the one before has no filters, so that no map reaches it.
    """
    _check_filters(filters)
    channels = list(input_maps(project.layers, project.preparation.channels))[at]
    before = source(project.layers, at)
    if before is not None and not channels:
        raise InvalidValueError(
            "{layer} has no filters: add one before a layer behind it", layer=label(project.layers, before)
        )
    return ConvLayer(FilterBank.from_arrays(_weights((filters, channels, SIZE, SIZE), initialiser, seed)))


def add_layer(project: Project, at: int, layer: Layer) -> Project:
    """Put a layer in before layer `at`, or behind the last, and look at it.

    Planes are matched by position, its own and those behind it.

    Raises
    ------
    InvalidValueError
        If it does not fit.
    """
    if isinstance(layer, ConvLayer) and source(project.layers, at) is None:
        layer = replace(layer, bank=layer.bank.with_channels(project.preparation.channels))
    return _restack(project, (*project.layers[:at], layer, *project.layers[at:]), at)


def remove_layer(project: Project, at: int) -> Project:
    """Take a layer out; planes behind it are matched by position.

    The layer that is looked at stays the same; if it is the one that goes, the next takes its place.

    Raises
    ------
    InvalidValueError
        If it is the last convolution, or what is behind does not fit any more.
    """
    layers = (*project.layers[:at], *project.layers[at + 1 :])
    current = project.shown_index - (project.shown_index > at)
    return _restack(project, layers, max(0, min(current, len(layers) - 1)))


def move_layer(project: Project, at: int, to: int) -> Project:
    """Move a layer to before what is now at position `to`; planes are matched by position, the same layer is shown.

    Raises
    ------
    InvalidValueError
        If the layers do not fit in this order.
    """
    rest = [i for i in range(len(project.layers)) if i != at]
    place = sum(i < to for i in rest)
    order = [*rest[:place], at, *rest[place:]]
    return _restack(project, tuple(project.layers[i] for i in order), order.index(project.shown_index))


def switch_layer(project: Project, at: int, *, on: bool, refit: bool = False) -> Project:
    """Switch a layer on or off. Switched off, it hands on what reaches it.

    Parameters
    ----------
    project : Project
        What to change.
    at : int
        The layer's index.
    on : bool
        Whether it is to be on.
    refit : bool
        Match planes behind it by position where they would not fit, rather than refuse; else nothing else changes.

    Raises
    ------
    InvalidValueError
        If a convolution behind it would not have one plane for each map that would then reach it, or would not fit.
    """
    layers = exchange_layer(project.layers, at, replace(project.layers[at], enabled=on))
    if refit:
        return _restack(project, layers, project.shown_index)
    for behind, maps in zip(range(len(layers)), input_maps(layers, project.preparation.channels), strict=False):
        layer = layers[behind]
        if isinstance(layer, ConvLayer) and layer.bank.channels != maps:
            raise InvalidValueError(
                "{layer} cannot just be switched on: {behind} reads {planes} maps, and {maps} would reach it"
                if on
                else "{layer} cannot just be switched off: {behind} reads {planes} maps, and {maps} would reach it",
                layer=label(layers, at),
                behind=label(layers, behind),
                planes=layer.bank.channels,
                maps=maps,
            )
    return _require_fit(project, replace(project, layers=layers))


def with_layer_settings(
    project: Project,
    at: int,
    *,
    filters: int | None = None,
    kernel: tuple[int, int] | None = None,
    seed: int = 0,
    **settings: Any,
) -> Project:
    """Change settings of one layer.

    Parameters
    ----------
    project : Project
        What to change.
    at : int
        The layer's index.
    filters : int, optional
        Number of filters of a convolution. New ones come behind the others with the weights that "glorot" gives them;
        planes behind that read them are zero.
    kernel : (int, int), optional
        Height and width of the kernels, which keep their centre.
    seed : int
        For the weights of new filters.
    **settings
        Fields of `ConvLayer` (stride, padding, dilation, activation) or `PoolLayer` (kind, size, stride).

    Raises
    ------
    InvalidValueError
        If a setting makes no sense, or a window would not fit.
    """
    layer: Layer = replace(project.layers[at], **settings)
    layers = project.layers
    if isinstance(layer, ConvLayer):
        bank = layer.bank if kernel is None else layer.bank.with_size(*kernel)
        if filters is not None:
            bank = _with_count(bank, filters, seed)
            if layer.enabled:
                order = [i if i < len(layer.bank) else None for i in range(filters)]
                layers = follow_maps(layers, at + 1, order)
        layer = replace(layer, bank=bank)
    _check_settings(layer)
    changed = _require_fit(project, replace(project, layers=exchange_layer(layers, at, layer)), at)
    return project if changed == project else changed


def initialise_layer(project: Project, at: int, initialiser: str, seed: int) -> Project:
    """Give a convolution's filters new weights and biases of 0.

    Parameters
    ----------
    project : Project
        What to change.
    at : int
        The convolution's index.
    initialiser : str
        A key of `INITIALISERS`.
    seed : int
        The same one gives the same weights.

    Raises
    ------
    InvalidValueError
        If it is no convolution, or there is no such initialiser.
    """
    layer = project.layers[at]
    if isinstance(layer, PoolLayer):
        raise InvalidValueError("{layer} has no weights", layer=label(project.layers, at))
    bank = layer.bank
    if not bank:
        return project
    weights = _weights((len(bank), *bank.shape), initialiser, seed)
    filters = tuple(replace(one, weights=new, bias=0.0) for one, new in zip(bank, weights, strict=True))
    return replace(project, layers=exchange_layer(project.layers, at, replace(layer, bank=FilterBank(filters))))


def _restack(project: Project, layers: tuple[Layer, ...], current: int) -> Project:
    fitted = refit_planes(layers, project.preparation.channels)
    return _require_fit(project, replace(project, layers=fitted, shown_index=current))


def _require_fit(before: Project, after: Project, at: int | None = None) -> Project:
    """Return `after` if its windows fit, or if those before did not either. Layer `at` must fit even if it is off."""
    shape = after.input_shape
    if shape is None:
        return after
    try:
        shapes(after.layers, shape)
        if at is not None:
            shapes(exchange_layer(after.layers, at, replace(after.layers[at], enabled=True))[: at + 1], shape)
    except InvalidValueError:
        try:
            shapes(before.layers, shape)
        except InvalidValueError:
            return after
        raise
    return after


def _with_count(bank: FilterBank, count: int, seed: int) -> FilterBank:
    """A bank with another number of filters: the first ones, or all with random ones behind them."""
    _check_filters(count)
    if count <= len(bank):
        return bank.subset(range(count))
    weights = _weights((count, *bank.shape), "glorot", seed)
    names = [f"Filter {i + 1}" for i in range(count)]
    return FilterBank((*bank, *FilterBank.from_arrays(weights, names=names)[len(bank) :]))


def _weights(shape: tuple[int, int, int, int], initialiser: str, seed: int) -> Any:
    if initialiser not in INITIALISERS:
        raise InvalidValueError(
            "weights begin as {known}, not {given}", known=", ".join(INITIALISERS), given=initialiser
        )
    return INITIALISERS[initialiser](shape, seed)


def _check_settings(layer: Layer) -> None:
    """Refuse settings that make no sense on any image: lay one window over an input of its size."""
    kernel, dilation = ((layer.size,) * 2, 1) if isinstance(layer, PoolLayer) else (layer.bank.size, layer.dilation)
    height, width = (min(max((size - 1) * dilation + 1, 1), MAX_SIDE) for size in kernel)
    layer.geometry(height, width)


def _check_filters(count: int) -> None:
    if not 1 <= count <= MAX_FILTERS:
        raise InvalidValueError("a layer has 1 to {most} filters, not {count}", most=MAX_FILTERS, count=count)
