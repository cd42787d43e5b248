"""The whole equation of one node, from the inputs under its window to its value on the map."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRect, Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent
from PySide6.QtWidgets import QWidget

from convexplorer.core.engine.colour import Scale
from convexplorer.core.engine.strongest import Place
from convexplorer.core.explain.equation import latex, plain_text
from convexplorer.core.explain.explain import NodeExplanation
from convexplorer.core.explain.printed import PrintedNode, format_node
from convexplorer.core.model.filters import Filter
from convexplorer.core.runtime.types import Values
from convexplorer.gui.canvas.panel_picture import panel_picture
from convexplorer.gui.node.contributions_model import Sources
from convexplorer.gui.node.faces import bold_font
from convexplorer.gui.node.layout import BlockCell, is_printed
from convexplorer.gui.node.lens import NodeLens
from convexplorer.gui.node.loupe import Surroundings


class NodePanel(NodeLens):
    """Shows a node of the selected filter's map; what is asked for here, the window does.

    Parameters
    ----------
    parent : QWidget, optional
        Qt's owner.
    """

    cellHovered = Signal(object)
    """(channel, row, column) of the cell under the mouse or chosen by keys, or None."""
    cellActivated = Signal(object)
    """(channel, row, column) of a cell whose input is to be followed down a layer."""
    mapFollowed = Signal(int)
    """A channel whose strongest input is to be followed down a layer."""
    attributionToggled = Signal(bool)
    """What drove the node is to be shown on the image, or not."""
    placeChosen = Signal(int, int)
    """Row and column of a node to go to, typed or picked among the strongest."""
    channelSwitched = Signal(int, bool)
    """A channel's contribution is to be switched on or off."""
    letGo = Signal()
    """The node is to follow the mouse again."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("nodePanel")
        self._node: NodeExplanation | None = None
        self._inside: NDArray[np.bool_] = np.ones((1, 1), np.bool_)
        self._filter: Filter | None = None
        self._muted: frozenset[int] = frozenset()
        self._pinned = False
        self._sources: Sources | None = None
        self._pooled: int | None = None
        self._told_gain: tuple[Filter | None, frozenset[int], bool, bool] = None, frozenset(), True, True
        self._top = 1.0
        self._chosen: int | None = None
        self.set_hint("")
        self._connect()

    def _connect(self) -> None:
        self.header.placeChosen.connect(self.placeChosen)
        self.header.letGo.connect(self.letGo)
        self.result.copyRequested.connect(self.copy)
        self.blocks.cellHovered.connect(self._cell_hovered)
        self.header.attributionToggled.connect(self.attributionToggled)
        self.maps.chosen.connect(self._choose_map)
        self.maps.followed.connect(self.mapFollowed)
        self.maps.switched.connect(self.channelSwitched)
        self.maps.orderChanged.connect(self._show_equation)
        self.blocks.cellActivated.connect(self.cellActivated)
        self.blocks.channelSwitched.connect(self.channelSwitched)
        self.places.placeChosen.connect(self.placeChosen)

    # --- what is shown -------------------------------------------------------------------------------------------

    def show_node(
        self,
        node: NodeExplanation | None,
        place: tuple[int, int] | None,
        origin: tuple[int, int],
        size: tuple[int, int],
        pinned: bool,
        inside: NDArray[np.bool_],
        dilation: int = 1,
        sources: Sources | None = None,
        pooled: int | None = None,
        surroundings: Surroundings | None = None,
    ) -> None:
        """Show a node, or how to get one.

        Parameters
        ----------
        node : NodeExplanation or None
            The equation; which channels count in it follows from `set_muted`.
        place : (int, int) or None
            Row and column of the node.
        origin : (int, int)
            Input row and column of its first weight; negative in the padding.
        size : (int, int)
            Rows and columns of the map.
        pinned : bool
            Whether it stays while the mouse moves on.
        inside : ndarray, shape (kh, kw), bool
            Which inputs lie in the image rather than in the padding.
        dilation : int
            Input pixels from one weight to the next.
        sources : Sources, optional
            What the maps are called that the node read; without them it read the image.
        pooled : int, optional
            Which map it is that is pooled.
        surroundings : Surroundings, optional
            The image around its window, for the loupe; of a node that read maps these are listed instead.
        """
        before = self._node
        self._node = node = None if node is None else node.with_muted(self._muted)
        if not pinned or before is None or node is None or before.filter is not node.filter:
            self._chosen = None
        self._inside, self._pinned = inside, pinned
        self._sources, self._pooled = sources, pooled
        self._notes.origin, self._notes.dilation, self._notes.sources = origin, dilation, sources
        self._notes.pooled = pooled
        if node is not None and node.pooling is None:
            self.show_filter(node.filter)
        self._show_gain()
        self.header.show_place(place, size, "" if node is None else self._window_text(node), pinned=pinned)
        self.places.show_current(place)
        self.loupe.show_surroundings(surroundings if node is not None and sources is None else None)
        self._show_equation()
        self.folding.follow(node=node is not None, pinned=pinned)

    def set_hint(self, text: str) -> None:
        """What to say while there is no node; "" says how to get one."""
        self.header.set_hint(
            text or self.tr("Hover the image or a map to see how a node is computed. Click to pin it.")
        )

    def show_filter(self, one: Filter | None) -> None:
        """Show whose node it is; `show_node` does so, too."""
        if one is not self._filter:
            self._filter = one
            self.header.show_filter(one)
            self.places.show_filter(one)
            self._show_gain()

    def set_muted(self, muted: frozenset[int]) -> None:
        """Leave the contributions of some channels out of the sum, of every node until told otherwise."""
        if muted != self._muted:
            self._muted = muted
            self._show_gain()
            if self._node is not None:
                self._node = self._node.with_muted(muted)
                self._show_equation()

    def set_strongest(
        self, places: Sequence[Place], peak_patches: Sequence[Values], total_equal: int, top: float = 1.0
    ) -> None:
        """Show the strongest places of the selected filter's map (`NodePlaces.show_places`)."""
        self.places.show_places(places, peak_patches, total_equal, top)

    def forget_strongest(self, *, off: bool = False) -> None:
        """It is not known where the filter is strongest; where it is off, it has no map."""
        self.places.show_unknown(off=off)

    def set_colours(self, scale: Scale | None, *, diverging: str = "blue–red", top: float = 1.0) -> None:
        """Colour as the pictures do.

        Parameters
        ----------
        scale : Scale or None
            That of the selected filter's map, for the value.
        diverging : str
            Palette of signed numbers, for the products.
        top : float
            Input that is shown as white.
        """
        self._top = top
        self.maps.set_colours(top, diverging)
        self.sum.set_scale(scale)
        self.blocks.set_colours(top, diverging)

    def mark_cell(self, cell: BlockCell | None) -> None:
        """Mark an input, its weight and their product, as when they are hovered here."""
        if cell is not None and self._lists_maps() and self.maps.model.row_of(cell[0]) >= 0:
            self._choose_map(cell[0])
        self.blocks.mark(cell)
        self._scroll_to(self.blocks.marked)
        self._notes.show_cell(self.blocks.blocks, self.blocks.marked)

    def copy(self, kind: str) -> None:
        """Put the equation on the clipboard, as "text", "latex" or "picture"."""
        if self._node is None:
            return
        if kind == "picture":
            parts = [one for one in (self.loupe, self.maps, self.blocks, self.sum) if one.isVisibleTo(self)]
            font = bold_font(parts[0].font(), 14)
            QGuiApplication.clipboard().setImage(panel_picture(self.header.title(), font, parts))
            self._notes.say(self.tr("Copied as a picture"))
            return
        QGuiApplication.clipboard().setText((latex if kind == "latex" else plain_text)(self._node))
        self._notes.say(self.tr("Copied as LaTeX") if kind == "latex" else self.tr("Copied as text"))

    def _show_equation(self) -> None:
        node = self._node
        numbers = None if node is None else format_node(node)
        alone = self._show_maps(numbers)
        walked = self.maps.view.hasFocus() and not self._lists_maps()
        self.blocks.show_node(node, self._inside, alone, numbers)
        self.sum.show_node(node, numbers)
        self.result.set_usable(on=node is not None)
        if node is not None:  # Without one all stays where it is, for the next.
            self.list_maps(on=self._lists_maps())
        if walked and node is not None:  # by keys, from maps down to pixels
            self.blocks.setFocus(Qt.FocusReason.TabFocusReason)
        self.blocks.setAccessibleDescription("" if node is None else self._spoken_equation(node))
        self._notes.show_cell(self.blocks.blocks, self.blocks.marked)

    def _show_gain(self) -> None:
        """Say what the filter does to brightness, if it is no pooling and has changed."""
        picture = self._sources is None
        patch = None if self._node is None else self._node.patch
        bounded = picture and self._top <= 1 and (patch is None or bool(patch.min() >= 0 and patch.max() <= 1))
        told = None if self._pooled is not None else self._filter, self._muted, picture, bounded
        if told != self._told_gain:
            self._told_gain = told
            self._notes.show_gain(*told[:2], picture=picture, bounded=bounded)

    def _lists_maps(self) -> bool:
        """Whether the maps that were read are listed, and the cells are those of one of them."""
        return self._node is not None and self._sources is not None

    def _show_maps(self, numbers: PrintedNode | None) -> int | None:
        """List what each map gave; which channel's cells are to be shown alone."""
        node, sources = self._node, self._sources
        if node is None or numbers is None or sources is None:
            return None
        channels = list(range(len(node.patch))) if self._pooled is None else [self._pooled]
        shown = self.maps.show_node(node, numbers, channels, sources, self._chosen)
        return shown if self._pooled is None else 0

    def _choose_map(self, channel: int) -> None:
        """Show the cells of one of the listed maps."""
        if self._chosen != channel and self._pooled is None:
            self._chosen = channel
            self._show_equation()

    def _window_text(self, node: NodeExplanation) -> str:
        height, width = ((length - 1) * self._notes.dilation for length in node.patch.shape[1:])
        top, left = self._notes.origin
        return self.tr("Window: rows {0} to {1}, columns {2} to {3}").format(
            *(str(at).replace("-", "−") for at in (top, top + height, left, left + width))
        )

    def _spoken_equation(self, node: NodeExplanation) -> str:
        """The equation for screen readers: whole, or only its sums where the cells hold no numbers."""
        text = plain_text(node) if is_printed(node.patch.shape) and len(node.patch) <= 3 else ""
        return text or self.sum.accessibleName()

    # --- following -----------------------------------------------------------------------------------------------

    def _cell_hovered(self, cell: BlockCell | None) -> None:
        if self.blocks.hasFocus():
            self._scroll_to(cell)
        self._notes.show_cell(self.blocks.blocks, self.blocks.marked)
        self.cellHovered.emit(cell)

    def _scroll_to(self, cell: BlockCell | None) -> None:
        """Bring a cell into view."""
        if cell is not None and self.blocks.blocks is not None:
            rect = self.blocks.area_of(cell) or QRect()
            self._scroll.ensureVisible(rect.center().x(), rect.center().y(), rect.width(), rect.height())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc lets a pinned node go."""
        if event.key() == Qt.Key.Key_Escape and self._pinned:
            self.letGo.emit()
        else:
            super().keyPressEvent(event)
