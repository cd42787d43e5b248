"""Computes the maps of a project for `convexplorer.io.maps.save`, in the window and on the command line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict

import numpy as np

from convexplorer.core.engine.colour import Scale
from convexplorer.core.engine.conv import feature_maps
from convexplorer.core.engine.map_rows import HELD_NODES, MapRows
from convexplorer.core.engine.noise import Noise, quieten
from convexplorer.core.engine.pictures import Look
from convexplorer.core.engine.stack_cache import Stack
from convexplorer.core.explain.filter_parts import identity_layer
from convexplorer.core.model.activations import is_signed
from convexplorer.core.model.filters import Filter
from convexplorer.core.model.images import Prepared
from convexplorer.core.model.layers import ConvLayer, Layer, PoolLayer, label, source, title
from convexplorer.core.model.preparation import grey_weights
from convexplorer.core.project.project import Project
from convexplorer.core.runtime.types import ShouldStop, Values, never


def shown_stack(project: Project) -> tuple[tuple[Layer, ...], ConvLayer]:
    """The layers before the shown maps, and the layer that gives these maps.

    For a pooling this is a layer that passes its maps on unchanged, named after the filters whose maps are pooled.
    """
    if isinstance(project.shown_layer, ConvLayer):
        return project.layers[: project.shown_index], project.shown_layer
    before = (*project.layers[: project.shown_index], PoolLayer(**asdict(project.shown_layer) | {"enabled": True}))
    if source(project.layers, project.shown_index) is not None:
        return before, identity_layer(project.bank, signed=is_signed(project.edited_layer.activation))
    names = ("Grey",) if project.preparation.grey else ("Red", "Green", "Blue")
    return before, identity_layer([Filter(np.ones((1, 1, 1), np.float32), name=name) for name in names], signed=False)


def shown_input(project: Project, image: Prepared, should_stop: ShouldStop = never) -> Prepared:
    """The input of the layer of `shown_stack`, computed from the prepared image.

    Raises
    ------
    InvalidValueError
        If a window does not fit its input, or the maps before the layer would take too much memory.
    CancelledError
        If `should_stop` said so.
    """
    return Stack().through(image, shown_stack(project)[0], should_stop)


def shown_pooling(project: Project) -> str:
    """Name of the shown layer if it is a pooling, else ""."""
    return label(project.layers, project.shown_index) if isinstance(project.shown_layer, PoolLayer) else ""


def project_maps(
    project: Project, indices: Sequence[int], should_stop: ShouldStop = never, *, pictured: bool = False
) -> Iterator[tuple[int, Filter, Values | MapRows]]:
    """Index, filter and whole map, shape (H', W'), of some filters of the layer that is looked at.

    Each map is computed when it is asked for, a large one strip by strip as it is gone through; what the layer reads
    is computed once.

    Parameters
    ----------
    project : Project
        Whose maps.
    indices : sequence of int
        Which filters.
    should_stop : callable
        Asked now and then.
    pictured : bool
        Whether the maps become pictures, in which what is only rounding must not be seen (`core.engine.noise`); else
        values are as they were computed.

    Raises
    ------
    InvalidValueError
        If a window does not fit its input.
    CancelledError
        If `should_stop` said so.
    """
    if project.image is None:
        return
    inputs = shown_input(project, project.image.prepare(project.preparation, should_stop), should_stop)
    layer = shown_stack(project)[1]
    for index in indices:
        noise = float(Noise(inputs, layer).floors[index]) if pictured else 0.0
        rows = MapRows(inputs, layer, index, should_stop, noise)
        if rows.size > HELD_NODES:
            yield index, layer.bank[index], rows
        else:
            values = feature_maps(inputs, layer, [index], should_stop)[0]
            yield index, layer.bank[index], quieten(values, noise) if pictured else values


def map_scale(project: Project, look: Look, values: Values | MapRows) -> Scale:
    """The scale by which a look colours a map of the project."""
    signed = is_signed(shown_stack(project)[1].activation)
    return look.scale(float(values.min()), float(values.max()), signed=signed)


def map_settings(project: Project) -> dict[str, object]:
    """How the project's maps are made, for the metadata of their files."""
    preparation, shown = project.preparation, project.shown_layer
    settings: dict[str, object] = {
        "image": project.image.name if project.image is not None else "",
        "colour": "grey" if preparation.grey else "RGB",
        "size": preparation.scale,
        "values in [0, 1]": preparation.unit_range,
    }
    if preparation.grey:
        settings["grey weights"] = grey_weights(preparation.grey_method)
    if project.shown_index:
        on = [at for at, layer in enumerate(project.layers[: project.shown_index]) if layer.enabled]
        settings["layers"] = " › ".join(title(project.layers, at) for at in (*on, project.shown_index))
    settings["stride"] = shown.stride
    if isinstance(shown, ConvLayer):
        settings |= {"padding": shown.padding, "dilation": shown.dilation, "activation": shown.activation}
    return settings
