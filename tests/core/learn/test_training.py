"""Gradients against finite differences, whole runs against another implementation, and what training promises."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view

from convexplorer.core.learn import convolution
from convexplorer.core.learn.datasets import Dataset, Examples
from convexplorer.core.learn.evaluation import OneAnswer, evaluate, find_one_answer
from convexplorer.core.learn.loss import cross_entropy
from convexplorer.core.learn.network import Network
from convexplorer.core.learn.one_update import batch_loss, explain_update
from convexplorer.core.learn.optimisers import advance
from convexplorer.core.learn.prediction import predict
from convexplorer.core.learn.timeline import Timeline, is_due, take_snapshot
from convexplorer.core.learn.training import BatchDone, DivergedError, EpochDone, Training, fit
from convexplorer.core.model.filters import FilterBank
from convexplorer.core.model.layers import ConvLayer, PoolLayer
from convexplorer.core.model.random_layers import random_layers
from convexplorer.core.project.training_run import OptimiserState
from convexplorer.core.project.training_settings import METHODS, Rule, TrainingSettings
from convexplorer.errors import CancelledError, InvalidValueError


def bank(count, channels, height, width, seed=0, scale=0.5):
    generator = np.random.default_rng(seed)
    weights = scale * generator.standard_normal((count, channels, height, width))
    return FilterBank.from_arrays(weights, 0.1 * generator.standard_normal(count))


def toy(count=96, shape=(1, 14, 13), classes=3, seed=0):
    """Bright spots in one of three corners, in noise."""
    generator = np.random.default_rng(seed)
    labels = generator.integers(0, classes, count)
    images = 0.3 * generator.random((count, *shape), dtype=np.float32)
    for image, label in zip(images, labels, strict=True):
        image[:, label * 3 : label * 3 + 3, 2:6] += 0.6
    return Dataset("toy", ("a", "b", "c"), Examples(images[:64], labels[:64]), Examples(images[64:], labels[64:]))


def conv(*shape, seed=0, **settings):
    return ConvLayer(bank(*shape, seed), **settings)


LAYERS = {
    "plain": [conv(3, 2, 3, 3)],
    "pooled": [conv(3, 2, 3, 3), PoolLayer()],
    "pooled by 3, rest left out": [conv(3, 2, 2, 3), PoolLayer("max", 3, 3)],
    "overlapping max": [conv(3, 2, 3, 3), PoolLayer("max", 3, 2)],
    "max at every node": [conv(3, 2, 3, 3), PoolLayer("max", 2, 1)],
    "max with gaps": [conv(3, 2, 3, 3), PoolLayer("max", 2, 3)],
    "average": [conv(3, 2, 3, 3), PoolLayer("average")],
    "overlapping average": [conv(3, 2, 3, 3), PoolLayer("average", 3, 2)],
    "average with gaps": [conv(3, 2, 3, 3), PoolLayer("average", 2, 3)],
    "max of averages": [conv(3, 2, 3, 3), PoolLayer("average", 3, 1), PoolLayer("max", 2, 2)],
    "averages of max": [conv(3, 2, 3, 3), PoolLayer("max", 3, 2), PoolLayer("average", 2, 1)],
    "pooled image": [PoolLayer("average", 2, 1), PoolLayer("max", 2, 1), conv(3, 2, 3, 3)],
    "stride": [conv(3, 2, 3, 2, stride=2)],
    "dilation": [conv(3, 2, 3, 2, dilation=2)],
    "same": [conv(3, 2, 4, 3, padding="same"), PoolLayer()],
    "wide padding and stride": [conv(3, 2, 3, 3, padding=4, stride=3)],
    "everything": [conv(3, 2, 3, 2, padding=2, stride=2, dilation=2)],
    "no activation": [conv(3, 2, 3, 3, activation="none"), PoolLayer()],
    "leaky ReLU": [conv(3, 2, 3, 3, activation="leaky_relu"), PoolLayer("max", 3, 2)],
    "tanh": [conv(3, 2, 3, 3, activation="tanh"), PoolLayer()],
    "sigmoid": [conv(3, 2, 3, 3, activation="sigmoid"), PoolLayer("average", 3, 2)],
    "two layers": [conv(3, 2, 3, 3), PoolLayer(), conv(4, 3, 2, 3, seed=1)],
    "two layers, padded": [
        conv(3, 2, 3, 3, padding="same", activation="tanh"),
        conv(4, 3, 3, 3, seed=1, padding=1),
        PoolLayer(),
    ],
    "one of three is off": [conv(3, 2, 3, 3), conv(5, 3, 3, 3, enabled=False), conv(4, 3, 3, 3, seed=1)],
}


@pytest.mark.parametrize(("widest", "hidden"), [(1000, ()), (4, (5,))], ids=["one block", "blocks, hidden"])
@pytest.mark.parametrize("name", LAYERS)
def test_gradients_are_those_of_finite_differences(name, widest, hidden, monkeypatch):
    monkeypatch.setattr(convolution, "WIDEST", widest)
    generator = np.random.default_rng(1)
    images, labels = generator.random((4, 2, 12, 13)), np.array([0, 2, 1, 2])
    network = Network(LAYERS[name], (2, 12, 13), 3, hidden=hidden, dtype=np.float64)
    loss = cross_entropy(network.forward(images), labels)
    network.backward(loss.delta)
    of_filters = sum(conv.weights.size + conv.bias.size for conv in network.convolutions)
    of_dense = of_filters + generator.permutation(len(network.values) - of_filters)[:120]
    chosen = np.concatenate([np.arange(of_filters), of_dense])
    gradient, step = network.gradient[chosen], 1e-6
    differences = np.empty_like(gradient)
    for place, at in enumerate(chosen):
        kept = network.values[at]
        above, below = (
            cross_entropy(_moved(network, at, kept + sign * step).forward(images), labels).mean for sign in (1, -1)
        )
        network.values[at] = kept
        differences[place] = (above - below) / (2 * step)
    assert np.linalg.norm(differences - gradient) <= 1e-6 * np.linalg.norm(gradient)
    assert np.abs(differences - gradient).max() <= 1e-6 * np.abs(gradient).max()


def _moved(network, at, value):
    network.values[at] = value
    return network


class Independent:
    """conv, ReLU, pool, dense, softmax in (N, C, H, W), float64, by sums over sliding windows; SGD."""

    def __init__(self, network):
        self.w = [conv.weights.astype(np.float64) for conv in network.convolutions]
        self.b = [conv.bias.astype(np.float64) for conv in network.convolutions]
        self.dense = network.dense[0].weights.astype(np.float64)
        self.last = network.dense[0].bias.astype(np.float64)

    def step(self, images, labels, rate):
        signal, kept = images.astype(np.float64), []
        for w, b in zip(self.w, self.b, strict=True):
            windows = sliding_window_view(signal, w.shape[2:], axis=(2, 3))
            z = np.einsum("ncijab,ocab->noij", windows, w) + b[:, None, None]
            rows, columns = z.shape[2] // 2, z.shape[3] // 2
            cells = z[:, :, : rows * 2, : columns * 2].reshape(*z.shape[:2], rows, 2, columns, 2)
            cells = cells.transpose(0, 1, 2, 4, 3, 5).reshape(*z.shape[:2], rows, columns, 4)
            kept.append((signal, windows, z.shape, cells))
            signal = np.maximum(cells.max(axis=-1), 0)
        flat = signal.transpose(0, 2, 1, 3).reshape(len(signal), -1)
        logits = flat @ self.dense.T + self.last
        p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
        loss = -np.log(p[np.arange(len(labels)), labels]).mean()
        delta = (p - np.eye(p.shape[1])[labels]) / len(labels)
        back = (delta @ self.dense).reshape(len(signal), signal.shape[2], signal.shape[1], signal.shape[3])
        self.dense -= rate * delta.T @ flat
        self.last -= rate * delta.sum(axis=0)
        back = back.transpose(0, 2, 1, 3) * (signal > 0)
        for layer in reversed(range(len(self.w))):
            signal, windows, shape, cells = kept[layer]
            spread = np.zeros_like(cells)
            np.put_along_axis(spread, cells.argmax(axis=-1)[..., None], back[..., None], axis=-1)
            dz = np.zeros(shape)
            rows, columns = cells.shape[2:4]
            dz[:, :, : rows * 2, : columns * 2] = (
                spread.reshape(*shape[:2], rows, columns, 2, 2)
                .transpose(0, 1, 2, 4, 3, 5)
                .reshape(*shape[:2], rows * 2, columns * 2)
            )
            back = np.zeros_like(signal)
            for a in range(self.w[layer].shape[2]):
                for b in range(self.w[layer].shape[3]):
                    share = np.einsum("noij,oc->ncij", dz, self.w[layer][:, :, a, b])
                    back[:, :, a : a + shape[2], b : b + shape[3]] += share
            self.w[layer] -= rate * np.einsum("noij,ncijab->ocab", dz, windows)
            self.b[layer] -= rate * dz.sum(axis=(0, 2, 3))
            back *= signal > 0 if layer else 1
        return loss


def test_a_whole_run_is_that_of_an_independent_implementation():
    generator = np.random.default_rng(2)
    images, labels = generator.random((80, 1, 17, 15), dtype=np.float32), generator.integers(0, 3, 80)
    data = Dataset("noise", ("a", "b", "c"), Examples(images, labels), Examples(images[:3], labels[:3]))
    network = Network(random_layers(1, 3, filters=(4, 5), size=3), data.shape, 3, dtype=np.float64)
    other = Independent(network)
    training = Training(network, data, TrainingSettings(Rule("sgd", 0.1), batch=24, epochs=3))
    ours, theirs = [], []
    while not training.finished:
        batch = data.train.batch(training.indices())
        done = training.advance()
        if isinstance(done, BatchDone):
            ours.append(done.loss)
            theirs.append(other.step(*batch, 0.1))
    assert len(ours) == 12
    np.testing.assert_allclose(ours, theirs, rtol=1e-10)
    for conv, weights in zip(network.convolutions, other.w, strict=True):
        np.testing.assert_allclose(conv.weights, weights, rtol=1e-8, atol=1e-11)


def trained(settings, data=None, layers=None, frozen=()):
    data = toy() if data is None else data
    layers = random_layers(1, 0, (4, 4), 3) if layers is None else layers
    return Training(Network(layers, data.shape, len(data.classes), frozen=frozen), data, settings)


@pytest.mark.parametrize("method", METHODS)
def test_it_learns_and_the_same_seed_gives_the_same_run_even_with_pauses(method):
    settings = TrainingSettings(
        Rule(method, {"sgd": 0.3, "momentum": 0.05, "adam": 0.01}[method]), batch=8, epochs=8, seed=5
    )
    whole, paused = trained(settings), trained(settings)
    told = list(fit(whole))
    again = []
    while not paused.finished:
        again.append(next(fit(paused)))
    assert paused.network.values.tobytes() == whole.network.values.tobytes()
    assert [type(one) for one in told] == [type(one) for one in again]
    assert [one.loss for one in told] == [one.loss for one in again]
    last = told[-1]
    assert isinstance(last, EpochDone)
    assert last.epoch == 8
    assert last.test.accuracy == 1
    assert last.test.confusion.trace() == last.test.confusion.sum() == 32
    assert not last.test.worst
    assert list(fit(whole)) == []
    whole.settings = replace(settings, epochs=9)
    assert len(list(fit(whole))) == 9


def test_another_seed_gives_another_run():
    one, other = (trained(TrainingSettings(batch=16, epochs=1, seed=seed)) for seed in (0, 1))
    list(fit(one))
    list(fit(other))
    assert one.network.values.tobytes() != other.network.values.tobytes()


def test_it_stops_when_told_to_and_goes_on():
    training = trained(TrainingSettings(batch=16, epochs=2))
    next(fit(training))
    with pytest.raises(CancelledError):
        next(fit(training, lambda: True))
    assert training.batches == 1
    assert len(list(fit(training))) == 9


def test_what_is_frozen_stays_to_the_bit_until_it_is_let_go():
    first, _, second, _ = layers = random_layers(1, 0, (4, 4), 3)
    rule = Rule("adam", 0.01, decay=0.1)
    training = trained(TrainingSettings(rule, batch=16, epochs=3), layers=layers, frozen=(frozenset({1, 3}),))
    training.advance()
    learnt = training.network.banks()[0]
    for index in (1, 3):
        assert learnt[index] == first.bank[index]
    for index in (0, 2):
        assert np.abs(learnt[index].weights - first.bank[index].weights).max() > 1e-3
    dense = training.network.dense[0]
    training.network.freeze((frozenset(range(4)), frozenset({0}), frozenset({2})))
    before = training.network.banks(), dense.weights.copy(), dense.bias.copy()
    training.advance()
    assert training.network.banks()[0] == before[0][0]
    assert training.network.banks()[1][0] == before[0][1][0] != second.bank[0]
    np.testing.assert_array_equal(dense.weights[2], before[1][2])
    assert dense.bias[2] == before[2][2]
    assert (dense.weights[:2] != before[1][:2]).any(axis=1).all()
    training.network.freeze(())
    training.advance()
    assert training.network.banks()[0] != before[0][0]
    with pytest.raises(InvalidValueError, match="3 layers that learn"):
        training.network.freeze((frozenset(),) * 4)


def test_a_run_that_is_put_down_and_taken_up_again_is_the_same_to_the_bit():
    settings = TrainingSettings(Rule("adam", 0.01), batch=16, epochs=4, seed=3)
    whole, first, second = trained(settings), trained(settings), trained(settings)
    list(fit(whole))
    for _ in range(7):
        first.advance()
    second.stand(first.standing(), first.timeline.snapshots, first.record.curves)
    list(fit(second))
    assert second.network.values.tobytes() == whole.network.values.tobytes()
    assert [one.batch for one in second.timeline.snapshots] == [one.batch for one in whole.timeline.snapshots]
    np.testing.assert_array_equal(second.record.curves.batches, whole.record.curves.batches)
    np.testing.assert_array_equal(second.record.curves.epochs, whole.record.curves.epochs)
    for wrong in (replace(first.standing(), epochs=3), replace(first.standing(), batch=8, sums=(0.0, 0, 0))):
        with pytest.raises(InvalidValueError, match="does not fit"):
            second.stand(wrong, first.timeline.snapshots, first.record.curves)
    other = trained(settings, layers=random_layers(1, 0, (3, 4), 3))
    with pytest.raises(InvalidValueError, match="does not fit"):
        other.stand(first.standing(), first.timeline.snapshots, first.record.curves)


@pytest.mark.parametrize(("method", "rate"), [("sgd", 1e4), ("momentum", 1e5), ("adam", 30.0)])
def test_a_run_that_diverges_says_so_and_the_last_good_state_is_back(method, rate):
    training = trained(TrainingSettings(Rule(method, rate), batch=4, epochs=5))
    with pytest.raises(DivergedError, match=r"the learning rate .* is too high; batch .* is back") as caught:
        list(fit(training))
    assert len(str(caught.value)) <= 120
    assert np.isfinite(training.network.values).all()
    last = training.timeline.snapshots[-1]
    assert last.batch == training.batches
    np.testing.assert_array_equal(last.weights[0], training.network.convolutions[0].weights)
    assert evaluate(training.network, training.dataset.test).loss < 50
    training.settings = replace(training.settings, rule=Rule("sgd", 0.01))
    assert isinstance(training.advance(), BatchDone)


def test_a_network_with_one_answer_is_noticed():
    training = trained(TrainingSettings())
    training.network.values[:] = 0
    training.network.dense[-1].bias[1] = 1
    done = training.evaluate()
    assert find_one_answer(done, training.dataset.train) == OneAnswer(1, pytest.approx(1 / 3, abs=0.02), "blind")
    assert done.worst
    assert all(one.answer == 1 and one.label != 1 for one in done.worst)
    assert [one.loss for one in done.worst] == sorted((one.loss for one in done.worst), reverse=True)


def test_the_timeline_begins_with_the_start_and_stays_within_its_bound():
    training = trained(TrainingSettings(batch=4, epochs=4))
    start = training.network.banks()[0].weights
    list(fit(training))
    kept = training.timeline.snapshots
    np.testing.assert_array_equal(kept[0].weights[0], start)
    assert np.isnan(kept[0].loss)
    assert {16, 32, 48, 64} <= {one.batch for one in kept}
    assert {1, 2, 4, 8} <= {one.batch for one in kept}
    assert (kept[-1].change(kept[0], 0) > 0).sum() >= 3  # One filter of these is dead: it never fires.
    assert not kept[0].change(kept[0], 0).any()
    bounded = Timeline(10 * kept[0].nbytes)
    for batch in range(100):
        bounded.add(take_snapshot(training.network, batch, batch / 16, 1.0))
        assert len(bounded.snapshots) <= 10
    batches = [one.batch for one in bounded.snapshots]
    assert (batches[0], batches[-1]) == (0, 99)
    assert batches == sorted(batches)


def test_snapshots_are_dense_early_and_once_an_epoch_later():
    counts = [sum(is_due(batch, 160) for batch in range(epoch * 160 + 1, (epoch + 1) * 160 + 1)) for epoch in range(6)]
    assert 20 < counts[0] < 40
    assert counts[1:] == [4, 4, 4, 1, 1]


def test_softmax_is_exact_where_exp_overflows():
    loss = cross_entropy(np.array([[1000.0, -900.0], [0.0, 0.0], [0.0, 100.0]]), np.array([0, 0]))
    np.testing.assert_allclose(loss.losses, [0, 1000], atol=1e-12)
    np.testing.assert_allclose(loss.probabilities[:, 1], [0, 0, 1], atol=1e-40)
    np.testing.assert_allclose(loss.delta.sum(axis=0), 0, atol=1e-12)
    assert loss.right == 1


def test_optimisers_do_what_their_papers_say():
    generator = np.random.default_rng(0)
    gradients = generator.standard_normal((5, 3))
    for method in METHODS:
        rule = Rule(method, 0.1, momentum=0.8, decay=0.01)
        ours, state = np.ones(3), OptimiserState.of(np.ones(3))
        theirs, v, m, s = np.ones(3), np.zeros(3), np.zeros(3), np.zeros(3)
        for count, given in enumerate(gradients, 1):
            ours -= advance(rule, state, ours, given, np.ones(3))
            g = given + 0.01 * theirs
            if method == "sgd":
                theirs = theirs - 0.1 * g
            elif method == "momentum":
                v = 0.8 * v + g
                theirs = theirs - 0.1 * v
            else:
                m, s = 0.9 * m + 0.1 * g, 0.999 * s + 0.001 * g**2
                theirs = theirs - 0.1 * (m / (1 - 0.9**count)) / (np.sqrt(s / (1 - 0.999**count)) + 1e-8)
            np.testing.assert_allclose(ours, theirs, rtol=1e-13)


@pytest.mark.parametrize("method", METHODS)
def test_one_update_is_the_one_that_training_makes(method):
    data = toy()
    network = Network(random_layers(1, 0, (3, 4), 3), data.shape, 3, hidden=(5,), dtype=np.float64)
    training = Training(network, data, TrainingSettings(Rule(method, 0.01, decay=0.05), batch=16))
    for _ in range(3):
        training.advance()
    channels, rows, columns = network.features
    assert network.weight_shapes[2:] == ((5, channels, rows, columns), (3, 5, 1, 1))
    last = (4, channels - 1, rows - 1, 0)
    for layer, index in ((2, last), (2, (4,)), (3, (1, 4, 0, 0)), (3, (2,)), (0, (1,)), (1, (3,))):
        update = explain_update(training, layer, index)
        assert update.dense == (layer > 1)
        _check_gradient(training, update)
        assert [term.value == 1 for term in update.terms] == [len(index) == 1] * len(update.terms)
        if index == last:
            assert update.plane.shape == (rows, columns)
            assert update.plane[rows - 1, 0] == pytest.approx(update.step.weight)
            assert update.terms[0].patch[0, rows - 1, 0] == pytest.approx(update.terms[0].value)
        if (layer, index) == (3, (2,)):  # The loss is a mean: an image's error at the end is (p − y) / N.
            assert update.by_image == pytest.approx([answer.error[2] / 16 for answer in update.answers])
    for layer, index in ((0, (2, 0, 1, 2)), (1, (3, 2, 0, 1))):
        before = network.values.copy(), training.state.copy()
        update = explain_update(training, layer, index, most=5)
        np.testing.assert_array_equal(network.values, before[0])
        at, numbers = network.position(layer, index), training.indices()
        _check_gradient(training, update)
        assert update.by_image.shape == (16,)
        sizes = [abs(term.product) for term in update.terms]
        assert sizes == sorted(sizes, reverse=True)
        channel, row, column = index[1:]
        for term in update.terms:
            assert term.patch.shape == network.convolutions[layer].weights.shape[1:]
            assert term.value == pytest.approx(term.patch[channel, row, column], rel=1e-6)
            if layer == 0:
                image = data.train.images[term.image]
                np.testing.assert_array_equal(
                    term.patch, image[:, term.row : term.row + 3, term.column : term.column + 3]
                )
        assert update.step.decayed == pytest.approx(update.gradient + 0.05 * update.step.weight, rel=1e-12)
    loss = update.loss
    answers = update.answers
    assert np.mean([one.loss for one in answers]) == pytest.approx(loss, rel=1e-12)
    assert answers[0].probabilities.sum() == pytest.approx(1, rel=1e-12)
    assert answers[0].error.sum() == pytest.approx(0, abs=1e-12)
    assert answers[0].error[answers[0].label] < 0
    done = training.advance()
    assert done.loss == loss
    assert network.values[at] == pytest.approx(update.step.new_weight, rel=1e-12)
    assert batch_loss(training, numbers) < loss
    if method == "adam":
        assert training.state.first[at] == pytest.approx(update.step.after[0], rel=1e-12)
        first, second = update.step.corrected
        assert update.step.change == pytest.approx(0.01 * first / (np.sqrt(second) + 1e-8), rel=1e-12)


def _check_gradient(training, update):
    """Against finite differences, and as a sum."""
    at, numbers = training.network.position(update.layer, update.index), training.indices()
    kept = training.network.values[at]
    assert update.step.weight == kept
    above, below = (_loss_at(training, at, kept + sign * 1e-6, numbers) for sign in (1, -1))
    training.network.values[at] = kept
    assert update.gradient == pytest.approx((above - below) / 2e-6, rel=1e-6, abs=1e-9)
    assert update.gradient == pytest.approx(update.by_image.sum(), rel=1e-12)
    assert update.gradient == pytest.approx(update.by_node.sum(), rel=1e-12)


def _loss_at(training, at, value, numbers):
    training.network.values[at] = value
    return batch_loss(training, numbers)


def test_the_update_of_a_frozen_weight_is_explained_and_none():
    training = trained(TrainingSettings(batch=16), layers=random_layers(1, 0, (3, 4), 3), frozen=(frozenset({2}),))
    update = explain_update(training, 0, (2, 0, 0, 0))
    assert update.gradient != 0
    assert update.step.change == 0


def test_filters_may_be_exchanged_between_two_steps():
    training = trained(TrainingSettings(batch=16))
    training.advance()
    new = bank(4, 1, 3, 3, seed=9)
    training.exchange(0, new)
    assert training.timeline.snapshots[-1].batch == 1
    np.testing.assert_array_equal(training.network.banks()[0].weights, new.weights)
    with pytest.raises(InvalidValueError, match="filters of shape"):
        training.exchange(0, bank(4, 1, 5, 5))


@pytest.mark.parametrize(
    ("make", "line"),
    [
        (lambda: Rule("newton", 0.1), "the optimiser is one of"),
        (lambda: Rule("adam", 0), "learning rate"),
        (lambda: Rule("adam", float("nan")), "learning rate"),
        (lambda: Rule("adam", 0.1, momentum=1), "momentum"),
        (lambda: Rule("adam", 0.1, decay=-1), "decay"),
        (lambda: TrainingSettings(batch=0), "batch size"),
        (lambda: TrainingSettings(epochs=0), "number of epochs"),
        (lambda: TrainingSettings(seed=-1), "seed"),
        (lambda: Network(random_layers(3, 0), (1, 28, 28), 10), "3 planes"),
        (lambda: Network(random_layers(1, 0), (1, 12, 12), 10), "does not fit"),
        (lambda: Network([conv(2, 1, 3, 3), PoolLayer("max", 9, 9)], (1, 10, 10), 2), "a window of 9 × 9 does not fit"),
        (lambda: Network([ConvLayer(bank(2, 1, 3, 3).subset(()))], (1, 10, 10), 2), "without filters"),
        (lambda: Network([conv(2, 1, 3, 3, enabled=False), PoolLayer()], (1, 10, 10), 2), "at least one convolution"),
        (lambda: Network(random_layers(1, 0), (1, 28, 28), 10, hidden=(10**8,)), "too many weights"),
        (lambda: Training(Network(random_layers(1, 0), (1, 28, 28), 3), toy(), TrainingSettings()), "takes images of"),
        (
            lambda: Training(Network(random_layers(1, 0, (2,), 3), (1, 14, 13), 4), toy(), TrainingSettings()),
            "numbers of classes",
        ),
    ],
)
def test_what_makes_no_sense_is_one_line(make, line):
    with pytest.raises(InvalidValueError, match=line):
        make()


@pytest.mark.parametrize("hidden", [(), (6,)])
def test_the_maps_shares_add_up_to_the_logit_without_its_biases(hidden):
    data = toy()
    network = Network(random_layers(1, 0, (4, 5), 3), data.shape, 3, hidden=hidden)
    for dense in network.dense:
        dense.bias[:] = 0
    image = data.test.batch(slice(0, 1))[0][0]
    prediction = predict(network, image)
    logits = network.forward(image[np.newaxis])[:, 0]
    assert prediction.answer == logits.argmax()
    np.testing.assert_allclose(prediction.probabilities, np.exp(logits) / np.exp(logits).sum(), rtol=1e-5)
    # A network of ReLUs without biases is linear where it stands.
    assert prediction.shares.sum() == pytest.approx(logits.max(), rel=1e-4)
    assert [one.shape for one in prediction.maps] == [(4, 6, 5), (5, 2, 1)]


@pytest.mark.parametrize("name", LAYERS)
def test_the_pixels_shares_are_value_times_slope(name):
    network = Network(LAYERS[name], (2, 12, 13), 3, hidden=(5,), dtype=np.float64)
    image = np.random.default_rng(4).random((2, 12, 13))
    prediction = predict(network, image, 2)
    assert prediction.asked == 2
    expected = np.empty((12, 13))
    for row, column in np.ndindex(12, 13):
        change = np.zeros_like(image)
        change[:, row, column] = 1e-6 * image[:, row, column]
        above, below = (network.forward((image + sign * change)[np.newaxis])[2, 0] for sign in (1, -1))
        expected[row, column] = (above - below) / 2e-6
    np.testing.assert_allclose(prediction.drive, expected, rtol=1e-4, atol=1e-6)


def test_without_biases_the_pixels_shares_add_up_to_the_logit():
    data = toy()
    layers = [
        replace(one, bank=FilterBank.from_arrays(one.bank.weights)) if isinstance(one, ConvLayer) else one
        for one in random_layers(1, 0, (4, 5), 3)
    ]
    network = Network(layers, data.shape, 3)
    image = data.test.batch(slice(0, 1))[0][0]
    prediction = predict(network, image)
    assert prediction.drive.sum() == pytest.approx(network.forward(image[np.newaxis])[:, 0].max(), rel=1e-4)


def test_patterns_are_the_dense_layers_weights_over_the_maps_it_reads():
    network = Network(random_layers(1, 0, (4, 5), 3), (1, 14, 13), 3)
    images = np.random.default_rng(0).random((1, 1, 14, 13), dtype=np.float32)
    logits, handed = network.trace(images)
    maps = handed[-1][..., 0].transpose(1, 0, 2)
    patterns = take_snapshot(network, 0, 0, 0).weights[2]
    assert patterns.shape == (3, *maps.shape)
    np.testing.assert_allclose((patterns * maps).sum(axis=(1, 2, 3)), logits[:, 0], rtol=1e-5)


@pytest.mark.parametrize("widest", [1000, 4])
@pytest.mark.parametrize("name", LAYERS)
def test_scratch_memory_is_what_was_said_beforehand(name, widest, monkeypatch):
    monkeypatch.setattr(convolution, "WIDEST", widest)
    network = Network(LAYERS[name], (2, 12, 13), 3)
    loss = cross_entropy(network.forward(np.zeros((50, 2, 12, 13), np.float32)), np.zeros(50, np.int64))
    network.backward(loss.delta, everything=True)
    for conv in network.convolutions:
        taken = sum(array.nbytes for key, array in conv._scratch._kept.items() if key not in ("band", "products"))
        assert taken <= 50 * 4 * conv.scratch_values


def test_a_batch_that_does_not_fit_into_memory_is_refused():
    images = Examples(np.zeros((4, 3, 256, 256), np.uint8), np.array([0, 1, 0, 1]))
    data = Dataset("large", ("a", "b"), images, images)
    with pytest.raises(InvalidValueError, match="a batch of 4096 such images takes"):
        Training(Network(random_layers(3, 0), data.shape, 2), data, TrainingSettings(batch=4096))
