"""Reads objects of a manifest: known fields are taken out and checked one by one, unknown ones are kept."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

from numpy.typing import NDArray

from convexplorer.core.model.images import Image
from convexplorer.errors import InvalidValueError

FORMAT = "convexplorer-session"
"""Value of the field "format" of a session."""
VERSION = "1.3"
"""Version of the format, major.minor. A minor version adds fields that older programs ignore, and keep on saving."""
FEATURES: frozenset[str] = frozenset()
"""Features that this program knows. A session lists those that a reader must not ignore."""
MAX_DEPTH = 32
"""Deepest nesting of a manifest."""
MAX_WHOLE = 2**63
"""Bound of the magnitude of whole numbers in a manifest."""

Json = dict[str, Any]
T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class Unknown:
    """Additions of a newer minor version to a session. They are kept and written again.

    Parameters
    ----------
    version : str
        The version the session had.
    fields : mapping of str to mapping
        Fields by the path of the object they stand in.
    arrays : mapping of str to ndarray
        Arrays that nothing known refers to.
    image : Image or None
        The picture that unknown fields of a picture belong to. Another picture does not get them.
    """

    version: str = VERSION
    fields: Mapping[str, Json] = field(default_factory=dict)
    arrays: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    image: Image | None = None

    def with_unknown(self, path: str, known: Json) -> Json:
        """The known fields of an object together with its unknown ones."""
        return {**self.fields.get(path, {}), **known}


class Section:
    """One object of a manifest.

    Parameters
    ----------
    value : object
        What the manifest holds there.
    path : str
        Its place in the manifest, for messages and for unknown fields.

    Raises
    ------
    InvalidValueError
        If it is not an object.
    """

    def __init__(self, value: object, path: str) -> None:
        if not isinstance(value, dict):
            raise _wrong(path)
        self.path = path
        self.rest: Json = dict(value)

    def take(self, key: str, kind: type[T], default: T | None = None) -> T:
        """Take out a field of some type, which may be missing where there is a default; a whole number is a float too.

        Raises
        ------
        InvalidValueError
            If it is missing or of another type, or a text that cannot be written as UTF-8.
        """
        value = self.rest.pop(key, default)
        if kind is float and type(value) is int:
            value = float(value)
        if type(value) is not kind or (isinstance(value, str) and not _is_text(value)):
            raise _wrong(self._at(key))
        return value

    def take_numbers(self, key: str, kind: type[T], count: int | None = None) -> tuple[T, ...]:
        """Take out a list of numbers or texts, of some length where `count` says so."""
        values = self.take(key, list)
        made = tuple(float(one) if kind is float and type(one) is int else one for one in values)
        fit = all(type(one) is kind and not (isinstance(one, str) and not _is_text(one)) for one in made)
        if (count is not None and len(made) != count) or not fit:
            raise _wrong(self._at(key))
        return cast("tuple[T, ...]", made)

    def section(self, key: str, path: str | None = None) -> Section:
        """Take out an object."""
        return Section(self.rest.pop(key, None), path or self._at(key))

    def sections(self, key: str) -> list[Section]:
        """Take out a list of objects."""
        return [Section(one, f"{self._at(key)}.{i}") for i, one in enumerate(self.take(key, list))]

    def has(self, key: str) -> bool:
        """Whether there is such a field, and it is not null; null is taken out."""
        if self.rest.get(key) is None:
            self.rest.pop(key, None)
            return False
        return True

    def _at(self, key: str) -> str:
        return f"{self.path}.{key}" if self.path else key


def unknown_fields(sections: Iterable[Section]) -> dict[str, Json]:
    """Fields that are left in sections after all known ones were taken out, by path."""
    return {section.path: section.rest for section in sections if section.rest}


def check_version(manifest: Section) -> str:
    """Take out format, version and required features; returns the version, or `VERSION` if that is newer.

    Raises
    ------
    InvalidValueError
        If another program wrote it, a later major version of this one, or one with features that this lacks.
    """
    if manifest.rest.pop("format", None) != FORMAT:
        raise InvalidValueError("this is not a session of Conv Explorer")
    version = manifest.take("version", str)
    major, point, minor = version.partition(".")
    if not (point and all(part.isascii() and part.isdecimal() and len(part) < 6 for part in (major, minor))):
        raise _wrong("version")
    known_major, _, known_minor = VERSION.partition(".")
    if int(major) > int(known_major):
        raise InvalidValueError(
            "made by a newer Conv Explorer (format {version}, this one reads {known}); please update",
            version=version,
            known=VERSION,
        )
    if int(major) < int(known_major):
        raise _wrong("version")
    lacking = sorted(set(manifest.take_numbers("requires", str)) - FEATURES)
    if lacking:
        raise InvalidValueError("it needs {features}, which this version lacks; please update", features=lacking[0])
    return version if int(minor) > int(known_minor) else VERSION


def check_tree(value: object, depth: int = MAX_DEPTH) -> None:
    """Check that a manifest can be used and written again: numbers finite and not too large, no deep nesting.

    Raises
    ------
    InvalidValueError
        If not.
    """
    if depth < 0:
        raise InvalidValueError("its manifest is nested too deeply")
    if (isinstance(value, float) and not math.isfinite(value)) or (isinstance(value, int) and abs(value) >= MAX_WHOLE):
        raise InvalidValueError("its manifest holds an impossible number")
    if isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            check_tree(one, depth - 1)


def clean(text: str) -> str:
    """A text that can be written as UTF-8; names of files need not be."""
    return text.encode("utf-8", "replace").decode()


def _is_text(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _wrong(path: str) -> InvalidValueError:
    return InvalidValueError('its field "{field}" is missing or makes no sense', field=path)
