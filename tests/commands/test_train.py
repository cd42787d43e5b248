"""``convexplorer train`` from the shell's side."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from convexplorer.cli import main
from convexplorer.core.model.filters import FilterBank
from convexplorer.core.model.layers import ConvLayer, PoolLayer
from convexplorer.io import load_filters, load_stack, save_filters, save_stack

LABELS = np.arange(80) % 2


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    images = np.random.default_rng(0).integers(0, 60, (80, 16, 16), dtype=np.uint8)
    images[LABELS == 1, 4:8] += 150
    np.savez("bars.npz", x=images, y=LABELS)
    return tmp_path


def train(line):
    return main(["train", *line.split()])


def test_a_line_for_each_epoch_the_filters_and_the_log(capsys):
    assert train("--data bars.npz --epochs 6 --batch 8 --seed 3 --out learnt.npz --log log.csv") == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line[:9] for line in lines if line.startswith("epoch")] == [f"epoch {number}/6" for number in range(1, 7)]
    assert lines[-1] == "learnt.npz"
    with Path("log.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["epoch"] for row in rows] == list("123456")
    assert float(rows[-1]["test_accuracy"]) == 1
    assert load_filters("learnt.npz").weights.shape == (8, 1, 5, 5)


def test_the_same_seed_gives_the_same_file_and_another_one_another(folder):
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        assert train(f"--data bars.npz --epochs 2 --seed {seed} --out {name}.npz") == 0
    assert (folder / "a.npz").read_bytes() == (folder / "b.npz").read_bytes()
    assert (folder / "a.npz").read_bytes() != (folder / "c.npz").read_bytes()


def test_hand_made_filters_are_what_the_first_layer_starts_from():
    edges = FilterBank.from_arrays([[[-1, 1], [-1, 1]], [[1, 1], [-1, -1]], [[1, 0], [0, -1]]], names=["|", "-", "/"])
    save_filters(edges, "edges.json")
    line = "--data bars.npz --layers edges.json --epochs 1 --optimiser sgd --rate 0.000001 --out learnt.npz"
    assert train(f"{line} --hidden 8") == 0
    learnt = load_filters("learnt.npz")
    assert learnt.names == edges.names
    np.testing.assert_allclose(learnt.weights, edges.weights, atol=1e-3)


def test_all_layers_are_written_and_go_on_from_there():
    assert train("--data bars.npz --epochs 1 --out learnt.json") == 0
    layers = load_stack("learnt.json")
    assert [type(one).__name__ for one in layers] == ["ConvLayer", "PoolLayer", "ConvLayer", "PoolLayer"]
    line = "--data bars.npz --layers learnt.json --epochs 1 --optimiser sgd --rate 0.000001 --out again.safetensors"
    assert train(line) == 0
    for before, after in zip(layers[::2], load_stack("again.safetensors")[::2], strict=True):
        np.testing.assert_allclose(after.bank.weights, before.bank.weights, atol=1e-3)


def test_every_layer_of_the_strip_is_trained():
    rng = np.random.default_rng(0)
    first, second = (FilterBank.from_arrays(rng.normal(size=shape)) for shape in ((3, 3, 3, 3), (4, 3, 2, 2)))
    layers = (
        PoolLayer("average", 2, 1),
        ConvLayer(first, padding="same", activation="tanh"),
        PoolLayer("max", 3, 2),
        ConvLayer(second, dilation=2, activation="leaky_relu"),
    )
    save_stack(layers, "mine.json")
    assert train("--data bars.npz --layers mine.json --epochs 6 --batch 8 --out learnt.json --log log.csv") == 0
    learnt = load_stack("learnt.json")
    assert [type(one).__name__ for one in learnt] == ["PoolLayer", "ConvLayer", "PoolLayer", "ConvLayer"]
    assert learnt[1].bank.channels == 1  # The images are grey.
    assert learnt[3].activation == "leaky_relu"
    with Path("log.csv").open(newline="") as file:
        assert float(list(csv.DictReader(file))[-1]["test_accuracy"]) > 0.9


def test_a_rate_that_is_too_high_is_said_and_the_last_good_filters_are_kept(capsys):
    assert train("--data bars.npz --epochs 5 --optimiser sgd --rate 100000 --batch 8 --out learnt.npz") == 2
    assert "the learning rate 100000 is too high" in capsys.readouterr().err
    assert np.isfinite(load_filters("learnt.npz").weights).all()


@pytest.mark.parametrize(
    "line",
    [
        "--epochs 1",
        "--data nothing",
        "--data bars.npz --epochs 0",
        "--data bars.npz --rate -1",
        "--data bars.npz --batch 0",
        "--data bars.npz --hidden 0",
        "--data bars.npz --seed -1",
        "--data bars.npz --layers missing.json",
        "--data bars.npz --out bars.npz",
        "--data bars.npz --out learnt.jpg",
        "--data bars.npz --optimiser newton",
        "--data bars.npz --epochs 1 --log missing/log.csv",
    ],
)
def test_a_mistake_is_one_line(line, capsys):
    assert train(line) == 2
    error = capsys.readouterr().err
    assert error.startswith("convexplorer: error: ")
    assert error.count("\n") == 1
