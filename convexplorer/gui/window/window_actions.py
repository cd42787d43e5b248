"""What is done with the window itself: begin anew, undo, settings and help."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convexplorer.gui.kit.actions import Action
from convexplorer.gui.kit.translation import QT_TRANSLATE_NOOP

if TYPE_CHECKING:
    from convexplorer.gui.window.commands import Commands

WINDOW_ACTIONS: tuple[Action[Commands], ...] = (
    Action(
        "layerSettings",
        QT_TRANSLATE_NOOP("actions", "Se&ttings of the layer"),
        QT_TRANSLATE_NOOP("actions", "Show or hide kernel, stride, padding, dilation and activation of this layer"),
        run=lambda to, on: to.show_layer_settings(on=on),
        is_checked=lambda to: not to.window.layer_bar.isHidden(),
        keys="Ctrl+L",
        icon="layer-settings",
        places=(("layers", 2),),
    ),
    Action(
        "undo",
        QT_TRANSLATE_NOOP("actions", "&Undo"),
        QT_TRANSLATE_NOOP("actions", "Take the last edit back"),
        run=lambda to, _: to.window.document.undo_stack.undo(),
        is_enabled=lambda to: to.window.document.undo_stack.canUndo(),
        keys="Ctrl+Z",
        icon="undo",
        places=(("edit", 1),),
        bar=21,
    ),
    Action(
        "redo",
        QT_TRANSLATE_NOOP("actions", "&Redo"),
        QT_TRANSLATE_NOOP("actions", "Make the edit again that was taken back"),
        run=lambda to, _: to.window.document.undo_stack.redo(),
        is_enabled=lambda to: to.window.document.undo_stack.canRedo(),
        keys="Ctrl+Shift+Z",
        icon="redo",
        places=(("edit", 1),),
        bar=22,
    ),
    Action(
        "settings",
        QT_TRANSLATE_NOOP("actions", "&Settings…"),
        QT_TRANSLATE_NOOP("actions", "Theme, colours, threads, memory and files; changes take effect at once"),
        run=lambda to, _: to.window.show_settings(),
        keys="Ctrl+,",
        icon="settings",
        places=(("edit", 3),),
    ),
    Action(
        "shortcuts",
        QT_TRANSLATE_NOOP("actions", "&Keys and mouse"),
        QT_TRANSLATE_NOOP("actions", "What keys and mouse do"),
        run=lambda to, _: to.window.show_keys(),
        keys="F1",
        icon="info",
        places=(("help", 1),),
    ),
    Action(
        "about",
        QT_TRANSLATE_NOOP("actions", "&About Conv Explorer"),
        QT_TRANSLATE_NOOP("actions", "Version and libraries"),
        run=lambda to, _: to.show_about(),
        places=(("help", 1),),
    ),
    Action(
        "newProject",
        QT_TRANSLATE_NOOP("actions", "&New"),
        QT_TRANSLATE_NOOP("actions", "Begin anew with the photograph and the four edge filters of the start"),
        run=lambda to, _: to.ask_new(),
        keys="Ctrl+Alt+N",
        places=(("file", 1),),
    ),
    Action(
        "quit",
        QT_TRANSLATE_NOOP("actions", "&Quit"),
        QT_TRANSLATE_NOOP("actions", "Leave Conv Explorer"),
        run=lambda to, _: to.window.close(),
        keys="Ctrl+Q",
        places=(("file", 5),),
    ),
)
