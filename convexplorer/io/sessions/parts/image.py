"""The picture of a session: embedded, or a link to a large file beside the session."""

from __future__ import annotations

import hashlib
import os
from dataclasses import replace
from pathlib import Path

import numpy as np

from convexplorer.core.model.images import Image, check_dimensions
from convexplorer.core.runtime.types import ShouldStop, never
from convexplorer.errors import CancelledError, ConvExplorerError, InvalidValueError, UnreadableFileError
from convexplorer.io.files.reading import open_for_reading
from convexplorer.io.filters.manifest_fields import Json, Section, Unknown, clean
from convexplorer.io.sessions.parts.arrays import ArrayPart, Arrays, pixels_part

EMBEDDED_UP_TO = 64 * 2**20
"""By default, a picture of up to so many bytes is embedded even if its file lies beside the session."""

PATH = "project.image"
"""Path of the picture in a manifest."""

_PIXELS = "image"
_DTYPES = ("|u1", "<u2", "<f4")
_BLOCK = 2**20


def encode_image(
    image: Image,
    unknown: Unknown,
    folder: Path | None,
    should_stop: ShouldStop = never,
    embed_up_to: int | None = None,
) -> tuple[Json, dict[str, ArrayPart]]:
    """Describe a picture for a manifest.

    A large one is only linked if its file lies in the session's folder or below, so that the two can be moved and
    sent together, and if that file still holds these pixels. Otherwise it is kept inside, whatever its size.

    Parameters
    ----------
    image : Image
        The picture.
    unknown : Unknown
        What is kept; only the picture it came with gets fields of it.
    folder : Path or None
        Where the session will lie; None keeps the picture inside.
    should_stop : callable
        Asked now and then.
    embed_up_to : int, optional
        Bytes; `EMBEDDED_UP_TO` unless given.

    Returns
    -------
    dict, dict
        The fields, and the array they refer to, if any.
    """
    fields: Json = {"name": clean(image.name), "sample": image.sample, "notes": [clean(note) for note in image.notes]}
    link = None
    most = EMBEDDED_UP_TO if embed_up_to is None else embed_up_to
    if folder is not None and image.path is not None and image.native.nbytes > most:
        link = _link(image, image.path, folder, should_stop)
    if image is not unknown.image:
        unknown = Unknown()
    if link is not None:
        return unknown.with_unknown(PATH, {**fields, "link": unknown.with_unknown(f"{PATH}.link", link)}), {}
    return unknown.with_unknown(PATH, {**fields, "pixels": _PIXELS}), {_PIXELS: pixels_part(image)}


def decode_image(
    section: Section, arrays: Arrays, folder: Path, should_stop: ShouldStop = never
) -> tuple[Image, list[Section]]:
    """Take the picture out of a manifest.

    Returns
    -------
    Image
        The picture.
    list of Section
        All sections; what is left in them is unknown.

    Raises
    ------
    UnreadableFileError
        If the picture is a file beside the session that is not there, or not the same any more.
    InvalidValueError
        If the fields or the pixels make no sense.
    """
    name, sample = section.take("name", str), section.take("sample", str, "")
    notes = section.take_numbers("notes", str) if section.has("notes") else ()
    sections = [section]
    if section.has("link"):
        sections.append(section.section("link"))
        image = _open_linked(sections[-1], folder, should_stop)
    else:
        native = arrays.take(section.take("pixels", str), _DTYPES, _judge)
        image = Image(native.astype(native.dtype.newbyteorder("="), copy=False))
    return replace(image, name=name, sample=sample, notes=notes), sections


def _judge(shape: tuple[int, ...]) -> None:
    if len(shape) != 3 or 0 in shape or shape[2] not in (1, 3):
        raise InvalidValueError("its picture has an impossible shape")
    check_dimensions(*shape[:2])


# --- linked ------------------------------------------------------------------------------------------------------


def _link(image: Image, path: Path, folder: Path, should_stop: ShouldStop) -> Json | None:
    """What leads to a picture's file and tells whether it is the same; None if it cannot be linked."""
    from convexplorer.io.images.load import load_image

    try:
        relative = path.resolve().relative_to(folder.resolve()).as_posix()
        if _inside(relative, folder) is None:
            return None
        size, digest = _fingerprint(path, should_stop)
        again = load_image(path, should_stop)
    except CancelledError:
        raise
    except (ConvExplorerError, OSError, ValueError):
        return None
    if again.native.dtype != image.native.dtype or not np.array_equal(again.native, image.native):
        return None
    return {"path": relative, "bytes": size, "sha256": digest, "shape": list(image.native.shape)}


def _open_linked(link: Section, folder: Path, should_stop: ShouldStop) -> Image:
    """Open a linked picture, if it is the one that was saved."""
    from convexplorer.io.images.load import load_image

    relative, shape = link.take("path", str), link.take_numbers("shape", int, 3)
    size, digest = link.take("bytes", int), link.take("sha256", str)
    _judge(shape)
    path = _inside(relative, folder)
    if path is None:
        raise InvalidValueError("its picture {path} is not in the folder of the session", path=relative)
    image = None
    if _fingerprint(path, should_stop, size) == (size, digest):
        image = load_image(path, should_stop)
    if image is None or image.native.shape != shape:
        raise UnreadableFileError("{file} is not the same picture any more", file=path.name)
    return image


def _inside(relative: str, folder: Path) -> Path | None:
    """The file a relative path leads to, if that is in the folder or below; names of other systems' roots are not."""
    parts = relative.split("/")
    if any(part in ("", ".", "..") or set(part) & set("\\:\0") for part in parts):
        return None
    root = folder.resolve()
    path = root.joinpath(*parts).resolve()  # Follows links, which may lead out.
    return path if path.is_relative_to(root) else None


def _fingerprint(path: Path, should_stop: ShouldStop, expected: int | None = None) -> tuple[int, str]:
    """Size and SHA-256 of a file; one of another size than expected is not read."""
    digest = hashlib.sha256()
    with open_for_reading(path) as file:
        size = os.fstat(file.fileno()).st_size
        if expected not in (None, size):
            return size, ""
        while block := file.read(_BLOCK):
            if should_stop():
                raise CancelledError
            digest.update(block)
    return size, digest.hexdigest()
