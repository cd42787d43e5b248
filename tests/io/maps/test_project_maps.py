"""Maps of a project on their way to files: whole, or computed strip by strip as they are written."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as PILImage

from convexplorer.core.engine import conv
from convexplorer.core.engine.colour import colour
from convexplorer.core.engine.conv import feature_maps
from convexplorer.core.engine.map_rows import MapRows
from convexplorer.core.engine.pictures import Look
from convexplorer.core.model.filters import FilterBank
from convexplorer.core.model.images import Image, Preparation
from convexplorer.core.project.project import ConvLayer, Project
from convexplorer.errors import CancelledError
from convexplorer.io.maps import project_maps as module
from convexplorer.io.maps.project_maps import map_scale, map_settings, project_maps
from convexplorer.io.maps.save import MAP_FORMATS, save_map, save_maps


@pytest.fixture
def project() -> Project:
    rng = np.random.default_rng(0)
    image = Image(rng.integers(0, 256, (60, 50, 3), np.uint8))
    layer = ConvLayer(FilterBank.from_arrays(rng.normal(size=(3, 3, 3, 3))), padding=1, activation="none")
    return Project((layer,), image, Preparation(grey=False, scale=1.0))


@pytest.fixture(autouse=True)
def _several_strips(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conv, "STRIP_BYTES", 4 * 3 * 50 * 7)


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every map counts as large."""
    monkeypatch.setattr(module, "HELD_NODES", 0)


def saved(project: Project, folder: Path, kind: str) -> dict[str, bytes]:
    written = save_maps(
        folder,
        "map",
        project_maps(project, range(3)),
        names=list(enumerate(project.bank.names)),
        format=kind,
        scale=lambda values: map_scale(project, Look(), values),
        settings=map_settings(project),
    )
    return {path.name: path.read_bytes() for path in written}


@pytest.mark.parametrize("kind", MAP_FORMATS)
def test_strips_make_the_same_files(project, kind, tmp_path, request):
    whole = saved(project, tmp_path / "whole", kind)
    request.getfixturevalue("large")
    in_strips = saved(project, tmp_path / "strips", kind)
    assert whole.keys() == in_strips.keys()
    for name, content in whole.items():
        if kind not in ("png", "png16"):  # Compressed in other pieces.
            assert in_strips[name] == content
    if kind in ("png", "png16"):
        from PIL import Image as PILImage

        for name in whole:
            with PILImage.open(tmp_path / "whole" / name) as one, PILImage.open(tmp_path / "strips" / name) as other:
                np.testing.assert_array_equal(np.asarray(one), np.asarray(other))
                assert one.info == other.info


@pytest.mark.usefixtures("large")
def test_rows_are_those_of_the_map(project):
    whole = conv.feature_maps(project.image.prepare(project.preparation), project.edited_layer, [1])[0]
    (_, one, rows) = next(iter(project_maps(project, [1])))
    assert isinstance(rows, MapRows)
    assert one is project.bank[1]
    assert rows.shape == whole.shape
    pieces = list(rows)
    assert len(pieces) > 3
    np.testing.assert_array_equal(np.concatenate(pieces), whole)
    assert (rows.min(), rows.max()) == (whole.min(), whole.max())


@pytest.mark.usefixtures("large")
def test_a_map_in_strips_stops_when_told(project):
    rows = next(iter(project_maps(project, [0])))[2]
    stopped = MapRows(project.image.prepare(project.preparation), project.edited_layer, 0, lambda: True)
    assert isinstance(rows, MapRows)
    with pytest.raises(CancelledError):
        list(stopped)


ROWS = np.repeat([[-1.0], [-1.0], [1.0], [1.0]], 4, axis=1)


def striped(bias: float = 0.0, factor: float = 1.0) -> Project:
    """Vertical stripes under filters for lines from left to right: nothing but rounding."""
    row = np.where(np.arange(90) % 14 < 7, 200, 31).astype(np.uint8)
    image = Image(np.broadcast_to(row[:, np.newaxis], (60, 90, 1)))
    bank = FilterBank.from_arrays(np.array([[ROWS], [-ROWS]]) * factor, [bias, bias])
    return Project((ConvLayer(bank, activation="none"),), image, Preparation(scale=0.7))


@pytest.mark.parametrize("held", [True, False])
@pytest.mark.parametrize("bias", [0.0, 0.1])
@pytest.mark.parametrize("kind", ["png", "png16"])
def test_rounding_is_no_picture(tmp_path, monkeypatch, held, bias, kind):
    monkeypatch.setattr("convexplorer.io.maps.project_maps.HELD_NODES", 1 << 20 if held else 10)
    project = striped(bias)
    for index, one, values in project_maps(project, range(2), pictured=True):
        path = tmp_path / f"{index}.png"
        scale = map_scale(project, Look(), values)
        save_map(path, values, format=kind, scale=scale, filter=one, settings=map_settings(project))
        with PILImage.open(path) as picture:
            assert len(np.unique(np.asarray(picture).reshape(picture.height * picture.width, -1), axis=0)) == 1
        assert values.min() == values.max() == pytest.approx(bias, rel=1e-5)


def test_values_that_are_no_picture_are_as_they_were_computed():
    project = striped()
    for index, _, values in project_maps(project, range(2)):
        inputs = project.image.prepare(project.preparation)
        np.testing.assert_array_equal(values, feature_maps(inputs, project.edited_layer, [index])[0])


def test_a_weak_true_map_is_a_picture(tmp_path):
    project = replace(striped(factor=1e-6), layers=(ConvLayer(FilterBank.from_arrays([[ROWS.T * 1e-6]])),))
    ((_, _, values),) = project_maps(project, [0], pictured=True)
    exact = feature_maps(project.image.prepare(project.preparation), project.edited_layer, [0])[0]
    np.testing.assert_allclose(values, exact, rtol=0, atol=1e-5 * exact.max())
    assert len(np.unique(values)) > 3


@pytest.mark.parametrize("value", [np.inf, -np.inf])
def test_an_infinite_node_has_the_strongest_colour_and_the_metadata_say_so(tmp_path, value):
    values = np.random.default_rng(0).normal(size=(20, 30)).astype(np.float32)
    values[3, 4] = value
    scale = map_scale(striped(), Look(), values)
    one = striped().bank[0]
    save_map(tmp_path / "a.png", values, format="png", scale=scale, filter=one, settings={})
    with PILImage.open(tmp_path / "a.png") as picture:
        picture.load()
        assert picture.getpixel((4, 3)) == colour(float(np.sign(value)) * scale.high, scale)
        assert "inf" in picture.text["Range"]
