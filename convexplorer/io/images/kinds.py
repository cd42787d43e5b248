"""Tells the kind of a picture file by its first bytes. Suffixes are not trusted."""

from __future__ import annotations

import re
from typing import IO

from convexplorer.errors import InvalidValueError

KINDS = {
    "PNG": rb"\x89PNG\r\n\x1a\n",
    "JPEG": rb"\xff\xd8\xff",
    "TIFF": rb"II[*+]\0|MM\0\*",
    "GIF": rb"GIF8[79]a",
    "BMP": rb"BM",
    "WEBP": rb"RIFF.{4}WEBP",
    "AVIF": rb".{4}ftyp(avif|avis|mif1|msf1)",
    "JPEG2000": rb"\xff\x4f\xff\x51|\0\0\0\x0cjP  \r\n\x87\n",
    "PPM": rb"P[1-7fF]\s",
    "QOI": rb"qoif",
    "SGI": rb"\x01\xda[\0\1][\1\2]",
}
"""The kinds that are read."""

_NOT_READ = {
    "big-endian BigTIFF": rb"MM\0\+",
    "HEIC": rb".{4}ftyp(hei[cxms]|hev[cxms])",
    "JPEG XL": rb"\xff\x0a|\0\0\0\x0cJXL \r\n\x87\n",
    "JPEG XR": rb"II\xbc\x01",
    "Photoshop": rb"8BPS\0[\1\2]",
    "OpenEXR": rb"v/1\x01",
    "Radiance HDR": rb"#\?(RADIANCE|RGBE)\s",
    "DirectDraw": rb"DDS \x7c\0\0\0",
    "FITS": rb"SIMPLE  =",
    "DICOM": rb".{128}DICM",
    "icon": rb"\0\0[\1\2]\0[^\0]\0",
    "camera raw": rb".{4}ftypcrx |FUJIFILMCCD-RAW",
}
"""Kinds that others read and this program does not."""

_HEAD = 512
_AVIF_BRANDS = (b"avif", b"avis")


def kind_of(stream: IO[bytes]) -> str:
    """Tell the kind of a file.

    Raises
    ------
    InvalidValueError
        If the first bytes are not those of a picture, or of a kind that is not read.
    """
    stream.seek(0)
    head = stream.read(_HEAD)
    found = next((kind for kind, start in KINDS.items() if re.match(start, head, re.DOTALL)), "")
    if found == "AVIF" and not _has_avif_brand(head):
        raise not_read("HEIC")  # "mif1" is any picture in this container, most often a telephone's.
    if found:
        return found
    for kind, start in _NOT_READ.items():
        if re.match(start, head, re.DOTALL):
            raise not_read(kind)
    raise InvalidValueError("this is not a picture of a known kind")


def not_read(kind: str) -> InvalidValueError:
    """The error for a valid file of a kind that only other programs read."""
    return InvalidValueError("{kind} pictures are not read; save it as PNG or TIFF", kind=kind)


def _has_avif_brand(head: bytes) -> bool:
    """Whether a file's type box names AVIF as what it is, or is compatible with."""
    brands = head[8 : int.from_bytes(head[:4], "big")]
    return any(brands[at : at + 4] in _AVIF_BRANDS for at in (0, *range(8, len(brands), 4)))
