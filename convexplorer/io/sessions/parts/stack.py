"""Converts layers with their filters to manifest fields and arrays, and back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from convexplorer.core.model.filters import Filter, FilterBank
from convexplorer.core.model.layers import Layer, PoolLayer
from convexplorer.errors import InvalidValueError
from convexplorer.io.filters.formats.common import check_shape
from convexplorer.io.filters.layer_fields import check_count, layer_fields, take_convolution, take_kind, take_pooling
from convexplorer.io.filters.manifest_fields import Json, Section, Unknown, clean
from convexplorer.io.sessions.parts.arrays import ArrayPart, Arrays

_WEIGHTS = ("<f4",)


def encode_stack(
    layers: Sequence[Layer], path: str, place: str, unknown: Unknown
) -> tuple[list[Json], dict[str, ArrayPart]]:
    """Describe layers.

    Parameters
    ----------
    layers : sequence of Layer
        The stack.
    path : str
        Where the manifest has the list, as "project.layers".
    place : str
        What the names of its arrays begin with, as "layers".
    unknown : Unknown
        What is kept.

    Raises
    ------
    InvalidValueError
        If they could not be read again.
    """
    made, parts = [], {}
    for index, one in enumerate(layers):
        described, arrays = _encode_layer(one, f"{path}.{index}", f"{place}/{index}", unknown)
        made.append(described)
        parts.update(arrays)
    return made, parts


def decode_stack(layers: Sequence[Section], arrays: Arrays, sections: list[Section]) -> tuple[Layer, ...]:
    """Make layers of their fields; to `sections` those are added in which unknown fields may be left.

    Raises
    ------
    InvalidValueError
        If they make no sense, or are beyond the limits.
    """
    check_count(len(layers))
    return tuple(_decode_layer(one, arrays, sections) for one in layers)


def _encode_layer(layer: Layer, path: str, place: str, unknown: Unknown) -> tuple[Json, dict[str, ArrayPart]]:
    fields = layer_fields(layer)
    if isinstance(layer, PoolLayer):
        return unknown.with_unknown(path, fields), {}
    weights, bias = f"{place}/weights", f"{place}/bias"
    # What could not be read again must not be saved.
    _judge_weights((len(layer.bank), *layer.bank.shape), len(layer.bank))
    names = Counter[str]()
    filters = [
        unknown.with_unknown(_filter_path(path, one.name, names), {"name": clean(one.name), "enabled": one.enabled})
        for one in layer.bank
    ]
    fields |= {"filters": filters, "weights": weights, "bias": bias}
    return unknown.with_unknown(path, fields), {
        weights: ArrayPart.of(layer.bank.weights),
        bias: ArrayPart.of(layer.bank.bias),
    }


def _decode_layer(section: Section, arrays: Arrays, sections: list[Section]) -> Layer:
    sections.append(section)
    if take_kind(section) == "pool":
        return take_pooling(section)
    filters = section.sections("filters")
    labels = [(one.take("name", str), one.take("enabled", bool, True)) for one in filters]
    weights = arrays.take(section.take("weights", str), _WEIGHTS, lambda shape: _judge_weights(shape, len(filters)))
    bias = arrays.take(section.take("bias", str), _WEIGHTS, lambda shape: _judge_bias(shape, len(filters)))
    names = Counter[str]()
    for one, (name, _) in zip(filters, labels, strict=True):
        one.path = _filter_path(section.path, name, names)
        sections.append(one)
    made = tuple(
        Filter(kernel, number, name, enabled)
        for kernel, number, (name, enabled) in zip(weights, bias.tolist(), labels, strict=True)
    )
    channels, height, width = weights.shape[1:]
    return take_convolution(section, FilterBank(made, (channels, height, width)))


def _filter_path(layer: str, name: str, names: Counter[str]) -> str:
    """Where unknown fields of a filter are kept: they follow its name when filters are moved or removed."""
    names[name] += 1
    return f"{layer}.filters.{name} {names[name]}"


def _judge_weights(shape: tuple[int, ...], count: int) -> None:
    if len(shape) != 4 or shape[0] != count or 0 in shape[1:]:
        raise InvalidValueError("its weights are not one kernel for each filter")
    check_shape((max(count, 1), *shape[1:]))


def _judge_bias(shape: tuple[int, ...], count: int) -> None:
    if shape != (count,):
        raise InvalidValueError("its bias is not one number for each filter")
