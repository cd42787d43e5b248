"""The errors a user may read: one clear line each, never a traceback.

An error keeps its template and values apart, so that the window can translate the template
(``QCoreApplication.translate("errors", error.template)``) before it fills in the values.
"""

from __future__ import annotations

MAX_MESSAGE = 120
"""Longest message in characters."""
USUAL_NAME, LEAST_NAME = 24, 8
"""Lengths to which names in a message are cut: first to the larger one, and to the other if it is still too long."""


class ConvExplorerError(Exception):
    """An error that the user can understand and correct.

    Parameters
    ----------
    template : str
        One sentence with ``{name}`` placeholders, without a full stop.
    **values : object
        What fills the placeholders.
    """

    def __init__(self, template: str, **values: object) -> None:
        self.template = template
        self.values = values
        super().__init__(self.message(template))

    def message(self, template: str | None = None, limit: int = MAX_MESSAGE) -> str:
        """Fill a (perhaps translated) template; one line of at most `limit` characters.

        A message that is too long is cut in the middle of its parts: first names, then quoted errors, never numbers.
        """
        template = self.template if template is None else template
        texts = {key: one_line(str(value)) for key, value in self.values.items()}
        quoted = {key: value for key, value in self.values.items() if isinstance(value, ConvExplorerError)}
        names = [key for key, value in self.values.items() if not isinstance(value, (ConvExplorerError, int, float))]
        for keys, least in ((names, USUAL_NAME), (list(quoted), LEAST_NAME), (names, LEAST_NAME)):
            for key in sorted(keys, key=lambda key: len(texts[key]), reverse=True):
                excess, length = len(template.format(**texts)) - limit, len(texts[key])
                room = max(least, length - excess)
                if room < length:
                    texts[key] = quoted[key].message(limit=room) if key in quoted else shorten(texts[key], room)
        return shorten(template.format(**texts), limit)


class InvalidValueError(ConvExplorerError, ValueError):
    """A number, shape or option that makes no sense here."""


class UnreadableFileError(ConvExplorerError):
    """A file that cannot be opened, decoded or trusted."""


class UnwritableFileError(ConvExplorerError):
    """A file or folder that cannot be written. What was there before is intact."""


class UnavailableError(ConvExplorerError):
    """Something this machine lacks: a display, a library, a device."""


class CancelledError(ConvExplorerError):
    """The user stopped the work. Nothing incomplete is left behind."""

    def __init__(self) -> None:
        super().__init__("cancelled")


def shorten(text: str, length: int) -> str:
    """Cut a text in its middle to at most `length` characters."""
    if len(text) <= length:
        return text
    head = (length - 1) * 2 // 3
    return f"{text[:head]}…{text[len(text) - (length - 1 - head) :]}"


def one_line(text: str) -> str:
    """Printable characters only, so that a hostile file name cannot forge a second line."""
    return "".join(char if char.isprintable() else "�" for char in text)
