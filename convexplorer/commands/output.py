"""Output of a command: lines on standard output, which may be closed or full, and a progress bar."""

from __future__ import annotations

import errno
import io
import os
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout, suppress
from typing import IO, TextIO, cast

from convexplorer.errors import UnwritableFileError

SHOWN_AFTER = 2.0
"""Seconds of work after which a progress bar appears."""
_EVERY = 0.25


class Output(io.TextIOBase):
    """Standard output of a command. Errors of writing do not stop the command.

    Parameters
    ----------
    stream : file or None
        The stream; None where the program was started without one.

    Attributes
    ----------
    error : OSError or None
        Why the output was lost.
    """

    def __init__(self, stream: TextIO | None) -> None:
        super().__init__()
        self._stream = stream
        self.error: OSError | None = None

    def write(self, text: str) -> int:
        """Write a text, unless writing has failed before."""
        if self._stream is None:
            self.error = self.error or OSError(errno.EBADF, "it is closed")
        elif self.error is None:
            try:
                self._stream.write(text)
            except OSError as error:
                self._give_up(error)
        return len(text)

    def flush(self) -> None:
        """Flush the stream."""
        if self._stream is not None and self.error is None:
            try:
                self._stream.flush()
            except OSError as error:
                self._give_up(error)

    def isatty(self) -> bool:
        """Whether the stream is a terminal."""
        return self._stream is not None and self._stream.isatty()

    def _give_up(self, error: OSError) -> None:
        self.error = error
        # The interpreter flushes once more at its end; that must not raise an error either.
        with suppress(OSError, ValueError):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, cast("TextIO", self._stream).fileno())
            os.close(nowhere)

    @property
    def problem(self) -> UnwritableFileError | None:
        """The error to tell, if output was lost. None if a reader just stopped reading."""
        if self.error is None or isinstance(self.error, BrokenPipeError):
            return None
        return UnwritableFileError(
            "standard output cannot be written: {reason}", reason=self.error.strerror or self.error
        )

    @contextmanager
    def taking_prints(self) -> Iterator[None]:
        """Redirect everything printed in a ``with`` block to this stream."""
        if isinstance(self._stream, io.TextIOWrapper):
            self._stream.reconfigure(
                errors="backslashreplace"
            )  # Names may hold characters that the terminal cannot show.
        try:
            with redirect_stdout(cast("IO[str]", self)):
                yield
        finally:
            self.flush()


def hold_descriptors() -> None:
    """Keep the numbers of closed standard streams in use; else the next file opened would receive their messages."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            with suppress(OSError):
                os.open(os.devnull, os.O_RDWR)  # Takes the lowest free number.


def complain(line: str) -> None:
    """Write a line to standard error, if there is one."""
    with suppress(OSError, ValueError, AttributeError):
        sys.stderr.write(f"{line}\n")
        sys.stderr.flush()


class ProgressBar:
    """Shows the progress of long work on a terminal, and clears the line at the end.

    Parameters
    ----------
    what : str
        What is being done.
    """

    def __init__(self, what: str) -> None:
        self._what = what
        self.share: float | None = None
        """How much is done, 0 to 1; None where nobody knows."""
        self._over = threading.Event()
        self._writing = threading.Lock()
        self._shown = False
        self._begun = time.monotonic()
        self._thread = threading.Thread(target=self._show, daemon=True)

    def __enter__(self) -> ProgressBar:
        """Start the display."""
        if sys.stderr is not None and sys.stderr.isatty():
            self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Clear the line."""
        self._over.set()
        if self._thread.is_alive():
            self._thread.join()

    @contextmanager
    def hide(self) -> Iterator[None]:
        """Clear the line while other lines are printed in a ``with`` block."""
        with self._writing:
            if self._shown:
                self._put("")
            yield
            sys.stdout.flush()

    def line(self) -> str:
        """The text of the line now."""
        done = "" if self.share is None else f" {self.share:.0%}"
        return f"{self._what}{done} ({time.monotonic() - self._begun:.0f} s)"

    def _show(self) -> None:
        if self._over.wait(SHOWN_AFTER):
            return
        self._shown = True
        while not self._over.wait(_EVERY):
            with self._writing:
                self._put(self.line())
        self._put("")

    def _put(self, text: str) -> None:
        """Replace the text of the line."""
        with suppress(OSError, ValueError):
            sys.stderr.write(f"\r\x1b[K{text}")
            sys.stderr.flush()
