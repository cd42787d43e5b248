"""A project's manifest and arrays, there and back."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from convexplorer.core.filters import Filter, FilterBank
from convexplorer.core.geometry import Padding
from convexplorer.core.images import Image, Preparation, ShouldStop, never
from convexplorer.core.project import Activation, ConvLayer, Project
from convexplorer.errors import InvalidValueError, UnreadableFileError
from convexplorer.io.filter_formats.common import check_shape
from convexplorer.io.session_parts.arrays import Arrays, Part
from convexplorer.io.session_parts.fields import Json, Section, Unknown, clean
from convexplorer.io.session_parts.image import decode_image, encode_image

_WEIGHTS = ("<f4",)
_MAX_STEP = 4096


def encode_project(
    project: Project, unknown: Unknown, folder: Path | None, should_stop: ShouldStop = never
) -> tuple[Json, dict[str, Part]]:
    """Describe a project; `folder` as for `encode_image`."""
    parts: dict[str, Part] = {}
    fields: Json = {"image": None}
    if project.image is not None:
        fields["image"], parts = encode_image(project.image, unknown, folder, should_stop)
    preparation = project.preparation
    fields["preparation"] = unknown.added(
        "project.preparation",
        {"grey": preparation.grey, "scale": preparation.scale, "unit_range": preparation.unit_range},
    )
    layer, arrays = _encode_layer(project.layer, 0, unknown)
    fields["layers"] = [layer]
    return unknown.added("project", fields), {**parts, **arrays}


def decode_project(
    section: Section, arrays: Arrays, folder: Path, should_stop: ShouldStop = never
) -> tuple[Project, UnreadableFileError | None, list[Section]]:
    """Take a project out of a manifest.

    Returns
    -------
    Project
        Without a picture if there was none, or the one beside the session is missing or another.
    UnreadableFileError or None
        Why the picture beside the session could not be taken.
    list of Section
        All sections; what is left in them is unknown.

    Raises
    ------
    InvalidValueError
        If it makes no sense, or is beyond the limits.
    """
    sections = [section]
    image: Image | None = None
    missing = None
    if section.has("image"):
        try:
            image, found = decode_image(section.section("image"), arrays, folder, should_stop)
            sections += found
        except UnreadableFileError as error:
            missing = error
    preparation = section.section("preparation")
    sections.append(preparation)
    prepared = Preparation(
        preparation.take("grey", bool), preparation.take("scale", float), preparation.take("unit_range", bool)
    )
    layers = section.sections("layers")
    if len(layers) != 1:
        raise InvalidValueError("it has {count} layers, this version shows one; please update", count=len(layers))
    layer = _decode_layer(layers[0], arrays, sections)
    project = Project((layer,), image, prepared)
    if image is not None:
        prepared.size(image.height, image.width)
    return project, missing, sections


# --- layers ------------------------------------------------------------------------------------------------------


def _encode_layer(layer: ConvLayer, index: int, unknown: Unknown) -> tuple[Json, dict[str, Part]]:
    path = f"project.layers.{index}"
    weights, bias = f"layers/{index}/weights", f"layers/{index}/bias"
    # What could not be read again must not be saved.
    _judge_weights((len(layer.bank), *layer.bank.shape), len(layer.bank))
    _judge_steps(layer)
    names = Counter[str]()
    filters = [
        unknown.added(_filter_path(path, one.name, names), {"name": clean(one.name), "enabled": one.enabled})
        for one in layer.bank
    ]
    fields = {
        "kind": "conv",
        "filters": filters,
        "weights": weights,
        "bias": bias,
        "stride": layer.stride,
        "padding": layer.padding,
        "dilation": layer.dilation,
        "activation": layer.activation,
        "muted": sorted(channel for channel in layer.muted if channel < layer.bank.channels),
    }
    return unknown.added(path, fields), {weights: Part.of(layer.bank.weights), bias: Part.of(layer.bank.bias)}


def _decode_layer(section: Section, arrays: Arrays, sections: list[Section]) -> ConvLayer:
    sections.append(section)
    kind = section.take("kind", str)
    if kind != "conv":
        raise InvalidValueError("it has a layer of the kind {kind}, unknown to this version; please update", kind=kind)
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
    layer = ConvLayer(
        FilterBank(made, (channels, height, width)),
        section.take("stride", int, 1),
        _padding(section),
        section.take("dilation", int, 1),
        _activation(section),
        frozenset(section.take_numbers("muted", int)) if section.has("muted") else frozenset(),
    )
    _judge_steps(layer)
    if not layer.muted <= set(range(channels)):
        raise InvalidValueError("it leaves out a channel that its filters do not have")
    return layer


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


def _judge_steps(layer: ConvLayer) -> None:
    for name, value in (("stride", layer.stride), ("dilation", layer.dilation)):
        if not 1 <= value <= _MAX_STEP:
            raise InvalidValueError("its {name} is not 1 to {most}", name=name, most=_MAX_STEP)
    if isinstance(layer.padding, int) and not 0 <= layer.padding <= _MAX_STEP:
        raise InvalidValueError('its padding is not "valid", "same" or 0 to {most}', most=_MAX_STEP)


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
    value = section.take("activation", str)
    if value == "relu":
        return "relu"
    if value == "none":
        return "none"
    raise InvalidValueError("its activation {name} is unknown to this version; please update", name=value)
