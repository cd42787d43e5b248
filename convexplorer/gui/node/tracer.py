"""From a node to an input of it, one layer down, and on to the pixels; and back again."""

from __future__ import annotations

from PySide6.QtCore import QObject, QRectF, Signal, Slot

from convexplorer.core.explain.trace import IMAGE, NodePlace
from convexplorer.core.model.digits import pixel
from convexplorer.core.model.layers import ConvLayer, Layer, label, source
from convexplorer.core.model.placement import Placement
from convexplorer.core.model.stack_figures import LayerFigures, MapShape, figures
from convexplorer.core.project.change import Change, Kind
from convexplorer.core.project.layer_edits import select_layer
from convexplorer.errors import InvalidValueError
from convexplorer.gui.canvas.exploration import Exploration
from convexplorer.gui.image.image_view import ImageView
from convexplorer.gui.kit.fields.typed_text import take_typed
from convexplorer.gui.node.contributions_model import Sources, map_title
from convexplorer.gui.node.layout import BlockCell
from convexplorer.gui.node.trail import Trail
from convexplorer.gui.node.trail_bar import Crumb, TrailBar

SHARE, WHOLE = 0.6, 0.95
"""What part of a pane a receptive field fills that is zoomed to, and the window whose pixels are looked at."""


class Tracer(QObject):
    """Knows the way from the node that a trace began at to the one that is looked at, and walks it.

    Parameters
    ----------
    exploration : Exploration
        What is explored.
    bar : TrailBar
        Shows the way.
    image : ImageView
        Shows the receptive field of every step.
    parent : QObject
        Qt's owner.
    """

    changed = Signal()
    """Another way."""
    walkable = Signal()
    """Whether a node is pinned, or whether there is a way back, has changed."""

    def __init__(
        self,
        exploration: Exploration,
        bar: TrailBar,
        image: ImageView,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._document = exploration.document
        self._results = exploration.results
        self._probe = exploration.probe
        self._navigator = exploration.navigator
        self._selection = exploration.selection
        self._bar = bar
        self._image = image
        self._moving = False
        self._known: tuple[tuple[Layer, ...], MapShape | None, tuple[LayerFigures, ...]] | None = None
        self._walkable = (False, False)
        self._stack: tuple[LayerFigures, ...] = ()
        self._before_pixel: tuple[float, tuple[float, float]] | None = None
        self._at_pixel: tuple[float, tuple[float, float]] | None = None
        self.trail = Trail()
        bar.chosen.connect(self.back)
        self._document.changes(Kind.SHAPE | Kind.CURRENT | Kind.NAME).connect(self._follow)
        self._results.nodeChanged.connect(self.refresh)
        self._selection.currentChanged.connect(self.refresh)

    # --- where it is ---------------------------------------------------------------------------------------------

    @property
    def place(self) -> NodePlace | None:
        """The node that is looked at: its layer, its map, row and column."""
        project, node, row = self._document.project, self._probe.node, self._selection.current
        of_layers = self._figures()
        if node is None or not of_layers or not 0 <= row < of_layers[project.shown_index].outputs[0]:
            return None
        return NodePlace(project.shown_index, row, *node)

    @property
    def reads_image(self) -> bool:
        """Whether the layer that is looked at reads the image itself."""
        return below(self._document.project.layers, self._document.project.shown_index) == IMAGE

    @property
    def pinned(self) -> bool:
        """Whether there is a trace that can be walked."""
        return self._probe.pinned and bool(self.trail.steps)

    @Slot(object)
    def _follow(self, change: Change) -> None:
        """Let the steps go with their filters and layers; a way whose filters are gone is none any more."""
        if self.trail.steps and change.kinds & (Kind.ROWS | Kind.LAYERS):
            self.trail = self.trail.follow(change)
        if not self._document.telling:
            self.refresh()

    @Slot()
    def refresh(self) -> None:
        """Follow the node that is looked at, and show the way to it."""
        if self._moving:
            return
        place, of_layers = self.place, self._figures()
        if of_layers != self._stack:
            self._stack, self.trail = of_layers, Trail()
        if place is None or not self._probe.pinned:
            self.trail = Trail() if place is None else Trail((place,))
        else:
            self.trail = self.trail.move_to(place, self._document.project.layers, of_layers)
        if self.trail.pixel is None:
            self._leave_pixel()
        self._show()

    def sources(self, at: int) -> Sources:
        """What the maps are called that reach a layer; they may be the image's own channels."""
        project = self._document.project
        layers, there, made = project.layers, below(project.layers, at), source(project.layers, at)
        name = "" if there == IMAGE else label(layers, there)
        if made is None:
            colours = (self.tr("Red"), self.tr("Green"), self.tr("Blue"))
            return Sources(name, "", colours if project.preparation.channels == 3 else (self.tr("Grey"),))
        maker = layers[made]
        return Sources(name, label(layers, made), maker.bank.names if isinstance(maker, ConvLayer) else ())

    def _figures(self) -> tuple[LayerFigures, ...]:
        layers, shape = self._document.project.layers, self._document.project.input_shape
        if self._known is None or self._known[0] is not layers or self._known[1] != shape:
            try:
                made = () if shape is None else tuple(figures(layers, shape))
            except InvalidValueError:
                made = ()
            self._known = layers, shape, made
        return self._known[2]

    # --- walking -------------------------------------------------------------------------------------------------

    def descend(self, cell: BlockCell) -> None:
        """Go to the node, or pixel, that an input of the pinned node is; nowhere from the padding.

        Parameters
        ----------
        cell : (int, int, int)
            Channel of the input, of a pooling its map; row and column in the window.
        """
        project, node, of_layers = self._document.project, self.trail.node, self._figures()
        geometry = of_layers[node.layer].geometry if node is not None and of_layers else None
        if node is None or geometry is None or not self._probe.pinned:
            return
        channel, i, j = cell
        top, left = geometry.origin(node.row, node.column)
        row, column = top + i * geometry.dilation, left + j * geometry.dilation
        there = below(project.layers, node.layer)
        if not (0 <= row < geometry.inputs[0] and 0 <= column < geometry.inputs[1]):
            return
        place = NodePlace(there, channel, row, column)
        self.trail = self.trail.down(place)
        if there == IMAGE:
            self._enter_pixel()
            self._show()
        else:
            self.go_to(place)

    @Slot(int)
    def back(self, to: int | None = None) -> None:
        """Go back to a step, counted from 0, or one step."""
        to = len(self.trail.steps) - 2 if to is None else to
        if not 0 <= to < len(self.trail.steps) - 1:
            return
        self.trail = self.trail.back(to)
        self._leave_pixel()
        self.go_to(self.trail.steps[-1])

    def go_to(self, place: NodePlace) -> None:
        """Look at a layer, one of its maps, and a node of it."""
        take_typed()
        of_layers = self._figures()
        if not of_layers:
            return
        self._moving = True
        try:
            self._document.navigate(select_layer(self._document.project, place.layer))
            reached = of_layers[place.layer]
            self._probe.set_placement(Placement(reached.field, reached.outputs[1:]))
            self._selection.select([place.map])
            self._probe.pin(place.row, place.column)
        finally:
            self._moving = False
        self._bring_into_view()
        self._results.nodeChanged.emit()

    def look_at(self, layer: int, index: int) -> None:
        """Look at a map of a layer; a node that is pinned stays over the same place of the image."""
        node, of_layers = self.trail.node, self._figures()
        if node is not None and self._probe.pinned and of_layers:
            middle = of_layers[node.layer].field.centre(node.row, node.column)
            at = of_layers[layer].field.node_at(*middle, of_layers[layer].outputs[1:])
            self.go_to(NodePlace(layer, index, *at))
        else:
            self._document.navigate(select_layer(self._document.project, layer))
            self._selection.select([index])

    # --- showing -------------------------------------------------------------------------------------------------

    def field(self, step: NodePlace) -> QRectF:
        """What of the image a step sees, perhaps beyond its border; of a pixel, itself."""
        if step.layer == IMAGE:
            return QRectF(step.column, step.row, 1, 1)
        top, left, bottom, right = self._figures()[step.layer].field.rectangle(step.row, step.column)
        return QRectF(left, top, right - left, bottom - top)

    def zoom_to_field(self) -> None:
        """Zoom so that the receptive field fills a good part of the pane, or show all again."""
        if self.trail.node is None:
            return
        before = self._navigator.zoom, self._navigator.centre
        self._look_at(self.field(self.trail.node))
        if (self._navigator.zoom, self._navigator.centre) == before:
            self._navigator.fit()

    def _show(self) -> None:
        steps, pixel = self.trail.steps, self.trail.pixel
        nodes = [step for step in steps if step.layer != IMAGE]
        self._image.set_trail(
            [self.field(step) for step in nodes[:-1]], QRectF() if pixel is None else self.field(pixel)
        )
        end = ""
        if nodes and pixel is None:
            end = (
                self.tr("click an input: it is a pixel")
                if self.reads_image
                else self.tr("click an input, or a map's name, to go to it: on down to the pixels")
            )
        self._bar.show_trail([self._crumb(step) for step in steps], end)
        self.changed.emit()
        walkable = self.pinned, len(steps) > 1
        if walkable != self._walkable:
            self._walkable = walkable
            self.walkable.emit()

    def _crumb(self, step: NodePlace) -> Crumb:
        project = self._document.project
        if step.layer == IMAGE:
            text = self.tr("pixel ({0}, {1})").format(step.row, step.column)
            value = self._pixel_value(step)
            return Crumb(f"{text}{value}", text, self.tr("The prepared image's pixel{0}").format(value))
        name = label(project.layers, step.layer)
        layer = project.layers[step.layer]
        names = layer.bank.names if isinstance(layer, ConvLayer) else self.sources(step.layer).names
        title = map_title(step.map, names)
        tip = self.tr("{0}, map {1}, node row {2}, column {3}").format(name, title, step.row, step.column)
        return Crumb(f"{name} · {title} ({step.row}, {step.column})", f"{name} · {step.map + 1}", tip)

    def _pixel_value(self, step: NodePlace) -> str:
        image = self._results.image
        _, height, width = (0, 0, 0) if image is None else image.shape
        if image is None or step.row >= height or step.column >= width:
            return ""
        rows, columns = slice(step.row, step.row + 1), slice(step.column, step.column + 1)
        value = float(image.block(rows, columns)[step.map, 0, 0])
        channel = f" {'RGB'[step.map]}" if image.shape[0] == 3 else ""
        return f"{channel} = {pixel(value)}"

    def _bring_into_view(self) -> None:
        """Pan to the receptive field if its middle is not to be seen."""
        if self.trail.node is None:
            return
        middle, frame = self.field(self.trail.node).center(), self._image.any_frame()
        (top, bottom), (left, right) = frame.rows, frame.columns
        if not (top <= middle.y() <= bottom and left <= middle.x() <= right):
            self._navigator.show(self._navigator.zoom, (middle.y() / frame.height, middle.x() / frame.width))

    def _look_at(self, area: QRectF, share: float = SHARE) -> None:
        frame = self._image.any_frame()
        fit = min(frame.pane.width() / frame.width, frame.pane.height() / frame.height)
        scale = share * min(frame.pane.width() / area.width(), frame.pane.height() / area.height())
        centre = area.center()
        self._navigator.show(max(1.0, scale / fit), (centre.y() / frame.height, centre.x() / frame.width))

    def _enter_pixel(self) -> None:
        """Zoom to the pixels that the last node reads, and remember how it was."""
        node = self.trail.node
        if node is None or self._at_pixel is not None:
            return
        self._before_pixel = self._navigator.zoom, self._navigator.centre
        self._look_at(self.field(node), WHOLE)
        self._at_pixel = self._navigator.zoom, self._navigator.centre

    def _leave_pixel(self) -> None:
        """Zoom as it was before, unless somebody has zoomed or panned since."""
        if self._at_pixel is not None and self._before_pixel is not None:
            at, self._at_pixel = self._at_pixel, None
            if at == (self._navigator.zoom, self._navigator.centre):
                self._navigator.show(*self._before_pixel)


def below(layers: tuple[Layer, ...], at: int) -> int:
    """The layer that one reads, or `IMAGE`."""
    return next((i for i in reversed(range(at)) if layers[i].enabled), IMAGE)
