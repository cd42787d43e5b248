"""The window: panels, menus and tool bar put together."""

from __future__ import annotations

import sys

from PySide6.QtCore import QEvent, Qt, QTimer, Slot
from PySide6.QtGui import (
    QCloseEvent,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QKeyEvent,
    QShowEvent,
)
from PySide6.QtWidgets import QMainWindow, QMenu, QToolBar

from convexplorer.core.model.images import Image
from convexplorer.core.project.change import Change, Kind
from convexplorer.core.project.project import Project
from convexplorer.errors import ConvExplorerError
from convexplorer.gui.canvas.exploration import Exploration
from convexplorer.gui.document.document import Document
from convexplorer.gui.filters.commands import FILTER_ACTIONS
from convexplorer.gui.filters.wing import FilterWing
from convexplorer.gui.flow.actions import FLOW_ACTIONS
from convexplorer.gui.flow.wing import FlowWing
from convexplorer.gui.image.actions import IMAGE_ACTIONS
from convexplorer.gui.image.wing import ImageWing
from convexplorer.gui.kit import theme
from convexplorer.gui.kit.actions import ActionSet
from convexplorer.gui.kit.error_text import error_text
from convexplorer.gui.kit.message_bar import MessageBar
from convexplorer.gui.kit.status import StatusLine
from convexplorer.gui.layers.commands import LAYER_ACTIONS
from convexplorer.gui.layers.wing import LayersWing
from convexplorer.gui.maps.actions import COMPARISON_ACTIONS, MAP_ACTIONS
from convexplorer.gui.maps.wing import MapsWing
from convexplorer.gui.node.wing import NODE_ACTIONS, NodeWing
from convexplorer.gui.sessions.actions import SESSION_ACTIONS
from convexplorer.gui.sessions.drops import accept_copy, acceptable
from convexplorer.gui.sessions.wing import SessionsWing
from convexplorer.gui.training.actions import TRAINING_ACTIONS
from convexplorer.gui.training.dock import TrainingDock
from convexplorer.gui.window import geometry
from convexplorer.gui.window.actions import make_actions
from convexplorer.gui.window.bars import build_bars
from convexplorer.gui.window.commands import Commands
from convexplorer.gui.window.dock_shares import DockShares
from convexplorer.gui.window.docks import Docks
from convexplorer.gui.window.news import WindowNews
from convexplorer.gui.window.settings_effects import SettingsEffects
from convexplorer.gui.window.window_actions import WINDOW_ACTIONS
from convexplorer.gui.window.wiring import connect


class MainWindow(QMainWindow):
    """One document and all there is to see of it."""

    document: Document
    layer_bar: QToolBar

    def __init__(self, project: Project) -> None:
        super().__init__()
        self.setObjectName("mainWindow")
        self.setAcceptDrops(True)
        self.exploration = Exploration(project, self)
        self.settings, self.tasks = self.exploration.settings, self.exploration.tasks
        self.document = self.exploration.document
        self.navigator, self.probe = self.exploration.navigator, self.exploration.probe
        self.image_wing = ImageWing(self.exploration, self)
        self.opener, self.image, self.preparation = (
            self.image_wing.opener,
            self.image_wing.view,
            self.image_wing.preparation,
        )
        self.filter_wing = FilterWing(self.exploration, self)
        self.filters, self.filter_opener = self.filter_wing.panel, self.filter_wing.opener
        self.plane_presenter = self.filter_wing.plane_presenter
        self.map_wing = MapsWing(self.exploration, self.image, self)
        self.maps, self.presenter, self.sliding = self.map_wing.maps, self.map_wing.presenter, self.map_wing.sliding
        self.message = MessageBar(self)
        self.status = StatusLine(self)
        self.node_wing = NodeWing(self.exploration, self.image, self.maps, self)
        self.node, self.trail, self.tracer = self.node_wing.panel, self.node_wing.trail, self.node_wing.tracer
        self.node_presenter, self.legend = self.node_wing.presenter, self.node_wing.legend
        self.attributor = self.node_wing.attributor
        self.flow = FlowWing(self.exploration, self.tracer, self.maps, self)
        self.training = TrainingDock(self.document, self)
        self.session_wing = SessionsWing(self.exploration, self.opener, self.presenter, self)
        self.saver, self.keeper, self.files, self.recent = (
            self.session_wing.saver,
            self.session_wing.keeper,
            self.session_wing.files,
            self.session_wing.recent,
        )
        self.commands = Commands(self)
        self.layer_wing = LayersWing(self.exploration, self)
        self.layer_commands = self.layer_wing.commands
        self._action_sets = (
            make_actions(self, WINDOW_ACTIONS, self.commands),
            make_actions(self, SESSION_ACTIONS, self.session_wing),
            make_actions(self, FLOW_ACTIONS, self.flow),
            make_actions(self, (*MAP_ACTIONS, *COMPARISON_ACTIONS), self.map_wing),
            make_actions(self, NODE_ACTIONS, self.node_wing),
            make_actions(self, TRAINING_ACTIONS, self.training),
            make_actions(self, IMAGE_ACTIONS, self.image_wing),
            ActionSet(self, FILTER_ACTIONS, self.filters.commands, lambda one, _: self.filters.commands.run(one.key)),
            ActionSet(self, LAYER_ACTIONS, self.layer_commands, lambda one, on: self.layer_commands.run(one.key, on)),
        )
        self.actions_by_key = {key: action for one in self._action_sets for key, action in one.by_key.items()}
        self.layer_strip, self.layer_settings = self.layer_wing.make_bars(self.actions_by_key)
        self._actions_soon = QTimer(self)
        self._actions_soon.setSingleShot(True)
        self._actions_soon.timeout.connect(self._refresh_actions)
        self.docks = Docks(self)
        self.layer_docks = self.docks.layers
        self.news = WindowNews(self)
        self.effects = SettingsEffects(self)
        self.presenter.set_look(dark=theme.current().dark)
        self._theme_button = build_bars(self)
        connect(self)
        self._dock_shares = DockShares(self, restored=geometry.restore(self))
        self._refresh_actions()
        self.news.show_title()
        self.image.set_hint(self.tr("Drop a picture here"))
        self.maps.grid.setFocus()
        self.maps.grid.set_hint(self.tr("No filter is on. Add one in the filter panel, or tick one in its list."))

    # --- following -----------------------------------------------------------------------------------------------

    @Slot()
    def refresh_actions(self) -> None:
        """Enable and check actions by what can be done now, once per turn of the event loop."""
        if not self._actions_soon.isActive():
            self._actions_soon.start()

    def _refresh_actions(self) -> None:
        for actions in self._action_sets:
            actions.refresh()
        self.refresh_undo()

    @Slot()
    def refresh_undo(self) -> None:
        """Name what can be undone and done again."""
        stack, undo, redo = self.document.undo_stack, self.actions_by_key["undo"], self.actions_by_key["redo"]
        undo.setText(self.tr("&Undo {0}").format(stack.undoText()).strip())
        redo.setText(self.tr("&Redo {0}").format(stack.redoText()).strip())
        undo.setEnabled(stack.canUndo())
        redo.setEnabled(stack.canRedo())

    def selected(self) -> list[int]:
        """Selected filters, the current one first."""
        return self.exploration.selection.current_first()

    def follow(self, change: Change) -> None:
        """Take up an edit of the document."""
        before, after = change.before, change.after
        if _is_another(before.image, after.image) and len(self.opener.files) <= 1:
            self.navigator.fit()  # Where it was looked at says nothing about this one; in a series it is compared.
        if change.kinds & ~(Kind.WEIGHTS | Kind.BIAS):  # Numbers alone make nothing possible or impossible.
            self.refresh_actions()
            self.news.show_cursor()

    def complain(self, error: BaseException) -> None:
        """Say in one line what went wrong; what was not foreseen goes where all uncaught exceptions go."""
        if isinstance(error, ConvExplorerError):
            self.message.complain(error_text(error))
        else:
            sys.excepthook(type(error), error, error.__traceback__)

    def cancel(self) -> None:
        """Stop what is being computed, read or written."""
        self.presenter.cancel()
        self.tasks.cancel()
        self.layer_docks.cancel()
        self.opener.cancel()

    # --- looks ---------------------------------------------------------------------------------------------------

    def changeEvent(self, event: QEvent) -> None:
        """Follow the theme, whether it was chosen here or in the system's settings."""
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "_theme_button"):
            self._follow_theme()
        super().changeEvent(event)

    def _follow_theme(self) -> None:
        dark = theme.current().dark
        self._theme_button.setIcon(theme.icon("theme-light" if dark else "theme-dark"))
        self.presenter.set_look(dark=dark)

    def set_cell_width(self, width: int) -> None:
        """Make maps this wide in the grid; 0 fits them to the window."""
        self.maps.grid.set_cell_width(width)

    def show_keys(self) -> None:
        """Show what keys and mouse do."""
        from convexplorer.gui.window.keys_window import KeysWindow

        KeysWindow(self).open()

    def show_settings(self) -> None:
        """Show the settings, beside the window."""
        from convexplorer.gui.window.settings_window import SettingsWindow

        shown = self.findChild(SettingsWindow) or SettingsWindow(self)
        shown.show()
        shown.activateWindow()

    # --- events --------------------------------------------------------------------------------------------------

    def show_map_menu(self, _index: int, position: object) -> None:
        """Offer what can be done with a map."""
        menu = QMenu(self)
        for key in ("focusMap", "copyMap", "saveMap", "saveSelectedMaps"):
            menu.addAction(self.actions_by_key[key])
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(position)  # type: ignore[arg-type]

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Welcome files and pictures from elsewhere, anywhere on the window."""
        if event.source() is None and acceptable(event.mimeData()):
            accept_copy(event)
            self.maps.set_welcome(on=True)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        """Take back the welcome of what was carried away again."""
        self.maps.set_welcome(on=False)
        super().dragLeaveEvent(event)

    def dropEvent(self, event: QDropEvent) -> None:
        """Open what was dropped."""
        self.maps.set_welcome(on=False)
        self.files.take_data(event.mimeData())
        accept_copy(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Let Esc end the sliding window, wherever the keyboard is, unless a field has use for the key."""
        if event.key() == Qt.Key.Key_Escape and self.sliding.position is not None:
            self.sliding.end()
        else:
            super().keyPressEvent(event)

    def showEvent(self, event: QShowEvent) -> None:
        """Bring floating panels before the window, and let docks follow its size from now on."""
        super().showEvent(event)
        geometry.raise_floating(self)
        self._dock_shares.begin()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Make sure of unsaved changes, remember the geometry and stop what runs."""
        if not self.keeper.may_leave(self.close):
            event.ignore()
            return
        self.flow.switch(on=False)  # So that the panels it hides are there again at the next start.
        geometry.keep(self)
        self.stop()
        super().closeEvent(event)

    def stop(self) -> None:
        """Stop all that runs, for good."""
        self._actions_soon.stop()
        self.presenter.close()
        self.attributor.close()
        self.flow.close()
        self.training.close_session()
        self.layer_docks.close()
        self.opener.close()
        self.tasks.close()


def _is_another(before: Image | None, after: Image | None) -> bool:
    """Whether a picture is not the one before, nor that one read anew."""
    if before is None or after is None or before is after:
        return False
    return (before.path, before.sample, before.name) != (after.path, after.sample, after.name)
