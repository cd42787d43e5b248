"""Kills a program with SIGKILL at random moments while it saves sessions, and looks at what is on the disk.

    python tests/bench/robustness/kill_while_saving.py
    python tests/bench/robustness/kill_while_saving.py --writer naive

A child saves one session after the other to the same file and acknowledges each. After every kill the file must be
readable and hold at least the last acknowledged session. With the naive writer, which writes into the file itself,
the same harness must find damage; that shows that it can.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import struct
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np

from convexplorer.core.model.filters import Filter, FilterBank
from convexplorer.core.model.images import Image
from convexplorer.core.project.project import ConvLayer, Project
from convexplorer.errors import UnreadableFileError
from convexplorer.io.files.atomic import TEMPORARY_PREFIX
from convexplorer.io.sessions.load_save import Session, encode, load_session, save_session
from convexplorer.io.sessions.parts.archive import write_archive

NUMBER = struct.Struct("<q")
SAVES = 4
"""A kill comes within the time of about so many saves."""


def session(number: int, pixels: np.ndarray) -> Session:
    """A session that tells its number in every part: in a name, a bias and a pixel."""
    image = pixels.copy()
    image[0, 0] = number % 251
    layer = ConvLayer(FilterBank((Filter(np.ones((3, 3)), float(number), f"Number {number}"),)))
    return Session(Project((layer,), Image(image, "noise")))


def number_of(found: Session) -> int:
    """The number a session tells; an error if its parts disagree."""
    one, image = found.project.bank[0], found.project.image
    number = int(one.bias)
    if image is None or one.name != f"Number {number}" or image.native[0, 0, 0] != number % 251:
        raise UnreadableFileError("its parts are of different saves")
    return number


def save_naively(path: Path, what: Session) -> None:
    """What a careless program does."""
    manifest, parts = encode(what, path.parent)
    with path.open("wb") as file:
        write_archive(file, manifest, parts)


WRITERS: dict[str, Callable[[Path, Session], None]] = {"atomic": save_session, "naive": save_naively}


def keep_saving(path: Path, save: Callable[[Path, Session], None], start: int, pixels: np.ndarray, out: int) -> None:
    """What the child does until it is killed."""
    number = start
    while True:
        number += 1
        save(path, session(number, pixels))
        os.write(out, NUMBER.pack(number))


def killed_child(
    path: Path, save: Callable[[Path, Session], None], start: int, pixels: np.ndarray, seconds: float
) -> int:
    """Let a child save for a while and kill it; returns the last number it acknowledged."""
    ours, theirs = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(ours)
            keep_saving(path, save, start, pixels, theirs)
        finally:
            os._exit(1)
    os.close(theirs)
    time.sleep(seconds)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    with os.fdopen(ours, "rb") as pipe:
        told = pipe.read()
    return NUMBER.unpack(told[-NUMBER.size :])[0] if told else start


def main() -> int:
    """Run it; returns 1 if the figures are not as they must be."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--writer", choices=WRITERS, default="atomic")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    rng, save = random.Random(options.seed), WRITERS[options.writer]
    pixels = np.random.default_rng(options.seed).integers(0, 251, (1000, 1400, 3), np.uint8)
    unreadable: Counter[str] = Counter()
    older = saves = 0
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "work.cvx"
        began = time.perf_counter()
        save_session(path, session(0, pixels))
        once = time.perf_counter() - began
        acknowledged = 0
        for _ in range(options.kills):
            last = killed_child(path, save, acknowledged, pixels, rng.uniform(0.0, SAVES * once))
            saves += last - acknowledged
            acknowledged = last
            try:
                number = number_of(load_session(path))
            except UnreadableFileError as error:
                unreadable[str(error)] += 1
                save_session(path, session(acknowledged, pixels))
            else:
                older += number < acknowledged
                acknowledged = max(number, acknowledged)
        left = sum(one.name.startswith(TEMPORARY_PREFIX) for one in Path(folder).iterdir())
    print(
        f"{options.writer} writer: {options.kills} kills in {saves} acknowledged saves of {once * 1000:.0f} ms: "
        f"{unreadable.total()} unreadable, {older} older than acknowledged; {left} temporary files left by kills"
    )
    for line, count in unreadable.most_common():
        print(f"  {count} × {line}")
    damage = unreadable.total() + older
    return int(damage > 0 if options.writer == "atomic" else damage == 0)


if __name__ == "__main__":
    sys.exit(main())
