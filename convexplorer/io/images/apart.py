"""Decodes large pictures in another process, which can be ended at any moment.

Most decoders read a file piece by piece and can be stopped between two pieces. Others (WebP, AVIF, JPEG 2000, libtiff)
take the whole file and hold Python's lock until they are done, for seconds with a large picture. The window would
freeze, and nothing could stop them. So they run in another process. If a damaged file fills the memory or crashes the
decoder, only that process ends.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

import numpy as np

import convexplorer
from convexplorer.core.model.images import Image, check_dimensions
from convexplorer.core.runtime.types import Pixels, ShouldStop
from convexplorer.errors import CancelledError, ConvExplorerError, InvalidValueError, UnreadableFileError
from convexplorer.io.files.reading import open_for_reading
from convexplorer.io.images.decoding import open_picture
from convexplorer.io.images.kinds import kind_of
from convexplorer.io.images.load import check_size, decode_file, decoding_quietly, load_image

_AT_ONCE = ("AVIF", "JPEG2000", "TIFF", "WEBP")
_LARGE = 1_500_000
"""Pixels from which on another process pays off; starting one takes a fifth of a second."""
_POLL = 0.02
_MOST_MEMORY = 8 << 30
_DTYPES = ("|u1", "<u2", "<f4")
_COMMAND = "from convexplorer.io.images.apart import main; main()"


def load_image_apart(path: Path, should_stop: ShouldStop) -> Image:
    """Read a picture as `load_image` does, and stop within moments when told.

    Raises
    ------
    UnreadableFileError
        If it cannot be read.
    CancelledError
        If `should_stop` said so.
    """
    with open_for_reading(path) as file:
        if not sys.executable or not _is_held(file):
            return decode_file(file, path, should_stop)
        with _process(path) as process, _watch(process, should_stop) as stopped:
            answer = _read_answer(process)
            if stopped():
                raise CancelledError
        if answer is None:
            raise InvalidValueError("the picture is damaged, or too large to be decoded")
        if isinstance(answer, ConvExplorerError):
            raise answer
        pixels, notes = answer
    return Image(pixels, path.name, path.resolve(), notes=notes)


def main() -> None:
    """The program of the other process: load one picture and write it to standard output."""
    with suppress(ImportError, ValueError, OSError):  # Windows has no such limits.
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (_MOST_MEMORY, _MOST_MEMORY))
    out = sys.stdout.buffer
    try:
        image = load_image(sys.argv[1])
    except ConvExplorerError as error:
        _write_head(out, {"error": _encode_error(error)})
        return
    native = np.ascontiguousarray(image.native)
    dtype = native.dtype.newbyteorder("<")
    _write_head(out, {"dtype": dtype.str, "shape": native.shape, "notes": image.notes})
    for rows in native.astype(dtype, copy=False):
        out.write(rows.data)
    out.flush()


def _is_held(file: IO[bytes]) -> bool:
    """Whether decoding would hold Python's lock for long. If that is unknown, the file is decoded in this process."""
    try:
        with decoding_quietly():
            kind = kind_of(file)
            if kind not in _AT_ONCE:
                return False
            check_size(file, kind)
            picture = open_picture(file, kind)
            return picture.height * picture.width >= _LARGE
    except Exception:
        return False


@contextmanager
def _process(path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run the other process. It has ended when the block is left."""
    package = str(Path(convexplorer.__file__).parents[1])
    paths = os.pathsep.join(filter(None, [package, os.environ.get("PYTHONPATH")]))
    process = subprocess.Popen(  # noqa: S603 - This interpreter, and code of this program.
        [sys.executable, "-c", _COMMAND, os.fspath(path)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": paths},
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


@contextmanager
def _watch(process: subprocess.Popen[bytes], should_stop: ShouldStop) -> Iterator[Any]:
    """End a process as soon as `should_stop` says so, while this thread waits for its output; tells whether it did."""
    through = threading.Event()
    stopped = False

    def watch() -> None:
        nonlocal stopped
        while not through.wait(_POLL):
            if should_stop():
                stopped = True
                process.kill()
                return

    thread = threading.Thread(target=watch, name="decoding apart", daemon=True)
    thread.start()
    try:
        yield lambda: stopped
    finally:
        through.set()
        thread.join()


def _read_answer(process: subprocess.Popen[bytes]) -> tuple[Pixels, tuple[str, ...]] | ConvExplorerError | None:
    """Read the output of the process: pixels and notes, or an error; None if it ended too early."""
    stream = process.stdout
    if stream is None or not (line := stream.readline()).endswith(b"\n"):
        return None
    head = json.loads(line)
    if "error" in head:
        return _decode_error(head["error"])
    height, width, _ = head["shape"]
    check_dimensions(height, width)
    pixels = np.empty(head["shape"], _DTYPES[_DTYPES.index(head["dtype"])])
    view = pixels.reshape(-1).view(np.uint8).data
    place = 0
    while place < len(view):
        count = stream.readinto(view[place:])  # type: ignore[attr-defined]
        if not count:
            return None
        place += count
    return pixels.astype(pixels.dtype.newbyteorder("="), copy=False), tuple(head["notes"])


def _write_head(out: IO[bytes], head: dict[str, Any]) -> None:
    out.write(json.dumps(head).encode() + b"\n")
    out.flush()


def _encode_error(error: ConvExplorerError) -> dict[str, Any]:
    """An error as JSON: its template and values stay apart, so that it can be translated here."""
    values = {
        key: _encode_error(value) if isinstance(value, ConvExplorerError) else str(value)
        for key, value in error.values.items()
    }
    return {"template": error.template, "values": values}


def _decode_error(error: dict[str, Any]) -> ConvExplorerError:
    values = {key: _decode_error(value) if isinstance(value, dict) else value for key, value in error["values"].items()}
    return UnreadableFileError(error["template"], **values)
