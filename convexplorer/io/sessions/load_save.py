"""Saves and loads sessions: a whole project in one file.

A session (``.cvx``) is a zip of stored entries: ``manifest.json`` and raw little-endian arrays that it describes by
type, shape and SHA-256. ::

    {
     "format": "convexplorer-session", "version": "1.3", "app": "0.1.0", "requires": [],
     "arrays": {"image": {"dtype": "|u1", "shape": [1080, 1920, 3], "sha256": "…"},
                "layers/0/weights": …, "layers/0/bias": …},
     "project": {
      "image": {"name": "Motorcycle", "sample": "motorcycle", "notes": [], "pixels": "image"},
      "preparation": {"grey": true, "grey_method": "rec601", "scale": 0.3, "unit_range": true},
      "layers": [{"kind": "conv", "filters": [{"name": "Filter 1", "enabled": true}, …],
                  "weights": "layers/0/weights", "bias": "layers/0/bias", "stride": 1, "padding": "valid",
                  "dilation": 1, "activation": "relu", "muted": [], "enabled": true},
                 {"kind": "pool", "pooling": "max", "size": 2, "stride": 2, "enabled": true}],
      "current": 0
     },
     "training": {…},
     "view": {…}
    }

A large picture may be linked instead (``"link": {"path": "photo.tif", "bytes": …, "sha256": "…", "shape": […]}``):
a file in the session's folder or below, which is opened only if it is still the same. Maps are never kept.

A newer minor version adds fields and arrays; they are kept on saving. What must not be ignored it names in
``requires``. Version 1.1 added stacks of several layers, poolings, and whether a layer is on; 1.0 shows one layer, and
refuses the first two by itself. Version 1.2 added ``training`` (`parts.training`).
Version 1.3 added ``grey_method``: what grey is made of. Sessions before it mean ``rec709``, which was all there was; a
program before it shows that, and keeps what the session says.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from convexplorer import __version__
from convexplorer.core.project.project import Project
from convexplorer.core.runtime.types import ShouldStop, never
from convexplorer.errors import InvalidValueError, UnreadableFileError, UnwritableFileError
from convexplorer.io.files.atomic import atomic_file
from convexplorer.io.files.reading import open_for_reading
from convexplorer.io.filters.manifest_fields import (
    FEATURES,
    FORMAT,
    Json,
    Section,
    Unknown,
    check_version,
    unknown_fields,
)
from convexplorer.io.sessions.parts.archive import open_archive, write_archive
from convexplorer.io.sessions.parts.arrays import ArrayPart, Arrays, declare
from convexplorer.io.sessions.parts.image import PATH as IMAGE_PATH
from convexplorer.io.sessions.parts.project import decode_project, encode_project
from convexplorer.io.sessions.parts.view import ViewState, decode_view, encode_view

__all__ = ["SESSION_SUFFIX", "Session", "Unknown", "ViewState", "is_session_file", "load_session", "save_session"]

SESSION_SUFFIX = ".cvx"


@dataclass(frozen=True, eq=False)
class Session:
    """What a session file holds.

    Parameters
    ----------
    project : Project
        What was explored.
    view : ViewState or None
        How it was looked at.
    unknown : Unknown
        What a newer version wrote, to be written again.
    missing : UnreadableFileError or None
        Why the project comes without the picture it was saved with; only a picture beside the session can be missing.
    """

    project: Project
    view: ViewState | None = None
    unknown: Unknown = field(default_factory=Unknown)
    missing: UnreadableFileError | None = None


def is_session_file(path: str | os.PathLike[str]) -> bool:
    """Whether a name is that of a session; the file is not opened."""
    return Path(path).suffix.lower() == SESSION_SUFFIX


def save_session(
    path: str | os.PathLike[str],
    session: Session,
    *,
    overwrite: bool = True,
    should_stop: ShouldStop = never,
    embed_up_to: int | None = None,
) -> None:
    """Write a session, whole or not at all; the same session always gives the same bytes.

    A picture of more than `embed_up_to` whose file lies in the folder of the session or below is linked, any other is
    kept inside.

    Parameters
    ----------
    path : path-like
        The file; its name ends in `SESSION_SUFFIX`.
    session : Session
        What to write.
    overwrite : bool
        Whether an existing file is replaced.
    should_stop : callable
        Asked now and then.
    embed_up_to : int, optional
        Bytes of pixels; 64 MB unless given.

    Raises
    ------
    UnwritableFileError
        If the file cannot be written; what stood there is intact.
    CancelledError
        If `should_stop` said so; likewise.
    """
    path = Path(path)
    if not is_session_file(path):
        raise UnwritableFileError(
            "{file} was not saved: its name must end in {suffix}", file=path.name, suffix=SESSION_SUFFIX
        )
    try:
        manifest, parts = encode(session, path.parent, should_stop, embed_up_to=embed_up_to)
        with atomic_file(path, overwrite=overwrite) as file:
            write_archive(file, manifest, parts, should_stop)
    except InvalidValueError as error:
        raise UnwritableFileError("{file} was not saved: {problem}", file=path.name, problem=error) from error


def load_session(path: str | os.PathLike[str], should_stop: ShouldStop = never) -> Session:
    """Read a session.

    Nothing in it is run, and no file is opened besides it but the picture it links to, if that lies in the same
    folder or below and has not changed. Names, counts, sizes, types and shapes are judged before memory is taken.

    Parameters
    ----------
    path : path-like
        The file.
    should_stop : callable
        Asked now and then.

    Returns
    -------
    Session
        If the linked picture is missing or another, without picture: see `Session.missing`.

    Raises
    ------
    UnreadableFileError
        If it is no session, damaged, or of a version that this one cannot read.
    CancelledError
        If `should_stop` said so.
    """
    path = Path(path)
    with open_for_reading(path) as file, open_archive(file) as (manifest, arrays):
        return decode(manifest, arrays, path.parent, should_stop)


def encode(
    session: Session,
    folder: Path | None,
    should_stop: ShouldStop = never,
    added: Mapping[str, object] | None = None,
    embed_up_to: int | None = None,
) -> tuple[Json, dict[str, ArrayPart]]:
    """Make the manifest and the arrays of a session.

    Parameters
    ----------
    session : Session
        What to describe.
    folder : Path or None
        Where it will lie; None keeps every picture inside.
    should_stop : callable
        Asked now and then.
    added : mapping, optional
        More fields for the manifest.
    embed_up_to : int, optional
        As for `save_session`.
    """
    unknown = session.unknown
    project, parts = encode_project(session.project, unknown, folder, should_stop, embed_up_to)
    parts = {**{name: ArrayPart.of(array) for name, array in unknown.arrays.items()}, **parts}
    fields: Json = {}
    if session.project.training is not None:
        from convexplorer.io.sessions.parts.training import encode_training

        fields["training"], arrays = encode_training(session.project.training, unknown)
        parts |= arrays
    fields |= {
        "format": FORMAT,
        "version": unknown.version,
        "app": __version__,
        "requires": sorted(FEATURES),
        "arrays": declare(parts),
        "project": project,
        **(added or {}),
    }
    if session.view is not None:
        fields["view"] = unknown.with_unknown("view", encode_view(session.view))
    return unknown.with_unknown("", fields), parts


def decode(manifest: Section, arrays: Arrays, folder: Path, should_stop: ShouldStop = never) -> Session:
    """Make a session of its manifest, from which the arrays' descriptions have been taken, and its arrays.

    Raises
    ------
    InvalidValueError
        If it makes no sense, or is of a version that this one cannot read.
    """
    version = check_version(manifest)
    manifest.take("app", str, "")
    section = manifest.section("project")
    project, missing, sections = decode_project(section, arrays, folder, should_stop)
    if manifest.has("training"):
        # Most sessions have none, and what reads it takes time to load.
        from convexplorer.io.sessions.parts.training import decode_training

        run, found = decode_training(manifest.section("training"), arrays)
        project = replace(project, training=run)
        sections += found
    view = None
    if manifest.has("view"):
        shown = manifest.section("view")
        view = decode_view(shown)
        sections.append(shown)
    fields = unknown_fields([manifest, *sections])
    pictured = project.image if any(path.startswith(IMAGE_PATH) for path in fields) else None
    unknown = Unknown(version, fields, arrays.rest(), pictured)
    return Session(project, view, unknown, missing)
