"""Whose maps the grid shows: the project's layer, a pooling's as a layer that hands on, or the parts of one filter."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from PySide6.QtCore import QObject

from convexplorer.core.explain.filter_parts import identity_layer, split_channels, with_flipped
from convexplorer.core.model.activations import is_signed
from convexplorer.core.model.filters import Filter, FilterBank
from convexplorer.core.model.layers import ConvLayer, Layer, PoolLayer, source
from convexplorer.core.project.project import Project
from convexplorer.gui.document.document import Document
from convexplorer.gui.document.selection import Selection


class ShownLayer(QObject):
    """Makes the layer whose maps are shown out of the project and what is compared.

    Parameters
    ----------
    document : Document
        The project.
    selection : Selection
        Whose current filter is shown in parts.
    parent : QObject
        Qt's owner.
    """

    def __init__(self, document: Document, selection: Selection, parent: QObject) -> None:
        super().__init__(parent)
        self._document = document
        self._selection = selection
        self.comparison = ""
        """What is shown instead of all filters: "channels", "flipped", or nothing but all of them ("")."""
        self._handed_on: tuple[FilterBank, ConvLayer] | None = None
        self._channels: dict[int, ConvLayer] = {}
        self._compared: tuple[str, Filter, FilterBank] | None = None

    @property
    def layer(self) -> ConvLayer:
        """The project's layer, or one made of the parts of the selected filter.

        Parts are shown before the activation, since only sums add up.
        """
        project = self._document.project
        if isinstance(project.shown_layer, PoolLayer):
            return self._pass_on_pooling(project)
        layer, row = project.edited_layer, self._selection.current
        if not self.comparison or not 0 <= row < len(layer.bank):
            return layer
        one = layer.bank[row]
        if self._compared is None or self._compared[:2] != (self.comparison, one):
            self._compared = (self.comparison, one, self._parts(one))
        bank = self._compared[2]
        return replace(layer, bank=bank, activation="none" if self.comparison == "channels" else layer.activation)

    @property
    def stack(self) -> tuple[tuple[Layer, ...], ConvLayer]:
        """The layers that lead to the maps shown, and the one that makes them."""
        project = self._document.project
        pooled = isinstance(project.shown_layer, PoolLayer)
        return project.layers[: project.shown_index + pooled], self.layer

    @property
    def bank(self) -> FilterBank:
        """The filters whose maps are shown; of a pooling, those that hand its maps on."""
        project = self._document.project
        return project.bank if isinstance(project.shown_layer, ConvLayer) else self._pass_on_pooling(project).bank

    @property
    def maps(self) -> list[int]:
        """Which of them have a map: those that are on."""
        return [row for row, one in enumerate(self.bank) if one.enabled]

    @property
    def pooled_filters(self) -> FilterBank | None:
        """The filters whose maps are pooled, if the layer is a pooling of such."""
        project = self._document.project
        pooled = isinstance(project.shown_layer, PoolLayer) and source(project.layers, project.shown_index) is not None
        return project.bank if pooled else None

    def maker(self, row: int) -> Filter | None:
        """The filter that made a map, or whose map was pooled; None where that is a channel of the image."""
        project = self._document.project
        pools_image = isinstance(project.shown_layer, PoolLayer) and source(project.layers, project.shown_index) is None
        return None if pools_image else project.bank[row]

    def cell_of(self, row: int) -> int:
        """Which of the maps shown is the whole map of a filter: of one shown in parts, their sum, or as it is."""
        if not self.comparison or isinstance(self._document.project.shown_layer, PoolLayer):
            return row
        if row != self._selection.current:
            return -1
        return len(self.layer.bank) - 1 if self.comparison == "channels" else 0

    def caption(self) -> str:
        """What a comparison shows, in words."""
        return {
            "": "",
            "channels": self.tr(
                "One filter by channel, before the activation: the maps and the bias add up to the last"
            ),
            "flipped": self.tr(
                "Deep learning's “convolution” is a cross-correlation; the convolution of mathematics flips the kernel"
            ),
        }[self.comparison]

    def _pass_on_pooling(self, project: Project) -> ConvLayer:
        """A layer that hands on what leaves a pooling, so that its maps are shown like any other's."""
        if source(project.layers, project.shown_index) is None:
            channels = project.preparation.channels
            if channels not in self._channels:
                names = self._channel_names(channels)
                ones = [Filter(np.ones((1, 1, 1), np.float32), name=name) for name in names]
                self._channels[channels] = identity_layer(ones, signed=False)
            return self._channels[channels]
        if self._handed_on is None or self._handed_on[0] is not project.bank:
            self._handed_on = (
                project.bank,
                identity_layer(project.bank, signed=is_signed(project.edited_layer.activation)),
            )
        return self._handed_on[1]

    def _channel_names(self, channels: int) -> tuple[str, ...]:
        return (self.tr("Red"), self.tr("Green"), self.tr("Blue")) if channels == 3 else (self.tr("Grey"),)

    def _parts(self, one: Filter) -> FilterBank:
        if self.comparison == "channels":
            return split_channels(one, self._channel_names(one.channels), self.tr("Sum with bias"))
        return with_flipped(one, self.tr("Cross-correlation: as it is"), self.tr("Convolution: kernel flipped"))
