"""Files of stacks: what is saved comes back, what is wrong is one line, and other programs can read the weights."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.numpy import load_file

from convexplorer.core.model.filters import Filter, FilterBank
from convexplorer.core.model.layers import ConvLayer, Layer, PoolLayer
from convexplorer.errors import MAX_MESSAGE, UnreadableFileError, UnwritableFileError
from convexplorer.io.filters.load_save import load_filters, save_filters
from convexplorer.io.filters.stacks import load_stack, read_stack_or_filters, save_stack

SUFFIXES = (".json", ".safetensors")


def example() -> tuple[Layer, ...]:
    """Layers of every kind, nothing with its default."""
    rng = np.random.default_rng(3)
    names = ["Kante − 1", "필터", "", 'a "quoted" one']

    def bank(count: int, channels: int) -> FilterBank:
        made = FilterBank.from_arrays(rng.normal(size=(count, channels, 3, 2)), rng.normal(size=count), names[:count])
        return made.with_filters({1: replace(made[1], enabled=False, bias=-0.0)})

    return (
        PoolLayer("average", 3, 1),
        ConvLayer(bank(4, 3), stride=2, padding=3, dilation=2, activation="leaky_relu", muted=frozenset({0, 2})),
        ConvLayer(bank(4, 4), padding="same", activation="tanh", enabled=False),
        PoolLayer("max", 2, 2, enabled=False),
        ConvLayer(bank(2, 4), activation="sigmoid"),
    )


def refused(path: Path) -> str:
    with pytest.raises(UnreadableFileError) as caught:
        load_stack(path)
    line = str(caught.value)
    assert path.name in line
    assert len(line) <= MAX_MESSAGE
    return line.removeprefix(f"{path.name}: ")


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_what_is_saved_comes_back(tmp_path, suffix):
    one, two = tmp_path / f"one{suffix}", tmp_path / f"two{suffix}"
    save_stack(example(), one)
    assert load_stack(one) == example()
    save_stack(load_stack(one), two)
    assert one.read_bytes() == two.read_bytes()


@pytest.mark.parametrize("suffix", SUFFIXES)
@given(
    weights=st.lists(st.floats(width=32, allow_nan=False, allow_infinity=False), min_size=6, max_size=6),
    name=st.text(st.characters(exclude_categories=["Cs"]), max_size=30),
)
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_number_and_name_comes_back_bit_by_bit(tmp_path, suffix, weights, name):
    layer = ConvLayer(FilterBank((Filter(np.reshape(weights, (1, 2, 3)), weights[0], name),)))
    save_stack((layer,), tmp_path / f"one{suffix}")
    assert load_stack(tmp_path / f"one{suffix}") == (layer,)


def test_other_programs_find_the_weights(tmp_path):
    save_stack(example(), tmp_path / "a.safetensors")
    tensors = load_file(tmp_path / "a.safetensors")
    assert sorted(tensors) == [f"layers.{i}.{name}" for i in (1, 2, 4) for name in ("bias", "weight")]
    np.testing.assert_array_equal(tensors["layers.4.weight"], example()[4].bank.weights)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_files_of_filters_are_read_as_what_they_are(tmp_path, suffix):
    bank = FilterBank.from_arrays(np.ones((2, 1, 3, 3)))
    save_filters(bank, tmp_path / f"a{suffix}")
    assert read_stack_or_filters(tmp_path / f"a{suffix}") == (bank, False)
    with pytest.raises(UnreadableFileError, match="holds filters, but no stack of layers"):
        load_stack(tmp_path / f"a{suffix}")
    save_stack(example(), tmp_path / f"b{suffix}")
    assert read_stack_or_filters(tmp_path / f"b{suffix}") == example()
    with pytest.raises(UnreadableFileError):
        load_filters(tmp_path / f"b{suffix}")


def test_other_filter_files_too(tmp_path):
    np.save(tmp_path / "a.npy", np.ones((3, 3, 1, 2)))
    assert read_stack_or_filters(tmp_path / "a.npy", layout="HWIO").bank.weights.shape == (2, 1, 3, 3)


def test_a_person_can_write_one(tmp_path):
    (tmp_path / "a.json").write_text(
        """{"format": "convexplorer-stack", "version": "1.3", "layers": [
            {"kind": "conv", "activation": "relu", "filters": [{"weights": [[-1, 1]]}, {"weights": [[1, -1]]}]},
            {"kind": "pool", "pooling": "max", "size": 2, "stride": 2, "new": {"in": "1.3"}},
            {"kind": "conv", "activation": "none", "padding": 1,
             "filters": [{"weights": [[[1]], [[1]]], "bias": -1}]}]}"""
    )
    first, pool, second = load_stack(tmp_path / "a.json")
    assert first == ConvLayer(FilterBank.from_arrays([[[[-1, 1]]], [[[1, -1]]]]))
    assert pool == PoolLayer()
    assert (second.padding, second.bank.shape, second.bank[0].bias) == (1, (2, 1, 1), -1.0)


CONV = {"kind": "conv", "activation": "relu", "filters": [{"weights": [[[1, 1]], [[1, 1]]]}]}


@pytest.mark.parametrize(
    ("root", "line"),
    [
        ({"version": "2.0"}, "it is of version 2.0, this program reads 1.0"),
        ({"layers": None}, 'its field "layers" is missing or makes no sense'),
        ({"layers": [3]}, 'its field "layers.0" is missing or makes no sense'),
        ({"layers": []}, "a stack needs at least one convolutional layer"),
        ({"layers": [CONV] * 101}, "it has 101 layers; the limit is 100"),
        (
            {"layers": [CONV | {"kind": "dense"}]},
            "it has a layer of the kind dense, unknown to this version; please update",
        ),
        ({"layers": [CONV | {"activation": "gelu"}]}, "its activation gelu is unknown to this version; please update"),
        ({"layers": [CONV | {"stride": 0}]}, "its stride is not 1 to 4096"),
        ({"layers": [CONV | {"stride": 1.5}]}, 'its field "layers.0.stride" is missing or makes no sense'),
        ({"layers": [CONV | {"dilation": 1e300}]}, "its dilation is not 1 to 4096"),
        ({"layers": [CONV | {"padding": "full"}]}, 'its padding is not "valid", "same" or 0 to 4096'),
        ({"layers": [CONV | {"muted": [2]}]}, "it leaves out a channel that its filters do not have"),
        ({"layers": [CONV | {"enabled": 1}]}, 'its field "layers.0.enabled" is missing or makes no sense'),
        ({"layers": [CONV | {"filters": []}]}, 'it has no list of "filters"'),
        ({"layers": [CONV, CONV]}, "Conv 2 has filters with 2 planes, but 1 maps reach it"),
        ({"layers": [{"kind": "pool", "pooling": "max", "size": 99, "stride": 1}]}, "a pooling window has 1 to 31"),
    ],
)
def test_what_is_wrong_is_one_line(tmp_path, root, line):
    path = tmp_path / "bad.json"
    path.write_text(json.dumps({"format": "convexplorer-stack", "version": "1.0", "layers": [CONV]} | root))
    assert refused(path).startswith(line)


@pytest.mark.parametrize(
    ("described", "line"),
    [
        (None, 'its field "layers" is missing or makes no sense'),
        ("{", "not valid JSON at line 1"),
        ([{"kind": "conv", "filters": [{"name": "a"}]}], "the weights of its layer 1 are missing or do not fit"),
        ([{"kind": "conv", "filters": [{"name": 1}, {}]}], 'its field "layers.0.filters.0.name" is missing'),
        ([{"kind": "conv", "filters": [{"name": "a"}, {"name": "b"}]}], 'its field "layers.0.activation" is missing'),
        ([{"kind": "pool"}], 'its field "layers.0.pooling" is missing'),
    ],
)
def test_what_is_wrong_in_the_metadata(tmp_path, described, line):
    from safetensors.numpy import save_file

    metadata = {"format": "convexplorer-stack", "version": "1.0"}
    if described is not None:
        metadata["layers"] = described if isinstance(described, str) else json.dumps(described)
    tensors = {"layers.0.weight": np.ones((2, 1, 2, 2), np.float32), "layers.0.bias": np.ones(2, np.float32)}
    save_file(tensors, tmp_path / "bad.safetensors", metadata)
    assert refused(tmp_path / "bad.safetensors").startswith(line)


def test_what_cannot_be_saved(tmp_path):
    with pytest.raises(UnwritableFileError, match=r"its name must end in .json, .safetensors"):
        save_stack(example(), tmp_path / "a.npy")
    with pytest.raises(UnwritableFileError, match="there are no filters to save"):
        save_stack((ConvLayer(FilterBank(())),), tmp_path / "a.json")
    (tmp_path / "a.json").write_text("old")
    with pytest.raises(UnwritableFileError, match="exists"):
        save_stack(example(), tmp_path / "a.json", overwrite=False)
    assert (tmp_path / "a.json").read_text() == "old"
