"""Files of every kind that the program reads which are not what they should be, and ways to make them."""

from __future__ import annotations

import gzip
import json
import os
import pickle
import struct
import warnings
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np

from tests.helpers.valid_files import samples

SUFFIXES = {
    "image": (".png", ".jpg", ".tif", ".webp"),
    "filters": (".json", ".npy", ".npz", ".csv", ".tsv", ".txt", ".safetensors"),
    "layers": (".json", ".safetensors"),
    "session": (".cvx",),
    "dataset": (".npz", "-idx3-ubyte", "-idx3-ubyte.gz", ".bin"),
}
"""Of each kind of file, by the keys of `LOADERS`."""


class Evil:
    """What runs a program when it is unpickled."""

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, ("unpickled",)


EVIL = np.array([Evil()], dtype=object)
FILTERS = {
    "format": "convexplorer-filters",
    "version": "1.0",
    "filters": [{"name": "a", "bias": 0, "weights": [[1, 2], [3, 4]]}],
}
CONV = {"kind": "conv", "filters": [{"weights": [[1]]}]}
DEEP = {"kind": "conv", "filters": [{"weights": [[[1]], [[1]]]}]}


@dataclass(frozen=True)
class Case:
    """A file, and what is wrong with it; `make` gives its bytes or puts something at its path."""

    loader: str
    name: str
    make: bytes | Callable[[Path], object]

    def put(self, folder: Path) -> Path:
        folder.mkdir()
        path = folder / self.name
        if isinstance(self.make, bytes):
            path.write_bytes(self.make)
        else:
            self.make(path)
        return path


# --- contents ----------------------------------------------------------------------------------------------------


def npy(array: np.ndarray) -> bytes:
    file = BytesIO()
    np.save(file, array, allow_pickle=True)
    return file.getvalue()


def npz(**arrays: np.ndarray) -> bytes:
    file = BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


def npy_header(shape: str, dtype: str = "<f4") -> bytes:
    header = f"{{'descr': '{dtype}', 'fortran_order': False, 'shape': {shape}, }}\n".encode()
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header


def archive(*entries: tuple[str, bytes], packed: bool = False) -> bytes:
    file = BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED) as made:
        for name, data in entries:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                made.writestr(name, data)
    return file.getvalue()


def as_json(**fields: Any) -> bytes:
    return json.dumps({**FILTERS, **fields}).encode()


def stack(*layers: dict[str, Any], **fields: Any) -> bytes:
    return json.dumps({"format": "convexplorer-stack", "version": "1.0", "layers": layers, **fields}).encode()


def tensors(header: dict[str, Any] | bytes, data: bytes = b"") -> bytes:
    text = json.dumps(header).encode() if isinstance(header, dict) else header
    return struct.pack("<Q", len(text)) + text + data


def tensor(shape: list[int], end: int, start: int = 0, dtype: str = "F32") -> dict[str, Any]:
    return {"dtype": dtype, "shape": shape, "data_offsets": [start, end]}


def idx(kind: int, *shape: int) -> bytes:
    return struct.pack(">BBBB", 0, 0, kind, len(shape)) + b"".join(struct.pack(">I", one) for one in shape)


# --- cases -------------------------------------------------------------------------------------------------------


def of_any_kind() -> Iterator[Case]:
    """What can be wrong with every file."""
    picture = next(one for one in samples() if one.entry == "rgb.png").files["rgb.png"]
    unlike = {"image": as_json(), "filters": picture, "layers": picture, "session": picture, "dataset": picture}
    places: list[Callable[[Path], object]] = [
        lambda _path: None,
        Path.mkdir,
        lambda path: path.symlink_to(path),
        lambda path: path.symlink_to(path.with_name("nothing")),
        lambda path: path.symlink_to("/dev/zero"),
        lambda path: path.symlink_to("/dev/tty"),
        os.mkfifo,
    ]
    for loader, suffixes in SUFFIXES.items():
        for suffix in suffixes:
            contents = (b"", b"hello world\n" * 5, bytes(1000), unlike[loader], pickle.dumps(EVIL), b"PK\3\4" * 50)
            for make in (*contents, *places):
                yield Case(loader, f"file{suffix}", make)
            for name in ("a\nb", "x" * 200, "\udcff\udc80", "\u202egnp", "%s{file}{0}"):
                yield Case(loader, f"{name}{suffix}", b"\1\2\3")
    for one in samples():
        if one.loader in SUFFIXES:
            data = one.files[one.entry]
            for cut in (len(data) // 3, len(data) // 2, len(data) - 20):
                yield Case(one.loader, one.entry, data[: max(1, cut)])


def of_filters() -> Iterator[Case]:
    """What can be wrong with numbers and their descriptions."""
    whole, weights = as_json(), npy(np.zeros((3, 3)))
    for text in (
        *(as_json(version="2.0"), as_json(version=3), as_json(format="x"), as_json(filters=[]), b"[1]", b"{}"),
        *(as_json(filters=[{"weights": one}]) for one in ([[1, "a"]], [[1, 2], [3]], [[1e39]], [[0] * 70] * 70)),
        *(as_json(filters=[{"weights": [[1]]}] * 5000), as_json(filters=[{"bias": "x", "weights": [[1]]}])),
        as_json(filters=[{"weights": [[1]]}, {"weights": [[1, 2]]}]),
        *(whole.replace(b"1, 2", new) for new in (b"NaN, 2", b"1e999, 2", b"1" * 5000 + b", 2")),
        *(whole.replace(b'"bias": 0', b'"bias": 0, "bias": 1'), b"[" * 100_000, b'{"a":' * 5000, b"\xff\xfe" + whole),
    ):
        yield Case("filters", "edges.json", text)
        yield Case("layers", "edges.json", text)
    for array in (
        *(EVIL, np.array(["a"]), np.zeros(5), np.zeros((2, 3, 3, 3, 3)), np.zeros((0, 3, 3)), np.zeros((5000, 3, 3))),
        *(np.full((3, 3), np.nan), np.full((2, 2), 1e300), np.zeros((3, 3), complex), np.zeros(3, [("a", "f4")])),
    ):
        yield Case("filters", "edges.npy", npy(array))
    for shape in ("(100000, 100000)", "(64, 3, 5, 5)", "(2, 3", "(-1, 3)"):
        yield Case("filters", "edges.npy", npy_header(shape))
    for data in (
        *(npz(weights=EVIL), npz(a=np.eye(3), b=np.eye(3)), npz(weights=np.ones((2, 3, 3)), bias=np.zeros(5))),
        *(archive(("weights.npy", b"x")), archive(("weights.npy", weights), ("weights.npy", weights)), archive()),
        *(archive(("weights.npy", bytes(50_000_000)), packed=True), archive(*((f"{i}.npy", b"") for i in range(9000)))),
    ):
        yield Case("filters", "edges.npz", data)
    for data in (
        *(b"1 2\n3\n", b"1 a\n3 4\n", b"nan 1\n1 1\n", b"1e999 1\n1 1\n", b"1 2\n\n1 2 3\n", b"\xff\xfe1\0", b"# x\n"),
        *(b"1 " * 1_000_000, (b"1 2\n1 2\n\n") * 6000, b"1 2\n[3 4"),
    ):
        yield Case("filters", "edges.csv", data)
    for header, data in (
        *((b"{" * 10, b""), ({}, b""), ({"w": tensor([3, 3], 36)}, b""), (b'{"a": 1, "a": 2}', b"")),
        *(({"w": tensor([3, 3], 9, dtype="F8")}, bytes(9)), ({"w": tensor([10**5, 10**5], 4)}, bytes(4))),
        *(({"w": tensor([1, 1, 2, 2], 16)}, np.full(4, np.nan, "<f4").tobytes()), ({"w": tensor([7], 28)}, bytes(28))),
        *(
            ({"w": tensor([2, 2], 20, 4)}, bytes(20)),
            ({"a": tensor([2, 2], 16), "b": tensor([2, 2], 32, 16)}, bytes(32)),
        ),
    ):
        yield Case("filters", "edges.safetensors", tensors(header, data))
        yield Case("layers", "edges.safetensors", tensors(header, data))
    yield Case("filters", "edges.safetensors", struct.pack("<Q", 2**62) + b"{}")


def of_others() -> Iterator[Case]:
    """Stacks of layers and data sets."""
    relu: dict[str, Any] = {
        "stride": 1,
        "padding": 0,
        "dilation": 1,
        "activation": "relu",
        "muted": [],
        "enabled": True,
    }
    for layers in (
        *([], [{"kind": "x"}], [{"kind": "pool", "size": 0}], [{**CONV, **relu, "stride": -1}], [CONV]),
        *([{**CONV, **relu, "stride": 10**30}], [{**DEEP, **relu}], [{**CONV, **relu}, {**DEEP, **relu}]),
    ):
        yield Case("layers", "net.json", stack(*layers))
    yield Case("layers", "net.json", stack({**CONV, **relu}, version="9.0"))

    def beside(images: bytes, labels: bytes) -> Callable[[Path], object]:
        def put(path: Path) -> None:
            packed = gzip.compress if path.suffix == ".gz" else bytes
            path.write_bytes(packed(images))
            name = path.name.replace("images-idx3", "labels-idx1")
            path.with_name(name).write_bytes(packed(labels))

        return put

    few, labels = idx(8, 10, 6, 6) + bytes(360), idx(8, 10) + bytes(range(5)) * 2
    for suffix in ("", ".gz"):
        name = f"train-images-idx3-ubyte{suffix}"
        yield Case("dataset", name, few)
        for images in (idx(8, 2**31, 60_000, 60_000), idx(99, 10, 6, 6) + bytes(360), few[:-5], few + b"x", labels):
            yield Case("dataset", name, beside(images, labels))
        for wrong in (idx(8, 5) + bytes(5), idx(8, 10) + bytes(10), few):
            yield Case("dataset", name, beside(few, wrong))
    yield Case("dataset", "train-images-idx3-ubyte.gz", beside(idx(8, 10, 6, 6) + bytes(100_000_000), labels))
    x, y = np.zeros((4, 6, 6)), np.array([0, 1, 0, 1])
    for arrays in (
        *({"x": EVIL, "y": y}, {"x": x}, {"x": x, "y": np.zeros(5)}, {"x": x * np.nan, "y": y}, {"x": x[0], "y": y}),
        *({"x": x, "y": y / 3}, {"x": x, "y": y * 0}, {"x": x, "y": y * 10**9}, {"x": x, "y": np.array(["a"] * 4)}),
    ):
        yield Case("dataset", "data.npz", npz(**arrays))
    for data in (bytes(3073 * 2 + 5), b"\xff" * 3073 * 3):
        yield Case("dataset", "data.bin", data)


def cases() -> list[Case]:
    return [*of_any_kind(), *of_filters(), *of_others()]
