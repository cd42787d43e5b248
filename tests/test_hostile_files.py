"""Whatever is in a file, it is read or refused in one short line: seeded mutants, and files made up by Hypothesis.

tests/bench/robustness/fuzz.py reads twenty thousand mutants, and ``--hypothesis-profile=thorough`` makes up more.
"""

from __future__ import annotations

import json
import random
import struct
import subprocess
import sys
import zipfile
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convexplorer.errors import MAX_MESSAGE, ConvExplorerError
from convexplorer.io.filters.load_save import FORMATS
from convexplorer.io.images.kinds import KINDS, kind_of
from tests.helpers.mutants import attempt, mutant
from tests.helpers.valid_files import LOADERS, Sample, samples

FUZZ = Path(__file__).parent / "bench" / "robustness" / "fuzz.py"
SAMPLES = samples()
INSIDE = next(one for one in SAMPLES if one.entry == "inside.cvx")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("hostile")


def test_there_is_a_valid_file_of_every_format(folder):
    kinds = {kind_of(BytesIO(one.files[one.entry])) for one in SAMPLES if one.loader == "image"}
    assert kinds == set(KINDS)
    assert {one.entry.partition(".")[0] for one in SAMPLES if one.loader == "filters"} >= set(FORMATS)
    assert {one.loader for one in SAMPLES} == set(LOADERS)
    for one in SAMPLES:
        assert attempt(one, folder).refusal == ""


@pytest.mark.parametrize("seed", range(5))
def test_mutants(folder, seed):
    rng = random.Random(seed)
    refused = [bool(attempt(mutant(one, SAMPLES, rng), folder).refusal) for one in SAMPLES * 2]
    assert 0.4 < sum(refused) / len(refused) < 0.95


@pytest.mark.skipif(sys.platform == "win32", reason="the harness sets alarms")
@pytest.mark.parametrize("loaders", ["program", "naive"])
def test_the_harness_reads_in_children_and_sees_what_careless_loaders_do(loaders):
    command = [sys.executable, FUZZ, "--mutants", "148", "--loaders", loaders]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=FUZZ.parents[3], timeout=100)
    assert done.returncode == 0, done.stdout + done.stderr


# --- made up -----------------------------------------------------------------------------------------------------

WORDS = st.sampled_from(
    (
        *(
            "format",
            "version",
            "convexplorer-filters",
            "convexplorer-stack",
            "convexplorer-session",
            "1.0",
            "1.9",
            "2.0",
        ),
        *(
            "filters",
            "layers",
            "weights",
            "bias",
            "name",
            "enabled",
            "kind",
            "conv",
            "pool",
            "max",
            "stride",
            "padding",
        ),
        *("same", "valid", "dilation", "activation", "relu", "muted", "arrays", "project", "image", "view", "requires"),
        *("dtype", "shape", "sha256", "data_offsets", "__metadata__", "F32", "BF16", "<f4", "layout", "HWIO", "weight"),
    )
)
NUMBERS = st.one_of(
    st.integers(-3, 70), st.sampled_from((2**31, 2**63, 2**64, -(2**63), 10**400)), st.floats(allow_nan=True)
)
LEAVES = st.one_of(st.none(), st.booleans(), NUMBERS, WORDS, st.text(max_size=8))
MATRIX = st.lists(st.lists(NUMBERS, max_size=3), max_size=3)
TREES = st.recursive(
    LEAVES | MATRIX,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS | st.text(max_size=3), inner, max_size=5),
    max_leaves=30,
)


def as_json(tree: object) -> bytes:
    return json.dumps(tree, ensure_ascii=True).encode()


FILTER = st.fixed_dictionaries(
    {}, optional={"name": LEAVES, "bias": LEAVES, "enabled": LEAVES, "weights": MATRIX | st.lists(MATRIX, max_size=3)}
)
LAYER = st.fixed_dictionaries(
    {"kind": st.sampled_from(("conv", "pool"))},
    optional={
        **dict.fromkeys(("stride", "padding", "dilation", "size", "pooling", "enabled", "activation"), LEAVES),
        "muted": st.lists(NUMBERS, max_size=3),
        "filters": st.lists(FILTER, max_size=3),
    },
)


@given(
    st.one_of(
        TREES,
        st.fixed_dictionaries(
            {
                "format": st.just("convexplorer-filters"),
                "version": WORDS,
                "filters": st.lists(FILTER, max_size=4) | TREES,
            }
        ),
        st.fixed_dictionaries(
            {"format": st.just("convexplorer-stack"), "version": WORDS, "layers": st.lists(LAYER, max_size=4) | TREES}
        ),
    ),
    st.sampled_from(("filters", "layers")),
)
def test_json(folder, tree, loader):
    attempt(Sample(loader, "a.json", {"a.json": as_json(tree)}), folder)


@given(
    st.text("0123456789.,;-+eE \t\n\r[]()#\"'naifNAIF−٣:_x\ufeff", max_size=120) | st.binary(max_size=40),
    st.sampled_from(("a.csv", "a.tsv", "a.txt", "a.json")),
)
def test_text(folder, text, name):
    attempt(Sample("filters", name, {name: text.encode() if isinstance(text, str) else text}), folder)


HEADERS = st.builds(
    "{{'descr': {}, 'fortran_order': {}, 'shape': {}, }}".format,
    st.sampled_from(
        ("'<f4'", "'>f8'", "'|u1'", "'|O'", "'<U3'", "'<f4,<f4'", "[('a', '<f4')]", "'<c8'", "'<M8[s]'", "4")
    ),
    st.sampled_from(("False", "True", "None", "1")),
    st.lists(st.sampled_from((0, 1, 2, 3, -1, 10**9, 10**30)), max_size=5).map(tuple) | st.just("__import__('os')"),
)


@given(HEADERS | st.text(max_size=60), st.binary(max_size=80), st.integers(0, 4), st.integers(-2, 2))
def test_numpy(folder, header, data, version, wrong):
    text = header.encode()
    size = max(0, len(text) + wrong).to_bytes(2 if version < 2 else 4, "little")
    whole = b"\x93NUMPY" + bytes([version, 0]) + size + text + data
    attempt(Sample("filters", "a.npy", {"a.npy": whole}), folder)
    archive = BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("weights.npy", whole)
    attempt(Sample("filters", "a.npz", {"a.npz": archive.getvalue()}), folder)
    attempt(Sample("dataset", "a.npz", {"a.npz": archive.getvalue()}), folder)


TENSOR = st.fixed_dictionaries(
    {
        "dtype": st.sampled_from(("F32", "F64", "F16", "BF16", "F8_E4M3", "I64", "")) | LEAVES,
        "shape": st.lists(st.integers(0, 4), max_size=5) | TREES,
        "data_offsets": st.lists(st.integers(0, 64), min_size=2, max_size=2).map(sorted) | TREES,
    }
)


@given(st.dictionaries(WORDS, TENSOR | TREES, max_size=3) | TREES, st.binary(max_size=64), st.integers(-1, 1))
def test_safetensors(folder, header, data, wrong):
    text = as_json(header)
    whole = max(0, len(text) + wrong).to_bytes(8, "little") + text + data
    for loader in ("filters", "layers"):
        attempt(Sample(loader, "a.safetensors", {"a.safetensors": whole}), folder)


@given(st.data())
def test_sessions(folder, data):
    with zipfile.ZipFile(BytesIO(INSIDE.files[INSIDE.entry])) as archive:
        held = {info.filename: archive.read(info) for info in archive.infolist()}
    manifest = json.loads(held["manifest.json"])
    section: dict[str, object] = manifest
    while isinstance(section, dict) and section and data.draw(st.booleans()):
        inner = section[data.draw(st.sampled_from(sorted(section)))]
        if not isinstance(inner, dict):
            break
        section = inner
    section[data.draw(st.sampled_from([*sorted(section), "new"]))] = data.draw(TREES)
    held["manifest.json"] = as_json(manifest)
    names = data.draw(st.permutations(sorted(held)))
    made = BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name in names[: data.draw(st.integers(0, len(names)))] if data.draw(st.booleans()) else names:
            archive.writestr(name, held[name])
    attempt(Sample("session", "a.cvx", {"a.cvx": made.getvalue()}), folder)


STARTS = [one.files[one.entry][:size] for one in SAMPLES if one.loader == "image" for size in (12, 40, 100)]


@given(
    st.sampled_from(STARTS),
    st.lists(st.binary(max_size=60) | st.integers(0, 2**32 - 1).map(lambda one: struct.pack(">I", one)), max_size=6),
)
def test_pictures(folder, start, pieces):
    attempt(Sample("image", "a.png", {"a.png": start + b"".join(pieces)}), folder)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere names of files are less free")
@given(
    st.binary(min_size=1, max_size=200).filter(lambda name: not set(name) & set(b"/\0") and name not in (b".", b".."))
)
def test_names(folder, name):
    for loader in LOADERS:
        for suffix in (b"", b".npz", b".json", b".cvx"):
            path = folder / "names" / (name + suffix).decode("utf-8", "surrogateescape")
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(b"no file of this kind")
            with pytest.raises(ConvExplorerError) as caught:
                LOADERS[loader](path)
            path.unlink()
            line = str(caught.value)
            assert line.isprintable()
            assert len(line) <= MAX_MESSAGE
            line.encode()
