"""Converts a project to manifest fields and arrays, and back."""

from __future__ import annotations

from pathlib import Path
from typing import cast

from convexplorer.core.model.images import Image, Preparation
from convexplorer.core.model.preparation import GreyMethod
from convexplorer.core.project.project import Project
from convexplorer.core.runtime.types import ShouldStop, never
from convexplorer.errors import UnreadableFileError
from convexplorer.io.filters.manifest_fields import Json, Section, Unknown
from convexplorer.io.sessions.parts.arrays import ArrayPart, Arrays
from convexplorer.io.sessions.parts.image import decode_image, encode_image
from convexplorer.io.sessions.parts.stack import decode_stack, encode_stack

GREY_BEFORE: GreyMethod = "rec709"
"""The only grey there was up to version 1.2, whose sessions do not name it."""


def encode_project(
    project: Project,
    unknown: Unknown,
    folder: Path | None,
    should_stop: ShouldStop = never,
    embed_up_to: int | None = None,
) -> tuple[Json, dict[str, ArrayPart]]:
    """Describe a project; `folder` and `embed_up_to` as for `encode_image`."""
    parts: dict[str, ArrayPart] = {}
    fields: Json = {"image": None}
    if project.image is not None:
        fields["image"], parts = encode_image(project.image, unknown, folder, should_stop, embed_up_to)
    preparation = project.preparation
    fields["preparation"] = unknown.with_unknown(
        "project.preparation",
        {
            "grey": preparation.grey,
            "grey_method": preparation.grey_method,
            "scale": preparation.scale,
            "unit_range": preparation.unit_range,
        },
    )
    layers, arrays = encode_stack(project.layers, "project.layers", "layers", unknown)
    fields |= {"layers": layers, "current": project.shown_index}
    return unknown.with_unknown("project", fields), parts | arrays


def decode_project(
    section: Section, arrays: Arrays, folder: Path, should_stop: ShouldStop = never
) -> tuple[Project, UnreadableFileError | None, list[Section]]:
    """Take a project out of a manifest.

    Returns
    -------
    Project
        Without a picture if there was none, or the one beside the session is missing or another.
    UnreadableFileError or None
        Why the picture beside the session could not be taken.
    list of Section
        All sections; what is left in them is unknown.

    Raises
    ------
    InvalidValueError
        If it makes no sense, or is beyond the limits.
    """
    sections = [section]
    image: Image | None = None
    missing = None
    if section.has("image"):
        try:
            image, found = decode_image(section.section("image"), arrays, folder, should_stop)
            sections += found
        except UnreadableFileError as error:
            missing = error
    preparation = section.section("preparation")
    sections.append(preparation)
    prepared = Preparation(
        preparation.take("grey", bool),
        preparation.take("scale", float),
        preparation.take("unit_range", bool),
        cast("GreyMethod", preparation.take("grey_method", str, GREY_BEFORE)),
    )
    made = decode_stack(section.sections("layers"), arrays, sections)
    project = Project(made, image, prepared, section.take("current", int, 0))
    if image is not None:
        prepared.size(image.height, image.width)
    return project, missing, sections
