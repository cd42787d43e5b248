"""Times an edit of the first of three layers, seen in the third, against ONNX Runtime running the whole network.

    python tests/bench/layers.py [--quick] [--json FILE]

Convolutions with 16, 32 and 64 filters 3 × 3 ("same", ReLU) over an RGB image of 512 × 512. One weight of the first
layer changes, as in a drag. Ours is the time from the job to coloured pictures of the visible maps of the third layer:
all 64 as thumbnails, four that fill a screen, one alone. ONNX Runtime runs the exported network with weights as
constants, which lets it lay them out beforehand and leaves out the new session that every edit would need. Both take
turns, so that a busy moment of the machine hits both alike; the figures are medians. Every map is compared with ONNX
Runtime's beforehand.
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from convexplorer.core.engine.lattice import View
from convexplorer.core.engine.live import MapEngine, MapPictures, MapsJob
from convexplorer.core.engine.pictures import InputView, Look, MapPicture
from convexplorer.core.model.filters import FilterBank
from convexplorer.core.model.images import Image, Preparation
from convexplorer.core.model.initialisers import he
from convexplorer.core.model.layers import ConvLayer, Layer
from convexplorer.core.model.stack_figures import figures, totals
from convexplorer.io.filters.onnx_export import onnx_model

SIZE = 512
FILTERS = (16, 32, 64)
VIEWS = {
    "64 maps as thumbnails, every 4th node": View(tuple(range(64)), step=4),
    "4 maps, all nodes": View((0, 1, 2, 3)),
    "1 map, all nodes": View((0,)),
}


def network() -> tuple[Layer, ...]:
    """Three convolutions with random weights."""
    layers, channels = [], 3
    for count in FILTERS:
        bank = FilterBank.from_arrays(he((count, channels, 3, 3), count), np.linspace(-0.1, 0.1, count))
        layers.append(ConvLayer(bank, padding="same"))
        channels = count
    return tuple(layers)


def nudged(layers: tuple[Layer, ...], by: float) -> tuple[Layer, ...]:
    """The network after an edit of one weight of the first layer."""
    first = layers[0]
    assert isinstance(first, ConvLayer)
    weights = first.bank[5].weights.copy()
    weights[1, 1, 1] += np.float32(by)
    bank = first.bank.with_filters({5: replace(first.bank[5], weights=weights)})
    return (replace(first, bank=bank), *layers[1:])


def pictures(engine: MapEngine, image: Image, layers: tuple[Layer, ...], view: View) -> list[MapPicture]:
    """The first pictures that an engine gives of the last layer, as the window would ask for them in a drag."""
    last = layers[-1]
    assert isinstance(last, ConvLayer)
    job = MapsJob(image, Preparation(grey=False, scale=1.0), layers[:-1], last, view, InputView(), Look())
    for event in engine.run(job, superseded=lambda: True):
        if isinstance(event, MapPictures):
            return event.pictures
    raise AssertionError


def session(layers: tuple[Layer, ...]) -> Any:
    """ONNX Runtime with the exported network."""
    import onnxruntime

    model = onnx_model(layers, Preparation(grey=False, scale=1.0)).SerializeToString()
    return onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])


def measured(image: Image, view: View, repeats: int) -> tuple[float, float]:
    """Median milliseconds of an edit, ours and ONNX Runtime's."""
    layers, engine = network(), MapEngine()
    pixels = {"image": image.pixels[np.newaxis]}
    pictures(engine, image, layers, view)
    for _ in range(3):
        layers = nudged(layers, 0.01)
        shown = pictures(engine, image, layers, view)
    (maps,) = session(layers).run(None, pixels)
    for one in shown:
        rows, columns = one.tile.lattice
        expected = maps[
            0, one.tile.index, rows.start : rows.stop : rows.step, columns.start : columns.stop : columns.step
        ]
        np.testing.assert_allclose(one.tile.values, expected, atol=1e-5 * float(np.abs(maps).max()))
    times: tuple[list[float], list[float]] = ([], [])
    theirs = session(layers)
    for _ in range(repeats):
        layers = nudged(layers, 0.01)
        start = time.perf_counter()
        pictures(engine, image, layers, view)
        between = time.perf_counter()
        theirs.run(None, pixels)
        times[0].append((between - start) * 1000)
        times[1].append((time.perf_counter() - between) * 1000)
    return median(times[0]), median(times[1])


def main() -> None:
    """Print a line for each view."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer repeats")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures here too")
    options = parser.parse_args()
    native = np.random.default_rng(0).integers(0, 256, (SIZE, SIZE, 3), np.uint8)
    image = Image(native, "noise")
    sums = totals(figures(network(), (3, SIZE, SIZE)))
    print(f"{sums.parameters:,} parameters, {sums.multiply_adds:,} multiply-adds")
    results = {}
    for name, view in VIEWS.items():
        ours, theirs = measured(image, view, 7 if options.quick else 40)
        results[name] = {"ours": ours, "onnxruntime": theirs}
        print(f"{name:40} ours {ours:6.1f} ms   ONNX Runtime {theirs:6.1f} ms   ×{theirs / ours:.1f}")
    if options.json:
        options.json.write_text(json.dumps(results, indent=1))


if __name__ == "__main__":
    main()
