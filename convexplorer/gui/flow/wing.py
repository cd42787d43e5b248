"""The picture of the whole network in the window: made when it is first asked for, in the place of the maps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QStackedWidget, QWidget

from convexplorer.gui.canvas.exploration import Exploration
from convexplorer.gui.node.tracer import Tracer

if TYPE_CHECKING:
    from convexplorer.gui.flow.presenter import FlowPresenter
    from convexplorer.gui.flow.view import FlowView


class FlowWing(QObject):
    """Switches between the maps of one layer and the whole network.

    Parameters
    ----------
    exploration : Exploration
        What all wings share.
    tracer : Tracer
        Goes to the nodes that are clicked.
    maps : QWidget
        What stands there while the network is not shown.
    parent : QObject
        Qt's owner.
    """

    switched = Signal(bool)
    """The network is shown, or no longer."""

    def __init__(self, exploration: Exploration, tracer: Tracer, maps: QWidget, parent: QObject) -> None:
        super().__init__(parent)
        self._exploration = exploration
        self._tracer = tracer
        self._maps = maps
        self.stack = QStackedWidget()
        self.stack.addWidget(maps)
        self.view: FlowView | None = None
        self.presenter: FlowPresenter | None = None

    @property
    def on(self) -> bool:
        """Whether the network is shown."""
        return self.view is not None and self.stack.currentWidget() is self.view

    def switch(self, *, on: bool) -> None:
        """Show the whole network, or the maps of one layer."""
        if on == self.on:
            return
        view, presenter = self._make()
        self.stack.setCurrentWidget(view if on else self._maps)
        presenter.set_active(on=on)
        (view if on else self._maps).setFocus()
        self.switched.emit(on)

    def close(self) -> None:
        """Stop for good."""
        if self.presenter is not None:
            self.presenter.close()

    def _make(self) -> tuple[FlowView, FlowPresenter]:
        if self.view is None or self.presenter is None:
            from convexplorer.gui.flow.presenter import FlowPresenter
            from convexplorer.gui.flow.view import FlowView

            self.view = FlowView()
            self.stack.addWidget(self.view)
            self.presenter = FlowPresenter(self._exploration, self._tracer, self.view, self)
            self.presenter.failed.connect(self._exploration.failed)
            self.view.opened.connect(self._open)
        return self.view, self.presenter

    def _open(self, layer: int, index: int) -> None:
        """Show the maps of one layer, a certain one selected."""
        self._tracer.look_at(layer, index)
        self.switch(on=False)
