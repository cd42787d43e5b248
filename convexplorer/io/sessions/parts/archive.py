"""The file of a session: a zip whose entries are not compressed.

`zipfile` reads and writes it. Its list of entries is checked before, because `zipfile` trusts what an archive declares.
"""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import IO

from convexplorer.core.runtime.types import ShouldStop, never
from convexplorer.errors import InvalidValueError
from convexplorer.io.arrays.archives import DAMAGED, check_directory
from convexplorer.io.arrays.strict_json import parse_json
from convexplorer.io.filters.manifest_fields import Json, Section, check_tree
from convexplorer.io.sessions.parts.arrays import ArrayPart, Arrays, take_declared

MANIFEST = "manifest.json"
MAX_MANIFEST = 4 * 2**20
"""Longest manifest in bytes."""

_LOCAL_HEADER = 30
_ENCRYPTED = 1


def manifest_bytes(manifest: Json) -> bytes:
    """A manifest as JSON with sorted names: the same one always gives the same bytes.

    Raises
    ------
    InvalidValueError
        If it is too long to be read again.
    """
    text = json.dumps(manifest, indent=1, sort_keys=True, allow_nan=False).encode("ascii")
    if len(text) > MAX_MANIFEST:
        raise InvalidValueError("the names of its filters are too long for a session")
    return text


def parse_manifest(data: bytes) -> Section:
    """Read a manifest.

    Raises
    ------
    InvalidValueError
        If it is not strict JSON, or holds what could not be written again.
    """
    if len(data) > MAX_MANIFEST:
        raise InvalidValueError("its manifest is too long")
    try:
        value = parse_json(data.decode(), parse_int=int)
    except UnicodeDecodeError as error:
        raise InvalidValueError("its manifest is not UTF-8 text") from error
    if not isinstance(value, dict):
        raise InvalidValueError("this is not a session of Conv Explorer")
    check_tree(value)
    return Section(value, "")


def write_archive(
    file: IO[bytes], manifest: Json, parts: Mapping[str, ArrayPart], should_stop: ShouldStop = never
) -> None:
    """Write manifest and arrays; the same ones always give the same bytes."""
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(_entry(MANIFEST), manifest_bytes(manifest))
        for name, part in sorted(parts.items()):
            info = _entry(name)
            info.file_size = part.data.nbytes
            with archive.open(info, "w") as member:
                part.write(member, should_stop)


@contextmanager
def open_archive(file: IO[bytes]) -> Iterator[tuple[Section, Arrays]]:
    """Give the manifest and the arrays of a session; the arrays are read while the block lasts.

    Raises
    ------
    InvalidValueError
        If it is no session, or its entries are not exactly those that the manifest describes.
    """
    check_directory(file, "this is not a session, or it is cut off")
    with _damage_told():
        archive = zipfile.ZipFile(file)
    with archive:
        entries = _check_entries(archive.infolist(), os.fstat(file.fileno()).st_size)
        if MANIFEST not in entries:
            raise InvalidValueError("this is not a session of Conv Explorer")
        if entries[MANIFEST].file_size > MAX_MANIFEST:
            raise InvalidValueError("its manifest is too long")

        def read(name: str) -> bytes:
            with _damage_told():
                return archive.read(entries[name])

        manifest = parse_manifest(read(MANIFEST))
        declared = take_declared(manifest)
        sizes = {name: entry.file_size for name, entry in entries.items() if name != MANIFEST}
        if sizes != {name: one.nbytes for name, one in declared.items()}:
            raise InvalidValueError("it is damaged: its manifest does not describe what is in it")
        yield manifest, Arrays(declared, lambda name, _: read(name))


@contextmanager
def _damage_told() -> Iterator[None]:
    try:
        yield
    except DAMAGED as error:
        raise InvalidValueError("it is damaged") from error


def _entry(name: str) -> zipfile.ZipInfo:
    """An entry whose header depends on nothing but its name: dated 1980, made on no particular system."""
    info = zipfile.ZipInfo(name)
    info.create_system = 3
    info.external_attr = 0o600 << 16
    return info


def _check_entries(infos: list[zipfile.ZipInfo], size: int) -> dict[str, zipfile.ZipInfo]:
    """Entries by name, all of them stored, one behind the other and inside the file."""
    entries = {info.filename: info for info in infos}
    if len(entries) < len(infos):
        raise InvalidValueError("it is damaged: two of its entries have one name")
    end = 0
    for info in sorted(infos, key=lambda one: one.header_offset):
        stored = info.compress_type == zipfile.ZIP_STORED and info.compress_size == info.file_size
        if not stored or info.flag_bits & _ENCRYPTED:
            raise InvalidValueError("its entries are compressed or encrypted; those of a session are not")
        if info.header_offset < end:
            raise InvalidValueError("it is damaged: its entries overlap")
        end = info.header_offset + _LOCAL_HEADER + len(info.orig_filename.encode()) + info.file_size
    if end > size:
        raise InvalidValueError("it is damaged, or cut off")
    return entries
