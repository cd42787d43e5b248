"""``python -m convexplorer`` is the same as ``convexplorer``."""

from __future__ import annotations

import sys

from convexplorer.cli import main

if __name__ == "__main__":
    sys.exit(main())
