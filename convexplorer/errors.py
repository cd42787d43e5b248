"""The errors a user may read: one clear line each, never a traceback.

An error keeps its template and values apart, so that the window can translate the template
(``QCoreApplication.translate("errors", error.template)``) before it fills in the values.
"""

from __future__ import annotations

MAX_MESSAGE = 120
"""Longest message in characters; a longer value in it is shortened in its middle."""


class ConvExplorerError(Exception):
    """Something the user can understand and mend.

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

    def message(self, template: str | None = None) -> str:
        """Fill a (perhaps translated) template; one line of at most `MAX_MESSAGE` characters."""
        template = self.template if template is None else template
        texts = {key: one_line(str(value)) for key, value in self.values.items()}
        text = template.format(**texts)
        while len(text) > MAX_MESSAGE and texts:
            longest = max(texts, key=lambda key: len(texts[key]))
            room = len(texts[longest]) - (len(text) - MAX_MESSAGE)
            if room < 8:
                break
            texts[longest] = shorten(texts[longest], room)
            text = template.format(**texts)
        return shorten(text, MAX_MESSAGE)


class InvalidValueError(ConvExplorerError, ValueError):
    """A number, shape or option that makes no sense here."""


class UnreadableFileError(ConvExplorerError):
    """A file that cannot be opened, decoded or trusted."""


class UnwritableFileError(ConvExplorerError):
    """A file or folder that cannot be written; what stood there before is intact."""


class UnavailableError(ConvExplorerError):
    """Something this machine lacks: a display, a library, a device."""


class CancelledError(ConvExplorerError):
    """The user stopped it; nothing half-done was left behind."""

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
