"""Timelines as animations and arrays."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image as PILImage

from convexplorer.core.project.training_run import Snapshot
from convexplorer.errors import InvalidValueError, UnwritableFileError
from convexplorer.io.figures.timelines import FRAME, save_timeline, sheet


def snapshots(channels=1):
    generator = np.random.default_rng(0)
    return [
        Snapshot(
            batch,
            batch / 10,
            2.0 - batch / 10,
            (generator.standard_normal((5, channels, 3, 4)).astype(np.float32),),
            (np.full(5, batch, np.float32),),
        )
        for batch in range(4)
    ]


@pytest.mark.parametrize("suffix", ["gif", "apng"])
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_an_animation_has_a_frame_for_each_moment(tmp_path, suffix, channels):
    path = tmp_path / f"t.{suffix}"
    save_timeline(snapshots(channels), path)
    with PILImage.open(path) as picture:
        assert picture.n_frames == 4
        assert picture.size == (3 * (4 * 32 + 6) + 6, 2 * (3 * 32 + 6) + 6)
        picture.seek(0)
        assert picture.info["duration"] == FRAME
        pixels = np.asarray(picture.convert("RGB")).astype(int)
    first = snapshots(channels)[0].weights[0][0]
    if channels == 1:
        largest = np.unravel_index(np.abs(first[0]).argmax(), (3, 4))
        shown = pixels[6 + 32 * largest[0] + 16, 6 + 32 * largest[1] + 16, 0]
        assert shown in ((0, 1) if first[0][largest] < 0 else (254, 255))


def test_a_sheet_is_large_enough_to_be_seen_and_not_larger():
    generator = np.random.default_rng(0)
    sizes = [sheet(generator.standard_normal((count, 1, 5, 5)).astype(np.float32)).shape for count in (1, 8, 64, 256)]
    assert [width for _, width, _ in sizes] == [
        5 * 32 + 12,
        3 * (5 * 32 + 6) + 6,
        8 * (5 * 12 + 6) + 6,
        16 * (5 * 8 + 6) + 6,
    ]


def test_arrays_come_back(tmp_path):
    save_timeline(snapshots(), tmp_path / "t.npz")
    with np.load(tmp_path / "t.npz") as arrays:
        np.testing.assert_array_equal(arrays["weights"][2], snapshots()[2].weights[0])
        assert arrays["bias"][:, 0].tolist() == [0, 1, 2, 3]
        assert arrays["batch"].tolist() == [0, 1, 2, 3]
        assert arrays["epoch"][1] == pytest.approx(0.1)
        assert arrays["loss"][3] == pytest.approx(1.7)


def test_what_cannot_be_written_is_one_line(tmp_path):
    with pytest.raises(UnwritableFileError, match=r"must end in .gif, .apng, .npz"):
        save_timeline(snapshots(), tmp_path / "t.mp4")
    with pytest.raises(InvalidValueError, match="no timeline"):
        save_timeline([], tmp_path / "t.gif")
    assert not list(tmp_path.iterdir())
