"""What a message keeps when it is too long."""

from __future__ import annotations

from convexplorer.core.project.training_settings import Rule
from convexplorer.errors import MAX_MESSAGE, InvalidValueError, UnreadableFileError
from convexplorer.gui.kit.error_text import error_text


def test_numbers_are_never_cut():
    problem = InvalidValueError(
        "{width} × {height} pixels are too many; the limit is {side} a side and {most} megapixels",
        width=100_000,
        height=100_000,
        side=32768,
        most=100,
    )
    error = UnreadableFileError("{file}: {problem}", file="a_long_name_of_a_picture" * 5 + ".png", problem=problem)
    for text in (str(error), error_text(error)):
        assert "100000 × 100000 pixels are too many; the limit is 32768 a side and 100 megapixels" in text
        assert len(text) <= MAX_MESSAGE


def test_a_quoted_error_is_cut_after_names_and_keeps_its_numbers():
    problem = InvalidValueError("x" * 80 + " {name} at most {most}", name="y" * 80, most=12345)
    text = str(UnreadableFileError("{file}: {problem}", file="z" * 200, problem=problem))
    assert len(text) <= MAX_MESSAGE
    assert text.endswith("at most 12345")


def test_rates_are_refused_with_their_true_bounds():
    def refusal(**numbers):
        try:
            Rule("momentum", **{"rate": 0.1, **numbers})
        except InvalidValueError as error:
            return str(error)
        return ""

    assert refusal(rate=1e10) == "the learning rate is above 0 and at most 1000000, not 1e10"
    assert refusal(rate=-1) == "the learning rate is above 0 and at most 1000000, not −1"
    assert refusal(decay=1e4) == "weight decay is a number from 0 to 1000, not 10000"
    assert refusal(rate=1e6, decay=1000) == ""
