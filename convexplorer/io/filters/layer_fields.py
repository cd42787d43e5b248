"""Converts layers to fields of a manifest, and back. Filters are stored separately.

::

    {"kind": "conv", "stride": 1, "padding": "valid", "dilation": 1, "activation": "relu", "muted": [], "enabled": true}
    {"kind": "pool", "pooling": "max", "size": 2, "stride": 2, "enabled": true}
"""

from __future__ import annotations

from convexplorer.core.model.activations import ACTIVATIONS, Activation
from convexplorer.core.model.filters import FilterBank
from convexplorer.core.model.geometry import Padding
from convexplorer.core.model.layers import MAX_LAYERS, POOLINGS, ConvLayer, Layer, PoolLayer
from convexplorer.errors import InvalidValueError
from convexplorer.io.filters.manifest_fields import Json, Section

_MAX_STEP = 4096


def layer_fields(layer: Layer) -> Json:
    """The fields of a layer, without its filters.

    Raises
    ------
    InvalidValueError
        If they could not be read again.
    """
    _check_steps(layer)
    if isinstance(layer, PoolLayer):
        return {
            "kind": "pool",
            "pooling": layer.kind,
            "size": layer.size,
            "stride": layer.stride,
            "enabled": layer.enabled,
        }
    return {
        "kind": "conv",
        "stride": layer.stride,
        "padding": layer.padding,
        "dilation": layer.dilation,
        "activation": layer.activation,
        "muted": sorted(channel for channel in layer.muted if channel < layer.bank.channels),
        "enabled": layer.enabled,
    }


def take_kind(section: Section) -> str:
    """Take out whether a layer is a convolution, "conv", or a pooling, "pool".

    Raises
    ------
    InvalidValueError
        If it is neither.
    """
    kind = section.take("kind", str)
    if kind not in {"conv", "pool"}:
        raise InvalidValueError("it has a layer of the kind {kind}, unknown to this version; please update", kind=kind)
    return kind


def take_convolution(section: Section, bank: FilterBank) -> ConvLayer:
    """Take out the fields of a convolution with these filters.

    Raises
    ------
    InvalidValueError
        If they make no sense.
    """
    layer = ConvLayer(
        bank,
        section.take("stride", int, 1),
        _padding(section),
        section.take("dilation", int, 1),
        _activation(section),
        frozenset(section.take_numbers("muted", int)) if section.has("muted") else frozenset(),
        section.take("enabled", bool, True),
    )
    _check_steps(layer)
    if not layer.muted <= set(range(bank.channels)):
        raise InvalidValueError("it leaves out a channel that its filters do not have")
    return layer


def take_pooling(section: Section) -> PoolLayer:
    """Take out the fields of a pooling.

    Raises
    ------
    InvalidValueError
        If they make no sense.
    """
    given = section.take("pooling", str)
    kind = next((one for one in POOLINGS if one == given), None)
    if kind is None:
        raise InvalidValueError("its pooling {name} is unknown to this version; please update", name=given)
    layer = PoolLayer(kind, section.take("size", int), section.take("stride", int), section.take("enabled", bool, True))
    _check_steps(layer)
    return layer


def check_count(layers: int) -> None:
    """Refuse a file with too many layers, before any is made.

    Raises
    ------
    InvalidValueError
        If there are more than `MAX_LAYERS`.
    """
    if layers > MAX_LAYERS:
        raise InvalidValueError("it has {count} layers; the limit is {most}", count=layers, most=MAX_LAYERS)


def _check_steps(layer: Layer) -> None:
    steps = [("stride", layer.stride)]
    if isinstance(layer, ConvLayer):
        steps.append(("dilation", layer.dilation))
        if isinstance(layer.padding, int) and not 0 <= layer.padding <= _MAX_STEP:
            raise InvalidValueError('its padding is not "valid", "same" or 0 to {most}', most=_MAX_STEP)
    for name, value in steps:
        if not 1 <= value <= _MAX_STEP:
            raise InvalidValueError("its {name} is not 1 to {most}", name=name, most=_MAX_STEP)


def _padding(section: Section) -> Padding:
    value = section.rest.pop("padding", "valid")
    if value == "valid":
        return "valid"
    if value == "same":
        return "same"
    if type(value) is int:
        return value
    raise InvalidValueError('its padding is not "valid", "same" or 0 to {most}', most=_MAX_STEP)


def _activation(section: Section) -> Activation:
    given = section.take("activation", str)
    for known in ACTIVATIONS:
        if given == known:
            return known
    raise InvalidValueError("its activation {name} is unknown to this version; please update", name=given)
