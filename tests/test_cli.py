"""The program as a shell sees it: files, lines, exit codes."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import types
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as PILImage
from scipy.signal import correlate2d

from convexplorer import __version__, cli
from convexplorer.commands import apply, system
from convexplorer.core.model.filters import FilterBank
from convexplorer.core.model.layers import ConvLayer, PoolLayer
from convexplorer.io import load_filters, save_filters
from convexplorer.io.filters.stacks import STACK_SUFFIXES, save_stack
from convexplorer.io.maps import save
from tests.helpers.networks import reference

ROOT = Path(__file__).parents[1]
ROW = np.array([-1, -1, 1, 1], np.float32)
EDGES = np.stack([[ROW] * 4, [-ROW] * 4, np.transpose([ROW] * 4), np.transpose([-ROW] * 4)])[:, np.newaxis]


class Shell:
    """Runs commands in a folder with a few files."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self.capsys = folder, capsys
        rng = np.random.default_rng(3)
        self.pixels = rng.integers(0, 256, (18, 24, 3), dtype=np.uint8)
        PILImage.fromarray(self.pixels).save(folder / "photo.png")
        save_filters(FilterBank.from_arrays(EDGES), folder / "edges.json")
        save_filters(FilterBank.from_arrays(rng.normal(size=(2, 3, 3, 5)), [0.5, -1]), folder / "rgb.npz")

    def __call__(self, line: str) -> tuple[int, str, str]:
        """Exit code, stdout and stderr of a command line."""
        code = cli.main(shlex.split(line))
        captured = self.capsys.readouterr()
        return code, captured.out, captured.err

    def files(self) -> set[str]:
        return {str(path.relative_to(self.folder)) for path in self.folder.rglob("*") if path.is_file()}

    def fails(self, line: str) -> str:
        """Run a command that must end in one line and leave everything as it was; returns the line."""
        before = {name: (self.folder / name).read_bytes() for name in self.files()}
        code, out, err = self(line)
        assert (code, out) == (2, "")
        assert re.fullmatch(r"convexplorer: error: [^\n]{1,120}\n", err), err
        assert {name: (self.folder / name).read_bytes() for name in self.files()} == before
        return err


@pytest.fixture
def shell(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    return Shell(tmp_path, capsys)


def start(*arguments: str, **options) -> subprocess.Popen[bytes]:
    """The real program in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "convexplorer", *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options
    )


# --- apply -----------------------------------------------------------------------------------------------------------


def test_apply_saves_a_picture_of_every_map(shell):
    code, out, err = shell("apply photo.png --filters edges.json --out maps")
    assert (code, err) == (0, "")
    written = out.splitlines()
    assert written == [f"maps/photo_00{i}_Filter-{i}.png" for i in range(1, 5)]
    with PILImage.open(written[0]) as picture:
        assert picture.size == (21, 15)
        assert picture.mode == "RGB"


def test_what_had_to_be_decided_about_a_picture_is_said_beside_the_names(shell, qapp):
    pages = [PILImage.fromarray(shell.pixels), PILImage.fromarray(255 - shell.pixels)]
    pages[0].save("several.tif", save_all=True, append_images=pages[1:])
    for line in (
        "apply several.tif --filters edges.json --out maps",
        "figure several.tif --filters edges.json --out f.png",
    ):
        code, _, err = shell(line)
        assert code == 0
        assert err == "convexplorer: several.tif: the first of several pictures\n"


def test_a_name_that_is_too_long_gives_one_line(shell):
    name = "x" * 300 + ".png"
    assert shell.fails(f"apply {name} --filters edges.json --out maps").endswith("its name is too long\n")


@pytest.mark.parametrize(
    ("options", "step", "pads", "signed"),
    [
        ("", 1, 0, False),
        ("--activation none", 1, 0, True),
        ("--stride 3 --padding 2 --activation none", 3, 2, True),
    ],
)
def test_values_are_those_of_a_reference(shell, options, step, pads, signed):
    grey = np.tensordot([0.299, 0.587, 0.114], shell.pixels / 255.0, (0, 2))
    assert shell(f"apply photo.png --filters edges.json --out maps --format npy {options}")[0] == 0
    for number, kernel in enumerate(EDGES[:, 0], 1):
        expected = correlate2d(np.pad(grey, pads), kernel, "valid")[::step, ::step]
        expected = expected if signed else np.maximum(expected, 0)
        values = np.load(f"maps/photo_00{number}_Filter-{number}.npy")
        np.testing.assert_allclose(values, expected, rtol=0, atol=1e-5 * 16)


def test_depth_of_the_filters_decides_unless_told_otherwise(shell):
    bank = load_filters("rgb.npz")
    base = "--filters rgb.npz --format npy --activation none"
    assert shell(f"apply photo.png {base} --out colour")[0] == 0
    assert shell(f"apply photo.png {base} --out grey --grey")[0] == 0
    planes = shell.pixels.transpose(2, 0, 1) / 255.0
    grey = np.tensordot([0.299, 0.587, 0.114], planes, 1)
    for one, name in zip(bank, ("photo_001_Filter-1.npy", "photo_002_Filter-2.npy"), strict=True):
        in_colour = sum(correlate2d(p, w, "valid") for p, w in zip(planes, one.weights, strict=True)) + one.bias
        np.testing.assert_allclose(np.load(f"colour/{name}"), in_colour, rtol=0, atol=1e-4)
        in_grey = correlate2d(grey, one.weights.mean(0), "valid") + one.bias
        np.testing.assert_allclose(np.load(f"grey/{name}"), in_grey, rtol=0, atol=1e-4)
    assert shell("apply photo.png --filters edges.json --out spread --rgb --format npy --activation none")[0] == 0
    summed = correlate2d(planes.sum(0), EDGES[0, 0], "valid")
    np.testing.assert_allclose(np.load("spread/photo_001_Filter-1.npy"), summed, rtol=0, atol=1e-4)


@pytest.mark.parametrize(
    ("method", "weights"),
    [("", (0.299, 0.587, 0.114)), ("rec709", (0.2125, 0.7154, 0.0721)), ("mean", (1 / 3,) * 3), ("red", (1, 0, 0))],
)
def test_what_grey_is_made_of(shell, method, weights):
    grey = np.tensordot(weights, shell.pixels / 255.0, (0, 2))
    options = "--format npz --activation none --out maps"
    assert shell(f"apply photo.png --filters edges.json {options} --grey {method}")[0] == 0
    found = np.load("maps/photo_001_Filter-1.npz")
    np.testing.assert_allclose(found["map"], correlate2d(grey, EDGES[0, 0], "valid"), rtol=0, atol=1e-5 * 16)
    assert json.loads(str(found["settings"]))["grey weights"] == pytest.approx(weights)


def test_grey_before_a_picture_says_what_is_wrong(shell):
    code, out, err = shell("apply --grey photo.png --filters edges.json --out maps")
    assert (code, out) == (2, "")
    assert "rec601, rec709, mean, red, green or blue, not 'photo.png'; files go before --grey" in err


def test_scale_padding_and_dilation_set_the_size(shell):
    assert shell("apply photo.png --filters edges.json --out a --scale 0.5 --padding same --format npy")[0] == 0
    assert np.load("a/photo_001_Filter-1.npy").shape == (9, 12)
    assert shell("apply photo.png --filters edges.json --out b --dilation 2 --format npy")[0] == 0
    assert np.load("b/photo_001_Filter-1.npy").shape == (12, 18)


@pytest.fixture
def stack(shell):
    """Two convolutions with a pooling between, of a colour image, in both formats."""
    rng = np.random.default_rng(5)
    layers = (
        ConvLayer(FilterBank.from_arrays(rng.normal(size=(4, 3, 3, 3)), rng.normal(size=4)), padding="same"),
        PoolLayer("max", 2, 2),
        ConvLayer(FilterBank.from_arrays(rng.normal(size=(2, 4, 3, 3)), names=["a", "b"]), activation="tanh"),
    )
    for suffix in STACK_SUFFIXES:
        save_stack(layers, f"stack{suffix}")
    return layers


@pytest.mark.parametrize("suffix", STACK_SUFFIXES)
@pytest.mark.parametrize(
    ("options", "upto", "names"),
    [
        ("", 3, ["a", "b"]),
        ("--layer 3", 3, ["a", "b"]),
        ("--layer 2", 2, ["Filter-1", "Filter-2", "Filter-3", "Filter-4"]),
        ("--layer 1", 1, ["Filter-1", "Filter-2", "Filter-3", "Filter-4"]),
    ],
)
def test_maps_of_any_layer_of_a_stack(shell, stack, suffix, options, upto, names):
    code, out, err = shell(f"apply photo.png --filters stack{suffix} --out maps --format npy {options}")
    assert (code, err) == (0, "")
    assert out.splitlines() == [f"maps/photo_{i:03}_{name}.npy" for i, name in enumerate(names, 1)]
    expected = reference(shell.pixels.transpose(2, 0, 1) / 255.0, stack[:upto])
    made = np.stack([np.load(path) for path in out.splitlines()])
    np.testing.assert_allclose(made, expected, rtol=0, atol=1e-5 * np.abs(expected).max())


def test_a_stack_in_grey_or_as_a_figure(shell, stack, qapp):
    assert shell("apply photo.png --filters stack.json --out maps --layer 2 --grey")[0] == 0
    assert shell("figure photo.png --filters stack.json --out a.png --with-input")[0] == 0
    assert shell("figure photo.png --filters stack.json --out b.svg --layer 2")[0] == 0
    drawn = Path("b.svg").read_text(encoding="utf-8")
    assert '"MaxPool 1 · Filter 4"' in drawn
    assert '"Filter 4"' not in drawn


@pytest.mark.parametrize(
    ("options", "line"),
    [
        ("--layer 4", "there is no layer 4; the stack has 3"),
        ("--layer 0", "there is no layer 0; the stack has 3"),
        ("--stride 2", "stack.json says how its layers are laid; --stride is for filters alone"),
        ("--activation none", "stack.json says how its layers are laid; --activation is for filters alone"),
        ("--scale 0.2", "Conv 2: a window of 3 × 3 does not fit an input of 2 × 2: ⌊(2 + 0 − 3) / 1⌋ + 1 = 0 rows"),
    ],
)
def test_what_a_stack_cannot_do(shell, stack, options, line):
    assert line in shell.fails(f"apply photo.png --filters stack.json --out maps {options}")


@pytest.mark.parametrize("kind", apply.FORMATS)
def test_every_format_is_written(shell, kind):
    code, out, err = shell(f"apply photo.png --filters rgb.npz --out maps --format {kind}")
    assert (code, err) == (0, "")
    assert [Path(name).stat().st_size > 100 for name in out.splitlines()] == [True, True]


def test_formats_are_those_of_io():
    from convexplorer.io.maps.save import MAP_FORMATS

    assert tuple(MAP_FORMATS) == apply.FORMATS


def test_images_of_one_name_are_kept_apart(shell):
    for folder in ("a", "b", "c"):
        Path(folder).mkdir()
    shutil.copy("photo.png", "a/photo.png")
    PILImage.fromarray(shell.pixels[::-1]).save("b/Photo.bmp")
    shutil.copy("photo.png", "c/other.png")
    line = "apply photo.png a/photo.png b/Photo.bmp c/other.png --filters rgb.npz --out maps --format npy"
    code, out, _ = shell(line)
    assert code == 0
    names = [name.removesuffix("_001_Filter-1.npy") for name in out.split() if "_001_" in name]
    assert names == ["maps/photo", "maps/2-photo", "maps/3-Photo", "maps/other"]
    assert len(list(Path("maps").iterdir())) == 8
    flipped = np.load("maps/3-Photo_001_Filter-1.npy")
    assert not np.array_equal(flipped, np.load("maps/photo_001_Filter-1.npy"))


def test_nothing_is_replaced_unasked(shell):
    assert shell("apply photo.png --filters edges.json --out maps")[0] == 0
    Path("maps/photo_003_Filter-3.png").unlink()
    err = shell.fails("apply photo.png --filters edges.json --out maps --activation none")
    assert "maps/photo_001_Filter-1.png already exists" in err
    before = Path("maps/photo_001_Filter-1.png").read_bytes()
    assert shell("apply photo.png --filters edges.json --out maps --activation none --overwrite")[0] == 0
    assert Path("maps/photo_001_Filter-1.png").read_bytes() != before
    assert Path("maps/photo_003_Filter-3.png").exists()


def test_one_bad_image_stops_all_before_the_first_map(shell):
    Path("bad.png").write_bytes(Path("photo.png").read_bytes()[:90])
    PILImage.new("L", (3, 3)).save("small.png")
    assert "bad.png" in shell.fails("apply photo.png bad.png --filters edges.json --out maps")
    shell.fails("apply photo.png small.png --filters edges.json --out maps")
    assert not Path("maps").exists()


def test_an_image_that_fails_half_way_leaves_nothing(shell):
    Path("maps/photo_003_Filter-3.png").mkdir(parents=True)
    assert "folder" in shell.fails("apply photo.png --filters edges.json --out maps --overwrite")
    assert list(Path("maps").iterdir()) == [Path("maps/photo_003_Filter-3.png")]


def test_an_interruption_half_way_leaves_nothing(shell, monkeypatch):
    def interrupted(*arguments, **options):
        yield next(real(*arguments, **options))
        assert len(list(Path("maps").iterdir())) == 1
        raise KeyboardInterrupt

    real = save.save_maps
    monkeypatch.setattr(save, "save_maps", interrupted)
    assert shell("apply photo.png --filters edges.json --out maps") == (130, "", "")
    assert not Path("maps").exists()


def test_images_too_large_to_keep_are_read_again(shell, monkeypatch):
    monkeypatch.setattr(apply, "KEPT", 10)
    code, out, _ = shell("apply photo.png photo.png --filters rgb.npz --out maps")
    assert code == 0
    assert len(out.split()) == 4


@pytest.mark.parametrize(
    "line",
    [
        "apply",
        "apply photo.png --out maps",
        "apply missing.png --filters edges.json --out maps",
        "apply edges.json --filters edges.json --out maps",
        "apply photo.png --filters missing.json --out maps",
        "apply photo.png --filters photo.png --out maps",
        "apply photo.png --filters edges.json --out photo.png",
        "apply photo.png --filters edges.json --out maps --grey --rgb",
        "apply photo.png --filters edges.json --out maps --scale 0",
        "apply photo.png --filters edges.json --out maps --scale nan",
        "apply photo.png --filters edges.json --out maps --scale big",
        "apply photo.png --filters edges.json --out maps --scale 9000",
        "apply photo.png --filters edges.json --out maps --stride 0",
        "apply photo.png --filters edges.json --out maps --dilation 9",
        "apply photo.png --filters edges.json --out maps --padding -1",
        "apply photo.png --filters edges.json --out maps --padding full",
        "apply photo.png --filters edges.json --out maps --threads 0",
        "apply photo.png --filters edges.json --out maps --threads many",
        "apply photo.png --filters edges.json --out maps --format jpg",
        "apply photo.png --filters edges.json --out maps --form npy",
        "apply photo.png --filters edges.json --out maps --layout NCHW",
        "apply photo.png --filters deep.npy --out maps",
        "apply photo.png --filters deep.npy --out maps --rgb",
        "figure photo.png --filters edges.json --out figure.gif",
        "figure photo.png --filters edges.json --out edges.json",
        "figure photo.png --filters edges.json --out figure.png --dpi 4",
        "figure photo.png --filters edges.json --out no/figure.png",
        "figure missing.png --filters edges.json --out figure.png",
        "filters",
        "filters missing.json",
        "filters photo.png",
        "filters edges.json --out rgb.npz",
        "filters edges.json --out edges.doc",
        "screenshot --out window.jpg",
        "screenshot --out window.png --size 10x10",
        "screenshot --out window.png --size big",
        "screenshot --out window.png --theme pink",
        "screenshot --out photo.png",
        "screenshot missing.png --out window.png",
        "missing.png",
        "photo.png --open",
        "'two\nlines.png'",
        "x" * 400,
    ],
)
@pytest.mark.usefixtures("qapp")
def test_mistakes_are_one_line_and_change_nothing(shell, line):
    np.save("deep.npy", np.ones((2, 5, 3, 3), np.float32))
    shell.fails(line)


@pytest.mark.parametrize(
    "line",
    [
        "apply photo.png --filters edges.json --out maps",
        "figure photo.png --filters edges.json --out figure.png",
        "train --data shapes --epochs 0",
    ],
)
@pytest.mark.usefixtures("qapp")
def test_as_many_threads_compute_as_was_asked_for(shell, line, monkeypatch):
    asked = []
    monkeypatch.setattr("convexplorer.core.runtime.threads_and_device.use_threads", asked.append)
    shell(f"{line} --threads 1")
    shell(f"{line} --overwrite")
    assert asked == [1, None]


# --- figure, filters -------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("qapp")
@pytest.mark.parametrize("suffix", ["png", "svg", "pdf"])
def test_figure_is_drawn(shell, suffix):
    code, out, err = shell(f"figure photo.png --filters rgb.npz --out figure.{suffix} --with-input --dpi 72")
    assert (code, out, err) == (0, f"figure.{suffix}\n", "")
    assert Path(f"figure.{suffix}").stat().st_size > 2000
    assert shell(f"figure photo.png --filters edges.json --out figure.{suffix} --overwrite")[0] == 0


def test_filters_prints_what_is_in_a_file(shell):
    save_filters(FilterBank.from_arrays([[[1, 2], [3, -4.5]]], [0.25], ["a\x1b[31m b"]), "one.json")
    code, out, err = shell("filters one.json")
    assert (code, err) == (0, "")
    assert out.splitlines() == [
        "shape 1 x 1 x 2 x 2 (filters, channels, rows, columns)",
        "1  'a\\x1b[31m b'  2x2  bias 0.25  sum 1.5  range -4.5 to 3",
    ]
    assert len(shell("filters edges.json")[1].splitlines()) == 5


def test_filters_converts(shell):
    assert shell("filters rgb.npz --out rgb.json") == (0, "rgb.json\n", "")
    assert load_filters("rgb.json") == load_filters("rgb.npz")
    weights = np.random.default_rng(3).normal(size=(3, 5, 1, 2)).astype(np.float32)
    np.save("keras.npy", weights)
    assert shell("filters keras.npy --layout HWIO --out oihw.npz")[0] == 0
    assert load_filters("oihw.npz").weights.tobytes() == np.ascontiguousarray(weights.transpose(3, 2, 0, 1)).tobytes()


# --- the window ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "line",
    [
        "filters keras.npy --out a.json",
        "apply photo.png --filters keras.npy --out maps --format npy",
        "train --data two.npz --layers keras.npy --epochs 1 --out a.json",
    ],
)
def test_a_doubtful_layout_is_said(shell, line):
    np.save("keras.npy", np.zeros((3, 3, 3, 8)))
    np.savez("two.npz", x=np.arange(12 * 3 * 24 * 24, dtype=np.uint8).reshape(12, 24, 24, 3), y=np.arange(12) % 2)
    code, _, err = shell(line)
    assert code == 0
    assert err == (
        "convexplorer: keras.npy: its four axes are taken as filters, channels, rows and columns; "
        "--layout HWIO reads the other way\n"
    )
    assert shell(f"{line} --overwrite --layout HWIO")[2] == ""
    assert shell(f"{line} --overwrite --layout OIHW")[2] == ""


@pytest.fixture
def opened(monkeypatch):
    """What the window was asked to open, instead of a window."""
    calls: list[tuple[object, ...]] = []
    stand_in = types.ModuleType("convexplorer.gui.window.app")
    stand_in.run = lambda *arguments: calls.append(arguments) or 0
    stand_in.screenshot = lambda *arguments: calls.append(arguments) or 0
    monkeypatch.setitem(sys.modules, "convexplorer.gui.window.app", stand_in)
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    return calls


def test_without_a_command_the_window_opens(shell, opened):
    shutil.copy("photo.png", "apply")
    assert shell("")[0] == shell("photo.png edges.json")[0] == shell("./apply")[0] == 0
    assert opened == [([],), ([Path("photo.png"), Path("edges.json")],), ([Path("apply")],)]


def test_screenshot_passes_its_options_on(shell, opened):
    assert shell("screenshot photo.png --out shot.png --size 1280x720 --theme dark")[0] == 0
    assert opened == [([Path("photo.png")], Path("shot.png"), (1280, 720), "dark")]


def test_without_a_display_the_window_says_what_is_missing(tmp_path):
    bare = {k: v for k, v in os.environ.items() if k not in {"DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"}}
    with start(env=bare, cwd=ROOT) as program:
        out, err = program.communicate()
    assert (program.returncode, out) == (2, b"")
    assert re.fullmatch(rb"convexplorer: error: there is no display[^\n]*\n", err)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux can lack a display")
class TestDisplay:
    @pytest.fixture(autouse=True)
    def _x11(self, monkeypatch):
        monkeypatch.setattr(system, "_loads", lambda _library: True)
        monkeypatch.delenv("QT_QPA_PLATFORM", raising=False)
        monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
        monkeypatch.setenv("DISPLAY", ":4271")

    @pytest.mark.parametrize("name", ["nonsense", "wayland;nonsense", "nonsense:size=3", "linuxfb:fb=/nothing"])
    def test_a_platform_that_does_not_work(self, monkeypatch, name):
        monkeypatch.setenv("QT_QPA_PLATFORM", name)
        monkeypatch.setenv("WAYLAND_DISPLAY", "nothing")
        with pytest.raises(system.UnavailableError) as caught:
            system.require_display()
        assert str(caught.value) == f"QT_QPA_PLATFORM is {name}, on which Qt cannot start here"

    @pytest.mark.parametrize("name", ["offscreen", "offscreen;xcb", "nonsense;offscreen"])
    def test_a_platform_that_works(self, monkeypatch, name):
        monkeypatch.setenv("QT_QPA_PLATFORM", name)
        system.require_display()

    def test_a_display_that_does_not_answer(self):
        with pytest.raises(system.UnavailableError, match="the display :4271 does not answer"):
            system.require_display()

    def test_missing_libraries_are_named_as_debian_names_them(self, monkeypatch):
        monkeypatch.setattr(system, "_loads", lambda _library: False)
        with pytest.raises(system.UnavailableError) as caught:
            system.require_display()
        assert str(caught.value) == (
            "missing libraries: apt install libxcb-cursor0 libxcb-icccm4 libxcb-keysyms1 libxcb-shape0 libxcb-xkb1 "
            "libxkbcommon-x11-0"
        )

    def test_a_wayland_compositor_that_is_gone(self, monkeypatch, tmp_path):
        monkeypatch.delenv("DISPLAY")
        monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
        monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-7")
        with pytest.raises(system.UnavailableError, match="the display wayland-7 does not answer"):
            system.require_display()

    def test_other_platforms_are_left_to_qt(self, monkeypatch):
        monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
        system.require_display()


@pytest.mark.parametrize(
    ("library", "name"),
    [
        ("libEGL.so.1", "libegl1"),
        ("libX11.so.6", "libx11-6"),
        ("libdbus-1.so.3", "libdbus-1-3"),
        ("libxkbcommon-x11.so.0", "libxkbcommon-x11-0"),
        ("libgthread-2.0.so.0", "libglib2.0-0"),
    ],
)
def test_packages_are_named_as_in_debian(library, name):
    error = ImportError(f"{library}: cannot open shared object file: No such file or directory")
    assert str(system.missing_library(error)) == f"{library} is missing: apt install {name}"
    assert system.missing_library(ImportError("No module named 'x'")) is None


# --- how it ends -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("line", ["--help", "apply --help", "figure --help", "filters --help", "screenshot --help"])
def test_help_goes_to_stdout(shell, line):
    code, out, err = shell(line)
    assert (code, err) == (0, "")
    assert out.startswith("usage: convexplorer ")


def test_version(shell):
    assert shell("--version") == (0, f"convexplorer {__version__}\n", "")


def test_interruption_is_quiet(shell, monkeypatch):
    def interrupt(_path):
        raise KeyboardInterrupt

    monkeypatch.setattr(apply, "_load", interrupt)
    assert shell("apply photo.png --filters edges.json --out maps") == (130, "", "")
    assert not Path("maps").exists()


def test_a_closed_pipe_is_quiet(shell):
    save_filters(FilterBank.from_arrays(np.ones((4000, 2, 2))), "many.npz")
    with start("filters", "many.npz", cwd=shell.folder) as program:
        program.stdout.readline()
        program.stdout.close()
        err = program.stderr.read()
    assert (program.returncode, err) == (0, b"")


def test_apply_and_filters_load_no_widgets(shell):
    code = (
        "import sys\nfrom convexplorer.cli import main\n"
        "assert main(['filters', 'edges.json']) == 0\n"
        "assert main(['apply', 'photo.png', '--filters', 'edges.json', '--out', 'maps']) == 0\n"
        "assert 'PySide6.QtWidgets' not in sys.modules and 'pyqtgraph' not in sys.modules\n"
    )
    bare = {k: v for k, v in os.environ.items() if k not in {"DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"}}
    done = subprocess.run([sys.executable, "-c", code], cwd=shell.folder, env=bare, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")


def test_what_the_readme_says_works(shell):
    text = (ROOT / "README.md").read_text("utf-8")
    blocks = re.findall(r"```(\w+)\n(.*?)```", text, re.DOTALL)
    lines = [line for kind, block in blocks if kind == "sh" for line in block.splitlines()]
    PILImage.fromarray(np.tile(shell.pixels, (10, 10, 1))).save("photo.jpg")
    commands = [shlex.split(line)[1:] for line in lines if line.startswith("convexplorer ")]
    assert {words[0] for words in commands} >= {"apply", "figure", "filters", "screenshot"}
    for words in commands:
        if words[0] in cli.COMMANDS:
            with start(*words, cwd=shell.folder) as program:
                _, err = program.communicate()
            assert (program.returncode, err) == (0, b""), words
    scripts = [block for kind, block in blocks if kind == "python"]
    assert scripts
    for script in scripts:
        subprocess.run([sys.executable, "-W", "error", "-c", script], cwd=shell.folder, check=True)
    assert {"figure.pdf", "edges.npz", "edge.json", "maps/photo_001_Filter-1.png"} <= shell.files()
