"""The actions on filters: one record each, for menus, keys and buttons."""

from __future__ import annotations

from convexplorer.core.model import transforms
from convexplorer.errors import ConvExplorerError
from convexplorer.gui.filters.edits import FilterEdits
from convexplorer.gui.kit.actions import Action
from convexplorer.gui.kit.error_text import error_text
from convexplorer.gui.kit.fields.typed_text import take_typed
from convexplorer.gui.kit.translation import QT_TRANSLATE_NOOP


def _title(key: str) -> str:
    return _BY_KEY[key].title


FILTER_ACTIONS: tuple[Action[FilterEdits], ...] = (
    Action(
        "addFilter",
        QT_TRANSLATE_NOOP("actions", "&New filter"),
        QT_TRANSLATE_NOOP("actions", "Add a filter of zeros, to be filled in by hand"),
        run=lambda to, _: to.add(),
        keys="Ctrl+Shift+N",
        icon="add",
        word=QT_TRANSLATE_NOOP("menus", "New"),
        places=(("filters", 1),),
    ),
    Action(
        "presets",
        QT_TRANSLATE_NOOP("actions", "&Preset…"),
        QT_TRANSLATE_NOOP("actions", "Add or put in a well-known filter, and set its parameters"),
        run=lambda to, _: to.ask_presets(),
        keys="Ctrl+Shift+P",
        icon="preset",
        word=QT_TRANSLATE_NOOP("menus", "Presets"),
        places=(("filters", 1),),
    ),
    Action(
        "banks",
        QT_TRANSLATE_NOOP("actions", "&Bank…"),
        QT_TRANSLATE_NOOP("actions", "Replace all filters by a well-known bank or by random ones, or add these"),
        run=lambda to, _: to.ask_banks(),
        keys="Ctrl+Shift+B",
        icon="bank",
        word=QT_TRANSLATE_NOOP("menus", "Banks"),
        places=(("filters", 1),),
    ),
    Action(
        "duplicateFilters",
        QT_TRANSLATE_NOOP("actions", "&Duplicate"),
        QT_TRANSLATE_NOOP("actions", "Put a copy behind each selected filter"),
        run=lambda to, _: to.duplicate(),
        is_enabled=lambda to: bool(to.rows()),
        keys="Ctrl+D",
        icon="duplicate",
        places=(("filters", 2),),
    ),
    Action(
        "deleteFilters",
        QT_TRANSLATE_NOOP("actions", "De&lete"),
        QT_TRANSLATE_NOOP(
            "actions", "Remove the selected filters, and the planes of the next layer that read their maps"
        ),
        run=lambda to, _: to.delete(),
        is_enabled=lambda to: bool(to.rows()),
        keys="Ctrl+Del",
        icon="delete",
        places=(("filters", 2),),
    ),
    Action(
        "renameFilter",
        QT_TRANSLATE_NOOP("actions", "Rena&me"),
        QT_TRANSLATE_NOOP("actions", "Rename the selected filter"),
        run=lambda to, _: to.rename(),
        is_enabled=lambda to: bool(to.rows()),
        keys="F2",
        icon="rename",
        places=(("filters", 2),),
    ),
    Action(
        "toggleFilters",
        QT_TRANSLATE_NOOP("actions", "S&witch on or off"),
        QT_TRANSLATE_NOOP("actions", "Show or hide the maps of the selected filters"),
        run=lambda to, _: to.toggle(),
        is_enabled=lambda to: bool(to.rows()),
        places=(("filters", 2),),
    ),
    Action(
        "moveFiltersUp",
        QT_TRANSLATE_NOOP("actions", "Move &up"),
        QT_TRANSLATE_NOOP("actions", "Move the selected filters up"),
        run=lambda to, _: to.move(-1),
        is_enabled=lambda to: to.can_move(-1),
        keys="Alt+Up",
        icon="up",
        places=(("filters", 3),),
    ),
    Action(
        "moveFiltersDown",
        QT_TRANSLATE_NOOP("actions", "Move d&own"),
        QT_TRANSLATE_NOOP("actions", "Move the selected filters down"),
        run=lambda to, _: to.move(1),
        is_enabled=lambda to: to.can_move(1),
        keys="Alt+Down",
        icon="down",
        places=(("filters", 3),),
    ),
    Action(
        "copyFilters",
        QT_TRANSLATE_NOOP("actions", "&Copy as text"),
        QT_TRANSLATE_NOOP("actions", "Copy the selected filters as tab-separated text"),
        run=lambda to, _: to.copy(),
        is_enabled=lambda to: bool(to.rows()),
        places=(("filters", 4),),
    ),
    Action(
        "pasteFilters",
        QT_TRANSLATE_NOOP("actions", "P&aste as new filters"),
        QT_TRANSLATE_NOOP("actions", "Add filters from matrices on the clipboard"),
        run=lambda to, _: to.paste(),
        places=(("filters", 4),),
    ),
    Action(
        "negate",
        QT_TRANSLATE_NOOP("actions", "Ne&gate"),
        QT_TRANSLATE_NOOP("actions", "Change the sign of every weight"),
        run=lambda to, _: to.transform(_title("negate"), transforms.negate),
        is_enabled=lambda to: bool(to.rows()),
        icon="negate",
        places=(("filters", 5),),
    ),
    Action(
        "transpose",
        QT_TRANSLATE_NOOP("actions", "&Transpose"),
        QT_TRANSLATE_NOOP("actions", "Swap rows and columns"),
        run=lambda to, _: to.transform(_title("transpose"), transforms.transpose),
        is_enabled=lambda to: bool(to.rows()),
        icon="transpose",
        places=(("filters", 5),),
    ),
    Action(
        "rotate",
        QT_TRANSLATE_NOOP("actions", "&Rotate"),
        QT_TRANSLATE_NOOP("actions", "Turn by 90° anticlockwise"),
        run=lambda to, _: to.transform(_title("rotate"), transforms.rotate_90),
        is_enabled=lambda to: bool(to.rows()),
        icon="rotate",
        places=(("filters", 5),),
    ),
    Action(
        "flipHorizontal",
        QT_TRANSLATE_NOOP("actions", "Flip &horizontally"),
        QT_TRANSLATE_NOOP("actions", "Swap left and right"),
        run=lambda to, _: to.transform(_title("flipHorizontal"), transforms.flip_horizontally),
        is_enabled=lambda to: bool(to.rows()),
        icon="flip-horizontal",
        places=(("filters", 5),),
    ),
    Action(
        "flipVertical",
        QT_TRANSLATE_NOOP("actions", "Flip &vertically"),
        QT_TRANSLATE_NOOP("actions", "Swap top and bottom"),
        run=lambda to, _: to.transform(_title("flipVertical"), transforms.flip_vertically),
        is_enabled=lambda to: bool(to.rows()),
        icon="flip-vertical",
        places=(("filters", 5),),
    ),
    Action(
        "normalise",
        QT_TRANSLATE_NOOP("actions", "Normali&se"),
        QT_TRANSLATE_NOOP("actions", "Scale the weights to the sum 1"),
        run=lambda to, _: to.transform(_title("normalise"), transforms.normalise_sum),
        is_enabled=lambda to: bool(to.rows()),
        icon="normalise",
        places=(("filters", 6),),
    ),
    Action(
        "zeroMean",
        QT_TRANSLATE_NOOP("actions", "Zero m&ean"),
        QT_TRANSLATE_NOOP("actions", "Subtract the mean, so that the weights sum to 0"),
        run=lambda to, _: to.transform(_title("zeroMean"), transforms.subtract_mean),
        is_enabled=lambda to: bool(to.rows()),
        icon="zero-mean",
        places=(("filters", 6),),
    ),
    Action(
        "zero",
        QT_TRANSLATE_NOOP("actions", "&Zero"),
        QT_TRANSLATE_NOOP("actions", "Set every weight to 0"),
        run=lambda to, _: to.transform(_title("zero"), transforms.zero),
        is_enabled=lambda to: bool(to.rows()),
        icon="zero",
        places=(("filters", 6),),
    ),
    Action(
        "sameChannels",
        QT_TRANSLATE_NOOP("actions", "Same &for all channels"),
        QT_TRANSLATE_NOOP("actions", "Give every channel the mean of the planes"),
        run=lambda to, _: to.transform(_title("sameChannels"), transforms.same_for_all_channels),
        is_enabled=lambda to: bool(to.rows()) and to.bank.channels > 1,
        icon="same-channels",
        places=(("filters", 6),),
    ),
)
"""What can be done with the selected filters, in the order of a menu."""

_BY_KEY = {record.key: record for record in FILTER_ACTIONS}


class FilterCommands(FilterEdits):
    """Does what actions say, by their keys."""

    def is_enabled(self, key: str) -> bool:
        """Whether an action is possible now."""
        possible = _BY_KEY[key].is_enabled
        return possible is None or possible(self)

    def run(self, key: str) -> None:
        """Do what an action says, if it is possible, with what is being typed already taken."""
        take_typed()
        if not self.is_enabled(key):
            return
        try:
            _BY_KEY[key].run(self, False)
        except ConvExplorerError as error:
            self.message.emit(error_text(error))
