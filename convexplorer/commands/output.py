"""What a command says while it works: lines on standard output that nobody may be there to read, and its progress."""

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
"""Seconds after which work that still goes on says how far it is."""
_EVERY = 0.25


class Output(io.TextIOBase):
    """Standard output of a command, which does its work also where it cannot be told of it.

    Parameters
    ----------
    stream : file or None
        The stream; None where the program was started without one.

    Attributes
    ----------
    error : OSError or None
        Why what was said did not arrive.
    """

    def __init__(self, stream: TextIO | None) -> None:
        super().__init__()
        self._stream = stream
        self.error: OSError | None = None

    def write(self, text: str) -> int:
        """Say something, if it can still be heard."""
        if self._stream is None:
            self.error = self.error or OSError(errno.EBADF, "it is closed")
        elif self.error is None:
            try:
                self._stream.write(text)
            except OSError as error:
                self._give_up(error)
        return len(text)

    def flush(self) -> None:
        """Say it now."""
        if self._stream is not None and self.error is None:
            try:
                self._stream.flush()
            except OSError as error:
                self._give_up(error)

    def isatty(self) -> bool:
        """Whether a person reads it."""
        return self._stream is not None and self._stream.isatty()

    def _give_up(self, error: OSError) -> None:
        self.error = error
        # The interpreter flushes what is left once more at its end, which must not complain either.
        with suppress(OSError, ValueError):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, cast("TextIO", self._stream).fileno())
            os.close(nowhere)

    @property
    def problem(self) -> UnwritableFileError | None:
        """Why something was not heard; None also where a reader only had enough of it."""
        if self.error is None or isinstance(self.error, BrokenPipeError):
            return None
        return UnwritableFileError(
            "standard output cannot be written: {reason}", reason=self.error.strerror or self.error
        )

    @contextmanager
    def taking_prints(self) -> Iterator[None]:
        """Take what is printed in a ``with`` block."""
        if isinstance(self._stream, io.TextIOWrapper):
            self._stream.reconfigure(errors="backslashreplace")  # Names may hold what a terminal cannot show.
        try:
            with redirect_stdout(cast("IO[str]", self)):
                yield
        finally:
            self.flush()


def hold_descriptors() -> None:
    """Open nothing in the place of standard streams that are closed: a file opened next would get their messages."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            with suppress(OSError):
                os.open(os.devnull, os.O_RDWR)  # Takes the lowest number that is free.


def complain(line: str) -> None:
    """Write a line to standard error, if there is one."""
    with suppress(OSError, ValueError, AttributeError):
        sys.stderr.write(f"{line}\n")
        sys.stderr.flush()


class ProgressBar:
    """Shows on a terminal how far long work is, and wipes it away at its end.

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
        """Begin."""
        if sys.stderr is not None and sys.stderr.isatty():
            self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """End."""
        self._over.set()
        if self._thread.is_alive():
            self._thread.join()

    @contextmanager
    def hide(self) -> Iterator[None]:
        """Make room for lines that are printed in a ``with`` block."""
        with self._writing:
            if self._shown:
                self._put("")
            yield
            sys.stdout.flush()

    def line(self) -> str:
        """What it shows now."""
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
        """Write in the place of what stands in the line."""
        with suppress(OSError, ValueError):
            sys.stderr.write(f"\r\x1b[K{text}")
            sys.stderr.flush()
