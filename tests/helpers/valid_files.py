"""Valid files of every format that the program reads, small ones; for tests and tests/bench that spoil them."""

from __future__ import annotations

import gzip
import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import tifffile
from PIL import Image as PILImage

from convexplorer.core.learn.datasets import Dataset, Examples
from convexplorer.core.learn.run import begin_training, capture_run
from convexplorer.core.model.filters import Filter, FilterBank
from convexplorer.core.model.images import Image, Preparation
from convexplorer.core.model.layers import ConvLayer, PoolLayer
from convexplorer.core.project.project import Project
from convexplorer.core.project.training_run import Plan
from convexplorer.core.project.training_settings import TrainingSettings
from convexplorer.io.datasets.load import load_dataset
from convexplorer.io.files.locks import FileLock
from convexplorer.io.filters.load_save import FORMATS, load_filters, save_filters
from convexplorer.io.filters.stacks import STACK_SUFFIXES, read_stack_or_filters, save_stack
from convexplorer.io.images.load import load_image
from convexplorer.io.sessions.journal import Journal, Note
from convexplorer.io.sessions.load_save import Session, ViewState, load_session, save_session
from convexplorer.io.sessions.parts import image as session_image
from tests.helpers.picture_files import sgi


@dataclass(frozen=True)
class Sample:
    """Files in one folder, of which one is opened.

    Parameters
    ----------
    loader : str
        Key of `LOADERS`.
    entry : str
        Name of the file that is opened.
    files : dict of str to bytes
        All files by name.
    """

    loader: str
    entry: str
    files: dict[str, bytes]

    def with_file(self, name: str, data: bytes) -> Sample:
        return replace(self, files={**self.files, name: data})


def _load_journal(path: Path) -> Session:
    return Journal(path.parent, FileLock(path.parent / "lock")).load()


LOADERS: dict[str, Callable[[Path], Any]] = {
    "image": load_image,
    "filters": load_filters,
    "filters as HWIO": partial(load_filters, layout="HWIO"),
    "layers": read_stack_or_filters,
    "dataset": load_dataset,
    "session": load_session,
    "journal": _load_journal,
}


# --- valid files -------------------------------------------------------------------------------------------------


def samples() -> list[Sample]:
    """One or more files of every format that the program reads."""
    return [*_images(), *_tiffs(), *_filters(), *_stacks(), *_datasets(), *_sessions()]


RNG = np.random.default_rng(7)
RGBA = RNG.integers(0, 256, (19, 26, 4), np.uint8)
RGB, GREY = RGBA[..., :3].copy(), RGBA[..., 0].copy()
DEEP = RNG.integers(0, 65536, (19, 26, 4), np.uint16)
SMOOTH = np.stack(np.meshgrid(np.arange(48), np.arange(40)), -1)[..., [0, 1, 0]].astype(np.uint8) * 5
_KINDS = {"jpg": "JPEG", "tif": "TIFF", "jp2": "JPEG2000", "j2k": "JPEG2000", "pgm": "PPM", "pbm": "PPM"}


def _picture(name: str, array: np.ndarray, mode: str = "", **options: Any) -> Sample:
    picture, suffix, file = PILImage.fromarray(array), Path(name).suffix[1:], BytesIO()
    (picture.convert(mode) if mode else picture).save(file, _KINDS.get(suffix, suffix), **options)
    return Sample("image", name, {name: file.getvalue()})


def _images() -> Iterator[Sample]:
    frames = {"save_all": True, "append_images": [PILImage.fromarray(RGB[::-1].copy())]}
    rotated = PILImage.Exif()
    rotated[0x0112] = 6
    yield _picture("rgb.png", RGB)
    yield _picture("rgba.png", RGBA)
    yield _picture("palette.png", RGB, "P")
    yield _picture("bits.png", GREY, "1")
    yield _picture("grey16.png", DEEP[..., 0])
    yield Sample("image", "rgb16.png", {"rgb16.png": _deep_png(DEEP[..., :3])})
    yield _picture("two.png", RGB, **frames)
    yield _picture("rgb.jpg", SMOOTH, quality=80)
    yield _picture("progressive.jpg", SMOOTH, progressive=True)
    yield _picture("grey.jpg", GREY, exif=rotated)
    yield _picture("cmyk.jpg", SMOOTH, "CMYK")
    yield _picture("rgb.bmp", RGB)
    yield _picture("palette.bmp", RGB, "P")
    yield _picture("one.gif", RGB)
    yield _picture("two.gif", RGB, **frames)
    yield _picture("lossy.webp", SMOOTH)
    yield _picture("alpha.webp", RGBA, lossless=True)
    yield _picture("two.webp", RGB, **frames)
    yield _picture("rgb.avif", SMOOTH)
    yield _picture("rgb.jp2", RGB)
    yield _picture("grey16.j2k", DEEP[..., 0])
    yield _picture("rgb.ppm", RGB)
    yield _picture("grey16.pgm", DEEP[..., 0].astype(np.int32))
    yield _picture("bits.pbm", GREY, "1")
    plain = "P2 7 3 # comment\n255\n" + " ".join(map(str, GREY[:3, :7].ravel())) + "\n"
    yield Sample("image", "plain.pgm", {"plain.pgm": plain.encode()})
    yield Sample("image", "grey.pfm", {"grey.pfm": b"Pf\n26 19\n-1.0\n" + DEEP[..., 0].astype("<f4").tobytes()})
    yield Sample("image", "rgb16.ppm", {"rgb16.ppm": b"P6 26 19 65535\n" + DEEP[..., :3].astype(">u2").tobytes()})
    pam = b"P7\nWIDTH 26\nHEIGHT 19\nDEPTH 4\nMAXVAL 255\nTUPLTYPE RGB_ALPHA\nENDHDR\n"
    yield Sample("image", "rgba.pam", {"rgba.pam": pam + RGBA.tobytes()})
    yield Sample("image", "deep.sgi", {"deep.sgi": sgi(DEEP, 2, packed=True)})
    yield _picture("rgba.qoi", RGBA)
    yield _picture("rgb.sgi", RGB)


def _tiffs() -> Iterator[Sample]:
    def tiff(name: str, array: np.ndarray, **options: Any) -> Sample:
        file = BytesIO()
        photometric = "rgb" if array.shape[-1] in (3, 4) else "minisblack"
        tifffile.imwrite(file, array, photometric=photometric, metadata=None, **options)
        return Sample("image", name, {name: file.getvalue()})

    predicted = {"compression": "tiff_adobe_deflate", "tiffinfo": {317: 3}}
    yield _picture("rgb.tif", RGB)
    yield _picture("lzw.tif", RGB, compression="tiff_lzw")
    yield _picture("jpeg.tif", SMOOTH, compression="jpeg")
    yield _picture("fax.tif", GREY, "1", compression="group4")
    yield _picture("cmyk.tif", RGB, "CMYK")
    yield _picture("palette.tif", RGB, "P", compression="tiff_adobe_deflate")
    yield _picture("predicted.tif", DEEP[..., 0] / np.float32(9e4), **predicted)
    yield tiff("deep.tif", DEEP[..., :3])
    yield tiff("big-endian.tif", DEEP, byteorder=">")
    yield tiff("bigtiff.tif", DEEP[..., 0], bigtiff=True)
    yield tiff("deflate.tif", DEEP[..., :3], compression="zlib", predictor=True, rowsperstrip=5)
    yield tiff("deflate8.tif", RGB, compression="zlib")
    yield tiff("tiles.tif", DEEP[..., :3], tile=(16, 16))
    yield tiff("float.tif", (DEEP[..., :3] / 3e4).astype(np.float32), compression="zlib")
    yield tiff("signed.tif", DEEP[..., 0].astype(np.int16))


def _deep_png(array: np.ndarray) -> bytes:
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in array)
    header = struct.pack(">IIBBBBB", array.shape[1], array.shape[0], 16, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(png_chunk(kind, data) for kind, data in chunks)


def png_chunk(kind: bytes, data: bytes) -> bytes:
    """A chunk with its length and checksum."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(data, zlib.crc32(kind)))


def _filters() -> Iterator[Sample]:
    rng = np.random.default_rng(8)
    bank = FilterBank.from_arrays(rng.normal(size=(3, 3, 4, 5)), [0.5, -1e-3, 0], ["Edge", "이름", 'a "b", c: 1'])
    with TemporaryDirectory() as folder:
        for key, one in FORMATS.items():
            path = Path(folder) / f"{key}{one.suffix}"
            save_filters(FilterBank((Filter(np.eye(3)),)) if key == "imagej" else bank, path, format=key)
            for loader in ("filters", "filters as HWIO"):
                yield Sample(loader, path.name, {path.name: path.read_bytes()})
    arrays = {"column.npy": np.asfortranarray(bank.weights), "bytes.npy": np.eye(3, dtype=np.uint8)}
    for name, array in arrays.items():
        file = BytesIO()
        np.save(file, array)
        yield Sample("filters", name, {name: file.getvalue()})
    file = BytesIO()
    np.savez_compressed(file, weights=bank.weights.astype(">f8"), bias=bank.bias)
    yield Sample("filters", "packed.npz", {"packed.npz": file.getvalue()})
    block = "# a comment\n1\t-2,5\t3e-2\n0\t1\t−1\n\n1\t2\t3\n4\t5\t6\n"
    yield Sample("filters", "pasted.tsv", {"pasted.tsv": block.encode()})
    yield Sample(
        "filters", "printed.txt", {"printed.txt": b"array([[[1., 0.5],\n        [2., -1.]]], dtype=float32)\n"}
    )


def _layers() -> tuple[ConvLayer | PoolLayer, ...]:
    rng = np.random.default_rng(9)
    first = FilterBank((Filter(rng.normal(size=(3, 3, 3)), 0.5, "Kante"), Filter(np.ones((3, 3, 3)), enabled=False)))
    second = FilterBank((Filter(rng.normal(size=(2, 2, 3)), -0.25, "after"),))
    return ConvLayer(first, padding=1, muted=frozenset({1})), PoolLayer(), ConvLayer(second, activation="none")


def _stacks() -> Iterator[Sample]:
    with TemporaryDirectory() as folder:
        for suffix in STACK_SUFFIXES:
            path = Path(folder) / f"stack{suffix}"
            save_stack(_layers(), path)
            yield Sample("layers", path.name, {path.name: path.read_bytes()})


def _datasets() -> Iterator[Sample]:
    rng = np.random.default_rng(10)
    images, labels = rng.integers(0, 256, (8, 6, 6), np.uint8), np.arange(8, dtype=np.uint8) % 3
    file = BytesIO()
    np.savez(file, x_train=images, y_train=labels, x_test=images[:4], y_test=labels[:4])
    yield Sample("dataset", "parts.npz", {"parts.npz": file.getvalue()})
    file = BytesIO()
    np.savez_compressed(file, images=images / 255, labels=np.eye(3)[labels])
    yield Sample("dataset", "whole.npz", {"whole.npz": file.getvalue()})
    pictures = b"\0\0\x08\3" + struct.pack(">III", *images.shape) + images.tobytes()
    classes = b"\0\0\x08\1" + struct.pack(">I", len(labels)) + labels.tobytes()
    names = "train-images-idx3-ubyte", "train-labels-idx1-ubyte"
    yield Sample("dataset", names[0], dict(zip(names, (pictures, classes), strict=True)))
    packed = {f"{name}.gz": gzip.compress(data) for name, data in zip(names, (pictures, classes), strict=True)}
    yield Sample("dataset", f"{names[0]}.gz", packed)
    records = np.concatenate([labels[:, None], rng.integers(0, 256, (8, 3072), np.uint8)], axis=1)
    yield Sample("dataset", "data_batch_1.bin", {"data_batch_1.bin": records.tobytes()})


def _trained() -> Project:
    """A project with a short training run."""
    images, labels = np.random.default_rng(5).integers(0, 255, (12, 1, 9, 8), np.uint8), np.arange(12) % 2
    data = Dataset("mine", ("a", "b"), Examples(images[:8], labels[:8]), Examples(images[8:], labels[8:]))
    layers = (ConvLayer(FilterBank.from_arrays(np.eye(3)[np.newaxis])), PoolLayer())
    plan = Plan("digits", TrainingSettings(batch=3), (4,), layers)
    training = begin_training(plan, data)
    training.network.freeze((frozenset({0}),))
    for _ in range(4):
        training.advance()
    return Project(layers, training=capture_run(training, plan))


def _sessions() -> Iterator[Sample]:
    rng = np.random.default_rng(11)
    view = ViewState("viridis", "", (-1.5, 2.25), True, 3.7, (0.25, 0.75), "flipped", 1, (1, 0), (5, 6))
    pixels = rng.integers(0, 256, (20, 30, 3), np.uint8)
    project = Project(_layers(), Image(pixels, "photo"), Preparation(grey=False, scale=0.5), 1)
    with TemporaryDirectory() as name:
        folder = Path(name)
        inside = folder / "inside.cvx"
        save_session(inside, Session(project, view))
        yield Sample("session", inside.name, {inside.name: inside.read_bytes()})
        trained = folder / "trained.cvx"
        save_session(trained, Session(_trained()))
        yield Sample("session", trained.name, {trained.name: trained.read_bytes()})
        photo, linked = folder / "photo.png", folder / "linked.cvx"
        PILImage.fromarray(pixels).save(photo)
        limit, session_image.EMBEDDED_UP_TO = session_image.EMBEDDED_UP_TO, 0
        try:
            save_session(linked, Session(replace(project, image=load_image(photo))))
        finally:
            session_image.EMBEDDED_UP_TO = limit
        yield Sample("session", linked.name, {one.name: one.read_bytes() for one in (linked, photo)})
        journal = Journal.create(folder / "journals")
        journal.write(Session(project, view), Note("photo", 3, "2024-05-06T07:08:09"))
        journal.leave()
        files = {one.name: one.read_bytes() for one in journal.folder.iterdir() if one.name != "lock"}
        yield Sample("journal", "manifest.json", files)
