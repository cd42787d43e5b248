"""``python -m convexplorer`` is the same as ``convexplorer``."""

from __future__ import annotations

from convexplorer.cli import program

if __name__ == "__main__":
    program()
