"""What can be done with layers: the records of the Layers menu, and what they do."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import partial

from PySide6.QtCore import QObject, Signal

from convexplorer.core.model.layers import MapOrder, PoolLayer, label, refits
from convexplorer.core.project.layer_edits import (
    add_layer,
    move_layer,
    new_convolution,
    remove_layer,
    select_layer,
    switch_layer,
)
from convexplorer.core.project.project import Project
from convexplorer.errors import InvalidValueError
from convexplorer.gui.document.document import Document
from convexplorer.gui.kit.actions import Action
from convexplorer.gui.kit.error_text import error_text
from convexplorer.gui.kit.fields.typed_text import take_typed
from convexplorer.gui.kit.translation import QT_TRANSLATE_NOOP


class LayerCommands(QObject):
    """Carries out the actions on the document's current layer."""

    refused = Signal(str)
    """One line: why something cannot be done."""
    offered = Signal(str, str, object)
    """Why something cannot be done as it is, what can be done instead, and the function that does it."""
    told = Signal(str)
    """One line: what became of the planes of a layer behind."""
    initialiseRequested = Signal()
    """New weights for the edited convolution are to be chosen."""
    unchanged = Signal()
    """An action that is checked was not done: it goes back to how it was."""
    panelWanted = Signal(str)
    """A panel is to be opened: the action's key."""

    def __init__(self, document: Document, parent: QObject) -> None:
        super().__init__(parent)
        self._document = document

    @property
    def project(self) -> Project:
        """The project as it is now."""
        return self._document.project

    def run(self, key: str, checked: bool = False) -> None:
        """Do what an action says, or say why not; an action may be a moment behind the project."""
        take_typed()
        record = _BY_KEY[key]
        if record.is_enabled is None or record.is_enabled(self):
            record.run(self, checked)

    def initialise(self) -> None:
        """Ask for new weights of the edited convolution."""
        self.initialiseRequested.emit()

    def step(self, to: int) -> None:
        """Look at the layer before (−1) or behind (1)."""
        self._document.navigate(select_layer(self.project, self.project.shown_index + to))

    def edit(self, key: str, *, on: bool = False) -> None:
        """Change the stack, or say why it cannot be changed so."""
        project = self.project
        try:
            text, after = self._edit(key, project, on=on)
        except InvalidValueError as error:
            self._refuse(key, error, on=on)
            return
        self._apply(text, after, _order(key, project))

    def select(self, at: int) -> None:
        """Look at a layer."""
        take_typed()
        self._document.navigate(select_layer(self._document.project, at))

    def _apply(self, text: str, after: Project, order: MapOrder) -> None:
        """Take an edit, and say what became of planes behind it."""
        before = self._document.project
        self._document.apply(text, after)
        if news := self._refit_text(before, after, order):
            self.told.emit(news)

    def _refuse(self, key: str, error: InvalidValueError, *, on: bool) -> None:
        """Say why not; a layer can be switched all the same if planes behind it are matched by position."""
        project = self._document.project
        self.unchanged.emit()
        if key == "switchLayer":
            with suppress(InvalidValueError):
                after = switch_layer(project, project.shown_index, on=on, refit=True)
                run = partial(self._switch, project, after, on=on)
                self.offered.emit(error_text(error), self.tr("Match planes by position"), run)
                return
        self.refused.emit(error_text(error))

    def _switch(self, before: Project, after: Project, *, on: bool) -> None:
        """Do what was offered, unless the layers are others by now."""
        if self._document.project.layers is before.layers:
            name = label(before.layers, before.shown_index)
            self._apply(self._switch_text(on=on).format(name), after, range(len(after.layers)))

    def _switch_text(self, *, on: bool) -> str:
        return self.tr("Switch {0} on") if on else self.tr("Switch {0} off")

    def _refit_text(self, before: Project, after: Project, order: MapOrder) -> str:
        """What became of planes, where layers read another number of maps than before."""
        told = []
        for name, old, new in refits(before.layers, after.layers, order):
            if new < old:
                told.append(self.tr("{0} keeps {1} of its {2} planes, by position").format(name, new, old))
            else:
                told.append(self.tr("{0} has {1} planes more, all zero").format(name, new - old))
        return "; ".join(told)

    def _edit(self, key: str, project: Project, *, on: bool) -> tuple[str, Project]:
        """What the step is called, and the project after it."""
        at, behind = project.shown_index, project.shown_index + 1
        name = label(project.layers, at)
        edits: dict[str, tuple[str, Callable[[], Project]]] = {
            "addConvolution": (
                self.tr("Add convolution"),
                lambda: add_layer(project, behind, new_convolution(project, behind)),
            ),
            "addMaxPooling": (self.tr("Add pooling"), lambda: add_layer(project, behind, PoolLayer("max"))),
            "addAveragePooling": (self.tr("Add pooling"), lambda: add_layer(project, behind, PoolLayer("average"))),
            "switchLayer": (self._switch_text(on=on).format(name), lambda: switch_layer(project, at, on=on)),
            "removeLayer": (self.tr("Remove {0}").format(name), lambda: remove_layer(project, at)),
            "moveLayerBack": (self.tr("Move {0}").format(name), lambda: move_layer(project, at, at - 1)),
            "moveLayerOn": (self.tr("Move {0}").format(name), lambda: move_layer(project, at, at + 2)),
        }
        text, edit = edits[key]
        return text, edit()


def _order(key: str, project: Project) -> MapOrder:
    """Which layer each one was before a command on the current layer."""
    at, order = project.shown_index, list[int | None](range(len(project.layers)))
    if key.startswith("add"):
        order.insert(at + 1, None)
    elif key == "removeLayer":
        del order[at]
    elif key in ("moveLayerBack", "moveLayerOn"):
        other = at + (1 if key == "moveLayerOn" else -1)
        order[at], order[other] = other, at
    return order


LAYER_ACTIONS: tuple[Action[LayerCommands], ...] = (
    Action(
        "addConvolution",
        QT_TRANSLATE_NOOP("actions", "Add &convolution"),
        QT_TRANSLATE_NOOP("actions", "Put a convolution with 8 random filters behind this layer; it reads its maps"),
        run=lambda to, _: to.edit("addConvolution"),
        keys="Ctrl+Shift+L",
        icon="add",
        places=(("layers", 1),),
    ),
    Action(
        "addMaxPooling",
        QT_TRANSLATE_NOOP("actions", "Add &max pooling"),
        QT_TRANSLATE_NOOP("actions", "Keep the largest of every 2 × 2 nodes of this layer's maps"),
        run=lambda to, _: to.edit("addMaxPooling"),
        places=(("layers", 1),),
    ),
    Action(
        "addAveragePooling",
        QT_TRANSLATE_NOOP("actions", "Add &average pooling"),
        QT_TRANSLATE_NOOP("actions", "Take the mean of every 2 × 2 nodes of this layer's maps"),
        run=lambda to, _: to.edit("addAveragePooling"),
        places=(("layers", 1),),
    ),
    Action(
        "initialiseLayer",
        QT_TRANSLATE_NOOP("actions", "&Initialise…"),
        QT_TRANSLATE_NOOP("actions", "Let the layer's weights begin anew: Glorot, He, uniform or zeros, with a seed"),
        run=lambda to, _: to.initialise(),
        keys="Ctrl+Shift+I",
        icon="random",
        places=(("layers", 2),),
    ),
    Action(
        "switchLayer",
        QT_TRANSLATE_NOOP("actions", "Layer is &on"),
        QT_TRANSLATE_NOOP("actions", "Switched off, a layer hands on what reaches it"),
        run=lambda to, on: to.edit("switchLayer", on=on),
        is_checked=lambda to: to.project.shown_layer.enabled,
        places=(("layers", 2),),
    ),
    Action(
        "removeLayer",
        QT_TRANSLATE_NOOP("actions", "&Remove layer"),
        QT_TRANSLATE_NOOP(
            "actions", "Take this layer out; filters behind keep their first planes, one for each map that reaches them"
        ),
        run=lambda to, _: to.edit("removeLayer"),
        is_enabled=lambda to: len(to.project.layers) > 1,
        icon="delete",
        places=(("layers", 2),),
    ),
    Action(
        "moveLayerBack",
        QT_TRANSLATE_NOOP("actions", "Move towards the &image"),
        QT_TRANSLATE_NOOP("actions", "Exchange this layer with the one before it; planes are matched by position"),
        run=lambda to, _: to.edit("moveLayerBack"),
        is_enabled=lambda to: to.project.shown_index > 0,
        keys="Ctrl+Shift+Left",
        places=(("layers", 2),),
    ),
    Action(
        "moveLayerOn",
        QT_TRANSLATE_NOOP("actions", "Move a&way from the image"),
        QT_TRANSLATE_NOOP("actions", "Exchange this layer with the one behind it; planes are matched by position"),
        run=lambda to, _: to.edit("moveLayerOn"),
        is_enabled=lambda to: to.project.shown_index < len(to.project.layers) - 1,
        keys="Ctrl+Shift+Right",
        places=(("layers", 2),),
    ),
    Action(
        "previousLayer",
        QT_TRANSLATE_NOOP("actions", "&Previous layer"),
        QT_TRANSLATE_NOOP("actions", "Look at the layer that feeds this one"),
        run=lambda to, _: to.step(-1),
        is_enabled=lambda to: to.project.shown_index > 0,
        keys="Alt+PgUp",
        places=(("layers", 3),),
    ),
    Action(
        "nextLayer",
        QT_TRANSLATE_NOOP("actions", "&Next layer"),
        QT_TRANSLATE_NOOP("actions", "Look at the layer that this one feeds"),
        run=lambda to, _: to.step(1),
        is_enabled=lambda to: to.project.shown_index < len(to.project.layers) - 1,
        keys="Alt+PgDown",
        places=(("layers", 3),),
    ),
    Action(
        "compareDense",
        QT_TRANSLATE_NOOP("actions", "&Dense or convolutional"),
        QT_TRANSLATE_NOOP("actions", "Compare this layer with a dense one: numbers, connections, and a moved image"),
        run=lambda to, _: to.panelWanted.emit("compareDense"),
        keys="Ctrl+Shift+D",
        places=(("layers", 4),),
    ),
    Action(
        "networkTable",
        QT_TRANSLATE_NOOP("actions", "Net&work in figures"),
        QT_TRANSLATE_NOOP("actions", "Show sizes, receptive fields and costs of all layers in a table"),
        run=lambda to, _: to.panelWanted.emit("networkTable"),
        keys="Ctrl+Shift+T",
        places=(("layers", 4),),
    ),
)
"""What can be done with layers, in the order of a menu."""

_BY_KEY = {record.key: record for record in LAYER_ACTIONS}
