"""10,000 random edits, undo and redo over every kind of edit, for 5 seeds: equal to a replay.

python tests/bench/robustness/undo.py
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from PySide6.QtCore import QCoreApplication

sys.path.insert(0, str(Path(__file__).parents[3]))
from tests.helpers.random_edits import walk


def main() -> int:
    """Run it; a difference ends in an AssertionError."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--edits", type=int, default=10_000)
    parser.add_argument("--seeds", type=int, default=5)
    options = parser.parse_args()
    QCoreApplication([])
    for seed in range(1, options.seeds + 1):
        began = time.perf_counter()
        counts = walk(seed, options.edits)
        (often, most), (rare, least) = counts.most_common(1)[0], counts.most_common()[-1]
        print(
            f"seed {seed}: {counts.total()} of {len(counts)} kinds equal to their replay ({most} {often} to {least} "
            f"{rare}), {time.perf_counter() - began:.0f} s"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
