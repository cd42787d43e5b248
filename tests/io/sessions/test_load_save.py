"""Sessions: what is saved comes back, in the same bytes, and what is odd or hostile is refused in one line."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import stat
import struct
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image as PILImage

from convexplorer.core.learn.datasets import Dataset, Examples
from convexplorer.core.learn.run import begin_training, capture_run
from convexplorer.core.model.filters import Filter, FilterBank
from convexplorer.core.model.images import Image, Preparation
from convexplorer.core.project.project import ConvLayer, PoolLayer, Project, with_bank
from convexplorer.core.project.training_run import Plan, Run
from convexplorer.core.project.training_settings import Rule, TrainingSettings
from convexplorer.errors import MAX_MESSAGE, CancelledError, UnreadableFileError, UnwritableFileError
from convexplorer.io.sessions.load_save import Session, ViewState, load_session, save_session
from convexplorer.io.sessions.parts import image as session_image
from convexplorer.io.sessions.parts import training as session_training
from convexplorer.io.sessions.parts.arrays import MAX_BYTES

FROZEN = Path(__file__).parents[2] / "data"


def picture(dtype="u1", shape=(30, 40, 3), seed=0):
    rng = np.random.default_rng(seed)
    values = rng.random(shape) if dtype == "f4" else rng.integers(0, np.iinfo(dtype).max, shape)
    return values.astype(dtype)


def example(image: Image | None = None) -> Session:
    """A project in which nothing has its default."""
    filters = FilterBank(
        (
            Filter(np.arange(60).reshape(3, 4, 5) / 7, -0.1, "Kante − 1", enabled=False),
            Filter(-np.ones((3, 4, 5)), 1e-40, "필터"),
            Filter(np.zeros((3, 4, 5)), 0.0, "필터"),
        )
    )
    layer = ConvLayer(filters, stride=2, padding=3, dilation=2, activation="none", muted=frozenset({0, 2}))
    shown = image or Image(picture("u2"), "photo.png", notes=("alpha over white",), sample="coins")
    view = ViewState("viridis", "blue–gold", (-1.5, 2.25), True, 3.7, (0.25, 0.75), "flipped", 1, (2, 0), (5, 6))
    return Session(Project((layer,), shown, Preparation(grey=False, scale=0.7, unit_range=False)), view)


def stacked() -> Session:
    """Layers of every kind, each with settings of its own."""
    rng = np.random.default_rng(11)

    def bank(count: int, channels: int) -> FilterBank:
        return FilterBank.from_arrays(rng.normal(size=(count, channels, 3, 2)), rng.normal(size=count))

    layers = (
        PoolLayer("average", 3, 1),
        ConvLayer(bank(4, 1), activation="leaky_relu"),
        ConvLayer(bank(4, 4), padding="same", dilation=2, activation="tanh", enabled=False, muted=frozenset({1})),
        PoolLayer("max", 2, 2, enabled=False),
        ConvLayer(bank(2, 4), stride=3, padding=1, activation="sigmoid"),
    )
    return Session(
        Project(layers, Image(picture(shape=(30, 40, 1)), "photo.png"), Preparation(scale=1.0), shown_index=3)
    )


def greyed() -> Session:
    """A colour picture that is taken grey in another way than by itself."""
    bank = FilterBank.from_arrays(np.random.default_rng(12).normal(size=(2, 1, 3, 3)))
    preparation = Preparation(grey=True, scale=0.5, grey_method="mean")
    return Session(Project((ConvLayer(bank),), Image(picture(), "photo.png"), preparation))


def before_1_3(session: Session) -> Session:
    """A session as older programs saved it: its grey was that of Rec. 709."""
    preparation = replace(session.project.preparation, grey_method="rec709")
    return replace(session, project=replace(session.project, preparation=preparation))


def trained() -> Session:
    """A run in the middle of an epoch, started from the explorer's layers, with something frozen."""
    rng = np.random.default_rng(5)
    images = rng.integers(0, 255, (12, 1, 9, 8), np.uint8)
    data = Dataset(
        "mine", ("one", "둘"), Examples(images[:8], np.arange(8) % 2), Examples(images[8:], np.arange(4) % 2)
    )
    layers = (
        ConvLayer(FilterBank.from_arrays(rng.normal(size=(2, 1, 3, 2))), activation="tanh"),
        PoolLayer("average", 2, 1),
    )
    settings = TrainingSettings(Rule("momentum", 0.1, 0.8, 0.01), batch=3, epochs=7, seed=4)
    plan = Plan("digits", settings, (5,), layers)
    training = begin_training(plan, data)
    training.network.freeze((frozenset({1}), frozenset(), frozenset({0, 1})))
    for _ in range(5):
        training.advance()
    project = Project(layers, Image(picture(shape=(30, 40, 1)), "photo.png"), training=capture_run(training, plan))
    return Session(project)


def assert_same_run(one: Run | None, other: Run | None) -> None:
    """Everything is equal but the floating-point results, which may differ by the machine's last bits."""
    assert (one is None) == (other is None)
    if one is None or other is None:
        return
    same = ("plan", "title", "classes", "shape", "per_epoch", "layers", "frozen")
    assert [getattr(one, name) for name in same] == [getattr(other, name) for name in same]
    mine, theirs = one.standing, other.standing
    assert (mine.batch, mine.epochs, mine.state.count) == (theirs.batch, theirs.epochs, theirs.state.count)
    assert mine.sums == pytest.approx(theirs.sums, rel=1e-5)
    for ours, stored in (
        (mine.values, theirs.values),
        (mine.state.first, theirs.state.first),
        (mine.state.second, theirs.state.second),
        (one.curves.batches, other.curves.batches),
        (one.curves.epochs, other.curves.epochs),
    ):
        np.testing.assert_allclose(ours, stored, rtol=1e-4, atol=1e-6)
    assert len(one.snapshots) == len(other.snapshots)
    for before, after in zip(one.snapshots, other.snapshots, strict=True):
        assert (before.batch, before.epoch) == (after.batch, after.epoch)
        np.testing.assert_allclose(before.loss, after.loss, rtol=1e-5)
        for a, b in zip((*before.weights, *before.biases), (*after.weights, *after.biases), strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-6)


def assert_same(one: Session, other: Session) -> None:
    assert one.view == other.view
    assert one.project.layers == other.project.layers
    assert one.project.shown_index == other.project.shown_index
    assert one.project.preparation == other.project.preparation
    assert_same_run(one.project.training, other.project.training)
    mine, theirs = one.project.image, other.project.image
    assert (mine is None) == (theirs is None)
    if mine is not None:
        assert (mine.name, mine.sample, mine.notes) == (theirs.name, theirs.sample, theirs.notes)
        assert mine.native.dtype == theirs.native.dtype
        assert np.array_equal(mine.native, theirs.native)


def refused(path: Path) -> str:
    with pytest.raises(UnreadableFileError) as caught:
        load_session(path)
    line = str(caught.value)
    assert path.name in line
    assert len(line) <= MAX_MESSAGE
    assert "\n" not in line
    return line


def changed(path: Path, edit, arrays=None) -> Path:
    """Write a session again with another manifest, and perhaps other arrays."""
    with zipfile.ZipFile(path) as archive:
        held = {name: archive.read(name) for name in archive.namelist()}
    manifest = json.loads(held.pop("manifest.json"))
    text = edit(manifest)
    held.update(arrays or {})
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("manifest.json", text if isinstance(text, bytes) else json.dumps(manifest))
        for name, data in held.items():
            archive.writestr(name, data)
    return path


# --- there and back ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["u1", "u2", "f4"])
@pytest.mark.parametrize("shape", [(30, 40, 3), (7, 9, 1)])
def test_what_is_saved_comes_back(tmp_path, dtype, shape):
    session = example(Image(picture(dtype, shape), "a picture"))
    save_session(tmp_path / "one.cvx", session)
    back = load_session(tmp_path / "one.cvx")
    assert_same(session, back)
    assert back.missing is None
    save_session(tmp_path / "two.cvx", back)
    assert (tmp_path / "one.cvx").read_bytes() == (tmp_path / "two.cvx").read_bytes()


def test_every_layer_comes_back(tmp_path):
    session = stacked()
    save_session(tmp_path / "one.cvx", session)
    back = load_session(tmp_path / "one.cvx")
    assert_same(session, back)
    save_session(tmp_path / "two.cvx", back)
    assert (tmp_path / "one.cvx").read_bytes() == (tmp_path / "two.cvx").read_bytes()


def test_a_training_run_comes_back_and_its_bytes_are_the_same(tmp_path):
    session = trained()
    save_session(tmp_path / "a.cvx", session)
    again = load_session(tmp_path / "a.cvx")
    assert_same(again, session)
    run = again.project.training
    assert run.plan.layers == session.project.training.layers
    save_session(tmp_path / "b.cvx", again)
    assert (tmp_path / "a.cvx").read_bytes() == (tmp_path / "b.cvx").read_bytes()
    assert len(session_training._PARTS) == 1


def test_the_place_of_a_persons_own_images_is_not_told(tmp_path):
    session = trained()
    run = session.project.training
    own = replace(run, plan=replace(run.plan, data="/home/somebody/secret"))
    save_session(tmp_path / "a.cvx", replace(session, project=replace(session.project, training=own)))
    assert b"secret" not in (tmp_path / "a.cvx").read_bytes()
    again = load_session(tmp_path / "a.cvx").project.training
    assert (again.plan.data, again.title) == (None, "mine")


def test_a_long_timeline_is_thinned_to_its_bound(tmp_path, monkeypatch):
    session = trained()
    run = session.project.training
    monkeypatch.setattr(session_training, "MAX_TIMELINE", 20 * run.snapshots[0].nbytes)
    moments = tuple(replace(run.snapshots[-1], batch=at, epoch=at / run.per_epoch) for at in range(500))
    long = replace(session, project=replace(session.project, training=replace(run, snapshots=moments)))
    for name in "ab":
        save_session(tmp_path / f"{name}.cvx", long)
        long = load_session(tmp_path / f"{name}.cvx")
    kept = [one.batch for one in long.project.training.snapshots]
    assert kept[0] == 0
    assert kept[-1] == 499
    assert 9 <= len(kept) <= 20
    assert (tmp_path / "a.cvx").read_bytes() == (tmp_path / "b.cvx").read_bytes()


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("shape",), [2, 9, 8]),
        (("shape",), [1, 9, 100_000]),
        (("classes",), ["one"]),
        (("per_epoch",), 0),
        (("hidden",), [0]),
        (("frozen",), [[-1]]),
        (("frozen",), [1]),
        (("standing", "batch"), -1),
        (("standing", "first_loss"), -1.0),
        (("timeline", "weights"), []),
        (("timeline", "weights"), ["training/timeline/weights-0"] * 9),
        (("timeline", "losses"), "training/curves/epochs"),
        (("values",), "training/timeline/batches"),
        (("first",), "training/curves/batches"),
        (("settings", "rate"), -1.0),
        (("settings", "method"), "newton"),
        (("settings", "batch"), 0),
        (("layers",), []),
        (("curves", "batches"), "training/curves/epochs"),
        (("settings",), None),
    ],
)
def test_training_that_makes_no_sense_is_one_line(tmp_path, path, value):
    save_session(tmp_path / "a.cvx", trained())

    def edit(manifest):
        section = manifest["training"]
        for name in path[:-1]:
            section = section[name]
        section[path[-1]] = value

    if path == ("layers",):
        # Arrays that nothing names are kept for a newer version; without layers there is none for the timeline.
        assert "training" in refused(changed(tmp_path / "a.cvx", edit))
    else:
        refused(changed(tmp_path / "a.cvx", edit))


def test_layers_that_do_not_fit_each_other_are_refused(tmp_path):
    save_session(tmp_path / "one.cvx", stacked())

    def swap(manifest):
        layers = manifest["project"]["layers"]
        layers[1], layers[4] = layers[4], layers[1]

    changed(tmp_path / "one.cvx", swap)
    assert refused(tmp_path / "one.cvx").endswith("filters with 4 planes do not fit an input of 1 channels")


def test_without_picture_without_view_without_filters(tmp_path):
    session = Session(Project((ConvLayer(FilterBank((), (1, 5, 7))),)))
    save_session(tmp_path / "one.cvx", session)
    back = load_session(tmp_path / "one.cvx")
    assert_same(session, back)
    assert back.project.bank.shape == (1, 5, 7)


finite = st.floats(width=32, allow_nan=False, allow_infinity=False)


@given(
    weights=st.lists(st.lists(finite, min_size=6, max_size=6), max_size=4),
    names=st.text(st.characters(exclude_categories=["Cs"]), max_size=30),
    scale=st.floats(0.001, 16),
    held=st.none() | st.tuples(finite, finite),
    zoom=st.floats(1, 1000),
)
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_number_and_name_comes_back_bit_by_bit(tmp_path, weights, names, scale, held, zoom):
    filters = tuple(Filter(np.reshape(one, (1, 2, 3)), one[0], names) for one in weights)
    session = Session(
        Project((ConvLayer(FilterBank(filters, (1, 2, 3))),), None, Preparation(scale=scale)),
        ViewState(held=held, zoom=zoom),
    )
    save_session(tmp_path / "one.cvx", session)
    back = load_session(tmp_path / "one.cvx")
    assert_same(session, back)
    save_session(tmp_path / "two.cvx", back)
    assert (tmp_path / "one.cvx").read_bytes() == (tmp_path / "two.cvx").read_bytes()


def test_the_same_session_gives_the_same_bytes_at_any_time_and_place(tmp_path, monkeypatch):
    save_session(tmp_path / "one.cvx", example())
    monkeypatch.setattr("time.time", lambda: 1e9)
    monkeypatch.setattr("sys.platform", "win32")
    save_session(tmp_path / "two.cvx", example())
    assert (tmp_path / "one.cvx").read_bytes() == (tmp_path / "two.cvx").read_bytes()


def test_names_that_are_no_text_are_saved_as_far_as_they_are(tmp_path):
    # Names of files may hold any bytes.
    save_session(tmp_path / "one.cvx", example(Image(picture(), "caf\udce9.png")))
    assert load_session(tmp_path / "one.cvx").project.image.name == "caf?.png"


@pytest.mark.parametrize("version", ["1.0", "1.1", "1.2", "1.3"])
def test_the_frozen_examples_read_as_they_always_did(tmp_path, version):
    frozen = FROZEN / f"session-{version}.cvx"
    session = load_session(frozen)
    made = {"1.0": example, "1.1": stacked, "1.2": trained, "1.3": greyed}[version]()
    assert_same(session, made if version == "1.3" else before_1_3(made))
    save_session(tmp_path / "again.cvx", session)
    ours, theirs = (zipfile.ZipFile(path) for path in (tmp_path / "again.cvx", frozen))
    with ours, theirs:
        assert ours.namelist() == theirs.namelist()
        for name in ours.namelist():
            if name != "manifest.json":
                assert ours.read(name) == theirs.read(name)


# --- saving ------------------------------------------------------------------------------------------------------


def test_a_session_needs_its_suffix(tmp_path):
    with pytest.raises(UnwritableFileError, match=r"one.zip was not saved: its name must end in .cvx"):
        save_session(tmp_path / "one.zip", example())


def test_what_stands_there_is_kept_unless_it_may_be_replaced(tmp_path):
    (tmp_path / "one.cvx").write_bytes(b"old")
    with pytest.raises(UnwritableFileError, match=r"one.cvx already exists"):
        save_session(tmp_path / "one.cvx", example(), overwrite=False)
    assert (tmp_path / "one.cvx").read_bytes() == b"old"


def test_stopping_leaves_the_old_file(tmp_path):
    (tmp_path / "one.cvx").write_bytes(b"old")
    with pytest.raises(CancelledError):
        save_session(tmp_path / "one.cvx", example(), should_stop=lambda: True)
    assert (tmp_path / "one.cvx").read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["one.cvx"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs limits of the system")
def test_a_limit_on_the_size_of_files_leaves_the_old_file(tmp_path):
    import resource
    import signal

    (tmp_path / "one.cvx").write_bytes(b"old")
    old = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, old[1]))
        with pytest.raises(UnwritableFileError, match=r"one.cvx was not saved: it is too large for this disk"):
            save_session(tmp_path / "one.cvx", example())
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, old)
        signal.signal(signal.SIGXFSZ, handler)
    assert (tmp_path / "one.cvx").read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["one.cvx"]


def test_a_picture_too_large_to_be_kept_inside_is_refused_before_anything_is_written(tmp_path, monkeypatch):
    monkeypatch.setattr("convexplorer.io.sessions.parts.arrays.MAX_BYTES", 1000)
    with pytest.raises(UnwritableFileError, match="the picture is too large to be kept inside"):
        save_session(tmp_path / "one.cvx", example())
    assert not list(tmp_path.iterdir())


# --- newer versions ----------------------------------------------------------------------------------------------


def newer(manifest) -> None:
    """What a version 1.7 might add."""
    manifest["version"] = "1.7"
    manifest["lessons"] = {"epochs": 3, "steps": "lessons/steps"}
    manifest["arrays"]["lessons/steps"] = {
        "dtype": "<f8",
        "shape": [3],
        "sha256": hashlib.sha256(np.arange(3.0).tobytes()).hexdigest(),
    }
    manifest["project"]["seed"] = 7
    manifest["project"]["image"]["profile"] = "sRGB"
    manifest["project"]["preparation"]["blur"] = 0.5
    manifest["project"]["layers"][0]["frozen"] = [True, False]
    for i, one in enumerate(manifest["project"]["layers"][0]["filters"]):
        one["tag"] = i
    manifest["view"]["timeline"] = {"epoch": 2}


@pytest.fixture
def of_newer(tmp_path):
    save_session(tmp_path / "new.cvx", example())
    return changed(tmp_path / "new.cvx", newer, {"lessons/steps": np.arange(3.0).tobytes()})


def manifest_of(path):
    with zipfile.ZipFile(path) as archive:
        return json.loads(archive.read("manifest.json")), set(archive.namelist())


def test_unknown_fields_of_a_newer_minor_version_are_kept(tmp_path, of_newer):
    session = load_session(of_newer)
    assert_same(session, example())
    save_session(tmp_path / "again.cvx", session)
    assert manifest_of(tmp_path / "again.cvx") == manifest_of(of_newer)
    assert load_session(tmp_path / "again.cvx").unknown.arrays["lessons/steps"].tolist() == [0, 1, 2]


def test_unknown_fields_follow_what_they_are_about(tmp_path, of_newer):
    session = load_session(of_newer)
    project = session.project
    bank = project.bank
    moved = replace(with_bank(project, bank.subset([2, 0])), image=Image(picture(), "other"))
    save_session(tmp_path / "again.cvx", replace(session, project=moved))
    manifest, _ = manifest_of(tmp_path / "again.cvx")
    filters = manifest["project"]["layers"][0]["filters"]
    assert [(one["name"], one["tag"]) for one in filters] == [("필터", 1), ("Kante − 1", 0)]
    assert "profile" not in manifest["project"]["image"]


@pytest.mark.parametrize(
    ("version", "line"),
    [
        ("2.0", "made by a newer Conv Explorer (format 2.0, this one reads 1.3); please update"),
        ("10.3", "made by a newer Conv Explorer (format 10.3, this one reads 1.3); please update"),
        ("0.9", 'its field "version" is missing or makes no sense'),
        ("1", 'its field "version" is missing or makes no sense'),
        ("1.x", 'its field "version" is missing or makes no sense'),
        ("1.١", 'its field "version" is missing or makes no sense'),
        (1.0, 'its field "version" is missing or makes no sense'),
    ],
)
def test_versions_that_are_refused(tmp_path, version, line):
    save_session(tmp_path / "v.cvx", example())
    changed(tmp_path / "v.cvx", lambda manifest: manifest.update(version=version))
    assert refused(tmp_path / "v.cvx") == f"v.cvx: {line}"


def test_a_required_feature_that_is_unknown(tmp_path, of_newer):
    changed(of_newer, lambda manifest: manifest.update(requires=["stacked layers"]))
    assert refused(of_newer) == "new.cvx: it needs stacked layers, which this version lacks; please update"


# --- linked pictures ---------------------------------------------------------------------------------------------


@pytest.fixture
def linked(tmp_path, monkeypatch):
    """A folder with a session and the large picture it links to."""
    from convexplorer.io.images.load import load_image

    monkeypatch.setattr(session_image, "EMBEDDED_UP_TO", 100)
    folder = tmp_path / "work"
    (folder / "pictures").mkdir(parents=True)
    PILImage.fromarray(picture()).save(folder / "pictures" / "large.png")
    session = example(load_image(folder / "pictures" / "large.png"))
    save_session(folder / "one.cvx", session)
    return folder


def test_a_large_picture_beside_the_session_is_linked(linked, tmp_path):
    manifest, entries = manifest_of(linked / "one.cvx")
    assert manifest["project"]["image"]["link"]["path"] == "pictures/large.png"
    assert "image" not in entries
    moved = linked.rename(tmp_path / "moved")
    back = load_session(moved / "one.cvx")
    assert np.array_equal(back.project.image.native, picture())
    assert back.project.image.path == moved / "pictures" / "large.png"
    save_session(moved / "two.cvx", back)
    assert (moved / "one.cvx").read_bytes() == (moved / "two.cvx").read_bytes()


def test_a_large_picture_elsewhere_is_kept_inside(linked, tmp_path):
    session = load_session(linked / "one.cvx")
    save_session(linked / "pictures" / "below.cvx", session)
    assert "image" not in manifest_of(linked / "pictures" / "below.cvx")[1]
    (tmp_path / "elsewhere").mkdir()
    save_session(tmp_path / "elsewhere" / "two.cvx", session)
    assert_same(load_session(tmp_path / "elsewhere" / "two.cvx"), session)
    assert "image" in manifest_of(tmp_path / "elsewhere" / "two.cvx")[1]


@pytest.mark.parametrize("change", ["gone", "other"])
def test_a_large_picture_whose_file_has_changed_is_kept_inside(linked, change):
    session = load_session(linked / "one.cvx")
    file = linked / "pictures" / "large.png"
    file.unlink()
    if change == "other":
        PILImage.fromarray(picture(seed=1)).save(file)
    save_session(linked / "two.cvx", session)
    assert_same(load_session(linked / "two.cvx"), session)


@pytest.mark.parametrize(
    ("spoil", "line"),
    [
        (lambda file: file.unlink(), "large.png does not exist"),
        (lambda file: file.write_bytes(b""), "large.png is empty"),
        (
            lambda file: PILImage.fromarray(picture(seed=1)).save(file),
            "large.png is not the same picture any more",
        ),
        (lambda file: file.unlink() or file.mkdir(), "large.png is a folder"),
        (lambda file: file.unlink() or os.mkfifo(file), "large.png is not an ordinary file"),
    ],
    ids=["gone", "empty", "other", "folder", "pipe"],
)
def test_a_linked_picture_that_is_missing_or_another(linked, spoil, line):
    expected = load_session(linked / "one.cvx")
    spoil(linked / "pictures" / "large.png")
    session = load_session(linked / "one.cvx")
    assert session.project.image is None
    assert session.project.edited_layer == expected.project.edited_layer
    assert str(session.missing) == line


@pytest.mark.parametrize(
    "path",
    [
        *("../secret.png", "/etc/passwd", "pictures/../../secret.png", "http://example.org/large.png", "", "."),
        *("C:\\secret.png", "C:secret.png", "\\\\server\\share", "pictures//large.png", "file:large.png", "a\0b"),
        *("link.png", "linked/secret.png"),
    ],
)
def test_nothing_outside_of_the_folder_is_opened(linked, path, monkeypatch):
    PILImage.fromarray(picture()).save(linked.parent / "secret.png")
    (linked / "link.png").symlink_to(linked.parent / "secret.png")
    (linked / "linked").symlink_to(linked.parent)
    changed(linked / "one.cvx", lambda manifest: manifest["project"]["image"]["link"].update(path=path))
    opened = []
    monkeypatch.setattr(session_image, "open_for_reading", opened.append)
    assert "is not in the folder of the session" in refused(linked / "one.cvx")
    assert not opened


# --- hostile -----------------------------------------------------------------------------------------------------


def drop(*keys):
    def edit(manifest):
        for key in keys[:-1]:
            manifest = manifest[key]
        del manifest[keys[-1]]

    return edit


def put(value, *keys):
    def edit(manifest):
        for key in keys[:-1]:
            manifest = manifest[key]
        manifest[keys[-1]] = value

    return edit


def raw(text):
    return lambda _manifest: text.encode()


LAYER = ("project", "layers", 0)
POOL = {"kind": "pool", "pooling": "max", "size": 2, "stride": 2}
NAN = np.full((3, 3, 4, 5), np.nan, np.float32).tobytes()


@pytest.mark.parametrize(
    ("edit", "line"),
    [
        (put("convexplorer-filters", "format"), "this is not a session of Conv Explorer"),
        (drop("format"), "this is not a session of Conv Explorer"),
        (raw("[]"), "this is not a session of Conv Explorer"),
        (raw("{"), "not valid JSON at line 1, column 2"),
        (raw('{"a": NaN}'), "NaN is not a finite number"),
        (raw('{"a": 1e999}'), "its manifest holds an impossible number"),
        (raw('{"a": ' + "9" * 400 + "}"), "its manifest holds an impossible number"),
        (raw('{"a": ' + "9" * 5000 + "}"), "its JSON holds an impossible number"),
        (raw('{"a": 1, "a": 2}'), 'its JSON has "a" twice'),
        (raw("[" * 100_000), "its JSON is nested too deeply"),
        (raw('{"a": ' + "[" * 200 + "]" * 200 + "}"), "its manifest is nested too deeply"),
        (raw(" " * 5_000_000), "its manifest is too long"),
        (lambda _: b'{"a": "\xff"}', "its manifest is not UTF-8 text"),
        (drop("project"), 'its field "project" is missing or makes no sense'),
        (put([], "project"), 'its field "project" is missing or makes no sense'),
        (drop(*LAYER, "activation"), 'its field "project.layers.0.activation" is missing or makes no sense'),
        (put("swish", *LAYER, "activation"), "its activation swish is unknown to this version; please update"),
        (put("pool", *LAYER, "kind"), 'its field "project.layers.0.pooling" is missing or makes no sense'),
        (put("dense", *LAYER, "kind"), "it has a layer of the kind dense, unknown to this version; please update"),
        (put(0, *LAYER, "stride"), "its stride is not 1 to 4096"),
        (put(True, *LAYER, "stride"), 'its field "project.layers.0.stride" is missing or makes no sense'),
        (put(10**9, *LAYER, "dilation"), "its dilation is not 1 to 4096"),
        (put("full", *LAYER, "padding"), 'its padding is not "valid", "same" or 0 to 4096'),
        (put([3], *LAYER, "muted"), "it leaves out a channel that its filters do not have"),
        (put([], "project", "layers"), "a stack needs at least one convolutional layer"),
        (put([{}, {}], "project", "layers"), 'its field "project.layers.0.kind" is missing or makes no sense'),
        (put([{}] * 101, "project", "layers"), "it has 101 layers; the limit is 100"),
        (put([POOL], "project", "layers"), "a stack needs at least one convolutional layer"),
        (put([POOL | {"size": 40}], "project", "layers"), "a pooling window has 1 to 31 rows and columns, not 40"),
        (put([POOL | {"stride": 0}], "project", "layers"), "its stride is not 1 to 4096"),
        (
            put([POOL | {"pooling": "mean"}], "project", "layers"),
            "its pooling mean is unknown to this version; please update",
        ),
        (put(1, "project", "current"), "there is no layer 2; the stack has 1"),
        (put(True, "project", "current"), 'its field "project.current" is missing or makes no sense'),
        (put("yes", *LAYER, "enabled"), 'its field "project.layers.0.enabled" is missing or makes no sense'),
        (put("\ud800", "project", "image", "name"), 'its field "project.image.name" is missing or makes no sense'),
        (put(["\ud800"], "project", "image", "notes"), 'its field "project.image.notes" is missing or makes no sense'),
        (put("gone", "project", "image", "pixels"), "its array gone is missing"),
        (put("image", *LAYER, "weights"), "its array image is missing"),
        (put("layers/0/bias", *LAYER, "weights"), "its weights are not one kernel for each filter"),
        (put([{"name": "a"}], *LAYER, "filters"), "its weights are not one kernel for each filter"),
        (put(True, "project", "preparation", "grey"), "filters with 3 planes do not fit an input of 1 channels"),
        (put(1e-9, "project", "preparation", "scale"), "the size is 0.1 % to 1600 %, not 1e−07 %"),
        (put({"zoom": "far"}, "view"), 'its field "view.zoom" is missing or makes no sense'),
        (put([1.0], "view", "held"), 'its field "view.held" is missing or makes no sense'),
        (put([True, 1], "view", "pinned"), 'its field "view.pinned" is missing or makes no sense'),
        (put("0" * 64, "arrays", "image", "sha256"), "it is damaged: its array image is not as it was saved"),
        (put("x", "arrays", "image", "sha256"), "its array image is described wrongly"),
        (put("|O", "arrays", "image", "dtype"), "its array image is described wrongly"),
        (put("|b1", "arrays", "image", "dtype"), "it is damaged: its manifest does not describe what is in it"),
        (put([-1, -7200], "arrays", "image", "shape"), "its array image is described wrongly"),
        (put([7200], "arrays", "image", "shape"), "it is damaged: its manifest does not describe what is in it"),
        (put([3600], "arrays", "image", "shape"), "its picture has an impossible shape"),
        (put([1] * 9, "arrays", "image", "shape"), "its array image is described wrongly"),
        (put([MAX_BYTES, MAX_BYTES], "arrays", "image", "shape"), "its arrays are larger than 2 GB"),
        (put({}, "arrays"), "it is damaged: its manifest does not describe what is in it"),
        (put({}, "arrays", "../escape"), "it has an array of the impossible name ../escape"),
        (put({}, "arrays", "extra"), 'its field "arrays.extra.dtype" is missing or makes no sense'),
    ],
)
def test_manifests_that_are_refused(tmp_path, edit, line):
    save_session(tmp_path / "bad.cvx", example())
    assert refused(changed(tmp_path / "bad.cvx", edit)) == f"bad.cvx: {line}"


def test_numbers_that_are_not_finite_are_refused_even_with_a_right_hash(tmp_path):
    save_session(tmp_path / "bad.cvx", example())
    sha = hashlib.sha256(NAN).hexdigest()
    changed(tmp_path / "bad.cvx", put(sha, "arrays", "layers/0/weights", "sha256"), {"layers/0/weights": NAN})
    assert refused(tmp_path / "bad.cvx").endswith("its array layers/0/weights holds a number that is not finite")


def declared_only(shape, dtype="|u1"):
    """An edit that declares an array of some size, of which nothing is there."""
    return put({"dtype": dtype, "shape": shape, "sha256": "0" * 64}, "arrays", "image")


@pytest.mark.parametrize("shape", [[32768, 6000, 3], [1, 1_900_000_000]])
def test_no_memory_is_taken_for_what_is_only_declared(tmp_path, shape):
    import tracemalloc

    save_session(tmp_path / "bad.cvx", example())
    changed(tmp_path / "bad.cvx", declared_only(shape))
    tracemalloc.start()
    try:
        refused(tmp_path / "bad.cvx")
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()


def test_every_truncation_is_refused(tmp_path):
    save_session(tmp_path / "one.cvx", example(Image(picture(shape=(4, 4, 3)))))
    data = (tmp_path / "one.cvx").read_bytes()
    for length in range(0, len(data), 7):
        (tmp_path / "cut.cvx").write_bytes(data[:length])
        line = refused(tmp_path / "cut.cvx")
        assert line in ("cut.cvx: this is not a session, or it is cut off", "cut.cvx is empty")


def test_a_changed_byte_is_noticed_or_harmless(tmp_path):
    save_session(tmp_path / "one.cvx", example(Image(picture(shape=(4, 4, 3)))))
    data = bytearray((tmp_path / "one.cvx").read_bytes())
    expected = load_session(tmp_path / "one.cvx")
    harmless = 0
    for place in range(0, len(data), 3):
        data[place] ^= 0x55
        (tmp_path / "odd.cvx").write_bytes(data)
        data[place] ^= 0x55
        with contextlib.suppress(UnreadableFileError):
            assert_same(load_session(tmp_path / "odd.cvx"), expected)
            harmless += 1
    # Dates, versions of zip and attributes in headers mean nothing here; all that does is guarded by hashes.
    assert harmless < len(data) / 3 * 0.15


def test_compressed_encrypted_double_and_overlapping_entries(tmp_path):
    path = tmp_path / "bad.cvx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("manifest.json", " " * 10_000_000)
    assert "its entries are compressed or encrypted" in refused(path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("manifest.json", "{}")
        archive.writestr("manifest.jsom", "{}")
    path.write_bytes(path.read_bytes().replace(b".jsom", b".json"))
    assert "two of its entries have one name" in refused(path)
    save_session(path, example())
    data = path.read_bytes()
    entry = data.index(b"PK\x01\x02", data.index(b"PK\x01\x02") + 4)
    path.write_bytes(data[: entry + 42] + struct.pack("<I", 0) + data[entry + 46 :])
    assert "its entries overlap" in refused(path)
    path.write_bytes(data[: entry + 8] + b"\1\0" + data[entry + 10 :])
    assert "its entries are compressed or encrypted" in refused(path)
    path.write_bytes(data[: entry + 42] + struct.pack("<I", len(data) - 60) + data[entry + 46 :])
    assert "it is damaged" in refused(path)


def test_a_huge_directory_is_not_read(tmp_path):
    with zipfile.ZipFile(tmp_path / "many.cvx", "w") as archive:
        for i in range(300):
            archive.writestr(f"{i:04}" * 1000, b"")
    assert refused(tmp_path / "many.cvx") == "many.cvx: the archive has too many entries, or is too large"


@pytest.mark.parametrize("kind", ["folder", "pipe", "device", "text", "zip", "gone"])
def test_what_is_no_session(tmp_path, kind):
    path = tmp_path / "odd.cvx"
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "device":
        path.symlink_to("/dev/zero")
    elif kind == "text":
        path.write_text("hello\n" * 100)
    elif kind == "zip":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("word/document.xml", "<x/>")
    line = refused(path)
    assert (
        line
        in {
            "folder": ["odd.cvx is a folder"],
            "pipe": ["odd.cvx is not an ordinary file"],
            "device": ["odd.cvx is not an ordinary file"],
            "text": ["odd.cvx: this is not a session, or it is cut off"],
            "zip": ["odd.cvx: this is not a session of Conv Explorer"],
            "gone": ["odd.cvx does not exist"],
        }[kind]
    )


def test_a_saved_session_keeps_the_permissions_of_the_one_before(tmp_path):
    save_session(tmp_path / "one.cvx", example())
    (tmp_path / "one.cvx").chmod(0o640)
    save_session(tmp_path / "one.cvx", example())
    assert stat.S_IMODE((tmp_path / "one.cvx").stat().st_mode) == 0o640
