"""Hatchling's hook: builds the kernel when a wheel is made or the package is installed in place.

A kernel that cannot be built fails nothing: without it ONNX Runtime computes.
"""

from __future__ import annotations

import platform
import runpy
import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

HERE = Path(__file__).parent
PLACE = "convexplorer/core/engine/kernel/built"
ZIG = {"x86_64", "amd64", "arm64", "aarch64", "i686", "riscv64", "armv7l", "ppc64le", "s390x"}
"""Processors for which there is a wheel of ziglang, on Linux; on macOS and Windows those that they run on."""


class KernelHook(BuildHookInterface):  # type: ignore[misc]
    """Puts the library into the wheel, or beside the sources where those are what is installed."""

    def dependencies(self) -> list[str]:
        """A compiler from PyPI where the system has none that serves."""
        if platform.machine().lower() not in ZIG or sys.platform not in {"linux", "darwin", "win32"}:
            return []
        return [] if _compilers()["system_serves"]() else ["ziglang>=0.13"]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build it before the files are gathered."""
        if version == "editable":
            self._build(Path(self.root, *PLACE.split("/")))
            return
        self._folder = tempfile.TemporaryDirectory()
        library = self._build(Path(self._folder.name))
        if library is not None:
            build_data["force_include"][str(library)] = f"{PLACE}/{library.name}"
            build_data["pure_python"] = False
            build_data["tag"] = f"py3-none-{_platform()}"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:  # noqa: ARG002
        """Forget what is in the wheel by now."""
        if folder := getattr(self, "_folder", None):
            folder.cleanup()

    def _build(self, folder: Path) -> Path | None:
        try:
            library, complaints = _compilers()["build"](folder)
        except OSError as error:  # no room, no right to write, or on Windows a library that is in use
            library, complaints = None, [str(error)]
        if library is None:
            self.app.display_warning("The kernel was not built; ONNX Runtime will compute. " + " ".join(complaints))
        return Path(library) if library else None


def _compilers() -> dict[str, Any]:
    """The module beside this one, which is no part of a package while that is being built."""
    return runpy.run_path(str(HERE / "compilers.py"))


def _platform() -> str:
    """The tag of this very system: a library built here promises no more."""
    from packaging.tags import platform_tags

    return str(next(tag for tag in platform_tags() if not tag.startswith(("manylinux", "musllinux"))))
