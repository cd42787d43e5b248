"""Headers of ``.npy`` files as NumPy reads them, of every version, and nothing printed on the way."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import pytest
from numpy.lib import format as npy_format

from convexplorer.errors import InvalidValueError
from convexplorer.io.arrays.npy import read_data, read_header


def forged(text: str, version: int = 1) -> BytesIO:
    data = text.encode("latin-1")
    width = 2 if version == 1 else 4
    return BytesIO(b"\x93NUMPY" + bytes([version, 0]) + len(data).to_bytes(width, "little") + data + bytes(1000))


@pytest.mark.parametrize("version", [(1, 0), (2, 0), (3, 0)])
@pytest.mark.parametrize("order", "CF")
@pytest.mark.parametrize("dtype", ["<f4", ">f8", "<f2", "|u1", ">i2", "<i8", "|b1", "<U5", ">U2"])
def test_arrays_come_back(dtype: str, order: str, version: tuple[int, int]) -> None:
    array = np.arange(24).reshape(2, 3, 4).astype(dtype, order=order)
    file = BytesIO()
    npy_format.write_array(file, array, version)
    file.seek(0)
    header = read_header(file)
    assert (header.shape, header.dtype) == (array.shape, array.dtype)
    np.testing.assert_array_equal(read_data(file, header), array)


def test_headers_of_python_2() -> None:
    header = read_header(forged("{'descr': '<f4', 'fortran_order': False, 'shape': (2L, 3L), }"))
    assert header.shape == (2, 3)


@pytest.mark.parametrize(
    "text",
    [
        r"{'descr': '\d', 'fortran_order': False, 'shape': (2,), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2if 1else 3,), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2,)}" + " # " + "(" * 9000,
        "{'descr': '<f4', 'fortran_order': False, 'shape': " + "(" * 3000 + ")" * 3000 + "}",
        "{'descr': '<f4', 'fortran_order': 1, 'shape': (2,)}",
        "{'descr': '<f4', 'fortran_order': False}",
        "{'descr': 7, 'fortran_order': False, 'shape': (2,)}",
        "[1]",
        "",
        "\xff",
    ],
)
@pytest.mark.parametrize("version", [1, 2, 3])
def test_odd_headers_are_refused_without_a_warning(text: str, version: int, capfd: pytest.CaptureFixture[str]) -> None:
    try:
        header = read_header(forged(text, version))
    except InvalidValueError:
        pass
    else:
        assert header.shape == (2,)
    assert capfd.readouterr() == ("", "")
