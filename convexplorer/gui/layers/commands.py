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
from convexplorer.gui.kit.actions import ActionSpec
from convexplorer.gui.kit.error_text import error_text
from convexplorer.gui.kit.fields.typed_text import take_typed
from convexplorer.gui.kit.translation import QT_TRANSLATE_NOOP

LAYER_ACTIONS: tuple[ActionSpec, ...] = (
    ActionSpec(
        "addConvolution",
        QT_TRANSLATE_NOOP("actions", "Add &convolution"),
        QT_TRANSLATE_NOOP("actions", "Put a convolution with 8 random filters behind this layer; it reads its maps"),
        "Ctrl+Shift+L",
        "add",
    ),
    ActionSpec(
        "addMaxPooling",
        QT_TRANSLATE_NOOP("actions", "Add &max pooling"),
        QT_TRANSLATE_NOOP("actions", "Keep the largest of every 2 × 2 nodes of this layer's maps"),
    ),
    ActionSpec(
        "addAveragePooling",
        QT_TRANSLATE_NOOP("actions", "Add &average pooling"),
        QT_TRANSLATE_NOOP("actions", "Take the mean of every 2 × 2 nodes of this layer's maps"),
    ),
    ActionSpec(
        "initialiseLayer",
        QT_TRANSLATE_NOOP("actions", "&Initialise…"),
        QT_TRANSLATE_NOOP("actions", "Let the layer's weights begin anew: Glorot, He, uniform or zeros, with a seed"),
        "Ctrl+Shift+I",
        "random",
    ),
    ActionSpec(
        "switchLayer",
        QT_TRANSLATE_NOOP("actions", "Layer is &on"),
        QT_TRANSLATE_NOOP("actions", "Switched off, a layer hands on what reaches it"),
        checkable=True,
    ),
    ActionSpec(
        "removeLayer",
        QT_TRANSLATE_NOOP("actions", "&Remove layer"),
        QT_TRANSLATE_NOOP(
            "actions", "Take this layer out; filters behind keep their first planes, one for each map that reaches them"
        ),
        "",
        "delete",
    ),
    ActionSpec(
        "moveLayerBack",
        QT_TRANSLATE_NOOP("actions", "Move towards the &image"),
        QT_TRANSLATE_NOOP("actions", "Exchange this layer with the one before it; planes are matched by position"),
        "Ctrl+Shift+Left",
    ),
    ActionSpec(
        "moveLayerOn",
        QT_TRANSLATE_NOOP("actions", "Move a&way from the image"),
        QT_TRANSLATE_NOOP("actions", "Exchange this layer with the one behind it; planes are matched by position"),
        "Ctrl+Shift+Right",
    ),
    ActionSpec(
        "previousLayer",
        QT_TRANSLATE_NOOP("actions", "&Previous layer"),
        QT_TRANSLATE_NOOP("actions", "Look at the layer that feeds this one"),
        "Alt+PgUp",
    ),
    ActionSpec(
        "nextLayer",
        QT_TRANSLATE_NOOP("actions", "&Next layer"),
        QT_TRANSLATE_NOOP("actions", "Look at the layer that this one feeds"),
        "Alt+PgDown",
    ),
    ActionSpec(
        "compareDense",
        QT_TRANSLATE_NOOP("actions", "&Dense or convolutional"),
        QT_TRANSLATE_NOOP("actions", "Compare this layer with a dense one: numbers, connections, and a moved image"),
        "Ctrl+Shift+D",
    ),
    ActionSpec(
        "networkTable",
        QT_TRANSLATE_NOOP("actions", "Net&work in figures"),
        QT_TRANSLATE_NOOP("actions", "Show sizes, receptive fields and costs of all layers in a table"),
        "Ctrl+Shift+T",
    ),
)
LAYER_MENU = (
    "addConvolution",
    "addMaxPooling",
    "addAveragePooling",
    "-",
    "initialiseLayer",
    "switchLayer",
    "removeLayer",
    "moveLayerBack",
    "moveLayerOn",
    "-",
    "previousLayer",
    "nextLayer",
    "-",
    "compareDense",
    "networkTable",
)
PANELS = {"compareDense", "networkTable"}
"""Actions that open a panel."""


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

    def run(self, key: str, checked: bool = False) -> None:
        """Do what an action says, or say why not."""
        if key in PANELS:
            self.panelWanted.emit(key)
            return
        take_typed()
        if not self.enabled(key):
            return  # An action may be a moment behind the project.
        project = self._document.project
        if key == "initialiseLayer":
            self.initialiseRequested.emit()
            return
        try:
            text, after = self._edit(key, project, on=checked)
        except InvalidValueError as error:
            self._refuse(key, error, on=checked)
            return
        if text:
            self._apply(text, after, _order(key, project))
        else:
            self._document.navigate(after)

    def select(self, at: int) -> None:
        """Look at a layer."""
        take_typed()
        self._document.navigate(select_layer(self._document.project, at))

    def enabled(self, key: str) -> bool:
        """Whether there is something to be done."""
        project = self._document.project
        last = len(project.layers) - 1
        return {
            "removeLayer": last > 0,
            "moveLayerBack": project.shown_index > 0,
            "previousLayer": project.shown_index > 0,
            "moveLayerOn": project.shown_index < last,
            "nextLayer": project.shown_index < last,
        }.get(key, True)

    def _apply(self, text: str, after: Project, order: MapOrder) -> None:
        """Take an edit, and say what became of planes behind it."""
        before = self._document.project
        self._document.apply(text, after)
        if news := self._refitted(before, after, order):
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

    def _refitted(self, before: Project, after: Project, order: MapOrder) -> str:
        """What became of planes, where layers read another number of maps than before."""
        told = []
        for name, old, new in refits(before.layers, after.layers, order):
            if new < old:
                told.append(self.tr("{0} keeps {1} of its {2} planes, by position").format(name, new, old))
            else:
                told.append(self.tr("{0} has {1} planes more, all zero").format(name, new - old))
        return "; ".join(told)

    def _edit(self, key: str, project: Project, *, on: bool) -> tuple[str, Project]:
        """What the step is called, and the project after it; going elsewhere is no step."""
        at, behind = project.shown_index, project.shown_index + 1
        name = label(project.layers, at)
        if key in ("previousLayer", "nextLayer"):
            return "", select_layer(project, at + (1 if key == "nextLayer" else -1))
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
