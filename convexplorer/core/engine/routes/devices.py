"""Where ONNX Runtime may compute besides the processor, and what happens when it fails there.

Which devices there are depends on how the installed ONNX Runtime was built: ``onnxruntime-gpu`` brings CUDA,
``onnxruntime-directml`` DirectML, and so on. That one is named does not mean that it works: drivers may be missing, or
its memory too small. Then the processor takes over.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from convexplorer.core.engine.routes.windows import gather
from convexplorer.core.model.geometry import Geometry
from convexplorer.core.model.images import Prepared
from convexplorer.core.runtime.threads_and_device import CPU, settings
from convexplorer.core.runtime.types import Values
from convexplorer.errors import UnavailableError
from convexplorer.privacy import onnxruntime


@dataclass(frozen=True)
class Device:
    """A kind of device.

    Parameters
    ----------
    key : str
        What `settings.device` and the settings file call it.
    title : str
        Its name, which is the same in all languages.
    provider : str
        ONNX Runtime's name of its execution provider.
    options : mapping
        For the provider: full float32, and no search for the fastest kernel at each new size of input.
    memory_pattern : bool
        Whether the provider allows ONNX Runtime to plan memory ahead.
    """

    key: str
    title: str
    provider: str
    options: Mapping[str, str] = field(default_factory=dict)
    memory_pattern: bool = True


DEVICES = (
    Device(
        "cuda",
        "CUDA (NVIDIA)",
        "CUDAExecutionProvider",
        {"use_tf32": "0", "cudnn_conv_algo_search": "HEURISTIC"},
    ),
    Device("rocm", "ROCm (AMD)", "ROCMExecutionProvider"),
    Device("directml", "DirectML", "DmlExecutionProvider", memory_pattern=False),
    Device("webgpu", "WebGPU", "WebGpuExecutionProvider"),
    Device(
        "coreml",
        "Core ML (Apple)",
        "CoreMLExecutionProvider",
        {"ModelFormat": "MLProgram", "MLComputeUnits": "CPUAndGPU"},
    ),
    Device("openvino", "OpenVINO (Intel)", "OpenVINOExecutionProvider", {"device_type": "GPU", "precision": "FP32"}),
)
"""All that are worth offering. See https://onnxruntime.ai/docs/execution-providers."""


def available() -> tuple[Device, ...]:
    """Devices that the installed ONNX Runtime knows, besides the processor; imports it."""
    names = onnxruntime().get_available_providers()
    return tuple(one for one in DEVICES if one.provider in names)


def open_session(model: bytes, threads: int, device: str) -> Any:
    """A session of ONNX Runtime for a model.

    Raises
    ------
    UnavailableError
        If the installed ONNX Runtime does not know the device, or would not use it.
    """
    runtime = onnxruntime()
    options = runtime.SessionOptions()
    options.intra_op_num_threads = threads
    # Spinning threads gained nothing here and would take the window's processor time.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    providers: list[Any] = ["CPUExecutionProvider"]
    chosen = next((one for one in available() if one.key == device), None)
    if chosen is not None:
        options.enable_mem_pattern = chosen.memory_pattern
        providers.insert(0, (chosen.provider, dict(chosen.options)))
    elif device != CPU:
        raise UnavailableError("the installed ONNX Runtime does not know it")
    # Not its own fallback, which prints and then computes elsewhere unsaid.
    session = runtime.InferenceSession(model, options, providers=providers, enable_fallback=0)
    if chosen is not None and chosen.provider not in session.get_providers():
        raise UnavailableError("it cannot be started")
    return session


def check(compute: Callable[[Values, Values, Values], Values], geometry: Geometry, *, relu: bool) -> None:
    """Try a device that is new on a small layer, since some trade accuracy for speed unasked.

    Parameters
    ----------
    compute : callable
        ``compute(image, weights, bias)`` gives the maps, as the device makes them.
    geometry : Geometry
        How the layer lies on its input.
    relu : bool
        Whether negative sums become zero.

    Raises
    ------
    UnavailableError
        If a node is off by more than 10⁻⁵ · Σ|weights| · max|image|.
    """
    rng = np.random.default_rng(0)
    image = rng.random((3, *geometry.inputs), np.float32)
    weights = rng.standard_normal((8, 3, *geometry.kernel), np.float32)
    bias = rng.standard_normal(8, np.float32)
    rows, columns = geometry.output
    flat = weights.reshape(8, -1).astype(np.float64)
    exact = flat @ gather(Prepared(image), geometry, range(rows), range(columns)) + bias[:, np.newaxis]
    if relu:
        exact = np.maximum(exact, 0.0)
    off = np.abs(compute(image, weights, bias).reshape(8, -1) - exact).max(axis=1)
    # Negated, so that NaN does not pass.
    if not (off <= 1e-5 * np.abs(flat).sum(axis=1) * image.max()).all():
        raise UnavailableError("its values are not exact")


def attempt(run: Callable[[str], object]) -> None:
    """Do something on the chosen device, ``run(device)``, and, if that fails, on the processor from now on."""
    device = settings.device
    if device != CPU:
        try:
            run(device)
        except Exception as error:  # of any kind: ONNX Runtime's have no more than that in common
            _give_up(device, error)
        else:
            return
    run(CPU)


def _give_up(device: str, error: Exception) -> None:
    if settings.device != device:
        return  # another thread has said so already, or another device was chosen meanwhile
    settings.device = CPU
    lines = [line for line in str(error).splitlines() if line.strip()]
    title = next((one.title for one in DEVICES if one.key == device), device)
    settings.device_failed(
        UnavailableError(
            "{device} failed ({reason}); the processor computes instead",
            device=title,
            reason=lines[0].strip() if lines else type(error).__name__,
        )
    )
