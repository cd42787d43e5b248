"""Figures: where things stand, what is drawn, and that a file is whole or not there."""

from __future__ import annotations

import itertools
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image as PILImage
from PySide6.QtGui import QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

from convexplorer.core.engine.colour import colour, colourise, scale_for
from convexplorer.core.engine.conv import feature_maps
from convexplorer.core.engine.pictures import Look
from convexplorer.core.model.filters import FilterBank
from convexplorer.core.model.images import Image, Preparation
from convexplorer.core.project.project import ConvLayer, PoolLayer, Project
from convexplorer.errors import CancelledError, ConvExplorerError, InvalidValueError, UnwritableFileError
from convexplorer.io.figures.figure_page import CAPTION, TITLE, Box, FigurePage, lay_out, lay_out_maps
from convexplorer.io.figures.figures import FIGURE_FORMATS, save_figure
from convexplorer.io.maps.project_maps import shown_input, shown_pooling, shown_stack

ROW = np.array([-1, -1, 1, 1], np.float32)
EDGES = FilterBank.from_arrays([[ROW] * 4, [-ROW] * 4, np.transpose([ROW] * 4), np.transpose([-ROW] * 4)])
SVG = "{http://www.w3.org/2000/svg}"

pytestmark = pytest.mark.usefixtures("qapp")


def prepared(height=20, width=30, channels=1, scale=1.0):
    pixels = np.random.default_rng(7).integers(0, 256, (height, width, channels), dtype=np.uint8)
    return Image(pixels).prepare(Preparation(grey=channels == 1, scale=scale))


def page_of(layer, source, *, with_input=False):
    _, height, width = source.shape
    shape = (len(layer.bank), *layer.bank.shape)
    return lay_out(
        shape,
        layer.geometry(height, width).output,
        (height, width) if with_input else None,
        biased=bool(layer.bank.bias.any()),
    )


def inks(path: Path) -> list[tuple[str, str]]:
    """Text and colour of everything written in an SVG."""
    tree = ET.parse(path)  # noqa: S314 – we wrote it ourselves.
    assert not list(tree.iter(f"{SVG}text"))
    groups = [(group, one) for group in tree.iter(f"{SVG}g") for one in group.findall(f"{SVG}path")]
    return [(one.attrib["aria-label"], group.get("fill", "")) for group, one in groups]


def texts(path: Path) -> list[str]:
    return [text for text, _ in inks(path)]


def panels(page: FigurePage) -> list[Box]:
    """Everything that may not overlap: panels with the lines above and below them."""
    boxes = [*page.maps, *([page.picture] if page.picture else [])]
    full = [Box(box.x, box.y - TITLE, box.width, TITLE + box.height + CAPTION) for box in boxes]
    for planes in page.filters:
        below = CAPTION if len(planes) == 3 else 0.0
        full += [Box(box.x, box.y - TITLE, box.width, TITLE + box.height + below) for box in planes]
    return full


@settings(max_examples=150)
@given(
    count=st.one_of(st.integers(1, 12), st.integers(1, 64)),
    channels=st.sampled_from([1, 3]),
    kernel=st.tuples(st.integers(1, 31), st.integers(1, 31)),
    nodes=st.tuples(st.integers(1, 4000), st.integers(1, 4000)),
    with_input=st.booleans(),
    biased=st.booleans(),
)
def test_panels_stand_apart_inside_the_page(count, channels, kernel, nodes, with_input, biased):
    inputs = (nodes[0] + kernel[0] - 1, nodes[1] + kernel[1] - 1)
    page = lay_out((count, channels, *kernel), nodes, inputs if with_input else None, biased=biased)
    assert len(page.maps) == len(page.filters) == count
    assert (page.picture is not None) == with_input
    full = panels(page)
    for box in full:
        assert box.x >= 23.9
        assert box.y >= 23.9
        assert box.x + box.width <= page.width - 23.9
        assert box.y + box.height <= page.height - 23.9
    for one, other in itertools.combinations(full, 2):
        assert (
            one.x + one.width <= other.x + 1e-6
            or other.x + other.width <= one.x + 1e-6
            or one.y + one.height <= other.y + 1e-6
            or other.y + other.height <= one.y + 1e-6
        )


def test_four_filters_are_large_enough_for_their_values():
    for nodes, with_input in itertools.product([(321, 573), (573, 321), (200, 200)], [False, True]):
        page = lay_out((4, 1, 4, 4), nodes, nodes if with_input else None)
        assert page.filters[0][0].width / 4 >= 20
        assert 0.5 < page.width / page.height < 3


@pytest.mark.parametrize("suffix", FIGURE_FORMATS)
def test_every_format_is_written_whole(tmp_path, suffix):
    path = tmp_path / f"figure{suffix}"
    save_figure(path, prepared(), ConvLayer(EDGES), with_input=True)
    content = path.read_bytes()
    assert content.startswith({".png": b"\x89PNG", ".svg": b"<?xml", ".pdf": b"%PDF-"}[suffix])
    assert content.rstrip().endswith({".png": b"IEND\xaeB`\x82", ".svg": b"</svg>", ".pdf": b"%%EOF"}[suffix])
    assert [one.name for one in tmp_path.iterdir()] == [path.name]


def test_png_has_the_asked_resolution_and_the_right_colours(tmp_path):
    layer, source = ConvLayer(EDGES, activation="none"), prepared()
    path = tmp_path / "figure.png"
    save_figure(path, source, layer, dpi=144)
    page = page_of(layer, source)
    with PILImage.open(path) as picture:
        assert picture.size == (2 * page.width, 2 * page.height)
        assert picture.info["dpi"] == pytest.approx((144, 144), abs=0.1)
        drawn = np.asarray(picture.convert("RGB"))
    (plane,) = page.filters[0]
    cell = plane.width / 4
    for column, value in enumerate(ROW):
        # Near a cell's corner, where its number does not reach.
        x, y = 2 * (plane.x + (column + 0.1) * cell), 2 * (plane.y + 1.1 * cell)
        assert drawn[int(y), int(x)].tolist() == [255 * (value > 0)] * 3
    values = feature_maps(source, layer, [2])[0]
    scale = scale_for(values.min(), values.max(), sequential="magma", diverging="blue–red", signed=True)
    box = page.maps[2]
    for row, column in [(0, 0), (8, 13), (values.shape[0] - 1, values.shape[1] - 1)]:
        x = 2 * (box.x + (column + 0.5) * box.width / values.shape[1])
        y = 2 * (box.y + (row + 0.5) * box.height / values.shape[0])
        assert drawn[int(y), int(x)].tolist() == list(colour(values[row, column], scale))


def test_enlarged_nodes_stay_sharp_and_reduced_ones_are_averaged(tmp_path):
    identity = ConvLayer(FilterBank.from_arrays([[1.0]]), activation="none")
    sharp = Image(np.array([[0, 255], [255, 0]], np.uint8)).prepare(Preparation(scale=1.0))
    save_figure(tmp_path / "sharp.png", sharp, identity, dpi=72)
    box = page_of(identity, sharp).maps[0]
    with PILImage.open(tmp_path / "sharp.png") as picture:
        inside = picture.crop([round(v) for v in (box.x + 3, box.y + 3, box.x + box.width - 3, box.y + box.height - 3)])
        assert len(inside.getcolors()) <= 4  # Two colours, and their mixture where the nodes meet.
    checks = np.indices((1200, 1200)).sum(0) % 2 * np.uint8(255)
    fine = Image(checks.astype(np.uint8)).prepare(Preparation(scale=1.0))
    save_figure(tmp_path / "fine.png", fine, identity, dpi=36)
    box = page_of(identity, fine).maps[0]
    with PILImage.open(tmp_path / "fine.png") as picture:
        middle = picture.convert("RGB").getpixel(
            (round((box.x + box.width / 2) / 2), round((box.y + box.height / 2) / 2))
        )
    scale = scale_for(0, 1, sequential="magma", diverging="blue–red", signed=True)
    assert np.abs(np.subtract(middle, colour(0.5, scale))).max() <= 8


def drawn_svg(path: Path) -> np.ndarray:
    """An SVG as another program draws it, in grey."""
    renderer = QSvgRenderer(str(path))
    assert renderer.isValid()
    size = renderer.defaultSize()
    image = QImage(size, QImage.Format.Format_RGB32)
    image.fill(0xFFFFFFFF)
    painter = QPainter(image)
    renderer.render(painter)
    painter.end()
    image = image.convertToFormat(QImage.Format.Format_Grayscale8)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return rows[:, : image.width()].astype(float)


def test_an_svg_looks_like_the_png_whatever_fonts_there_are(tmp_path):
    layer = ConvLayer(EDGES.with_filters({0: _with(EDGES[0], name="Wide MWMW", bias=0.5)}))
    for suffix in (".svg", ".png"):
        save_figure(tmp_path / f"a{suffix}", prepared(), layer, with_input=True, dpi=72)
    # Nothing in the file asks for a font, so that no other one can be taken.
    text = (tmp_path / "a.svg").read_text("utf-8")
    assert "<text" not in text
    found = drawn_svg(tmp_path / "a.svg")
    with PILImage.open(tmp_path / "a.png") as picture:
        wanted = np.asarray(picture.convert("L").resize(found.shape[::-1]), float)
    # Letters stand where QPainter writes them: in each block of pixels there is as much ink, up to antialiasing.
    ink = [255 - one[: 8 * (len(one) // 8), : 8 * (one.shape[1] // 8)] for one in (found, wanted)]
    blocks = [one.reshape(len(one) // 8, 8, -1, 8).mean(axis=(1, 3)) for one in ink]
    assert np.abs(blocks[0] - blocks[1]).max() < 40
    assert np.corrcoef(blocks[0].ravel(), blocks[1].ravel())[0, 1] > 0.99


@pytest.mark.parametrize("name", ["a\x00\x0b\x1fb", "line\nbreak", '<b> & "q"', "\ufffe\u202e", "한글 ☃", " "])
def test_no_name_makes_an_svg_invalid(tmp_path, name):
    layer = ConvLayer(FilterBank((_with(EDGES[0], name=name),)))
    path = tmp_path / "fig\x01ure.svg"
    save_figure(path, prepared(), layer)
    found = texts(path)
    shown = "".join(one if one.isprintable() else "�" for one in name)
    assert not name.strip() or shown in found
    assert f"Activation Map for {shown}".strip() in [one.strip() for one in found]
    assert QSvgRenderer(str(path)).isValid()


def test_svg_holds_titles_and_values_as_text(tmp_path):
    path = tmp_path / "figure.svg"
    save_figure(path, prepared(), ConvLayer(EDGES), with_input=True)
    found = texts(path)
    for number in range(1, 5):
        assert f"Filter {number}" in found
        assert f"Activation Map for Filter {number}" in found
    assert found.count("1") == found.count("−1") == 32
    assert "20 × 30 × 1" in found
    fills = dict(pair for pair in inks(path) if pair[0] in {"1", "−1"})
    assert fills == {"1": "#000000", "−1": "#ffffff"}


def test_colour_filters_have_three_planes_and_biases_are_written(tmp_path):
    weights = np.linspace(-1, 1, 27, dtype=np.float32).reshape(1, 3, 3, 3)
    layer = ConvLayer(FilterBank.from_arrays(weights, [0.25], ["sky"]))
    save_figure(tmp_path / "rgb.svg", prepared(channels=3), layer)
    found = texts(tmp_path / "rgb.svg")
    assert [one for one in found if one in {"R", "G", "B"}] == ["R", "G", "B"]
    assert {"sky", "bias 0.25", "Activation Map for sky"} <= set(found)
    assert found.count("−0.615") == 1


def test_three_planes_that_read_maps_are_not_colours(tmp_path):
    layer = ConvLayer(FilterBank.from_arrays(np.ones((1, 3, 2, 2))))
    save_figure(tmp_path / "a.svg", prepared(channels=3), layer, deep=True)
    assert not {"R", "G", "B"} & set(texts(tmp_path / "a.svg"))


@pytest.mark.parametrize("with_input", [False, True])
def test_behind_a_pooling_only_maps_are_drawn_and_it_is_named(tmp_path, with_input):
    project = Project((ConvLayer(EDGES), PoolLayer("average", 2, 2)), shown_index=1)
    image = prepared()
    pooled = shown_input(project, image)
    save_figure(
        tmp_path / "a.svg",
        pooled,
        shown_stack(project)[1],
        pooling=shown_pooling(project),
        image=image,
        with_input=with_input,
    )
    found = texts(tmp_path / "a.svg")
    assert [one for one in found if "Filter" in one] == [f"AveragePool 1 · Filter {n}" for n in range(1, 5)]
    values = pooled.values()
    for number in (f"{values[0].max():.3f}", f"{values[3].max():.3f}"):
        assert number in found
    assert ("20 × 30 × 1" in found) == with_input
    assert "1" not in found


@settings(max_examples=60)
@given(
    count=st.integers(1, 64),
    nodes=st.tuples(st.integers(1, 2000), st.integers(1, 2000)),
    picture=st.one_of(st.none(), st.tuples(st.integers(1, 4000), st.integers(1, 4000))),
)
def test_maps_alone_stand_apart_inside_the_page(count, nodes, picture):
    page = lay_out_maps(count, nodes, picture)
    assert (len(page.maps), page.filters) == (count, ())
    boxes = panels(page)
    for one in boxes:
        assert one.x >= 0
        assert one.y >= 0
        assert one.x + one.width <= page.width
        assert one.y + one.height <= page.height
    for one, other in itertools.combinations(boxes, 2):
        assert (
            one.x + one.width <= other.x + 1e-6
            or other.x + other.width <= one.x + 1e-6
            or one.y + one.height <= other.y + 1e-6
            or other.y + other.height <= one.y + 1e-6
        )


def test_values_are_exact_where_they_are_short_and_left_out_where_too_small(tmp_path):
    gaussian = np.outer([1, 2, 1], [1, 2, 1]) / 16
    save_figure(tmp_path / "a.svg", prepared(), ConvLayer(FilterBank.from_arrays(gaussian)))
    assert texts(tmp_path / "a.svg").count("0.0625") == 4
    noise = np.random.default_rng(1).normal(size=(2, 31, 31))
    save_figure(tmp_path / "b.svg", prepared(40, 40), ConvLayer(FilterBank.from_arrays(noise)))
    numbers = [one for one in texts(tmp_path / "b.svg") if re.fullmatch(r"[−\d.]+", one)]
    assert len(numbers) <= 4  # Only the ends of the two colour bars.


def test_only_enabled_filters_are_drawn_and_long_names_are_cut(tmp_path):
    changed = EDGES.with_filters({0: _with(EDGES[0], enabled=False), 1: _with(EDGES[1], name="much too long " * 9)})
    save_figure(tmp_path / "a.svg", prepared(), ConvLayer(changed))
    found = texts(tmp_path / "a.svg")
    titles = [one for one in found if one.startswith("Activation Map for")]
    assert len(titles) == 3
    assert "…" in titles[0]
    assert "Filter 1" not in found


def test_dead_map_says_so_and_held_scale_is_used(tmp_path):
    dark = Image(np.zeros((9, 9), np.uint8)).prepare(Preparation(scale=1.0))
    save_figure(tmp_path / "a.svg", dark, ConvLayer(EDGES))
    assert texts(tmp_path / "a.svg").count("0 everywhere") == 4
    save_figure(tmp_path / "b.svg", prepared(), ConvLayer(EDGES), look=Look(held=(0.0, 12.5)))
    assert texts(tmp_path / "b.svg").count("12.5") == 4


def test_zero_is_light_on_the_white_page_even_in_the_dark_theme(tmp_path):
    layer = ConvLayer(FilterBank.from_arrays([[1.0]]), activation="none")
    source = Image(np.array([[0, 255]], np.uint8)).prepare(Preparation(scale=1.0))
    save_figure(tmp_path / "a.png", source, layer, look=Look(dark=True), dpi=72)
    box = page_of(layer, source).maps[0]
    with PILImage.open(tmp_path / "a.png") as picture:
        pixel = picture.convert("RGB").getpixel((round(box.x + box.width / 4), round(box.y + box.height / 2)))
    light = scale_for(-1, 1, sequential="magma", diverging="blue–red", signed=True)
    assert int(colourise([0.0], light)[0]) & 0xFFFFFF == int.from_bytes(bytes(pixel))


def test_pdf_is_one_page_of_the_right_size(tmp_path):
    layer, source = ConvLayer(EDGES), prepared()
    save_figure(tmp_path / "a.pdf", source, layer)
    content = (tmp_path / "a.pdf").read_bytes()
    page = page_of(layer, source)
    boxes = re.findall(rb"/MediaBox \[([\d. ]+)\]", content)
    assert [list(map(float, box.split())) for box in boxes] == [[0, 0, page.width, page.height]]


@pytest.mark.parametrize(
    ("name", "layer", "options", "kind"),
    [
        ("a.gif", ConvLayer(EDGES), {}, InvalidValueError),
        ("a.png", ConvLayer(EDGES), {"dpi": 5}, InvalidValueError),
        ("a.png", ConvLayer(EDGES.subset([])), {}, InvalidValueError),
        ("a.png", ConvLayer(FilterBank.from_arrays(np.ones((40, 2, 2)))), {"dpi": 1200}, InvalidValueError),
        ("a.png", ConvLayer(FilterBank.from_arrays(np.ones((300, 2, 2)))), {}, InvalidValueError),
        ("no/a.svg", ConvLayer(EDGES), {}, UnwritableFileError),
        ("old.pdf", ConvLayer(EDGES), {}, UnwritableFileError),
        ("a.pdf", ConvLayer(EDGES), {"should_stop": lambda: True}, CancelledError),
        ("a.svg", ConvLayer(EDGES), {"should_stop": lambda: True}, CancelledError),
    ],
)
def test_what_cannot_be_done_leaves_everything_as_it_was(tmp_path, name, layer, options, kind):
    (tmp_path / "old.pdf").write_text("old")
    with pytest.raises(kind) as caught:
        save_figure(tmp_path / name, prepared(), layer, **options)
    assert isinstance(caught.value, ConvExplorerError)
    assert {one.name for one in tmp_path.iterdir()} == {"old.pdf"}
    assert (tmp_path / "old.pdf").read_text() == "old"


def test_a_script_needs_no_application_and_no_display(tmp_path):
    code = (
        "import numpy as np, sys\n"
        "from convexplorer.core.model.filters import FilterBank\n"
        "from convexplorer.core.model.images import Image, Preparation\n"
        "from convexplorer.core.project.project import ConvLayer\n"
        "from convexplorer.io.figures.figures import save_figure\n"
        "source = Image(np.eye(9, dtype='uint8')).prepare(Preparation(scale=1.0))\n"
        "for name in sys.argv[1:]:\n"
        "    save_figure(name, source, ConvLayer(FilterBank.from_arrays(np.eye(3))))\n"
    )
    names = [str(tmp_path / f"figure{suffix}") for suffix in FIGURE_FORMATS]
    bare = {k: v for k, v in os.environ.items() if k not in {"DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"}}
    done = subprocess.run([sys.executable, "-c", code, *names], env=bare, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert all(Path(name).stat().st_size > 1000 for name in names)


def _with(one, **changes):
    return replace(one, **changes)


def test_a_map_that_is_only_rounding_is_zero_everywhere(tmp_path):
    """Vertical stripes under filters for lines from left to right."""
    row = np.where(np.arange(90) % 14 < 7, 200, 31).astype(np.uint8)
    stripes = Image(np.broadcast_to(row[:, np.newaxis], (60, 90, 1))).prepare(Preparation(scale=0.7))
    lines = np.repeat([[-1.0], [-1.0], [1.0], [1.0]], 4, axis=1)
    save_figure(tmp_path / "a.svg", stripes, ConvLayer(FilterBank.from_arrays([[lines], [-lines]])))
    assert texts(tmp_path / "a.svg").count("0 everywhere") == 2
