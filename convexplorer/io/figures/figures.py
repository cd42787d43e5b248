"""Saves figures for slides and papers: filters with their values, and the activation maps, on one page.

The same code draws the page as PNG, SVG and PDF. Text can be searched in the last two. Nodes keep sharp edges when a
map is enlarged. When it is reduced, each dot shows the mean of the nodes beneath it.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from xml.sax.saxutils import quoteattr

from PySide6.QtCore import QCoreApplication, QMarginsF, QRectF, QSize, QSizeF, Qt
from PySide6.QtGui import QGuiApplication, QImage, QPageSize, QPaintDevice, QPainter, QPdfWriter
from PySide6.QtSvg import QSvgGenerator

from convexplorer.core.engine.conv import feature_maps
from convexplorer.core.engine.noise import Noise, quieten
from convexplorer.core.engine.pictures import Look
from convexplorer.core.model.activations import is_signed
from convexplorer.core.model.digits import digits_of
from convexplorer.core.model.images import Prepared
from convexplorer.core.project.project import ConvLayer
from convexplorer.core.runtime.types import ShouldStop, never
from convexplorer.errors import InvalidValueError, one_line
from convexplorer.io.arrays.qimages import png_bytes
from convexplorer.io.figures.figure_page import FigurePage, lay_out, lay_out_maps
from convexplorer.io.figures.figure_sheet import UNITS, Sheet
from convexplorer.io.files.atomic import atomic_path

FIGURE_FORMATS = (".png", ".svg", ".pdf")
DPI = 200
"""Dots per inch of a PNG, and of the maps inside an SVG or PDF, unless another number is asked for."""
MAX_DPI = 1200
MAX_DOTS = 200_000_000
"""Most dots of a PNG."""
MAX_SHOWN = 256
"""Most filters on a page."""

Draw = Callable[[QPainter], list[str]]


def save_figure(
    path: str | os.PathLike[str],
    prepared: Prepared,
    layer: ConvLayer,
    *,
    look: Look | None = None,
    with_input: bool = False,
    image: Prepared | None = None,
    deep: bool = False,
    pooling: str = "",
    dpi: int = DPI,
    overwrite: bool = False,
    should_stop: ShouldStop = never,
) -> None:
    """Draw the enabled filters of a layer and their maps, and save the page.

    Parameters
    ----------
    path : path-like
        Where to; the suffix (`FIGURE_FORMATS`) is the format.
    prepared : Prepared
        The layer's input.
    layer : ConvLayer
        The filters, and how they are laid over the input. One map at a time is held in memory.
    look : Look, optional
        Palettes and scale of the maps. The page is white, so that zero of a signed map has its light tone.
    with_input : bool
        Whether the input is shown too.
    image : Prepared, optional
        What is shown as the input; by default what the layer reads.
    deep : bool
        Whether the layer reads the maps of another one, so that three planes of a filter are not R, G and B.
    pooling : str
        What a pooling is called whose maps the layer only hands on: then its filters, which are none, are not drawn,
        and the title of each map names the pooling.
    dpi : int
        Dots per inch of a PNG and of the maps inside an SVG or PDF, 36 to `MAX_DPI`.
    overwrite : bool
        Whether an existing file may be replaced.
    should_stop : callable
        Asked between tiles of maps.

    Raises
    ------
    InvalidValueError
        If the format is not known, the layer has no enabled filter or more than `MAX_SHOWN`, or the picture would be
        too large.
    UnwritableFileError
        If the file cannot be written, or exists and may not be replaced.
    CancelledError
        If `should_stop` said so; there is no file then.
    """
    path = Path(path)
    suffix = path.suffix.lower()
    if suffix not in FIGURE_FORMATS:
        raise InvalidValueError("{file}: a figure is saved as .png, .svg or .pdf", file=path.name)
    if not 36 <= dpi <= MAX_DPI:
        raise InvalidValueError("a figure has 36 to {most} dots per inch, not {dpi}", most=MAX_DPI, dpi=dpi)
    indices = [i for i, one in enumerate(layer.bank) if one.enabled]
    if not indices:
        raise InvalidValueError("there is no filter to be drawn")
    if len(indices) > MAX_SHOWN:
        raise InvalidValueError(
            "a figure shows at most {most} filters, not {count}", most=MAX_SHOWN, count=len(indices)
        )
    bank = layer.bank.subset(indices)
    look = replace(look or Look(), dark=False)
    _, height, width = prepared.shape
    shown = prepared if image is None else image
    nodes, picture = layer.geometry(height, width).output, shown.shape[1:] if with_input else None
    if pooling:
        page = lay_out_maps(len(bank), nodes, picture)
    else:
        page = lay_out((len(bank), *bank.shape), nodes, picture, biased=bool(bank.bias.any()))
    _application()

    floors = Noise(prepared, layer).floors.tolist()

    def draw(painter: QPainter) -> list[str]:
        sheet = Sheet(painter, page, dpi, outlined=suffix == ".svg")
        if page.picture is not None:
            sheet.draw_input(shown, page.picture)
        if not pooling:
            sheet.draw_filters(bank, deep=deep)
        for index, one, box in zip(indices, bank, page.maps, strict=True):
            values = quieten(feature_maps(prepared, layer, [index], should_stop)[0], floors[index])
            scale = look.scale(float(values.min()), float(values.max()), signed=is_signed(layer.activation))
            title = f"{pooling} · {one.name}" if pooling else f"Activation Map for {one.name}"
            sheet.draw_map(title, values, scale, digits_of(one), box)
        return sheet.said

    with atomic_path(path, overwrite=overwrite) as temporary:
        write = {".png": _write_png, ".svg": _write_svg, ".pdf": _write_pdf}[suffix]
        write(temporary, path, page, dpi, draw)


def _write_png(temporary: Path, path: Path, page: FigurePage, dpi: int, draw: Draw) -> None:
    size = QSize(round(page.width * dpi / 72), round(page.height * dpi / 72))
    if size.width() * size.height() > MAX_DOTS:
        raise InvalidValueError(
            "{file}: {width} × {height} dots are too many; choose fewer dots per inch",
            file=path.name,
            width=size.width(),
            height=size.height(),
        )
    image = QImage(size, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.white)
    _paint(image, draw, size.width() / (page.width * UNITS))
    image.setDotsPerMeterX(round(dpi / 0.0254))
    image.setDotsPerMeterY(round(dpi / 0.0254))
    temporary.write_bytes(png_bytes(image))


def _write_svg(temporary: Path, path: Path, page: FigurePage, _dpi: int, draw: Draw) -> None:
    svg = QSvgGenerator(QSvgGenerator.SvgVersion.Svg11)
    svg.setFileName(os.fspath(temporary))
    svg.setTitle(one_line(path.stem))
    svg.setDescription("Made with Conv Explorer")
    svg.setResolution(72)
    svg.setSize(QSize(round(page.width), round(page.height)))
    svg.setViewBox(QRectF(0, 0, page.width * UNITS, page.height * UNITS))
    said = iter(_paint(svg, draw))
    # Letters are drawn as paths, and nothing else is one. Their text is added, to be searched and read out.
    data = temporary.read_bytes()
    temporary.write_bytes(re.sub(rb"<path ", lambda _: f"<path aria-label={_quote(next(said))} ".encode(), data))


def _quote(text: str) -> str:
    """A text as the value of an attribute; XML has no place for control characters."""
    return quoteattr(one_line(text))


def _write_pdf(temporary: Path, path: Path, page: FigurePage, _dpi: int, draw: Draw) -> None:
    pdf = QPdfWriter(os.fspath(temporary))
    pdf.setTitle(path.stem)
    pdf.setCreator("Conv Explorer")
    pdf.setResolution(72 * UNITS)
    pdf.setPageSize(
        QPageSize(QSizeF(page.width, page.height), QPageSize.Unit.Point, "", QPageSize.SizeMatchPolicy.ExactMatch)
    )
    pdf.setPageMargins(QMarginsF(0, 0, 0, 0))
    _paint(pdf, draw)


def _paint(device: QPaintDevice, draw: Draw, factor: float = 1.0) -> list[str]:
    """Draw; returns the texts that were drawn as shapes, in order."""
    painter = QPainter(device)
    try:
        painter.scale(factor, factor)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.setRenderHint(QPainter.RenderHint.LosslessImageRendering)
        return draw(painter)
    finally:
        painter.end()


def _application() -> None:
    """Make sure of an application object: fonts need one. Without a window's, one without a display is made."""
    if not isinstance(QCoreApplication.instance(), QGuiApplication):
        _offscreen()


@lru_cache(maxsize=1)
def _offscreen() -> QGuiApplication:
    # Windows and macOS always have a display. On Windows the offscreen platform finds no fonts.
    platform = ["-platform", "offscreen"] if sys.platform.startswith("linux") else []
    return QGuiApplication(["convexplorer", *platform])
