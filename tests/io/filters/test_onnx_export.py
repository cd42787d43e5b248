"""Exported stacks, run by ONNX Runtime, give the program's maps."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import onnx
import onnxruntime
import pytest

from convexplorer.core.engine.stack_cache import Stack
from convexplorer.core.model.filters import FilterBank
from convexplorer.core.model.images import Image, Preparation
from convexplorer.core.model.layers import ConvLayer, PoolLayer
from convexplorer.errors import InvalidValueError, UnwritableFileError
from convexplorer.io.filters.onnx_export import export_onnx, onnx_model
from tests.helpers.networks import random_stack, reference


def run(model: bytes, image: np.ndarray) -> np.ndarray:
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    (maps,) = session.run(None, {"image": image[np.newaxis]})
    return maps[0]


def all_on(layer):
    """Its last layer's filters on: the model gives all maps, the program leaves out those that are off."""
    if isinstance(layer, PoolLayer):
        return layer
    return replace(layer, bank=FilterBank(tuple(replace(one, enabled=True) for one in layer.bank)))


@pytest.mark.parametrize("seed", range(40))
def test_onnxruntime_gives_the_same_maps(seed):
    rng = np.random.default_rng(seed)
    channels = int(rng.choice([1, 3]))
    layers = random_stack(rng, channels)
    if rng.random() < 0.3:
        layers = (*layers[:1], PoolLayer("max", 3, 1, enabled=False), *layers[1:])
    last = max(at for at, layer in enumerate(layers) if isinstance(layer, ConvLayer))
    layers = tuple(all_on(layer) if at == last else layer for at, layer in enumerate(layers))
    preparation = Preparation(grey=channels == 1, scale=1.0)
    native = rng.integers(0, 256, (int(rng.integers(30, 50)), int(rng.integers(30, 50)), channels), np.uint8)
    image = Image(native).prepare(preparation)
    try:
        ours = Stack().through(image, layers).values()
    except InvalidValueError:
        return
    model = onnx_model(layers, preparation)
    onnx.checker.check_model(model, full_check=True)
    theirs = run(model.SerializeToString(), image.values())
    assert theirs.shape == ours.shape
    np.testing.assert_allclose(theirs, ours, atol=1e-5 * max(1.0, float(np.abs(ours).max())))
    np.testing.assert_allclose(theirs, reference(image.values().astype(np.float64), layers), atol=1e-4)


def test_a_sigmoid_filter_that_is_off_gives_nothing_on():
    """σ(0) is one half, so zero weights in the layer itself would not do."""
    bank = FilterBank.from_arrays(np.ones((2, 1, 1, 1)))
    first = ConvLayer(bank.with_filters({0: replace(bank[0], enabled=False)}), activation="sigmoid")
    second = ConvLayer(FilterBank.from_arrays([[[[1.0]], [[10.0]]]]), activation="none")
    model = onnx_model((first, second), Preparation(scale=1.0))
    maps = run(model.SerializeToString(), np.zeros((1, 2, 2), np.float32))
    np.testing.assert_allclose(maps, 5.0)


def test_what_the_file_says(tmp_path):
    layers = (ConvLayer(FilterBank.from_arrays(np.ones((2, 3, 3, 3)), names=["one", "둘"])), PoolLayer())
    export_onnx(layers, Preparation(grey=False, scale=0.3), tmp_path / "a.onnx")
    model = onnx.load(tmp_path / "a.onnx")
    told = {one.key: one.value for one in model.metadata_props}
    assert json.loads(told["filters"]) == {"conv1": ["one", "둘"]}
    assert (told["colour"], told["size"], told["values in [0, 1]"]) == ("RGB", "0.3", "True")
    assert [one.name for one in model.graph.initializer] == ["conv1.weight", "conv1.bias"]
    assert (tmp_path / "a.onnx").read_bytes() == onnx_model(
        layers, Preparation(grey=False, scale=0.3)
    ).SerializeToString()


def test_what_cannot_be_exported(tmp_path):
    bank = FilterBank.from_arrays(np.ones((2, 1, 3, 3)))
    for layers, line in (
        ((ConvLayer(bank, enabled=False),), "there is no convolution that is on"),
        ((ConvLayer(FilterBank(())),), "a convolution without filters has no maps"),
        ((ConvLayer(bank), ConvLayer(bank)), "Conv 2 has filters with 1 planes, but 2 maps reach it"),
    ):
        with pytest.raises(UnwritableFileError) as caught:
            export_onnx(layers, Preparation(), tmp_path / "a.onnx")
        assert str(caught.value) == f"a.onnx was not saved: {line}"
    with pytest.raises(UnwritableFileError, match=r"its name must end in .onnx"):
        export_onnx((ConvLayer(bank),), Preparation(), tmp_path / "a.json")
    assert not list(tmp_path.iterdir())
