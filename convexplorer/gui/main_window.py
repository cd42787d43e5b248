"""The window: panels, menus and tool bar put together."""

from __future__ import annotations

import sys

from PySide6.QtCore import QCoreApplication, QEvent, Qt, QTimer, Slot
from PySide6.QtGui import QAction, QCloseEvent, QDragEnterEvent, QDropEvent, QKeySequence
from PySide6.QtWidgets import QDockWidget, QMainWindow, QMenu, QSizePolicy, QStackedWidget, QVBoxLayout, QWidget

from convexplorer.core.filters import FilterBank
from convexplorer.core.images import Image
from convexplorer.core.project import Project
from convexplorer.errors import ConvExplorerError, UnwritableFileError
from convexplorer.gui import theme, window_geometry
from convexplorer.gui.actions import make_actions
from convexplorer.gui.attributor import Attributor
from convexplorer.gui.bars import build_bars
from convexplorer.gui.commands import Commands
from convexplorer.gui.document import Document
from convexplorer.gui.drops import acceptable
from convexplorer.gui.error_text import error_text
from convexplorer.gui.filter_commands import FILTER_ACTIONS
from convexplorer.gui.layer_commands import LAYER_ACTIONS, LayerCommands
from convexplorer.gui.layer_docks import LayerDocks
from convexplorer.gui.navigator import Navigator
from convexplorer.gui.node_presenter import NodePresenter
from convexplorer.gui.numbers import shown as number_text
from convexplorer.gui.opening import ImageOpener
from convexplorer.gui.plane_presenter import PlanePresenter
from convexplorer.gui.presenter import Presenter
from convexplorer.gui.probe import Probe
from convexplorer.gui.recent import RecentFiles
from convexplorer.gui.saving import Saver
from convexplorer.gui.session_keeper import SessionKeeper
from convexplorer.gui.settings import Settings
from convexplorer.gui.settings_effects import SettingsEffects
from convexplorer.gui.sliding import Sliding
from convexplorer.gui.status import BUSY, StatusLine
from convexplorer.gui.tasks import Tasks
from convexplorer.gui.tracing import Tracer
from convexplorer.gui.training_dock import TrainingDock
from convexplorer.gui.translation import counted
from convexplorer.gui.views.attribution_legend import AttributionLegend
from convexplorer.gui.views.dock_title import DockTitle
from convexplorer.gui.views.filter_panel import FilterPanel
from convexplorer.gui.views.image_view import ImageView
from convexplorer.gui.views.layer_settings import LayerSettings
from convexplorer.gui.views.layer_strip import LayerStrip
from convexplorer.gui.views.maps_panel import MapsPanel
from convexplorer.gui.views.message_bar import MessageBar
from convexplorer.gui.views.node_panel import NodePanel
from convexplorer.gui.views.preparation_bar import PreparationBar
from convexplorer.gui.views.shrinking import ShrinkingPanel
from convexplorer.gui.views.slide_bar import SlideBar
from convexplorer.gui.views.trail_bar import TrailBar
from convexplorer.gui.window_actions import WINDOW_ACTIONS

LEAST_IMAGE = 120
LEAST_FILTERS = 280
LEAST_NODE = 140, 320
"""Heights in pixels below which panels cannot be made, so that what remains in sight is of use; a width, too, of one
that is wider than the docks above it may be."""


class MainWindow(QMainWindow):
    """One document and all there is to see of it."""

    def __init__(self, project: Project) -> None:
        super().__init__()
        self.setObjectName("mainWindow")
        self.setAcceptDrops(True)
        self.settings = Settings(self)
        self.document = Document(project, self)
        self.navigator = Navigator(self)
        self.probe = Probe(self.navigator, self)
        self.sliding = Sliding(self.probe, self.navigator, self)
        self.recent = RecentFiles()
        self.tasks = Tasks(self)
        self.opener = ImageOpener(self.document, self)
        self.filters = FilterPanel(self.document, self)
        self.image = ImageView(self.navigator, self.probe, self)
        self.preparation = PreparationBar(self.document, self)
        self.maps = MapsPanel(self.navigator, self.probe, self.filters.selection_model, self)
        self.message = MessageBar(self)
        self.status = StatusLine(self)
        self.presenter = Presenter(
            self.document, self.navigator, self.probe, self.image, self.maps, self.filters.selection_model, self
        )
        self.node = NodePanel(self)
        self.trail = TrailBar(self)
        self.tracer = Tracer(
            self.document,
            self.presenter,
            self.probe,
            self.navigator,
            self.filters.selection_model,
            self.trail,
            self.image,
            self,
        )
        self.node_presenter = NodePresenter(
            self.document,
            self.presenter,
            self.probe,
            self.filters.selection_model,
            self.tracer,
            self.node,
            self.image,
            self.maps,
            self,
        )
        self.plane_presenter = PlanePresenter(
            self.document,
            self.presenter,
            self.probe,
            self.filters.selection_model,
            self.filters.weight_model,
            self.filters.planes,
            self,
        )
        self.legend = AttributionLegend(self)
        self.attributor = Attributor(self.document, self.presenter, self.tracer, self.image, self.legend, self)
        self.training = TrainingDock(self.document, self)
        self.saver = Saver(self.document, self.tasks, self)
        self.keeper = SessionKeeper(self)
        self.commands = Commands(self)
        self.layer_commands = LayerCommands(self.document, self)
        self.actions_by_key: dict[str, QAction] = {
            **make_actions(self, WINDOW_ACTIONS, self.commands.run),
            **make_actions(self, FILTER_ACTIONS, lambda key, _checked: self.filters.commands.run(key)),
            **make_actions(self, LAYER_ACTIONS, self.layer_commands.run),
        }
        self.actions_by_key["traceBack"].setShortcuts([QKeySequence("Alt+Left"), QKeySequence("Backspace")])
        self.layer_strip = LayerStrip(self.document, self.actions_by_key, self)
        self.layer_settings = LayerSettings(self.document, self.actions_by_key, self)
        self._actions_soon = QTimer(self)
        self._actions_soon.setSingleShot(True)
        self._actions_soon.timeout.connect(self._refresh_actions)
        self._lay_out()
        self.effects = SettingsEffects(self)
        self.presenter.set_look(dark=theme.current().dark)
        self._theme_button = build_bars(self)
        self._connect()
        window_geometry.restore(self)
        self._refresh_actions()
        self._show_title()
        self.image.set_hint(self.tr("Drop a picture here"))
        self.maps.grid.setFocus()
        self.maps.grid.set_hint(self.tr("No filter is on. Add one in the filter panel, or tick one in its list."))

    # --- putting together ----------------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        centre = QWidget(self)
        column = QVBoxLayout(centre)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.message)
        column.addWidget(self.maps, 1)
        column.addWidget(SlideBar(self.sliding, self))
        self.setCentralWidget(centre)
        left = QWidget(self)
        left.setObjectName("imagePanel")
        rows = QVBoxLayout(left)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(0)
        rows.addWidget(self.image, 1)
        self._below_image = QStackedWidget(left)
        self._below_image.addWidget(self.preparation)
        self._below_image.addWidget(self.legend)
        self._below_image.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        rows.addWidget(self._below_image)
        image = ShrinkingPanel(left, LEAST_IMAGE)
        self._dock("imageDock", self.tr("Image"), image, Qt.DockWidgetArea.LeftDockWidgetArea)
        filters = ShrinkingPanel(self.filters, LEAST_FILTERS)
        self._dock("filterDock", self.tr("Filters"), filters, Qt.DockWidgetArea.RightDockWidgetArea)
        node = self._dock(
            "nodeDock", self.tr("Node"), ShrinkingPanel(self.node, *LEAST_NODE), Qt.DockWidgetArea.BottomDockWidgetArea
        )
        node.setTitleBarWidget(DockTitle(node, self.trail))
        self.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, self.training)
        for dock in self.findChildren(QDockWidget, "filterDock"):
            self.tabifyDockWidget(dock, self.training)
        self.training.hide()
        self.layer_docks = LayerDocks(self)
        self.setCorner(Qt.Corner.BottomRightCorner, Qt.DockWidgetArea.RightDockWidgetArea)
        self.setStatusBar(self.status)
        self.setDockOptions(QMainWindow.DockOption.AnimatedDocks | QMainWindow.DockOption.AllowTabbedDocks)

    def _dock(self, name: str, title: str, widget: QWidget, area: Qt.DockWidgetArea) -> QDockWidget:
        dock = QDockWidget(title, self)
        dock.setObjectName(name)
        dock.setWidget(widget)
        self.addDockWidget(area, dock)
        return dock

    def _connect(self) -> None:
        self.document.changed.connect(self._project_changed)
        self.document.undo_stack.undoTextChanged.connect(self.refresh_actions)
        self.document.undo_stack.redoTextChanged.connect(self.refresh_actions)
        self.filters.selection_model.selectionChanged.connect(self.refresh_actions)
        self.filters.commands.changed.connect(self.refresh_actions)
        self.filters.weightHovered.connect(self.node_presenter.mark_cell)
        self.node.maps.chosen.connect(self.plane_presenter.choose)
        self.layer_commands.refused.connect(self._refuse)
        self.layer_commands.offered.connect(
            lambda text, action, run: self.message.complain(text, action=action, run=run)
        )
        self.layer_commands.told.connect(self.message.say)
        self.layer_commands.initialiseRequested.connect(self._initialise)
        self.layer_commands.panelWanted.connect(self.layer_docks.open)
        self.layer_strip.selected.connect(self.layer_commands.select)
        self.tracer.walkable.connect(self.refresh_actions)
        self.node.attributionToggled.connect(lambda on: self.attributor.switch(on=on))
        self.attributor.switched.connect(self.node.header.attribution.setChecked)
        self.attributor.switched.connect(lambda on: self._below_image.setCurrentIndex(int(on)))
        self.attributor.switched.connect(self.refresh_actions)
        self.attributor.failed.connect(self.complain)
        self.filters.message.connect(self.message.say)
        self.presenter.failed.connect(self.complain)
        self.presenter.progressed.connect(self._show_progress)
        self.presenter.nodeChanged.connect(self._show_cursor)
        self.navigator.cursorChanged.connect(self._show_cursor)
        self.maps.viewChanged.connect(self.refresh_actions)
        self.sliding.changed.connect(self._show_sliding)
        self.maps.comparisonClosed.connect(lambda: self.commands.compare(""))
        self.maps.dragRequested.connect(self._drag_map)
        self.maps.menuRequested.connect(self._map_menu)
        self.opener.opened.connect(self._image_opened)
        self.opener.failed.connect(self.complain)
        self.opener.busyChanged.connect(self._show_opening)
        self.tasks.failed.connect(self.complain)
        self.tasks.progressed.connect(lambda label, share: self.status.set_work("task", label, share))
        self.training.failed.connect(self.complain)
        self.training.said.connect(self.message.say)
        self.training.found.connect(lambda text: self.message.say(text, action=self.tr("Show"), run=self.training.open))
        self.saver.saved.connect(self.message.say)
        self.keeper.saved.connect(self.message.say)
        self.keeper.failed.connect(self.complain)
        self.keeper.stateChanged.connect(self._show_title)
        self.keeper.stateChanged.connect(self.refresh_actions)
        self.commands.filtersOpened.connect(self._filters_opened)
        self.status.cancelled.connect(self._cancel)

    # --- following -----------------------------------------------------------------------------------------------

    @Slot()
    def refresh_actions(self) -> None:
        """Enable and check actions by what can be done now, once per turn of the event loop."""
        if not self._actions_soon.isActive():
            self._actions_soon.start()

    def _refresh_actions(self) -> None:
        self.commands.refresh(self.actions_by_key)
        for spec in FILTER_ACTIONS:
            self.actions_by_key[spec.key].setEnabled(self.filters.commands.enabled(spec.key))
        for spec in LAYER_ACTIONS:
            self.actions_by_key[spec.key].setEnabled(self.layer_commands.enabled(spec.key))
        self.actions_by_key["switchLayer"].setChecked(self.document.project.shown.enabled)
        stack = self.document.undo_stack
        self.actions_by_key["undo"].setText(self.tr("&Undo {0}").format(stack.undoText()).strip())
        self.actions_by_key["redo"].setText(self.tr("&Redo {0}").format(stack.redoText()).strip())

    def selected(self) -> list[int]:
        """Selected filters, the current one first."""
        model = self.filters.selection_model
        current = model.currentIndex().row()
        rows = sorted({index.row() for index in model.selectedRows()} | ({current} if current >= 0 else set()))
        return sorted(rows, key=lambda row: row != current)

    def _project_changed(self, before: Project, after: Project) -> None:
        if before.layer.activation != after.layer.activation and self.presenter.look.held is not None:
            self.presenter.set_look(held=None)
        if _is_another(before.image, after.image) and len(self.opener.files) <= 1:
            self.navigator.fit()  # Where it was looked at says nothing about this one; in a series it is compared.
        self.refresh_actions()
        self._show_cursor()

    def _show_title(self) -> None:
        name = self.keeper.name.replace("[*]", "[*][*]")
        self.setWindowTitle(f"{name}[*] — {QCoreApplication.applicationName()}")
        self.setWindowModified(self.keeper.modified)

    def _show_cursor(self) -> None:
        project, cursor, ready = self.document.project, self.navigator.cursor, self.presenter.input
        if project.image is None or ready is None:
            return
        channels, height, width = ready.prepared.shape
        rows, columns = ready.placement.output
        self.status.input_text.setText(
            self.tr("Input {0}×{1}×{2}   Maps {3}×{4}×{5}").format(
                height, width, channels, rows, columns, sum(one.enabled for one in project.bank)
            )
        )
        if cursor is None:
            self.status.cursor_text.setText("")
            return
        y, x = int(cursor[0]), int(cursor[1])
        values = ready.image.block(slice(y, y + 1), slice(x, x + 1))[:, 0, 0]
        text = "  ".join(f"{value:.3f}" for value in values)
        shown = self.attributor.shown
        if shown is not None and (share := shown.share(y, x)) is not None:
            text += self.tr(", share {0}").format(number_text(share))
        node = ready.placement.node_at(*cursor)
        self.status.cursor_text.setText(
            self.tr("Pixel row {0}, column {1}: {2}     Node row {3}, column {4}").format(y, x, text, *node)
        )

    def _show_sliding(self) -> None:
        self.maps.set_reveal(self.sliding.node)
        self.refresh_actions()

    def _show_progress(self, share: float) -> None:
        self.status.set_work("maps", self.tr("Computing maps") if share <= 1 else "", share)

    def _show_opening(self, name: str) -> None:
        self.status.set_work("image", self.tr("Opening {0}").format(name) if name else "", BUSY)

    def _image_opened(self, image: Image) -> None:
        if image.path is not None:
            self.recent.add(image.path)
        others = len(self.opener.files)
        if others > 1:
            self.message.say(
                self.tr("{0} — {1} of {2}").format(image.name, self.opener.place + 1, others),
                action=self.tr("Next"),
                run=lambda: self.opener.step(1),
            )
        elif image.notes:
            self.message.say(f"{image.name}: {', '.join(image.notes)}")
        else:
            self.message.hide()
        self.refresh_actions()

    def _filters_opened(self, bank: FilterBank, path: object) -> None:
        self.recent.add(path)  # type: ignore[arg-type]
        self.message.say(counted(self.tr("%n filter(s) opened", "", len(bank)), len(bank)))

    def _initialise(self) -> None:
        """Open the page of initialisations, in sight."""
        for dock in self.findChildren(QDockWidget, "filterDock"):
            dock.show()
            dock.raise_()
        self.filters.open_initialiser()

    def _refuse(self, text: str) -> None:
        self.message.complain(text)

    def complain(self, error: BaseException) -> None:
        """Say in one line what went wrong; what was not foreseen goes where all uncaught exceptions go."""
        if isinstance(error, ConvExplorerError):
            self.message.complain(error_text(error))
        else:
            sys.excepthook(type(error), error, error.__traceback__)

    def _cancel(self) -> None:
        self.presenter.cancel()
        self.tasks.cancel()

    # --- looks ---------------------------------------------------------------------------------------------------

    def changeEvent(self, event: QEvent) -> None:
        """Follow the theme, whether it was chosen here or in the system's settings."""
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "_theme_button"):
            self._theme_changed()
        super().changeEvent(event)

    def _theme_changed(self) -> None:
        dark = theme.current().dark
        self._theme_button.setIcon(theme.icon("theme-light" if dark else "theme-dark"))
        self.presenter.set_look(dark=dark)

    def set_cell_width(self, width: int) -> None:
        """Make maps this wide in the grid; 0 fits them to the window."""
        self.maps.grid.set_cell_width(width)

    def show_keys(self) -> None:
        """Show what keys and mouse do."""
        from convexplorer.gui.views.keys_window import KeysWindow

        KeysWindow(self).open()

    def show_settings(self) -> None:
        """Show the settings, beside the window."""
        from convexplorer.gui.views.settings_window import SettingsWindow

        shown = self.findChild(SettingsWindow) or SettingsWindow(self)
        shown.show()
        shown.activateWindow()

    # --- events --------------------------------------------------------------------------------------------------

    def _drag_map(self, index: int) -> None:
        for cell in self.maps.grid.cells:
            if cell.index == index:
                try:
                    self.saver.drag_map(cell)
                except UnwritableFileError as error:
                    self.complain(error)

    def _map_menu(self, _index: int, position: object) -> None:
        menu = QMenu(self)
        for key in ("focusMap", "copyMap", "saveMap", "saveSelectedMaps"):
            menu.addAction(self.actions_by_key[key])
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(position)  # type: ignore[arg-type]

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Welcome files and pictures from elsewhere, anywhere on the window."""
        if event.source() is None and acceptable(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Open what was dropped."""
        self.commands.take_data(event.mimeData())
        event.acceptProposedAction()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Make sure of unsaved changes, remember the geometry and stop what runs."""
        if not self.keeper.may_leave(self.close):
            event.ignore()
            return
        window_geometry.keep(self)
        self.stop()
        super().closeEvent(event)

    def stop(self) -> None:
        """Stop all that runs, for good."""
        self._actions_soon.stop()
        self.presenter.close()
        self.attributor.close()
        self.training.close_session()
        self.layer_docks.close()
        self.opener.close()
        self.tasks.close()


def _is_another(before: Image | None, after: Image | None) -> bool:
    """Whether a picture is not the one before, nor that one read anew."""
    if before is None or after is None or before is after:
        return False
    return (before.path, before.sample, before.name) != (after.path, after.sample, after.name)
