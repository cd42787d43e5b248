"""A project's manifest and arrays, there and back."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from convexplorer.core.filters import Filter, FilterBank
from convexplorer.core.images import Image, Preparation, ShouldStop, never
from convexplorer.core.layers import Layer, PoolLayer
from convexplorer.core.project import Project
from convexplorer.errors import InvalidValueError, UnreadableFileError
from convexplorer.io.filter_formats.common import check_shape
from convexplorer.io.session_parts.arrays import Arrays, Part
from convexplorer.io.session_parts.fields import Json, Section, Unknown, clean
from convexplorer.io.session_parts.image import decode_image, encode_image
from convexplorer.io.session_parts.layers import (
    check_count,
    layer_fields,
    take_convolution,
    take_kind,
    take_pooling,
)

_WEIGHTS = ("<f4",)


def encode_project(
    project: Project,
    unknown: Unknown,
    folder: Path | None,
    should_stop: ShouldStop = never,
    embed_up_to: int | None = None,
) -> tuple[Json, dict[str, Part]]:
    """Describe a project; `folder` and `embed_up_to` as for `encode_image`."""
    parts: dict[str, Part] = {}
    fields: Json = {"image": None}
    if project.image is not None:
        fields["image"], parts = encode_image(project.image, unknown, folder, should_stop, embed_up_to)
    preparation = project.preparation
    fields["preparation"] = unknown.added(
        "project.preparation",
        {"grey": preparation.grey, "scale": preparation.scale, "unit_range": preparation.unit_range},
    )
    layers = []
    for index, one in enumerate(project.layers):
        described, arrays = _encode_layer(one, index, unknown)
        layers.append(described)
        parts |= arrays
    fields |= {"layers": layers, "current": project.current}
    return unknown.added("project", fields), parts


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
    check_count(len(layers))
    made = tuple(_decode_layer(one, arrays, sections) for one in layers)
    project = Project(made, image, prepared, section.take("current", int, 0))
    if image is not None:
        prepared.size(image.height, image.width)
    return project, missing, sections


# --- layers ------------------------------------------------------------------------------------------------------


def _encode_layer(layer: Layer, index: int, unknown: Unknown) -> tuple[Json, dict[str, Part]]:
    path = f"project.layers.{index}"
    fields = layer_fields(layer)
    if isinstance(layer, PoolLayer):
        return unknown.added(path, fields), {}
    weights, bias = f"layers/{index}/weights", f"layers/{index}/bias"
    # What could not be read again must not be saved.
    _judge_weights((len(layer.bank), *layer.bank.shape), len(layer.bank))
    names = Counter[str]()
    filters = [
        unknown.added(_filter_path(path, one.name, names), {"name": clean(one.name), "enabled": one.enabled})
        for one in layer.bank
    ]
    fields |= {"filters": filters, "weights": weights, "bias": bias}
    return unknown.added(path, fields), {weights: Part.of(layer.bank.weights), bias: Part.of(layer.bank.bias)}


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
