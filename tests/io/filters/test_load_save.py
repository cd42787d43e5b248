from __future__ import annotations

import csv
import json
import os
import struct
import tracemalloc
import zipfile
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from convexplorer.core.model.filters import Filter, FilterBank
from convexplorer.errors import MAX_MESSAGE, InvalidValueError, UnreadableFileError, UnwritableFileError
from convexplorer.io import load_filters, save_filters
from convexplorer.io.filters.formats import common
from convexplorer.io.filters.load_save import FILTER_SUFFIXES, FORMATS, is_filter_file, read_filters

ALL = [".json", ".npy", ".npz", ".csv", ".tsv", ".txt", ".safetensors"]
NAMED = [suffix for suffix in ALL if suffix != ".npy"]
FLOAT32 = st.floats(width=32, allow_nan=False, allow_infinity=False)
NAMES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
EXTREMES = [0.0, -0.0, 1e-45, -1e-45, 1.1754942e-38, 3.4028235e38, -3.4028235e38, 7.0385305e-26, 0.1, 16777215.0]


@st.composite
def banks(draw):
    shape = draw(hnp.array_shapes(min_dims=4, max_dims=4, max_side=3))
    weights = draw(hnp.arrays(np.float32, shape, elements=FLOAT32))
    bias = draw(st.lists(FLOAT32, min_size=shape[0], max_size=shape[0]))
    names = draw(st.lists(NAMES, min_size=shape[0], max_size=shape[0]))
    return FilterBank.from_arrays(weights, bias, names)


def same_bits(one: FilterBank, other: FilterBank) -> bool:
    return one.weights.shape == other.weights.shape and one.weights.tobytes() == other.weights.tobytes()


def some_bank() -> FilterBank:
    weights = np.random.default_rng(0).normal(size=(4, 3, 3, 5)).astype(np.float32)
    return FilterBank.from_arrays(weights, [0.5, -1, 0.1, 0], ["Edge", "Änd\u0435rs", "a, b", "x bias: 3"])


def put(path: Path, data: bytes | str) -> Path:
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def refusal(path: Path, layout: str = "OIHW") -> str:
    with pytest.raises(UnreadableFileError) as caught:
        load_filters(path, layout=layout)
    text = str(caught.value)
    assert path.name in text
    assert "\n" not in text
    assert len(text) <= MAX_MESSAGE
    return text


def npy(array: np.ndarray, **options) -> bytes:
    buffer = BytesIO()
    np.save(buffer, array, **options)
    return buffer.getvalue()


def npz(**arrays: np.ndarray) -> bytes:
    buffer = BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


def tensors(entries: dict[str, object], data: bytes) -> bytes:
    header = json.dumps(entries).encode()
    return struct.pack("<Q", len(header)) + header + data


# --- there and back --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", ALL)
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(bank=banks())
def test_round_trip(tmp_path, suffix, bank):
    path = tmp_path / f"bank{suffix}"
    save_filters(bank, path)
    back = load_filters(path)
    assert same_bits(back, bank)
    if suffix != ".npy":
        assert back.bias.tobytes() == bank.bias.tobytes()
        assert back.names == bank.names


@pytest.mark.parametrize("suffix", ALL)
def test_round_trip_of_extremes(tmp_path, suffix):
    bank = FilterBank.from_arrays(np.reshape(EXTREMES, (2, 1, 1, 5)), [-0.0, 1e-45], ["a", "b"])
    save_filters(bank, tmp_path / f"a{suffix}")
    back = load_filters(tmp_path / f"a{suffix}")
    assert same_bits(back, bank)
    assert suffix == ".npy" or back.bias.tobytes() == bank.bias.tobytes()


@pytest.mark.parametrize("suffix", ALL)
def test_saving_twice_gives_the_same_file(tmp_path, suffix):
    for name in ("a", "b"):
        save_filters(some_bank(), tmp_path / f"{name}{suffix}")
    assert (tmp_path / f"a{suffix}").read_bytes() == (tmp_path / f"b{suffix}").read_bytes()


def test_only_json_keeps_what_is_switched_off(tmp_path):
    bank = FilterBank((Filter([[1]], enabled=False), Filter([[2]])))
    save_filters(bank, tmp_path / "a.json")
    assert load_filters(tmp_path / "a.json") == bank


def test_imagej_round_trip(tmp_path):
    bank = FilterBank.from_arrays(np.arange(15).reshape(1, 1, 3, 5) / 7)
    save_filters(bank, tmp_path / "kernel.txt", format="imagej")
    assert "#" not in (tmp_path / "kernel.txt").read_text()
    assert same_bits(load_filters(tmp_path / "kernel.txt"), bank)


@pytest.mark.parametrize("shape", [(1, 1, 2, 3), (1, 1, 3, 4), (2, 1, 3, 3), (1, 3, 3, 3)])
def test_imagej_refuses_what_it_cannot_hold(tmp_path, shape):
    with pytest.raises(UnwritableFileError, match="ImageJ"):
        save_filters(FilterBank.from_arrays(np.ones(shape)), tmp_path / "k.txt", format="imagej")
    assert not list(tmp_path.iterdir())


def test_tables_for_dialogs():
    assert set(FILTER_SUFFIXES) == set(ALL)
    assert [one.suffix for key, one in FORMATS.items() if key != "imagej"] == ALL
    assert is_filter_file("a/B.JSON")
    assert not is_filter_file("photo.jpg")
    assert not is_filter_file("json")


# --- other programs --------------------------------------------------------------------------------------------------


def test_numpy_reads_ours(tmp_path):
    bank = some_bank()
    save_filters(bank, tmp_path / "a.npy")
    assert np.load(tmp_path / "a.npy", allow_pickle=False).tobytes() == bank.weights.tobytes()
    save_filters(bank, tmp_path / "a.npz")
    with np.load(tmp_path / "a.npz", allow_pickle=False) as archive:
        assert archive["weights"].tobytes() == bank.weights.tobytes()
        assert archive["bias"].dtype == np.float32
        assert tuple(archive["names"]) == bank.names
        assert str(archive["layout"]) == "OIHW"


def test_json_module_reads_ours(tmp_path):
    bank = some_bank()
    save_filters(bank, tmp_path / "a.json")
    root = json.loads((tmp_path / "a.json").read_text("utf-8"))
    assert (root["format"], root["version"]) == ("convexplorer-filters", "1.0")
    assert [one["name"] for one in root["filters"]] == list(bank.names)
    assert np.array([one["weights"] for one in root["filters"]], np.float32).tobytes() == bank.weights.tobytes()


def test_csv_module_reads_ours(tmp_path):
    bank = FilterBank.from_arrays(np.random.default_rng(3).normal(size=(1, 1, 3, 3)))
    save_filters(bank, tmp_path / "a.csv")
    with (tmp_path / "a.csv").open(newline="") as file:
        rows = [row for row in csv.reader(file) if row and not row[0].startswith("#")]
    assert np.array(rows, np.float32).tobytes() == bank.weights.tobytes()


def test_safetensors_library_reads_ours_and_we_read_its(tmp_path):
    library = pytest.importorskip("safetensors.numpy")
    bank = some_bank()
    save_filters(bank, tmp_path / "a.safetensors")
    state = library.load_file(tmp_path / "a.safetensors")
    assert state["weight"].tobytes() == bank.weights.tobytes()
    assert state["bias"].tobytes() == bank.bias.tobytes()
    library.save_file(
        {"conv.weight": bank.weights, "conv.bias": bank.bias, "n": np.ones(2, np.int64)}, tmp_path / "b.safetensors"
    )
    back = load_filters(tmp_path / "b.safetensors")
    assert same_bits(back, bank)
    assert (back.bias == bank.bias).all()


@pytest.mark.parametrize(("dtype", "code"), [("<f8", "F64"), ("<f4", "F32"), ("<f2", "F16"), ("<u2", "BF16")])
def test_safetensors_types(tmp_path, dtype, code):
    weights = np.array([[[[1.5, -2], [0.25, 3]]]], np.float32)
    stored = (weights.view(np.uint32) >> 16).astype(dtype) if code == "BF16" else weights.astype(dtype)
    entry = {"dtype": code, "shape": [1, 1, 2, 2], "data_offsets": [0, stored.nbytes]}
    path = put(tmp_path / "a.safetensors", tensors({"kernel": entry}, stored.tobytes()))
    assert (load_filters(path).weights == weights).all()


@pytest.mark.parametrize("dtype", ["<f4", ">f4", "<f8", "<f2", "u1", "<i8", "?"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_npy_types_and_orders(tmp_path, dtype, order):
    weights = np.array([[[[1, 0, 1], [0, 1, 1]]]]).astype(dtype)
    path = put(tmp_path / "a.npy", npy(np.asarray(weights, order=order)))
    assert (load_filters(path).weights == weights.astype(np.float32)).all()


def test_npy_dimensions(tmp_path):
    array = np.arange(24, dtype=np.float32)
    for shape, expected in (((4, 6), (1, 1, 4, 6)), ((2, 3, 4), (2, 1, 3, 4)), ((1, 2, 3, 4), (1, 2, 3, 4))):
        path = put(tmp_path / "a.npy", npy(array.reshape(shape)))
        assert load_filters(path).weights.shape == expected
        assert load_filters(path).weights.tobytes() == array.tobytes()


@pytest.mark.parametrize("suffix", [".npy", ".npz", ".safetensors"])
def test_layout_of_foreign_arrays(tmp_path, suffix):
    weights = np.random.default_rng(5).normal(size=(8, 3, 5, 7)).astype(np.float32)
    stored = np.ascontiguousarray(weights.transpose(2, 3, 1, 0))
    entry = {"dtype": "F32", "shape": list(stored.shape), "data_offsets": [0, stored.nbytes]}
    data = {
        ".npy": npy(stored),
        ".npz": npz(anything=stored),
        ".safetensors": tensors({"anything": entry}, stored.tobytes()),
    }
    path = put(tmp_path / f"a{suffix}", data[suffix])
    assert load_filters(path, layout="HWIO").weights.tobytes() == weights.tobytes()
    assert load_filters(path).weights.shape == (5, 7, 3, 8)


@pytest.mark.parametrize("suffix", [".npz", ".safetensors"])
def test_own_layout_comes_first(tmp_path, suffix):
    save_filters(some_bank(), tmp_path / f"a{suffix}")
    assert same_bits(load_filters(tmp_path / f"a{suffix}", layout="HWIO"), some_bank())


def test_impossible_layout_is_pointed_out(tmp_path):
    path = put(tmp_path / "keras.npy", npy(np.zeros((3, 3, 64, 128), np.float32)))
    assert refusal(path).endswith("its layout seems to be HWIO")
    assert len(load_filters(path, layout="HWIO")) == 128
    with pytest.raises(InvalidValueError, match="OIHW or HWIO"):
        load_filters(path, layout="CHW")


@pytest.mark.parametrize(
    ("shape", "doubtful"),
    [
        ((3, 3, 3, 8), True),  # Keras' 3 × 3 kernels, or three flat ones
        ((5, 5, 1, 1), True),  # one kernel of 5 × 5, or 25 of 1 × 1
        ((3, 3, 3, 3), True),
        ((1, 1, 16, 32), True),
        ((8, 3, 5, 7), True),  # no square kernel either way
        ((4, 1, 4, 4), False),
        ((8, 3, 5, 5), False),
        ((1, 1, 5, 5), False),
    ],
)
@pytest.mark.parametrize("suffix", [".npy", ".npz", ".safetensors"])
def test_axes_that_could_be_meant_otherwise_are_never_taken_silently(tmp_path, suffix, shape, doubtful):
    array = np.random.default_rng(5).normal(size=shape).astype(np.float32)
    entry = {"dtype": "F32", "shape": list(shape), "data_offsets": [0, array.nbytes]}
    data = {".npy": npy(array), ".npz": npz(anything=array), ".safetensors": tensors({"w": entry}, array.tobytes())}
    path = put(tmp_path / f"a{suffix}", data[suffix])
    assert read_filters(path).doubtful is doubtful
    assert load_filters(path).weights.tobytes() == array.tobytes()
    for layout in ("OIHW", "HWIO"):
        assert not read_filters(path, layout=layout).doubtful


def test_own_files_say_what_their_axes_are(tmp_path):
    bank = FilterBank.from_arrays(np.ones((3, 3, 3, 8)))
    for suffix in (".npz", ".safetensors", ".json", ".csv"):
        save_filters(bank, tmp_path / f"a{suffix}")
        assert not read_filters(tmp_path / f"a{suffix}").doubtful


def test_an_archive_that_unpacks_to_far_more_than_it_is_takes_no_memory(tmp_path):
    np.savez_compressed(tmp_path / "a.npz", weights=np.broadcast_to(np.float64(0), (4000, 2100, 1, 1)))
    tracemalloc.start()
    try:
        assert "weights.npy unpacks to more than 100 times its size" in refusal(tmp_path / "a.npz")
        assert tracemalloc.get_traced_memory()[1] < 2**24
    finally:
        tracemalloc.stop()


def test_an_archive_may_call_its_arrays_as_pytorch_does(tmp_path):
    weights = np.random.default_rng(5).normal(size=(4, 3, 5, 5))
    bank = load_filters(put(tmp_path / "torch.npz", npz(weight=weights, bias=np.arange(4.0))))
    np.testing.assert_array_equal(bank.weights, weights.astype(np.float32))
    assert bank.bias.tolist() == [0, 1, 2, 3]


def test_compressed_npz(tmp_path):
    buffer = BytesIO()
    np.savez_compressed(buffer, weights=np.ones((2, 1, 3, 3), np.float32))
    assert load_filters(put(tmp_path / "a.npz", buffer.getvalue())).weights.shape == (2, 1, 3, 3)


# --- text that people write ------------------------------------------------------------------------------------------


def test_matrices_without_names_are_grey_filters(tmp_path):
    bank = load_filters(put(tmp_path / "a.csv", "1,2\n3,4\n\n5,6\n7,8\n"))
    assert bank.weights.tolist() == [[[[1, 2], [3, 4]]], [[[5, 6], [7, 8]]]]
    assert bank.names == ("Filter 1", "Filter 2")


def test_named_planes(tmp_path):
    text = "# my filters\n#name:Red minus green\n1 1\n\n-1 -1\n\n0 0\n# a remark\n# name: Second bias: \u22120.5\r\n"
    text += "1 0\n\n2 0\n\n3 0"
    bank = load_filters(put(tmp_path / "a.txt", text))
    assert bank.weights.shape == (2, 3, 1, 2)
    assert bank.names == ("Red minus green", "Second")
    assert bank.bias.tolist() == [0, -0.5]


def test_text_as_it_is_written(tmp_path):
    bank = FilterBank.from_arrays([[[[1, -0.5]], [[0, 2]]]], [0.1], ["Edge"])
    save_filters(bank, tmp_path / "a.csv")
    assert (tmp_path / "a.csv").read_text() == "# name: Edge bias: 0.1\n1,-0.5\n\n\n0,2\n\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1 2\n3 x", "row 2, column 2: x is not a number"),
        ("1 2\n3 nan", "row 2, column 2: nan is not a finite number"),
        ("1 2\n\n3 4 5", "the matrices have different sizes"),
        ("1 2\n# name: a\n1 2", "numbers before the first filter's name"),
        ("# name: a\n\n# name: b\n1", "filter 1: there are no numbers in the text"),
        ("# name: a\n1\n# name: b\n1 2 x", "filter 2: row 4, column 3: x is not a number"),
        ("# name: a bias: much\n1", "filter 1: row 1, column 1: much is not a number"),
        ("# name: a bias: 1 2\n1", "filter 1: row 1: the bias is not one number"),
        ('# name: ["a"] bias: 0\n1\n# name: "a\n1', "filter 2: not valid JSON"),
        ("# name: a\n1\n# name: b\n1 2", "all filters of a bank share one shape"),
        ("\n\n", "there are no numbers"),
        (" ".join("1" * 64), "kernels larger than 63 × 63"),
    ],
)
def test_bad_text(tmp_path, text, message):
    assert message in refusal(put(tmp_path / "a.txt", text))


# --- JSON ------------------------------------------------------------------------------------------------------------


def document(**changes: object) -> str:
    root = {"format": "convexplorer-filters", "version": "1.0", "filters": [{"weights": [[1, 2], [3, 4]]}]}
    return json.dumps(root | changes)


def one_filter(**entry: object) -> str:
    return document(filters=[{"weights": [[1, 2], [3, 4]]} | entry])


def test_json_written_by_hand(tmp_path):
    bank = load_filters(put(tmp_path / "a.json", one_filter(bias=1)))
    assert bank.weights.tolist() == [[[[1, 2], [3, 4]]]]
    assert (bank.names, bank[0].bias) == (("Filter 1",), 1)


def test_json_of_a_newer_minor_version(tmp_path):
    text = document(version="1.7", new={"a": [1]}, filters=[{"weights": [[[-0.0]]], "colour": "red"}])
    assert np.signbit(load_filters(put(tmp_path / "a.json", text)).weights).all()
    assert np.signbit(load_filters(put(tmp_path / "a.json", text.replace("-0.0", "-0"))).weights).all()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "not valid JSON at line 1"),
        ("[]", "not an object"),
        ("{}", "not a file of filters"),
        (document(format="other"), "its format is not convexplorer-filters"),
        (document(version="2.0"), "it is of version 2.0, this program reads 1.0"),
        (document(version=1), "version is missing"),
        (document(version="1.x"), "version is missing"),
        (document(filters=[]), 'no list of "filters"'),
        (document(filters={"0": 1}), 'no list of "filters"'),
        (document(filters=[1]), "filter 1: it is not an object"),
        (document(filters=[{"weights": [[1]]}] * 4097), "more than 4096 filters"),
        (document(filters=[{"weights": [[1]]}, {"weights": [[1, 2]]}]), "share one shape"),
        (document().replace("1,", "NaN,", 1), "NaN is not a finite number"),
        (document().replace("[1,", "[-Infinity,"), "-Infinity is not a finite number"),
        (document().replace("[1,", "[1e999,"), "filter 1: a weight is not a finite number"),
        (document().replace("[1,", "[1e39,"), "filter 1: a weight is not a finite number"),
        (document().replace("[1,", f"[{'9' * 5000},"), "filter 1: a weight is not a finite number"),
        (document().replace('"version"', '"format"'), 'its JSON has "format" twice'),
        (one_filter(bias="1"), '"bias" has the wrong type'),
        (one_filter(bias=1).replace('"bias": 1', '"bias": 1e39'), "is not a finite number"),
        (one_filter(name=3), '"name" has the wrong type'),
        (one_filter(name="\ud800"), "the name of filter 1 is not valid text"),
        (one_filter(name="x" * 1001), "the name of filter 1 is longer than 1000"),
        (one_filter(enabled=1), '"enabled" has the wrong type'),
        (one_filter(weights=None), '"weights" is not a list'),
        (one_filter(weights=[]), '"weights" is not a list'),
        (one_filter(weights=[1, 2]), '"weights" is not a list'),
        (one_filter(weights=[[]]), "shape 1 × 1 × 1 × 0 does not hold filters"),
        (one_filter(weights=[[1, "2"]]), "a weight is not a number"),
        (one_filter(weights=[[1, True]]), "a weight is not a number"),
        (one_filter(weights=[[1, None]]), "a weight is not a number"),
        (one_filter(weights=[[1, 2], [3]]), "different lengths"),
        (one_filter(weights=[[[1]], [[1], [2]]]), "different lengths"),
        (one_filter(weights=[[[1, 2]], [3, 4]]), "different lengths"),
        (one_filter(weights=[[[[1]]]]), "a weight is not a number"),
        (one_filter(weights=[[0] * 64]), "kernels larger than 63 × 63"),
        ("[" * 100_000, "nested too deeply"),
        ('{"a":' * 100_000, "nested too deeply"),
    ],
)
def test_bad_json(tmp_path, text, message):
    assert message in refusal(put(tmp_path / "a.json", text))


# --- hostile arrays --------------------------------------------------------------------------------------------------


def forged_npy(shape: object, descr: str = "<f4", data: bytes = b"", order: object = False) -> bytes:
    text = f"{{'descr': '{descr}', 'fortran_order': {order}, 'shape': {shape}, }}".encode()
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text + data


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"\x93NUM", "not a NumPy array file"),
        (b"PK\x03\x04rest", "not a NumPy array file"),
        (b"\x93NUMPY\x09\x00\x00\x00", "not a NumPy array file"),
        (b"\x93NUMPY\x02\x00\xff\xff\xff\xff", "header of the array is too long"),
        (b"\x93NUMPY\x01\x00\x10\x00{}", "makes no sense"),
        (npy(np.zeros(3)), "an array of shape 3 does not hold filters"),
        (npy(np.array(3.0)), "does not hold filters"),
        (npy(np.zeros((1, 1, 1, 3, 3))), "does not hold filters"),
        (npy(np.zeros((2, 0, 3))), "does not hold filters"),
        (npy(np.zeros((3, 3), complex)), "arrays of type complex128 are not read"),
        (npy(np.zeros((3, 3), "U3")), "holds values of an unfit type, str96"),
        (npy(np.zeros((3, 3), "S3")), "arrays of type"),
        (npy(np.zeros((3, 3), "M8[s]")), "arrays of type datetime64[s] are not read"),
        (npy(np.zeros((3, 3), [("a", "f4")])), "arrays of type [('a', '<f4')] are not read"),
        (npy(np.array([[object()]]), allow_pickle=True), "holds Python objects, which are never read"),
        (npy(np.zeros((1, 1), [("a", "O")]), allow_pickle=True), "holds Python objects"),
        (npy(np.full((3, 3), np.nan)), "a weight is not a finite number"),
        (npy(np.full((3, 3), 1e39)), "a weight is not a finite number"),
        (npy(np.zeros((3, 64))), "kernels larger than 63 × 63"),
        (npy(np.zeros((4097, 1, 1), "u1")), "more than 4096 filters"),
        (npy(np.zeros((1, 4097, 1, 1), "u1")), "more than 4096 planes"),
        (npy(np.zeros((3, 3)))[:-1], "is cut off: 71 of 72 bytes are there"),
        (forged_npy((4096, 4096, 63, 63)), "more than 64000000 numbers"),
        (forged_npy((1000, 1000, 8, 8)), "the file is cut off: 0 of 256000000 bytes"),
        (forged_npy((9**30, 3)), "the shape of the array makes no sense"),
        (forged_npy("(-1, 3)"), "makes no sense"),
        (forged_npy("(3, __import__('os'))"), "makes no sense"),
        (forged_npy("(3 3)"), "the header of the array makes no sense"),
        (forged_npy("(-3, 3)"), "the shape of the array makes no sense"),
        (forged_npy("(" * 300), "the header of the array makes no sense"),
        (forged_npy("(3, 3) + __import__('os').listdir()"), "the header of the array makes no sense"),
        (forged_npy(f"({',' * 60_000})"), "the header of the array makes no sense"),
        (forged_npy((3, 3), "<f3"), "unknown type"),
        (forged_npy((3, 3), "<f4", order=7), "makes no sense"),
        (forged_npy("(" * 60_000), "makes no sense"),
    ],
)
def test_bad_npy(tmp_path, data, message):
    tracemalloc.start()
    try:
        assert message in refusal(put(tmp_path / "a.npy", data))
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
    finally:
        tracemalloc.stop()


def archive(*entries: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as made:
        for name, data in entries:
            made.writestr(zipfile.ZipInfo(name), data, method)
    return buffer.getvalue()


ONES = np.ones((2, 1, 3, 3), np.float32)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"PK\x05\x06", "not a NumPy archive"),
        (npz(weights=ONES)[:-30], "not a NumPy archive"),
        (npz(weights=ONES)[200:], "the archive is damaged"),
        (npz(weights=ONES).replace(np.ones(4, np.float32).tobytes(), bytes(16), 1), "the archive is damaged"),
        (npz(a=ONES, b=ONES), 'of its arrays (a, b) none is named "weights"'),
        (archive(), 'of its arrays (none) none is named "weights"'),
        (archive(("weights.npy", b"text")), "not a NumPy array file"),
        (archive(("weights.npy", npy(ONES) + b"x")), "weights.npy is longer than its array"),
        (archive(("weights.npy", npy(ONES)[:-1])), "is cut off"),
        (archive(("weights.npy", npy(ONES)), method=zipfile.ZIP_BZIP2), "packed in an unknown way"),
        (archive(("weights.npy", npy(ONES)), method=zipfile.ZIP_LZMA), "packed in an unknown way"),
        (archive(*((f"{i}.npy", b"") for i in range(300))), "too many entries"),
        (archive(*((f"{i}.npy", b"") for i in range(30_000))), "too many entries"),
        (npz(weights=ONES, bias=np.zeros(3)), "2 filters need 2 biases and names, not 3 and 2"),
        (npz(weights=ONES, bias=np.array([np.nan, 0])), "not a finite number"),
        (npz(weights=ONES, bias=np.zeros((2, 1))), "bias is not one number"),
        (npz(weights=ONES, bias=np.array(["a", "b"])), "of an unfit type"),
        (npz(weights=ONES, names=np.array(["a"])), "2 filters need 2 biases and names, not 2 and 1"),
        (npz(weights=ONES, names=np.array(["a", "b" * 1001])), "its names are too long"),
        (npz(weights=ONES, names=np.array([1, 2])), "of an unfit type"),
        (npz(weights=ONES, layout=np.array("NCHW")), "the layout is OIHW or HWIO, not NCHW"),
        (npz(weights=ONES, layout=np.array(["OIHW"])), "its layout is not a word"),
        (
            archive(("weights.npy", npy(ONES)), ("names.npy", forged_npy("(2,)", "<U1", b"\xff" * 8))),
            "text in the array is damaged",
        ),
        (
            archive(("weights.npy", npy(ONES)), ("names.npy", forged_npy("(2,)", "<U1", b"\0\xd8\0\0" * 2))),
            "valid text",
        ),
        (archive(("weights.npy", npy(np.array([[[]]], object), allow_pickle=True))), "Python objects"),
    ],
)
def test_bad_npz(tmp_path, data, message):
    assert message in refusal(put(tmp_path / "a.npz", data))


def test_npz_with_one_name_twice(tmp_path):
    with pytest.warns(UserWarning, match="Duplicate"):
        data = archive(("weights.npy", npy(ONES)), ("weights.npy", npy(ONES)))
    assert "two of one name" in refusal(put(tmp_path / "a.npz", data))


def test_encrypted_npz(tmp_path):
    data = bytearray(archive(("weights.npy", npy(ONES))))
    data[data.index(b"PK\x01\x02") + 8] |= 1
    assert "encrypted" in refusal(put(tmp_path / "a.npz", bytes(data)))


def test_npz_bombs_take_no_memory(tmp_path):
    """A megabyte that declares a gigabyte; and one array that is far longer than it says."""
    zeros = bytes(50_000_000)
    bombs = {
        "declared": archive(("weights.npy", forged_npy((4096, 1, 63, 63)) + zeros)),
        "undeclared": archive(("weights.npy", npy(ONES) + zeros)),
        "unasked": archive(("weights.npy", npy(ONES)), ("other.npy", zeros)),
    }
    del zeros
    for name, data in bombs.items():
        path = put(tmp_path / f"{name}.npz", data)
        tracemalloc.start()
        try:
            if name == "unasked":
                assert len(load_filters(path)) == 2
            else:
                refusal(path)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert peak < (130_000_000 if name == "declared" else 5_000_000)


F32 = {"dtype": "F32", "shape": [1, 1, 1, 1], "data_offsets": [0, 4]}
FOUR = struct.pack("<f", 2.0)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"abc", "not a safetensors file"),
        (struct.pack("<Q", 2**63) + b"{}", "not a safetensors file"),
        (struct.pack("<Q", 100) + b"{}", "not a safetensors file, or it is cut off"),
        (struct.pack("<Q", 2) + b"\xff\xff", "not a safetensors file"),
        (struct.pack("<Q", 2) + b"[]", "not a safetensors file"),
        (struct.pack("<Q", 3) + b"{]}", "not valid JSON"),
        (tensors({}, b""), "no tensor of filters"),
        (tensors({"w": F32 | {"dtype": "I32"}}, FOUR), "tensor w is of type I32, which is not read"),
        (tensors({"w": F32 | {"dtype": "F8_E4M3"}}, FOUR), "is of type F8_E4M3, which is not read"),
        (tensors({"w": F32 | {"dtype": 4}}, FOUR), "entry w makes no sense"),
        (tensors({"w": F32 | {"shape": [1, -1]}}, FOUR), "entry w makes no sense"),
        (tensors({"w": F32 | {"shape": [1, True]}}, FOUR), "entry w makes no sense"),
        (tensors({"w": F32 | {"shape": [1, 1.0]}}, FOUR), "entry w makes no sense"),
        (tensors({"w": F32 | {"shape": "ab"}}, FOUR), "entry w makes no sense"),
        (tensors({"w": F32 | {"data_offsets": [0]}}, FOUR), "entry w makes no sense"),
        (tensors({"w": 3}, FOUR), "entry w makes no sense"),
        (tensors({"w": F32 | {"data_offsets": [4, 0]}}, FOUR), "does not fit its shape"),
        (tensors({"w": F32 | {"shape": [1, 1, 1, 2]}}, FOUR), "does not fit its shape"),
        (tensors({"w": F32}, b""), "it has 0 bytes of numbers, its header says 4"),
        (tensors({"w": F32}, FOUR * 2), "it has 8 bytes of numbers, its header says 4"),
        (tensors({"w": F32, "v": F32}, FOUR), "overlap, or leave gaps"),
        (tensors({"w": F32 | {"data_offsets": [4, 8]}}, FOUR * 2), "overlap, or leave gaps"),
        (tensors({"w": F32, "v": F32 | {"data_offsets": [4, 8]}}, FOUR * 2), "2 tensors that may be filters (w, v)"),
        (tensors({"w": F32, "__metadata__": {"layout": 3}}, FOUR), "metadata is not text"),
        (tensors({"w": F32, "__metadata__": {"layout": "NHWC"}}, FOUR), "the layout is OIHW or HWIO"),
        (tensors({"w": F32, "__metadata__": {"names": "[1]"}}, FOUR), "names are not a list of texts"),
        (tensors({"w": F32, "__metadata__": {"names": "["}}, FOUR), "not valid JSON"),
        (tensors({"w": F32, "__metadata__": {"names": '["a","b"]'}}, FOUR), "1 filters need 1 biases and names"),
        (tensors({"w": F32}, struct.pack("<f", np.inf)), "a weight is not a finite number"),
        (tensors({"w": F32 | {"shape": [10**19]}}, FOUR), "entry w makes no sense"),
        (struct.pack("<Q", 5001) + b"[" + b"9" * 5000, "an impossible number"),
    ],
)
def test_bad_safetensors(tmp_path, data, message):
    assert message in refusal(put(tmp_path / "a.safetensors", data))


def test_safetensors_declaring_more_than_is_there(tmp_path):
    entry = {"dtype": "F32", "shape": [64, 64, 50, 50], "data_offsets": [0, 64 * 64 * 50 * 50 * 4]}
    assert "it has 0 bytes" in refusal(put(tmp_path / "a.safetensors", tensors({"w": entry}, b"")))


# --- files that are none ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", ALL)
def test_no_ordinary_file(tmp_path, suffix):
    assert refusal(tmp_path / f"gone{suffix}") == f"gone{suffix} does not exist"
    assert refusal(put(tmp_path / f"empty{suffix}", b"")) == f"empty{suffix} is empty"
    (tmp_path / f"folder{suffix}").mkdir()
    assert refusal(tmp_path / f"folder{suffix}") == f"folder{suffix} is a folder"
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / f"pipe{suffix}")
        assert refusal(tmp_path / f"pipe{suffix}") == f"pipe{suffix} is not an ordinary file"


@pytest.mark.parametrize("suffix", ALL)
def test_noise(tmp_path, suffix):
    for size in (1, 7, 1000):
        refusal(put(tmp_path / f"a{suffix}", b"\xff" + np.random.default_rng(size).bytes(size)))


@pytest.mark.parametrize("suffix", ALL)
def test_every_truncation_is_noticed(tmp_path, suffix):
    bank = FilterBank.from_arrays([[[[1.5, 2.5]], [[3.5, 4.5]]]], [1], ["Edge"])
    save_filters(bank, tmp_path / f"whole{suffix}")
    data = (tmp_path / f"whole{suffix}").read_bytes()
    for size in range(1, len(data.rstrip())):
        path = put(tmp_path / f"a{suffix}", data[:size])
        try:
            part = load_filters(path)
        except UnreadableFileError:
            continue
        # Text may end anywhere; it never becomes anything but the text that is left.
        assert suffix in (".csv", ".tsv", ".txt")
        assert part[0].weights.size <= 4


@pytest.mark.parametrize("suffix", [".json", ".csv", ".txt"])
def test_other_encodings(tmp_path, suffix):
    assert "this is not text, or not in UTF-8" in refusal(put(tmp_path / f"a{suffix}", "1,2".encode("utf-16")))
    assert "this is not text, or not in UTF-8" in refusal(
        put(tmp_path / f"a{suffix}", "# name: \u00e4\n1".encode("latin-1"))
    )


def test_byte_order_mark(tmp_path):
    assert load_filters(put(tmp_path / "a.csv", b"\xef\xbb\xbf1,2\n3,4")).weights.tolist() == [[[[1, 2], [3, 4]]]]


def test_long_texts(tmp_path, monkeypatch):
    monkeypatch.setattr(common, "MAX_CHARACTERS", 20)
    assert "too long for text" in refusal(put(tmp_path / "a.txt", "1 " * 11))
    with pytest.raises(UnwritableFileError, match="too many numbers for text"):
        save_filters(some_bank(), tmp_path / "b.csv")
    assert not (tmp_path / "b.csv").exists()


def test_unknown_suffix(tmp_path):
    assert "is no filter file" in refusal(put(tmp_path / "a.dat", "1 2"))
    with pytest.raises(UnwritableFileError, match=r"must end in \.json, \.npy"):
        save_filters(some_bank(), tmp_path / "b.dat")
    with pytest.raises(UnwritableFileError, match=r"b\.json was not saved: its name must end in \.txt"):
        save_filters(some_bank(), tmp_path / "b.json", format="imagej")
    with pytest.raises(InvalidValueError, match="the format is one of json"):
        save_filters(some_bank(), tmp_path / "b.json", format="xml")
    assert [path.name for path in tmp_path.iterdir()] == ["a.dat"]


def test_suffixes_in_capitals(tmp_path):
    save_filters(some_bank(), tmp_path / "A.JSON")
    assert same_bits(load_filters(str(tmp_path / "A.JSON")), some_bank())


# --- saving ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", ALL)
def test_a_failed_save_keeps_the_old_file(tmp_path, suffix, monkeypatch):
    path = tmp_path / f"a{suffix}"
    save_filters(some_bank(), path)
    before = path.read_bytes()

    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(UnwritableFileError, match="the disk is full"):
        save_filters(FilterBank.from_arrays(np.ones((1, 1, 3, 3))), path)
    assert path.read_bytes() == before
    assert len(list(tmp_path.iterdir())) == 1


def test_overwriting_is_a_choice(tmp_path):
    path = put(tmp_path / "a.json", b"precious")
    with pytest.raises(UnwritableFileError, match="already exists"):
        save_filters(some_bank(), path, overwrite=False)
    assert path.read_bytes() == b"precious"
    save_filters(some_bank(), path)
    assert same_bits(load_filters(path), some_bank())


@pytest.mark.parametrize(
    ("bank", "message"),
    [
        (FilterBank(()), "there are no filters to save"),
        (FilterBank.from_arrays(np.zeros((1, 1, 64, 3))), "kernels larger than"),
        (FilterBank((Filter([[1]], name="x" * 1001),)), "longer than 1000"),
        (FilterBank((Filter([[1]], name="\udc80"),)), "not valid text"),
    ],
)
@pytest.mark.parametrize("suffix", ALL)
def test_what_could_not_be_read_again_is_not_written(tmp_path, bank, message, suffix):
    with pytest.raises(UnwritableFileError, match=message):
        save_filters(bank, tmp_path / f"a{suffix}")
    assert not list(tmp_path.iterdir())
