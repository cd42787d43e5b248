"""Finds a compiler and builds the kernel with it: ``python convexplorer/core/engine/kernel/source/compilers.py``.

The compiler of the system is taken where there is one that can build it, else the one that the ``ziglang`` package from
PyPI brings. Only the standard library is used, since the build hook runs this before anything is installed; what the
program itself does not need of it is imported late.
"""

from __future__ import annotations

import hashlib
import platform
import sys
from collections.abc import Iterator
from pathlib import Path

SOURCE = Path(__file__).parent
SECONDS = 300
"""Longest time that a compiler gets; it needs less than ten."""
FLAGS = ("-std=gnu11", "-ffp-contract=fast", "-fvisibility=hidden", "-shared", "-Wall", "-Wextra")
"""Products are added without rounding in between where the machine can (-ffp-contract)."""


def file_name() -> str:
    """What the library is called on this system; processors that share a folder do not share the file."""
    end = {"win32": "dll", "darwin": "dylib"}.get(sys.platform, "so")
    return f"kernel-{sys.platform}-{platform.machine().lower()}.{end}"


def stamp() -> str:
    """A mark of the source, which the library carries, so that one built from other source is not used."""
    digest = hashlib.sha256()
    for path in sorted((*SOURCE.glob("*.c"), *SOURCE.glob("*.h"))):
        digest.update(path.name.encode() + path.read_bytes().replace(b"\r\n", b"\n"))
    return digest.hexdigest()[:16]


def system_compilers() -> Iterator[list[str]]:
    """Commands of compilers that this system may have, the user's choice first."""
    import os
    import shlex
    import shutil

    for command in (os.environ.get("CC", ""), "cc", "gcc", "clang"):
        words = shlex.split(command)
        if words and (found := shutil.which(words[0])):
            yield [found, *words[1:]]


def zig() -> Iterator[list[str]]:
    """The command of the compiler of the ``ziglang`` package, if that is installed."""
    import importlib.util

    if importlib.util.find_spec("ziglang") is not None:
        # For any processor of its kind, not just this one; without debugging tables.
        yield [sys.executable, "-m", "ziglang", "cc", "-mcpu=baseline", "-s"]


def compile_with(compiler: list[str], target: Path, *, optimised: bool = True) -> str:
    """Build the library with one compiler; what went wrong is returned, "" if nothing did."""
    import subprocess

    system = [] if sys.platform == "win32" else ["-fPIC", "-pthread"]
    sources = [str(path) for path in sorted(SOURCE.glob("*.c"))]
    level = "-O3" if optimised else "-O0"
    command = [*compiler, *FLAGS, *system, level, f'-DSTAMP="{stamp()}"', "-o", str(target), *sources]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=SECONDS)  # noqa: S603
    except (OSError, subprocess.SubprocessError) as error:
        return str(error)
    return done.stderr.strip()[-2000:] or "failed" if done.returncode else _load(target)


def _load(library: Path) -> str:
    """Load a library in a process of its own, which may end as it likes."""
    import subprocess

    code = f"import ctypes; ctypes.CDLL({str(library)!r}).kernel_stamp"
    try:
        done = subprocess.run(  # noqa: S603
            [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=SECONDS
        )
    except (OSError, subprocess.SubprocessError) as error:
        return str(error)
    return done.stderr.strip()[-2000:] or "cannot be loaded" if done.returncode else ""


def system_serves() -> bool:
    """Whether a compiler of the system builds the kernel; tried without optimising, which takes a second."""
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / file_name()
        return any(not compile_with(one, target, optimised=False) for one in system_compilers())


def build(folder: Path) -> tuple[Path | None, list[str]]:
    """Build the library into a folder, all or nothing.

    Returns
    -------
    Path or None
        The library, if a compiler could build it.
    list of str
        What the compilers that could not had to say.
    """
    import shlex
    import shutil
    import tempfile

    complaints: list[str] = []
    with tempfile.TemporaryDirectory() as made:
        target = Path(made) / file_name()
        for compiler in (*system_compilers(), *zig()):
            complaint = compile_with(compiler, target)
            if not complaint:
                # By a new file: one that is loaded in a running program must not change.
                folder.mkdir(exist_ok=True)
                final = folder / file_name()
                fresh = final.with_name(f"{final.name}.new")
                shutil.copyfile(target, fresh)
                fresh.replace(final)
                return final, complaints
            complaints.append(f"{shlex.join(compiler)}: {complaint}")
    return None, complaints or ["there is no compiler"]


if __name__ == "__main__":
    built, said = build(SOURCE.parent / "built")
    print(*said, built or "not built", sep="\n")  # noqa: T201
    sys.exit(built is None)
