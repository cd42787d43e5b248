"""The view of a project in a session. It is optional, and errors in it never make a session unreadable."""

from __future__ import annotations

from dataclasses import dataclass

from convexplorer.core.engine.colour import FORMER_NAMES
from convexplorer.io.filters.manifest_fields import Json, Section


@dataclass(frozen=True)
class ViewState:
    """What of the window belongs to a session.

    Parameters
    ----------
    sequential, diverging : str
        Palettes of activations and of signed maps; a reader that does not know one takes its own.
    held : (float, float) or None
        Lowest and highest value of the one scale for all maps, if it is held.
    planes : bool
        Whether R, G and B are shown apart.
    zoom : float
        1 shows all of the input, 2 half its height and width.
    centre : (float, float)
        The point in the middle of the view, in heights and widths of the input.
    comparison : str
        What the maps show instead of all filters: "channels" or "flipped" of the current one; "" for all filters.
    focused : int or None
        The map that is shown large.
    selected : tuple of int
        Selected filters, the current one first.
    pinned : (int, int) or None
        Row and column of the node that is held on to.
    """

    sequential: str = ""
    diverging: str = ""
    held: tuple[float, float] | None = None
    planes: bool = False
    zoom: float = 1.0
    centre: tuple[float, float] = (0.5, 0.5)
    comparison: str = ""
    focused: int | None = None
    selected: tuple[int, ...] = ()
    pinned: tuple[int, int] | None = None


def encode_view(view: ViewState) -> Json:
    """A view's fields."""
    return {
        "sequential": view.sequential,
        "diverging": view.diverging,
        "held": None if view.held is None else list(view.held),
        "planes": view.planes,
        "zoom": view.zoom,
        "centre": list(view.centre),
        "comparison": view.comparison,
        "focused": view.focused,
        "selected": list(view.selected),
        "pinned": None if view.pinned is None else list(view.pinned),
    }


def decode_view(section: Section) -> ViewState:
    """Take a view out of the manifest; whoever shows it judges whether there are such filters and nodes.

    Raises
    ------
    InvalidValueError
        If a field is of the wrong type.
    """
    held = section.take_numbers("held", float, 2) if section.has("held") else None
    centre = section.take_numbers("centre", float, 2) if section.has("centre") else (0.5, 0.5)
    pinned = section.take_numbers("pinned", int, 2) if section.has("pinned") else None
    diverging = section.take("diverging", str, "")
    return ViewState(
        section.take("sequential", str, ""),
        FORMER_NAMES.get(diverging, diverging),
        None if held is None else (held[0], held[1]),
        section.take("planes", bool, False),
        section.take("zoom", float, 1.0),
        (centre[0], centre[1]),
        section.take("comparison", str, ""),
        section.take("focused", int) if section.has("focused") else None,
        section.take_numbers("selected", int) if section.has("selected") else (),
        None if pinned is None else (pinned[0], pinned[1]),
    )
