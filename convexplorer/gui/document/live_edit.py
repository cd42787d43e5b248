"""Edits that go on for a while, such as a drag, and are taken back in one step."""

from __future__ import annotations

from collections.abc import Callable, Hashable

from convexplorer.core.project.project import Project, with_bank
from convexplorer.gui.document.document import Document


class LiveEdit:
    """Makes a run of edits one undo step, each computed afresh from the filters at its beginning.

    The run ends when another key is given or the filters are changed from elsewhere. So shrinking a kernel and
    growing it again within one run loses nothing, and a drag does not add up rounding errors.
    """

    def __init__(self, document: Document) -> None:
        self._document = document
        self._key: Hashable = None
        self._base = document.project.bank
        self._after: Project | None = None
        self._token = object()

    def goes_on(self, key: Hashable) -> bool:
        """Whether the next edit with this key would continue the run."""
        return self._after is not None and key == self._key and self._document.project.bank is self._after.bank

    def end(self) -> None:
        """Begin a new run with the next edit, whatever its key."""
        self._after = None

    def apply(self, label: str, key: Hashable, edit: Callable[[Project], Project]) -> None:
        """Apply an edit to the filters as they were when the run began.

        Raises
        ------
        InvalidValueError
            If `edit` refuses; the run and the document stay as they were.
        """
        project = self._document.project
        goes_on = self.goes_on(key)
        base = self._base if goes_on else project.bank
        after = edit(with_bank(project, base))
        if not goes_on:
            self._key, self._base, self._token = key, base, object()
        self._after = after
        self._document.apply(label, after, merge=self._token)

    def revert(self) -> None:
        """Call the run off, if nothing came after it; it is not offered to be done again either."""
        if self._document.project is self._after:
            self._document.take_back()
        self.end()
