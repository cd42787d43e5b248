"""Digits: 28 × 28 pictures of 0 to 9, from a font and from strokes as a hand draws them, each distorted its own way.

P. Simard, D. Steinkraus and J. Platt, "Best practices for convolutional neural networks applied to visual document
analysis", ICDAR 2003, show why distorting digits (affine, and by a smooth random field) makes a set to learn from.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from convexplorer.core.learn.datasets import Dataset, Examples

SIZE = 28
"""Rows and columns of a picture, as in MNIST."""

_DRAWN = 84
_STROKE_MODELS = 16
_FIELD = 5
_AT_ONCE = 1000

Points = list[tuple[float, float]]
Reals = NDArray[np.float32]

_SKELETONS: dict[int, list[list[Points]]] = {
    0: [
        [[(50, 12), (25, 30), (24, 70), (50, 88), (76, 70), (75, 30), (50, 12)]],
        [[(58, 12), (30, 26), (28, 72), (52, 88), (72, 66), (72, 28), (52, 10), (40, 18)]],
    ],
    1: [
        [[(50, 10), (50, 90)]],
        [[(34, 28), (54, 10), (54, 90)]],
        [[(34, 28), (52, 10), (52, 88)], [(32, 89), (72, 89)]],
    ],
    2: [
        [[(26, 30), (36, 13), (60, 12), (72, 30), (58, 54), (26, 88)], [(26, 88), (76, 88)]],
        [[(28, 26), (50, 10), (72, 28), (56, 58), (34, 84), (26, 76), (40, 72), (60, 86), (78, 82)]],
    ],
    3: [
        [[(28, 18), (52, 10), (70, 26), (60, 44), (42, 48)], [(42, 48), (66, 54), (74, 72), (54, 90), (26, 80)]],
        [[(28, 12), (72, 12)], [(72, 12), (44, 44)], [(44, 44), (70, 52), (72, 76), (50, 90), (26, 80)]],
    ],
    4: [
        [[(60, 10), (24, 62)], [(24, 62), (80, 62)], [(62, 36), (62, 90)]],
        [[(32, 12), (28, 46), (38, 54), (72, 50)], [(70, 12), (66, 90)]],
    ],
    5: [
        [[(72, 12), (34, 12)], [(34, 12), (30, 46)], [(30, 46), (54, 40), (74, 56), (68, 80), (44, 90), (26, 80)]],
        [[(70, 14), (40, 14), (34, 44), (60, 46), (70, 66), (52, 88), (26, 82)]],
    ],
    6: [
        [[(66, 12), (38, 34), (26, 66), (42, 88), (66, 80), (70, 60), (52, 50), (30, 62)]],
        [[(54, 10), (32, 50), (30, 74), (50, 90), (70, 74), (58, 54), (34, 64)]],
    ],
    7: [
        [[(24, 14), (76, 14)], [(76, 14), (42, 90)]],
        [[(24, 16), (74, 14)], [(74, 14), (54, 48), (44, 90)], [(36, 50), (68, 50)]],
    ],
    8: [
        [[(66, 24), (48, 11), (32, 26), (48, 46), (70, 66), (54, 89), (30, 76), (38, 58), (62, 42), (66, 24)]],
        [[(50, 11), (33, 28), (50, 47), (67, 28), (50, 11)], [(50, 47), (28, 68), (50, 90), (72, 68), (50, 47)]],
    ],
    9: [
        [[(70, 32), (52, 12), (30, 26), (36, 48), (58, 50), (70, 32)], [(70, 32), (68, 62), (58, 90)]],
        [[(68, 26), (46, 12), (32, 32), (48, 50), (70, 34)], [(70, 24), (72, 70), (54, 90), (32, 82)]],
    ],
}
"""For each digit the ways it is written: strokes as points (x, y) of a 100 × 100 square, joined by smooth curves."""


def digits(seed: int = 0, train: int = 10_000, test: int = 2_000) -> Dataset:
    """Distorted digits, white on black.

    Half of the models come from a font in several weights, half are strokes with points of their own; the test part
    has other strokes than the training part. Every picture is then turned, sheared, scaled, shifted and warped.

    Parameters
    ----------
    seed : int
        The same seed gives the same pictures with the same version of Pillow.
    train, test : int
        How many pictures; as many of each digit, up to one.

    Returns
    -------
    Dataset
        Grey, `SIZE` × `SIZE`, uint8.
    """
    generator = np.random.default_rng(seed)
    parts = []
    for count in (train, test):
        labels = generator.permutation(np.arange(count) % 10)
        models = np.stack([_make_models(digit, generator) for digit in range(10)])
        chosen = models[labels, generator.integers(0, models.shape[1], count)]
        pictures = [_distort(chosen[begin : begin + _AT_ONCE], generator) for begin in range(0, count, _AT_ONCE)]
        parts.append(Examples(np.concatenate(pictures)[:, np.newaxis], labels))
    return Dataset("Digits", tuple("0123456789"), parts[0], parts[1])


def _make_models(digit: int, generator: np.random.Generator) -> NDArray[np.uint8]:
    """Pictures of one digit to be distorted, (models, _DRAWN, _DRAWN)."""
    drawn = [_draw_letter(digit, weight) for weight in range(4)] * (_STROKE_MODELS // 4)
    ways = _SKELETONS[digit]
    drawn += [_draw_strokes(ways[number % len(ways)], generator) for number in range(_STROKE_MODELS)]
    return np.stack([np.asarray(one.filter(ImageFilter.GaussianBlur(1.0))) for one in drawn])


def _draw_letter(digit: int, weight: int) -> Image.Image:
    """A digit of Pillow's own font, as tall as the strokes are; the weight thickens it by pixels on each side."""
    picture = Image.new("L", (_DRAWN, _DRAWN))
    font = ImageFont.load_default(1.05 * _DRAWN)
    ImageDraw.Draw(picture).text(
        (_DRAWN / 2, _DRAWN / 2), str(digit), 255, font, anchor="mm", stroke_width=weight, stroke_fill=255
    )
    return picture


def _draw_strokes(strokes: list[Points], generator: np.random.Generator) -> Image.Image:
    """A digit drawn with a round pen, its points moved a little."""
    picture = Image.new("L", (_DRAWN, _DRAWN))
    draw = ImageDraw.Draw(picture)
    pen = generator.uniform(2.2, 5.4)
    moved: dict[tuple[float, float], tuple[float, float]] = {}
    for stroke in strokes:
        for x, y in stroke:
            # Strokes that meet go on meeting.
            if (x, y) not in moved:
                moved[x, y] = (x + generator.normal(0, 2.2), y + generator.normal(0, 2.2))
        for x, y in _curve([moved[point] for point in stroke]):
            at_x, at_y = x * _DRAWN / 100, y * _DRAWN / 100
            draw.ellipse((at_x - pen, at_y - pen, at_x + pen, at_y + pen), fill=255)
    return picture


def _curve(points: Points, steps: int = 24) -> NDArray[np.float64]:
    """A Catmull–Rom spline through points, (n, 2), in steps close enough for a pen to draw a line."""
    path = np.array([points[0], *points, points[-1]])
    t = np.linspace(0, 1, steps)[:, np.newaxis]
    pieces = []
    for a, b, c, d in zip(path, path[1:], path[2:], path[3:], strict=False):
        pieces.append(b + 0.5 * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a))))
    return np.concatenate(pieces)


def _distort(models: NDArray[np.uint8], generator: np.random.Generator) -> NDArray[np.uint8]:
    """Turn, shear, scale, shift and warp pictures (N, _DRAWN, _DRAWN) into (N, SIZE, SIZE), each in its own way."""
    count = len(models)
    angle = np.deg2rad(generator.normal(0, 8, count))
    shear = generator.normal(0, 0.15, count)
    # The digit takes about 20 of the 28 pixels, as in MNIST.
    scale = _DRAWN / SIZE * 0.93 / generator.uniform(0.78, 1.12, (2, count))
    cosine, sine = np.cos(angle), np.sin(angle)
    matrix = np.array([[scale[0] * cosine, scale[0] * (shear - sine)], [scale[1] * sine, scale[1] * cosine]])
    shift = generator.normal(0, 1.2, (2, count, 1, 1))
    at = np.arange(SIZE) - (SIZE - 1) / 2
    x, y = at + shift[0], at[:, np.newaxis] + shift[1]
    bend = 0.9 * _smooth_fields(2 * count, generator).reshape(2, count, SIZE, SIZE)
    x, y = x + bend[0], y + bend[1]
    m = matrix[..., np.newaxis, np.newaxis]
    centre = (_DRAWN - 1) / 2
    return _sample(models, m[1, 0] * x + m[1, 1] * y + centre, m[0, 0] * x + m[0, 1] * y + centre, generator)


def _smooth_fields(count: int, generator: np.random.Generator) -> Reals:
    """Random surfaces (count, SIZE, SIZE) through normal numbers on a coarse grid, bilinear between them."""
    coarse = generator.standard_normal((count, _FIELD, _FIELD)).astype(np.float32)
    place = np.linspace(0, _FIELD - 1, SIZE)
    # Row n holds the shares that the coarse points have in place n.
    shares = np.maximum(0, 1 - np.abs(place[:, np.newaxis] - np.arange(_FIELD))).astype(np.float32)
    fields: Reals = shares @ coarse @ shares.T
    return fields


def _sample(
    models: NDArray[np.uint8], rows: NDArray[np.float64], columns: NDArray[np.float64], generator: np.random.Generator
) -> NDArray[np.uint8]:
    """Values between pixels, bilinear; what lies outside is black. A little contrast and noise of a scan is added."""
    framed = np.pad(models, ((0, 0), (1, 2), (1, 2)))
    rows, columns = (np.clip(one + 1, 0, _DRAWN + 1) for one in (rows, columns))
    top, left = rows.astype(np.intp), columns.astype(np.intp)
    down, right = (rows - top).astype(np.float32), (columns - left).astype(np.float32)
    number = np.arange(len(models))[:, np.newaxis, np.newaxis]
    upper = framed[number, top, left] * (1 - right) + framed[number, top, left + 1] * right
    lower = framed[number, top + 1, left] * (1 - right) + framed[number, top + 1, left + 1] * right
    values = upper * (1 - down) + lower * down
    values *= generator.uniform(0.75, 1.0, (len(models), 1, 1)).astype(np.float32)
    values += 6 * generator.standard_normal(values.shape, np.float32) * (values > 4)
    return np.rint(np.clip(values, 0, 255)).astype(np.uint8)
