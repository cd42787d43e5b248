"""Data sets from files: each format, and one line for what is wrong."""

from __future__ import annotations

import gzip
import io
import os
import struct
import tracemalloc

import numpy as np
import pytest
from PIL import Image as PILImage

from convexplorer.errors import CancelledError, ConvExplorerError, UnreadableFileError
from convexplorer.io.datasets.formats import common
from convexplorer.io.datasets.load import BUILT_IN, load_dataset

RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 256, (20, 6, 5), dtype=np.uint8)
COLOURED = RNG.integers(0, 256, (20, 6, 5, 3), dtype=np.uint8)
LABELS = np.arange(20) % 4


def idx_bytes(array):
    return struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape) + array.astype(np.uint8).tobytes()


def write_mnist(folder, packed):
    for part, images, labels in (("train", IMAGES, LABELS), ("t10k", IMAGES[:8], LABELS[:8])):
        for kind, array in (("images-idx3", images), ("labels-idx1", labels)):
            data = idx_bytes(array)
            name = f"{part}-{kind}-ubyte"
            (folder / (f"{name}.gz" if packed else name)).write_bytes(gzip.compress(data) if packed else data)


@pytest.mark.parametrize("packed", [False, True])
def test_mnist(tmp_path, packed):
    write_mnist(tmp_path, packed)
    name = "train-images-idx3-ubyte.gz" if packed else "train-images-idx3-ubyte"
    for path in (tmp_path, tmp_path / name):
        data = load_dataset(path)
        np.testing.assert_array_equal(data.train.images[:, 0], IMAGES)
        np.testing.assert_array_equal(data.train.labels, LABELS)
        np.testing.assert_array_equal(data.test.images[:, 0], IMAGES[:8])
        assert data.classes == ("0", "1", "2", "3")
    own = load_dataset(tmp_path / name.replace("train", "t10k"))
    assert (len(own.train), len(own.test)) == (4, 4)


def write_npz(path, **arrays):
    np.savez_compressed(path, **arrays)
    return path


def test_npz_of_keras(tmp_path):
    path = write_npz(
        tmp_path / "k.npz", x_train=COLOURED, y_train=LABELS[:, None], x_test=COLOURED[:8], y_test=LABELS[:8, None]
    )
    data = load_dataset(path)
    np.testing.assert_array_equal(data.train.images, COLOURED.transpose(0, 3, 1, 2))
    assert data.shape == (3, 6, 5)
    assert len(data.test) == 8


@pytest.mark.parametrize(
    ("images", "labels"),
    [
        (IMAGES, LABELS),
        (IMAGES[..., None], LABELS.astype(np.float32)),
        (IMAGES[:, None].astype(np.int64), np.eye(4)[LABELS]),
        (IMAGES / 255, np.array(["a", "b", "c", "d"])[LABELS]),
        ((IMAGES / 255).astype(np.float32), LABELS + 7),
        (IMAGES.astype(np.float64), LABELS),
        (IMAGES.astype(np.uint16) * 257, LABELS),
        (IMAGES[:, :5].reshape(20, 25), LABELS),
    ],
    ids=["grey", "NHWC", "NCHW one-hot", "text labels", "float", "float 255", "16 bits", "flat"],
)
def test_npz_with_x_and_y(tmp_path, images, labels):
    data = load_dataset(write_npz(tmp_path / "d.npz", x=images, y=labels), seed=1)
    assert (len(data.train), len(data.test)) == (16, 4)
    assert len(data.classes) == 4
    batch, _ = data.test.batch(slice(None))
    expected = IMAGES[:, :5] if images.ndim == 2 else IMAGES
    for image in batch[:, 0]:
        assert np.abs(expected / 255 - image).reshape(20, -1).max(axis=1).min() < 1e-6


def test_labels_that_are_texts_name_the_classes(tmp_path):
    names = np.array(["cat", "dog"])[np.arange(20) % 2]
    assert load_dataset(write_npz(tmp_path / "d.npz", images=IMAGES, labels=names)).classes == ("cat", "dog")


@pytest.mark.parametrize(
    ("arrays", "line"),
    [
        # A few hundred kilobytes that unpack to a gigabyte.
        ({"x": np.broadcast_to(np.int64(0), (2**16, 32, 32)), "y": LABELS}, "x.npy unpacks to more than 100 times"),
        ({"x": IMAGES, "y": np.broadcast_to(np.int64(0), (2**25,))}, "y.npy unpacks to more than 100 times"),
        ({"x": IMAGES, "y": np.broadcast_to(np.uint8(0), (2**21,))}, "it has 2097152 labels; the limit is 1000000"),
    ],
    ids=["images", "labels", "many labels"],
)
def test_an_archive_that_unpacks_to_far_more_than_it_is_takes_no_memory(tmp_path, arrays, line):
    path = write_npz(tmp_path / "a.npz", **arrays)
    tracemalloc.start()
    try:
        with pytest.raises(UnreadableFileError, match=line):
            load_dataset(path)
        assert tracemalloc.get_traced_memory()[1] < 2**25
    finally:
        tracemalloc.stop()


def test_all_arrays_of_an_archive_together_are_limited(tmp_path, monkeypatch):
    path = write_npz(tmp_path / "k.npz", x_train=IMAGES, y_train=LABELS, x_test=IMAGES, y_test=LABELS)
    one, own = IMAGES.nbytes + LABELS.nbytes, common.MAX_BYTES
    monkeypatch.setattr(common, "MAX_BYTES", 2 * one)
    assert len(load_dataset(path).test) == 20
    monkeypatch.setattr(common, "MAX_BYTES", 2 * one - 1)
    with pytest.raises(UnreadableFileError, match="its images take more than"):
        load_dataset(path)
    assert own == 2**30


def test_cifar(tmp_path):
    for name, count in (("data_batch_1", 30), ("data_batch_2", 20), ("test_batch", 20)):
        records = RNG.integers(0, 256, (count, 3073), dtype=np.uint8)
        records[:, 0] = np.arange(count) % 10
        (tmp_path / f"{name}.bin").write_bytes(records.tobytes())
    data = load_dataset(tmp_path)
    assert data.shape == (3, 32, 32)
    assert (len(data.train), len(data.test)) == (50, 20)
    assert data.classes[3] == "cat"
    np.testing.assert_array_equal(data.test.images.reshape(20, -1), records[:, 1:])
    assert len(load_dataset(tmp_path / "test_batch.bin").classes) == 10


def picture(path, colour, size=(40, 30)):
    path.parent.mkdir(parents=True, exist_ok=True)
    PILImage.new("RGB" if isinstance(colour, tuple) else "L", size, colour).save(path)


def test_folders(tmp_path):
    for number in range(5):
        picture(tmp_path / "red" / f"{number}.png", (200, number, 0))
        picture(tmp_path / "grey" / f"{number}.jpg", 90 + number, size=(20, 70))
    (tmp_path / "red" / "notes.txt").write_text("no picture")
    (tmp_path / "red" / "broken.png").write_bytes(b"\x89PNG nothing")
    data = load_dataset(tmp_path)
    assert data.classes == ("grey", "red")
    assert data.shape == (3, 32, 32)
    assert (len(data.train), len(data.test)) == (8, 2)
    assert data.train.images[data.train.labels == 1][0, :, 5, 5].tolist()[0] == 200
    assert data.notes[0].startswith("1 of 11 pictures were left out; broken.png")


def test_folders_of_grey_pictures_stay_grey_and_keep_their_own_test_part(tmp_path):
    for part, count in (("train", 3), ("test", 2)):
        for label in ("a", "b"):
            for number in range(count):
                picture(tmp_path / part / label / f"{number}.png", 50 * number)
    data = load_dataset(tmp_path)
    assert data.shape == (1, 32, 32)
    assert (len(data.train), len(data.test)) == (6, 4)


def labelled(folder, *labels, count=3):
    for label in labels:
        for number in range(count):
            picture(folder / label / f"{number}.png", 40 * number)


@pytest.mark.parametrize(
    ("train", "test"), [("train", "val"), ("Train", "Test"), ("TRAINING", "validation"), ("train", "valid")]
)
@pytest.mark.parametrize("inside", [".", "archive/data"])
def test_a_split_that_is_there_is_kept_whatever_its_folders_are_called(tmp_path, train, test, inside):
    labelled(tmp_path / inside / train, "h", "v")
    labelled(tmp_path / inside / test, "h", "v", count=2)
    data = load_dataset(tmp_path)
    assert (data.classes, len(data.train), len(data.test), data.notes) == (("h", "v"), 6, 4, ())


def test_of_three_parts_the_one_for_validation_is_left_out_and_said(tmp_path):
    for part, count in (("train", 3), ("val", 2), ("test", 1)):
        labelled(tmp_path / part, "h", "v", count=count)
    data = load_dataset(tmp_path)
    assert (len(data.train), len(data.test)) == (6, 2)
    assert data.notes == ("left out: val; test tests",)


@pytest.mark.parametrize("validation", [True, False])
def test_a_test_part_without_classes_cannot_be_used_which_is_said(tmp_path, validation):
    labelled(tmp_path / "train", "h", "v")
    picture(tmp_path / "test" / "1.png", 0)
    if validation:
        labelled(tmp_path / "val", "h", "v", count=1)
    data = load_dataset(tmp_path)
    if validation:
        assert (len(data.train), len(data.test)) == (6, 2)
        assert data.notes == ("left out: test; val tests",)
    else:
        assert (len(data.train), len(data.test)) == (4, 2)
        assert data.notes == ("the pictures in test are in no folders of classes and are left out",)


def test_a_class_may_be_called_train(tmp_path):
    labelled(tmp_path, "plane", "train")
    assert load_dataset(tmp_path).classes == ("plane", "train")


def test_pictures_further_down_belong_to_their_class_and_those_beside_the_classes_are_counted(tmp_path):
    labelled(tmp_path, "h", "v")
    labelled(tmp_path / "h", "2025/may", "2026")
    (tmp_path / "h" / ".hidden").mkdir()
    picture(tmp_path / "h" / ".hidden" / "1.png", 0)
    picture(tmp_path / "loose.png", 0)
    if hasattr(os, "symlink"):
        (tmp_path / "h" / "round").symlink_to(tmp_path)
    data = load_dataset(tmp_path)
    both = np.concatenate([data.train.labels, data.test.labels])
    assert np.bincount(both).tolist() == [9, 3]
    assert data.notes == (
        "6 of 12 pictures lie in folders inside those of their classes",
        "pictures beside the folders of classes are left out: 1",
    )


def test_pictures_without_classes_are_said_to_be_so(tmp_path):
    labelled(tmp_path, "all")
    with pytest.raises(UnreadableFileError, match="its 3 pictures are in no folders of classes"):
        load_dataset(tmp_path / "all")


def test_reading_folders_can_be_stopped(tmp_path):
    picture(tmp_path / "a" / "1.png", 0)
    with pytest.raises(CancelledError):
        load_dataset(tmp_path, should_stop=lambda: True)


@pytest.mark.parametrize("key", [one.key for one in BUILT_IN])
def test_what_is_built_in_is_found_by_its_key(key):
    if key == "faces":
        data = load_dataset(key)
        assert (len(data.train), len(data.test)) == (150, 50)
        assert data.classes == ("face", "no face")
        assert data.train.images.dtype == np.float32
    else:
        assert next(one for one in BUILT_IN if one.key == key).make(0, 20, 20).classes


def bomb():
    buffer = io.BytesIO()
    with gzip.GzipFile(fileobj=buffer, mode="wb") as file:
        file.write(struct.pack(">BBBB3I", 0, 0, 8, 3, 2**20, 2**10, 2**10))
    return buffer.getvalue()


BAD = {
    "missing": (lambda folder: folder / "nothing.npz", "does not exist; built in are shapes"),
    "a text": (lambda folder: _file(folder / "a.txt", b"abc"), "is no data set"),
    "empty folder": (lambda folder: folder, "no folders with pictures"),
    "one class": (lambda folder: _folder(folder, "a"), "2 to 1000 classes, not 1"),
    "no npz": (lambda folder: _file(folder / "a.npz", b"PK not"), "not a NumPy archive"),
    "other names": (lambda folder: write_npz(folder / "a.npz", foo=LABELS), "its arrays are called foo"),
    "counts": (lambda folder: write_npz(folder / "a.npz", x=IMAGES, y=LABELS[:3]), "20 images have 3 labels"),
    "nan": (lambda folder: write_npz(folder / "a.npz", x=IMAGES * np.nan, y=LABELS), "not a finite number"),
    "labels": (lambda folder: write_npz(folder / "a.npz", x=IMAGES, y=LABELS + 0.5), "not a whole number"),
    "shape": (lambda folder: write_npz(folder / "a.npz", x=COLOURED[..., :2], y=LABELS), "holds no images"),
    "lonely": (
        lambda folder: write_npz(folder / "a.npz", x=IMAGES[:4], y=LABELS[:4]),
        "class 0 has too few images (1)",
    ),
    "objects": (lambda folder: write_npz(folder / "a.npz", x=np.array([{}] * 4), y=LABELS), "never read"),
    "cifar size": (lambda folder: _file(folder / "data_batch_1.bin", bytes(3000)), "no whole number"),
    "cifar label": (lambda folder: _file(folder / "data_batch_1.bin", b"\xff" * 3073), "CIFAR-10 has 0 to 9"),
    "no labels": (lambda folder: _file(folder / "train-images-idx3-ubyte", idx_bytes(IMAGES)), "are not beside it"),
    "cut off": (lambda folder: _pair(folder, idx_bytes(IMAGES)[:-1]), "cut off: 599 of 600"),
    "too long": (lambda folder: _pair(folder, idx_bytes(IMAGES) + b"1"), "longer than it says"),
    "no idx": (lambda folder: _pair(folder, b"PK\3\4" * 9), "no IDX file"),
    "axes": (
        lambda folder: _pair(folder, idx_bytes(LABELS)),
        "pictures (3 axes) are wanted here, its numbers have 1 axes",
    ),
    "bomb": (lambda folder: _pair(folder, bomb()), "more than 1 GB"),
    "half a gzip": (lambda folder: _pair(folder, gzip.compress(idx_bytes(IMAGES))[:-20]), "damaged or cut off"),
    "empty": (lambda folder: _pair(folder, b""), "is empty"),
    "large": (lambda folder: _pair(folder, idx_bytes(np.zeros((2, 300, 1)))), "2 images have 20 labels"),
}


def _file(path, data):
    path.write_bytes(data)
    return path


def _folder(folder, *names):
    for name in names:
        picture(folder / name / "1.png", 0)
    return folder


def _pair(folder, images):
    _file(folder / "x-labels-idx1-ubyte", idx_bytes(LABELS))
    return _file(folder / "x-images-idx3-ubyte", images)


@pytest.mark.parametrize("name", BAD)
def test_what_is_wrong_is_one_line(tmp_path, name):
    make, line = BAD[name]
    path = make(tmp_path)
    with pytest.raises(UnreadableFileError) as caught:
        load_dataset(path)
    text = str(caught.value)
    assert line in text
    assert len(text) <= 120
    assert "\n" not in text
    assert isinstance(caught.value, ConvExplorerError)
