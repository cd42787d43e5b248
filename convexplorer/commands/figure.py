"""``convexplorer figure``: draws filters with their values, and the maps, on one page."""

from __future__ import annotations

import argparse
from pathlib import Path

from convexplorer.commands import Command
from convexplorer.commands.options import (
    add_layer,
    add_overwrite,
    add_threads,
    check_target,
    project_of,
    set_threads,
    tell_notes,
    whole,
)
from convexplorer.commands.output import ProgressBar


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("image", metavar="IMAGE", type=Path, help="a picture")
    parser.add_argument("--out", metavar="FIG", type=Path, required=True, help="the figure: .png, .svg or .pdf")
    add_layer(parser)
    parser.add_argument("--with-input", action="store_true", help="show the prepared image too")
    parser.add_argument(
        "--dpi", metavar="N", type=whole, default=200, help="dots per inch of a PNG, and of maps in SVG and PDF (200)"
    )
    add_threads(parser)
    add_overwrite(parser)


def _run(options: argparse.Namespace) -> int:
    check_target(options.out, overwrite=options.overwrite)
    set_threads(options)
    project = project_of(options)
    from convexplorer.core.model.layers import source
    from convexplorer.io.figures.figures import save_figure
    from convexplorer.io.images.load import load_image
    from convexplorer.io.maps.project_maps import shown_input, shown_pooling, shown_stack

    picture = load_image(options.image)
    tell_notes(options.image, picture.notes)
    with ProgressBar("drawing the figure"):
        image = picture.prepare(project.preparation)
        save_figure(
            options.out,
            shown_input(project, image),
            shown_stack(project)[1],
            with_input=options.with_input,
            image=image,
            deep=source(project.layers, project.shown_index) is not None,
            pooling=shown_pooling(project),
            dpi=options.dpi,
            overwrite=options.overwrite,
        )
    print(options.out)
    return 0


COMMAND = Command(
    summary="draw filters and activation maps on one page (PNG, SVG, PDF)",
    description="Draw the filters with their values, and the activation maps of an image, on one page.",
    add_arguments=_add_arguments,
    run=_run,
)
