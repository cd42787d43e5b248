"""``convexplorer apply``: saves the maps of many images as files."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from convexplorer.commands import Command
from convexplorer.commands.options import (
    add_layer,
    add_overwrite,
    add_threads,
    check_target,
    project_of,
    set_threads,
    tell_notes,
)
from convexplorer.commands.output import ProgressBar

if TYPE_CHECKING:
    from convexplorer.core.model.images import Image
    from convexplorer.core.project.project import Project

FORMATS = ("png", "png16", "tiff", "npy", "npz", "csv")
"""Formats of maps, as in `convexplorer.io.maps.save.MAP_FORMATS`."""
PICTURES = ("png", "png16")
"""Formats that show a map as a picture; the others hold its values."""
KEPT = 1_000_000_000
"""Most bytes of decoded images that are kept between the check and the work. Further images are decoded twice."""


def unique_stems(paths: Sequence[Path]) -> list[str]:
    """Unique names for the files of each image: ``cat``, and ``2-cat`` for a second image of that name."""
    from convexplorer.io.maps.save import safe_name

    names: list[str] = []
    taken: set[str] = set()
    for path in paths:
        name, number = safe_name(path.stem), 1
        while name.casefold() in taken:
            number += 1
            name = safe_name(f"{number}-{path.stem}")
        taken.add(name.casefold())
        names.append(name)
    return names


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("images", metavar="IMAGE", nargs="+", type=Path, help="pictures")
    parser.add_argument("--out", metavar="DIR", type=Path, required=True, help="folder for the maps; made if missing")
    add_layer(parser)
    parser.add_argument(
        "--format",
        choices=FORMATS,
        default="png",
        help="png: coloured as in the window; png16: 16-bit grey from lowest to highest value; the others hold the "
        "values themselves (default png)",
    )
    add_threads(parser)
    add_overwrite(parser)


def _run(options: argparse.Namespace) -> int:
    set_threads(options)
    project = project_of(options)
    stems = unique_stems(options.images)
    if not options.overwrite:
        for stem in stems:
            for path in _targets(project, options.out, stem, options.format):
                check_target(path, overwrite=False)
    with ProgressBar("reading pictures"):
        images, notes = _decode_all(project, options.images)
    for path, some in notes.items():
        tell_notes(path, some)
    with ProgressBar("computing maps") as progress:
        for number, (path, stem) in enumerate(zip(options.images, stems, strict=True)):
            image = images.pop(path, None) or _load(path)
            shown = replace(project, image=image)

            def tell(share: float, number: int = number) -> None:
                progress.share = (number + share) / len(stems)

            for written in _save(shown, options.out, stem, options.format, tell, overwrite=options.overwrite):
                with progress.hide():
                    print(written)
    return 0


def _targets(project: Project, folder: Path, stem: str, kind: str) -> list[Path]:
    """The files of an image's maps."""
    from convexplorer.io.maps.project_maps import shown_stack
    from convexplorer.io.maps.save import MAP_FORMATS, map_file_name

    names = enumerate(shown_stack(project)[1].bank.names)
    return [folder / map_file_name(stem, index, name, MAP_FORMATS[kind]) for index, name in names]


def _decode_all(project: Project, paths: Sequence[Path]) -> tuple[dict[Path, Image], dict[Path, tuple[str, ...]]]:
    """Decode every image and check that the windows fit, so that a bad image stops the command before the first map.

    Returns
    -------
    dict, dict
        The decoded images that are kept (up to `KEPT` bytes), and the notes of all images.
    """
    from convexplorer.core.model.stack_figures import shapes
    from convexplorer.io.maps.project_maps import shown_stack

    before, layer = shown_stack(project)
    kept: dict[Path, Image] = {}
    notes: dict[Path, tuple[str, ...]] = {}
    room = KEPT
    for path in dict.fromkeys(paths):
        image = _load(path)
        notes[path] = image.notes
        size = project.preparation.size(image.height, image.width)
        shapes((*before, replace(layer, enabled=True)), (project.preparation.channels, *size))
        room -= image.native.nbytes
        if room >= 0:
            kept[path] = image
    return kept, notes


def _load(path: Path) -> Image:
    from convexplorer.io.images.load import load_image

    return load_image(path)


def _save(
    project: Project, folder: Path, stem: str, kind: str, tell: Callable[[float], None], *, overwrite: bool
) -> list[Path]:
    """Write the maps of an image. If one fails, all files that were not there before are removed."""
    from convexplorer.core.engine.pictures import Look
    from convexplorer.io.maps.project_maps import map_scale, map_settings, project_maps, shown_stack
    from convexplorer.io.maps.save import save_maps

    names = shown_stack(project)[1].bank.names
    new = [path for path in _targets(project, folder, stem, kind) if not os.path.lexists(path)]
    without_folder = not folder.exists()
    written = []
    try:
        for path in save_maps(
            folder,
            stem,
            project_maps(project, range(len(names)), pictured=kind in PICTURES),
            names=list(enumerate(names)),
            format=kind,
            scale=partial(map_scale, project, Look()),
            settings=map_settings(project),
            overwrite=overwrite,
        ):
            written.append(path)
            tell(len(written) / len(names))
    except BaseException:
        for path in new:
            with suppress(OSError):
                path.unlink()
        if without_folder:
            with suppress(OSError):
                folder.rmdir()
        raise
    return written


COMMAND = Command(
    summary="save the activation maps of images, one file per image and filter",
    description=(
        "Lay filters over images and save the maps, one file per image and filter. The images are taken grey or in\n"
        "colour by the depth of the filters, unless --grey or --rgb is given; then the filters follow. Of a stack of\n"
        "layers, the maps of one are saved (--layer). Everything is checked before the first file is written, and no\n"
        "file is replaced without --overwrite."
    ),
    add_arguments=_add_arguments,
    run=_run,
)
