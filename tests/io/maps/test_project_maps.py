"""Maps of a project on their way to files: whole, or computed strip by strip as they are written."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from convexplorer.core.engine import conv
from convexplorer.core.engine.map_rows import MapRows
from convexplorer.core.engine.pictures import Look
from convexplorer.core.model.filters import FilterBank
from convexplorer.core.model.images import Image, Preparation
from convexplorer.core.model.project import ConvLayer, Project
from convexplorer.errors import CancelledError
from convexplorer.io.maps import project_maps as module
from convexplorer.io.maps.project_maps import map_scale, map_settings, project_maps
from convexplorer.io.maps.save import MAP_FORMATS, save_maps


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
    whole = conv.feature_maps(project.image.prepared(project.preparation), project.layer, [1])[0]
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
    stopped = MapRows(project.image.prepared(project.preparation), project.layer, 0, lambda: True)
    assert isinstance(rows, MapRows)
    with pytest.raises(CancelledError):
        list(stopped)
