"""Connects signals between panels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

if TYPE_CHECKING:
    from convexplorer.gui.window.main_window import MainWindow


def connect(window: MainWindow) -> None:
    """Connect the parts of a window that know nothing of each other."""
    _bring_forward(window)
    _tell(window)
    window.document.changed.connect(window.follow)
    window.document.undo_stack.undoTextChanged.connect(window.refresh_undo)
    window.document.undo_stack.redoTextChanged.connect(window.refresh_undo)
    window.filters.weightHovered.connect(window.node_presenter.mark_cell)
    window.node.maps.chosen.connect(window.plane_presenter.choose)
    window.layer_strip.settingsRequested.connect(window.actions_by_key["layerSettings"].trigger)
    window.flow.switched.connect(window.refresh_actions)
    window.flow.switched.connect(lambda on: window.docks.make_room(on=on))
    window.attributor.switched.connect(lambda on: window.docks.show_legend(on=on))
    window.exploration.results.nodeChanged.connect(window.news.show_cursor)
    window.navigator.cursorChanged.connect(window.news.show_cursor)
    window.maps.menuRequested.connect(window.show_map_menu)
    window.opener.opened.connect(window.news.tell_image)
    window.training.failed.connect(window.complain)
    window.training.said.connect(window.message.say)
    window.training.found.connect(lambda text: window.message.say(text, action=_tr("Show"), run=window.training.open))
    window.keeper.stateChanged.connect(window.news.show_title)
    window.files.filtersGiven.connect(lambda path, more: window.filter_opener.open(path, more=more))
    window.filter_opener.opened.connect(window.news.tell_filters)
    window.status.cancelled.connect(window.cancel)


def _tell(window: MainWindow) -> None:
    """Show what the wings have to say."""
    exploration = window.exploration
    exploration.failed.connect(window.complain)
    exploration.said.connect(window.message.say)
    exploration.refused.connect(window.message.complain)
    exploration.offered.connect(lambda text, action, run: window.message.complain(text, action=action, run=run))
    exploration.worked.connect(window.status.set_work)
    exploration.possibleChanged.connect(window.refresh_actions)


def _bring_forward(window: MainWindow) -> None:
    """Let what is asked for come to the front of what shares its place."""
    window.filters.commands.presetsRequested.connect(window.docks.show_filters)
    window.filters.commands.banksRequested.connect(window.docks.show_filters)
    window.probe.clicked.connect(window.docks.show_node)
    window.layer_commands.initialiseRequested.connect(window.docks.open_initialiser)
    window.layer_commands.panelWanted.connect(window.layer_docks.open)


def _tr(text: str) -> str:
    return QCoreApplication.translate("MainWindow", text)
