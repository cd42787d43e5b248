"""Shows news of the window's parts in its title, its status line and its message bar."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QObject

from convexplorer.core.model.digits import pixel
from convexplorer.core.model.layers import PoolLayer
from convexplorer.gui.image.shares_overlay import share_text

if TYPE_CHECKING:
    from convexplorer.core.model.images import Image
    from convexplorer.gui.filters.opening import Opened
    from convexplorer.gui.window.main_window import MainWindow


class WindowNews(QObject):
    """Puts news into words.

    Parameters
    ----------
    window : MainWindow
        Where they are shown; becomes the owner.
    """

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window

    def show_title(self) -> None:
        """Name what is worked on, and whether it was changed since it was saved."""
        name = self._window.keeper.name.replace("[*]", "[*][*]")
        self._window.setWindowTitle(f"{name}[*] — {QCoreApplication.applicationName()}")
        self._window.setWindowModified(self._window.keeper.modified)

    def show_cursor(self) -> None:
        """Sizes, and pixel and node under the mouse, in the status line."""
        window = self._window
        project, cursor, ready = window.document.project, window.navigator.cursor, window.exploration.results.ready
        shape = project.input_shape
        if shape is None or ready is None:
            size = "" if shape is None else self.tr("Input {0}×{1}×{2}   Maps —").format(*shape[1:], shape[0])
            window.status.input_text.setText(size)
            window.status.cursor_text.setText("")
            return
        read = ready.prepared
        if isinstance(project.shown_layer, PoolLayer) and ready.pooled is not None:
            read = ready.pooled  # What the maps in sight were pooled from.
        channels, height, width = read.shape
        rows, columns = ready.placement.output
        self._window.status.input_text.setText(
            self.tr("Input {0}×{1}×{2}   Maps {3}×{4}×{5}").format(
                height, width, channels, rows, columns, sum(one.enabled for one in project.bank)
            )
        )
        if cursor is None:
            self._window.status.cursor_text.setText("")
            return
        y, x = int(cursor[0]), int(cursor[1])
        values = ready.image.block(slice(y, y + 1), slice(x, x + 1))[:, 0, 0]
        text = "  ".join(map(pixel, values.tolist()))
        shown = self._window.attributor.shown
        if shown is not None and (share := shown.share(y, x)) is not None:
            text += self.tr(", share {0}").format(share_text(share))
        node = ready.placement.node_at(*cursor)
        self._window.status.cursor_text.setText(
            self.tr("Pixel row {0}, column {1}: {2}     Node row {3}, column {4}").format(y, x, text, *node)
        )

    def tell_image(self, image: Image) -> None:
        """A picture was opened: how many came with it, and what had to be decided to show it."""
        if image.path is not None:
            self._window.recent.add(image.path)
        others = len(self._window.opener.files)
        if others > 1:
            text = self.tr("{0} — {1} of {2}").format(image.name, self._window.opener.place + 1, others)
            self._window.message.say(
                ": ".join(filter(None, [text, ", ".join(image.notes)])),
                action=self.tr("Next"),
                run=lambda: self._window.opener.step(1),
            )
        elif image.notes:
            self._window.message.say(f"{image.name}: {', '.join(image.notes)}")
        else:
            self._window.message.hide()

    def tell_filters(self, opened: Opened) -> None:
        """Filters were opened, and what that changed besides."""
        self._window.recent.add(opened.path)
        self._window.message.offer(opened.text, *opened.actions)
