"""From the document to the picture of the whole network, while it is seen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from PySide6.QtCore import QObject, QRectF, Signal, Slot
from PySide6.QtGui import QImage

from convexplorer.core.engine.overview import OverviewEngine, OverviewJob, SmallMaps
from convexplorer.core.engine.pictures import InputPicture
from convexplorer.core.explain.printed import format_node
from convexplorer.core.explain.trace import IMAGE, NodePlace, TracedNode, trace
from convexplorer.core.model.images import Prepared
from convexplorer.core.model.layers import ConvLayer, Layer, label, source
from convexplorer.core.model.placement import Placement
from convexplorer.core.model.stack_figures import LayerFigures, fitting_figures
from convexplorer.core.project.change import Kind
from convexplorer.core.project.project import Project
from convexplorer.core.runtime.types import ShouldStop
from convexplorer.errors import ConvExplorerError
from convexplorer.gui.canvas.exploration import Exploration
from convexplorer.gui.canvas.thumbnails import pattern
from convexplorer.gui.flow.card import CardContent, Share
from convexplorer.gui.flow.layout import LayerSize
from convexplorer.gui.flow.state import Followed, LayerFace
from convexplorer.gui.flow.view import FlowView
from convexplorer.gui.kit.deferred import Soon
from convexplorer.gui.kit.worker import Worker
from convexplorer.gui.node.sum import FUNCTIONS
from convexplorer.gui.node.tracer import Tracer
from convexplorer.io.arrays.qimages import to_qimage


@dataclass(frozen=True, eq=False)
class _TraceJob:
    """Which node is to be traced, through which layers, over which input."""

    layers: tuple[Layer, ...]
    prepared: Prepared
    place: NodePlace


class FlowPresenter(QObject):
    """Orders small maps of all layers, and what flows into the node that is looked at, and shows them."""

    failed = Signal(object)
    """An exception that ended a job."""
    settled = Signal()
    """All maps that were asked for are shown."""

    def __init__(self, exploration: Exploration, tracer: Tracer, view: FlowView, parent: QObject) -> None:
        super().__init__(parent)
        self._document = exploration.document
        self._results = exploration.results
        self._selection = exploration.selection
        self._tracer = tracer
        self._view = view
        self._active = False
        self._of: Project | None = None
        self._last: OverviewJob | None = None
        self._ended: OverviewJob | None = None
        self._traced: tuple[_TraceJob, TracedNode] | None = None
        self._wanted: _TraceJob | None = None
        self._maps = Worker(OverviewEngine().run, newest_wins=True, parent=self)
        self._maps.produced.connect(self._show)
        self._maps.finished.connect(self._finish)
        self._maps.failed.connect(self._fail)
        self._nodes = Worker(_trace, newest_wins=True, parent=self)
        self._nodes.produced.connect(self._take_node)
        self._nodes.failed.connect(self._fail)
        self._soon = Soon(self._refresh, self)
        exploration.document.changes(Kind.FILTERS | Kind.STACK | Kind.MUTED | Kind.INPUT | Kind.CURRENT).connect(
            self._ask
        )
        for signal in (self._results.lookChanged, self._results.nodeChanged, view.sizeNeeded):
            signal.connect(self._ask)
        exploration.selection.currentChanged.connect(self._ask)
        view.mapChosen.connect(tracer.look_at)
        view.nodeChosen.connect(lambda *place: tracer.go_to(NodePlace(*place)))
        view.released.connect(exploration.probe.let_go)

    @property
    def busy(self) -> bool:
        """Whether something is asked for and not yet shown."""
        return self._active and (self._soon.pending or self._ended is not self._last or self._nodes.busy)

    def set_active(self, *, on: bool) -> None:
        """Follow the document from now on, or rest while the picture is not seen."""
        self._active = on
        if on:
            self._soon.ask()
        else:
            self._maps.cancel()
            self._ended = self._last

    def close(self) -> None:
        """Stop for good."""
        self._soon.forget()
        self._maps.close()
        self._nodes.close()

    @Slot()
    def _ask(self) -> None:
        if self._active:
            self._soon.ask()

    # --- asking --------------------------------------------------------------------------------------------------

    def _refresh(self) -> None:
        project = self._document.project
        if not self._active or project.image is None or project.input_shape is None:
            return
        of_layers, _ = fitting_figures(project.layers, project.input_shape)
        layers = project.layers[: len(of_layers)]
        if self._of is None or self._of.layers is not project.layers or self._of.input_shape != project.input_shape:
            self._show_layers(project, of_layers)
            self._of = project
        look, side = self._results.look, self._view.map_side()
        job = OverviewJob(project.image, project.preparation, layers, look, side)
        if self._last is None or not _is_same(job, self._last):
            another = (
                self._last is None or self._last.image is not job.image or (self._last.preparation != job.preparation)
            )
            self._last = job
            if another:
                self._view.set_stale(stale=True)
            self._maps.submit(job)
        self._follow(layers, of_layers)

    def _show_layers(self, project: Project, of_layers: list[LayerFigures]) -> None:
        faces, sizes = [], []
        for at, one in enumerate(of_layers):
            layer = project.layers[at]
            if not layer.enabled:
                continue
            count, rows, columns = one.outputs
            if isinstance(layer, ConvLayer):
                names = layer.bank.names
                patterns: tuple[QImage | None, ...] = tuple(pattern(each) for each in layer.bank)
                kind = self.tr("{0} filters {1}×{2} → ").format(count, *layer.bank.size)
            else:
                made = source(project.layers, at)
                maker = None if made is None else project.layers[made]
                names = maker.bank.names if isinstance(maker, ConvLayer) else self._tracer.sources(at).names
                patterns = (None,) * count
                kind = ""
            title, size = label(project.layers, at), f"{kind}{rows}×{columns}×{count}"
            faces.append(LayerFace(at, title, size, tuple(names), patterns, Placement(one.field, (rows, columns))))
            sizes.append(LayerSize(at, count, rows / columns, named=isinstance(layer, ConvLayer)))
        assert project.input_shape is not None  # noqa: S101
        self._view.show_layers(project.input_shape[1:], tuple(faces), tuple(sizes))

    def _follow(self, layers: tuple[Layer, ...], of_layers: list[LayerFigures]) -> None:
        """Show the selected map at once, and order what flows into its node."""
        project, place, image = self._document.project, self._tracer.place, self._results.image
        at = project.shown_index
        if at >= len(of_layers) or not layers[at].enabled:
            self._view.follow(Followed(), None)
            return
        row = self._selection.current
        if place is None or image is None:
            self._wanted = None
            self._view.follow(Followed(at, row), None)
            return
        job = _TraceJob(layers, image, place)
        if self._traced is not None and _is_same_trace(job, self._traced[0]):
            self._show_node(*self._traced)
            return
        self._wanted = job
        self._view.follow(Followed(at, row, (place.row, place.column), field=self._tracer.field(place)), None)
        self._nodes.submit(job)

    # --- showing -------------------------------------------------------------------------------------------------

    @Slot(object, object)
    def _show(self, job: OverviewJob, event: object) -> None:
        last = self._last
        if last is None or job.image is not last.image or job.preparation != last.preparation:
            return
        if isinstance(event, InputPicture):
            self._view.show_photo(to_qimage(event.colours[0]))
        elif isinstance(event, SmallMaps) and event.layer < len(last.layers):
            self._view.show_maps(event, tuple(to_qimage(one) for one in event.colours))
            if job is last:
                self._view.set_stale(stale=False)

    @Slot(object)
    def _finish(self, job: OverviewJob) -> None:
        if job is self._last:
            self._ended = job
            self._view.set_stale(stale=False)
            self.settled.emit()

    @Slot(object, object)
    def _fail(self, job: object, error: BaseException) -> None:
        if job in (self._last, self._wanted) or not isinstance(error, ConvExplorerError):
            self.failed.emit(error)

    @Slot(object, object)
    def _take_node(self, job: _TraceJob, node: TracedNode) -> None:
        self._traced = job, node
        if job is self._wanted:
            self._show_node(job, node)

    def _show_node(self, job: _TraceJob, node: TracedNode) -> None:
        place, numbers = job.place, format_node(node.explanation)
        power = f" · 10^{numbers.exponent}" if numbers.exponent else ""
        amounts = {one.channel: one.subtotal for one in node.contributions}
        texts = {channel: f"{numbers.sum(amount)}{power}" for channel, amount in amounts.items()}
        field = QRectF(self._tracer.field(place))
        followed = Followed(place.layer, place.map, (place.row, place.column), node.below, amounts, texts, field)
        names = dict(enumerate(self._tracer.sources(place.layer).names))
        shares = tuple(
            Share(names.get(channel, str(channel + 1)), amount, texts[channel]) for channel, amount in amounts.items()
        )
        layer, bias, result = job.layers[place.layer], None, label(job.layers, place.layer)
        if isinstance(layer, ConvLayer):
            bias = Share(self.tr("bias"), layer.bank[place.map].bias, numbers.bias + power)
            result = f"z → {FUNCTIONS.get(layer.activation, 'z')}"
        value = numbers.value + (power if numbers.scales_value else "")
        title, subtitle = self._titles(job, node)
        self._view.follow(followed, CardContent(title, subtitle, shares, bias, result, value))

    def _titles(self, job: _TraceJob, node: TracedNode) -> tuple[str, str]:
        """Which node it is, and what the rows of the card are."""
        place, face = job.place, self._view.shown.face(job.place.layer)
        name = face.names[place.map] if face is not None and place.map < len(face.names) else str(place.map + 1)
        title = self.tr("{0} at ({1}, {2})").format(name, place.row, place.column)
        if node.below == IMAGE:
            return title, self.tr("what each channel gave to this node")
        return title, self.tr("what each map of {0} gave to this node").format(label(job.layers, node.below))


def _trace(job: _TraceJob, cancelled: ShouldStop, superseded: ShouldStop) -> Iterator[TracedNode]:
    yield trace(job.layers, job.prepared, job.place, lambda: cancelled() or superseded())


def _is_same(one: OverviewJob, other: OverviewJob) -> bool:
    return (
        one.image is other.image
        and one.layers is other.layers
        and (one.preparation, one.look, one.side) == (other.preparation, other.look, other.side)
    )


def _is_same_trace(one: _TraceJob, other: _TraceJob) -> bool:
    return one.layers is other.layers and one.prepared is other.prepared and one.place == other.place
