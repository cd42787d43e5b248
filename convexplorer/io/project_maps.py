"""The maps of a project as `convexplorer.io.maps` takes them, for the window and the shell alike."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from convexplorer.core.activations import is_signed
from convexplorer.core.colour import Scale
from convexplorer.core.conv import feature_maps
from convexplorer.core.filters import Filter
from convexplorer.core.images import ShouldStop, Values, never
from convexplorer.core.pictures import Look
from convexplorer.core.project import Project


def project_maps(
    project: Project, indices: Sequence[int], should_stop: ShouldStop = never
) -> Iterator[tuple[int, Filter, Values]]:
    """Index, filter and whole map, shape (H', W'), of some filters; each is computed when it is asked for.

    Raises
    ------
    InvalidValueError
        If a window does not fit the image.
    CancelledError
        If `should_stop` said so.
    """
    if project.image is None:
        return
    prepared = project.image.prepared(project.preparation, should_stop)
    for index in indices:
        yield index, project.bank[index], feature_maps(prepared, project.layer, [index], should_stop)[0]


def map_scale(project: Project, look: Look, values: Values) -> Scale:
    """The scale by which a look colours a map of the project."""
    return look.scale(float(values.min()), float(values.max()), signed=is_signed(project.layer.activation))


def map_settings(project: Project) -> dict[str, object]:
    """How the project's maps are made, for the metadata of their files."""
    layer, preparation = project.layer, project.preparation
    return {
        "image": project.image.name if project.image is not None else "",
        "colour": "grey" if preparation.grey else "RGB",
        "size": preparation.scale,
        "values in [0, 1]": preparation.unit_range,
        "stride": layer.stride,
        "padding": layer.padding,
        "dilation": layer.dilation,
        "activation": layer.activation,
    }
