"""A file is what it begins like; sound files of other kinds are called by their names, never damaged."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest

from convexplorer.errors import UnreadableFileError
from convexplorer.io import load_image
from convexplorer.io.images.kinds import kind_of


def box(*brands: bytes) -> bytes:
    """The box that begins HEIC and AVIF files."""
    body = b"ftyp" + brands[0] + bytes(4) + b"".join(brands[1:])
    return (4 + len(body)).to_bytes(4, "big") + body + bytes(40)


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (box(b"heic", b"mif1"), "HEIC"),
        (box(b"mif1", b"mif1", b"heic"), "HEIC"),  # As telephones write it.
        (b"\xff\x0a" + bytes(40), "JPEG XL"),
        (b"\0\0\0\x0cJXL \r\n\x87\n" + bytes(40), "JPEG XL"),
        (b"8BPS\0\1" + bytes(40), "Photoshop"),
        (b"v/1\x01\2\0\0\0" + bytes(40), "OpenEXR"),
        (b"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y 1 +X 1\n" + bytes(40), "Radiance HDR"),
        (b"SIMPLE  =                    T" + bytes(40), "FITS"),
        (bytes(128) + b"DICM" + bytes(40), "DICOM"),
        (b"\0\0\1\0\1\0" + bytes(40), "icon"),
    ],
)
def test_other_kinds_are_named(tmp_path: Path, data: bytes, kind: str) -> None:
    path = tmp_path / "photo.jpg"
    path.write_bytes(data)
    with pytest.raises(UnreadableFileError, match=rf"^photo\.jpg: {kind} pictures are not read"):
        load_image(path)


def test_avif_may_call_itself_a_picture_of_any_kind() -> None:
    assert kind_of(BytesIO(box(b"mif1", b"avif", b"miaf"))) == "AVIF"
    assert kind_of(BytesIO(box(b"avif"))) == "AVIF"
