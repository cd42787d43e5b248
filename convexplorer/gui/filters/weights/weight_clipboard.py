"""Weights to and from the clipboard, for the table."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMenu, QWidget

from convexplorer.core.project.project import Project
from convexplorer.errors import ConvExplorerError
from convexplorer.gui.filters.weights.clipboard_blocks import (
    Block,
    WeightCell,
    clipboard_block,
    overhangs,
    paste_at,
    paste_whole,
    text_of,
)
from convexplorer.gui.filters.weights.weight_model import WeightTableModel
from convexplorer.gui.kit.error_text import error_text


class WeightClipboard(QObject):
    """Copies from and pastes into the filter of a model.

    Parameters
    ----------
    model : WeightTableModel
        Where the weights are.
    cells : callable
        Gives the selected cells.
    say : callable
        Takes one line for the user.
    parent : QObject
        Qt's owner.
    """

    def __init__(
        self,
        model: WeightTableModel,
        cells: Callable[[], list[WeightCell]],
        say: Callable[[str], object],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._model = model
        self._cells = cells
        self._say = say

    def copy(self) -> None:
        """Put the selected block on the clipboard as tab-separated text."""
        if cells := self._cells():
            QGuiApplication.clipboard().setText(text_of(self._model.weights, cells))

    def paste(self) -> None:
        """Write the block at the first selected cell; over a selection of all cells, make it the whole filter."""
        cells = self._cells()
        if not cells:
            return
        if len(cells) == self._model.weights.size:
            self.paste_whole()
        else:
            channels, rows, columns = zip(*cells, strict=True)
            at = min(channels), min(rows), min(columns)
            planes = self._apply(
                self.tr("Paste weights"), lambda project, planes: paste_at(project, self._model.row, at, planes)
            )
            if overhangs(self._model.weights.shape, at, planes):
                if self._model.plane is None:
                    self._say(self.tr("Cut to the kernel. To resize it, select all (Ctrl+A) before pasting"))
                else:
                    self._say(self.tr("Cut to the kernel; its size is set among the layer’s settings (Ctrl+L)"))

    def paste_whole(self) -> None:
        """Make the block the filter; all kernels take its size."""
        self._apply(self.tr("Paste filter"), lambda project, planes: paste_whole(project, self._model.row, planes))

    def zero(self) -> None:
        """Set the selected cells to zero."""
        self._model.zero(self._cells())

    def menu(self, parent: QWidget) -> QMenu:
        """A menu of all this, which is gone when it closes."""
        menu = QMenu(parent)
        menu.setObjectName("weightMenu")
        menu.setToolTipsVisible(True)
        menu.aboutToHide.connect(menu.deleteLater)
        for text, tip, run in (
            (self.tr("Copy"), self.tr("Copy the selected weights as tab-separated text"), self.copy),
            (self.tr("Paste"), self.tr("Write the block on the clipboard from the first selected cell on"), self.paste),
            (
                self.tr("Paste as whole filter"),
                self.tr("Take the block on the clipboard as the filter; all kernels take its size"),
                self.paste_whole,
            ),
            (self.tr("Set to zero"), self.tr("Zero the selected weights"), self.zero),
        ):
            menu.addAction(text, run).setToolTip(tip)
        return menu

    def _apply(self, label: str, edit: Callable[[Project, list[Block]], Project]) -> list[Block]:
        """Edit the document with the block on the clipboard; returns it, or nothing if it was refused."""
        try:
            planes = clipboard_block()
            self._model.apply(label, lambda project: edit(project, planes))
        except ConvExplorerError as error:
            self._say(error_text(error))
            return []
        return planes
