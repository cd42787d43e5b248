"""Emits signals and calls Qt's functions that return nothing, and watches the references of None, True and False.

    python tests/bench/robustness/refcount.py

PySide6 6.12 on Python 3.11 drops one reference with each, until the interpreter ends the process.
"""

from __future__ import annotations

import argparse
import sys

from PySide6.QtCore import QCoreApplication, QObject, Signal

CONSTANTS = (None, True, False)
SLACK = 1000
"""References that come and go with everything else."""


class Emitter(QObject):
    """Has a slot that hears its own signals."""

    signal = Signal(bool)

    def __init__(self) -> None:
        super().__init__()
        self.count = 0
        self.signal.connect(self.hear)

    def hear(self, value: bool) -> None:
        self.count += value


def changes(signals: int) -> list[int]:
    """How many references each of `CONSTANTS` has gained."""
    emitter = Emitter()
    before = [sys.getrefcount(one) for one in CONSTANTS]
    for _ in range(signals // 2):
        emitter.signal.emit(True)
        emitter.signal.emit(False)
        emitter.setObjectName("")
    assert emitter.count == signals // 2
    return [sys.getrefcount(one) - then for one, then in zip(CONSTANTS, before, strict=True)]


def main() -> int:
    """Run it; returns 1 if references are lost or left."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--signals", type=int, default=100_000)
    options = parser.parse_args()
    QCoreApplication([])
    found = changes(options.signals)
    figures = ", ".join(f"{constant} {change:+d}" for constant, change in zip(CONSTANTS, found, strict=True))
    print(f"{options.signals} signals: references {figures}")
    return int(max(map(abs, found)) > SLACK)


if __name__ == "__main__":
    sys.exit(main())
