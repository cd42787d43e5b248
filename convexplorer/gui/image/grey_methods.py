"""What the ways to make a picture grey are called, and what they do."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from convexplorer.core.model.preparation import GREY_PARTS, GreyMethod, grey_weights


def grey_titles() -> dict[GreyMethod, str]:
    """Names of all ways, by key."""
    return {
        "rec601": _tr("Rec. 601"),
        "rec709": _tr("Rec. 709"),
        "mean": _tr("Mean"),
        "red": _tr("Red"),
        "green": _tr("Green"),
        "blue": _tr("Blue"),
    }


def grey_formula(method: GreyMethod) -> str:
    """What grey is: "0.299 red + 0.587 green + 0.114 blue"."""
    names = _tr("red"), _tr("green"), _tr("blue")
    if sum(GREY_PARTS[method]) == 1:
        return names[GREY_PARTS[method].index(1)]
    if len(set(GREY_PARTS[method])) == 1:
        return "({} + {} + {}) / 3".format(*names)
    return " + ".join(f"{weight:g} {name}" for weight, name in zip(grey_weights(method), names, strict=True))


def _tr(text: str) -> str:
    return QCoreApplication.translate("grey", text)
