"""Another device than the processor: chosen, tried, and given up in one line when it fails."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import onnxruntime
import pytest

from convexplorer.core.engine.conv import correlate
from convexplorer.core.engine.kernel.library import SWITCH
from convexplorer.core.engine.routes import devices, onnx
from convexplorer.core.engine.routes.choice import choose
from convexplorer.core.engine.routes.fft import by_fft
from convexplorer.core.engine.routes.onnx import by_onnxruntime
from convexplorer.core.engine.routes.work import Work
from convexplorer.core.runtime.threads_and_device import CPU, settings

IMAGE = np.random.default_rng(1).random((3, 300, 400), np.float32)
WEIGHTS = np.random.default_rng(2).standard_normal((8, 3, 5, 5)).astype(np.float32)


class FakeSession(onnxruntime.InferenceSession):
    """Computes on the processor what it claims to compute on CUDA, after what `spoil` does."""

    refuses = ""
    said: ClassVar[list[str]] = []

    def __init__(self, model, options, providers, enable_fallback):
        assert not enable_fallback
        self.names = [one if isinstance(one, str) else one[0] for one in providers]
        if self.refuses and len(providers) > 1:
            raise RuntimeError(self.refuses)
        super().__init__(model, options, providers=["CPUExecutionProvider"])

    def get_providers(self):
        return self.names

    def run_with_iobinding(self, binding, run_options=None):
        self.said.append(self.names[0])
        super().run_with_iobinding(binding, run_options)


@pytest.fixture(autouse=True)
def complaints(monkeypatch):
    """What is said of devices; everything is as before afterwards."""
    said = []
    monkeypatch.setattr(settings, "device", CPU)
    monkeypatch.setattr(settings, "device_failed", lambda error: said.append(str(error)))
    onnx._session.cache_clear()
    yield said
    onnx._session.cache_clear()


@pytest.fixture
def cuda(monkeypatch):
    """An ONNX Runtime that offers CUDA."""
    monkeypatch.setattr(
        onnxruntime, "get_available_providers", lambda: ["CUDAExecutionProvider", "CPUExecutionProvider"]
    )
    monkeypatch.setattr(onnxruntime, "InferenceSession", FakeSession)
    monkeypatch.setattr(FakeSession, "said", [])
    monkeypatch.setattr(FakeSession, "refuses", "")


def agrees(maps, image=IMAGE, weights=WEIGHTS):
    """Whether maps are within the promised tolerance of sums in float64."""
    windows = np.lib.stride_tricks.sliding_window_view(image.astype(np.float64), weights.shape[2:], axis=(1, 2))
    exact = np.einsum("cyxij,ocij->oyx", windows, weights, optimize=True)
    most = 1e-5 * np.abs(weights).sum(axis=(1, 2, 3)) * np.abs(image).max()
    return (np.abs(maps - exact).max(axis=(1, 2)) <= most).all()


def test_what_is_no_device_of_this_machine_is_not_offered(monkeypatch):
    known = {one.provider for one in devices.available()}
    assert known <= set(onnxruntime.get_available_providers()) - {"CPUExecutionProvider", "AzureExecutionProvider"}
    offered = ["TensorrtExecutionProvider", "CUDAExecutionProvider", "AzureExecutionProvider", "CPUExecutionProvider"]
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: offered)
    assert [one.key for one in devices.available()] == ["cuda"]


def test_devices_have_names_of_their_own():
    for field in ("key", "title", "provider"):
        assert len({getattr(one, field) for one in devices.DEVICES} | {CPU}) == len(devices.DEVICES) + 1


def test_the_processor_itself(complaints):
    assert agrees(correlate(IMAGE, WEIGHTS))
    assert not complaints


def test_the_chosen_device_computes(cuda, complaints):
    settings.device = "cuda"
    assert agrees(correlate(IMAGE, WEIGHTS))
    assert set(FakeSession.said) == {"CUDAExecutionProvider"}
    assert settings.device == "cuda"
    assert not complaints


def test_a_device_is_part_of_the_choice_of_a_route(cuda, monkeypatch):
    from convexplorer.core.model.geometry import Geometry

    weights = np.ones((4, 3, 31, 31), np.float32)
    monkeypatch.setenv(SWITCH, "0")
    work = Work(IMAGE, weights, np.zeros(4, np.float32), Geometry.of((300, 400), (31, 31)))
    assert choose(work) is by_fft
    settings.device = "cuda"
    assert choose(work) is by_onnxruntime


@pytest.mark.parametrize(
    ("refuses", "reason"),
    [
        ("[ONNXRuntimeError] : 1 : FAIL\nlibcublas.so.12: no such file", "[ONNXRuntimeError] : 1 : FAIL"),
        ("\n\n", "RuntimeError"),
    ],
)
def test_a_device_that_does_not_start_gives_way_to_the_processor(cuda, complaints, monkeypatch, refuses, reason):
    monkeypatch.setattr(FakeSession, "refuses", refuses)
    settings.device = "cuda"
    assert agrees(correlate(IMAGE, WEIGHTS))
    assert agrees(correlate(IMAGE, WEIGHTS))
    assert settings.device == CPU
    assert complaints == [f"CUDA (NVIDIA) failed ({reason}); the processor computes instead"]


def test_a_device_that_fails_in_the_middle_gives_way_too(cuda, complaints, monkeypatch):
    settings.device = "cuda"
    assert agrees(correlate(IMAGE, WEIGHTS))

    def fail(self, binding, run_options=None):
        if self.names[0] == "CUDAExecutionProvider":
            raise RuntimeError("CUDA failure 2: out of memory; " + "GPU=0 " * 60)
        onnxruntime.capi.onnxruntime_inference_collection.InferenceSession.run_with_iobinding(self, binding)

    monkeypatch.setattr(FakeSession, "run_with_iobinding", fail)
    assert agrees(correlate(IMAGE, WEIGHTS))
    assert settings.device == CPU
    assert len(complaints) == 1
    assert complaints[0].startswith("CUDA (NVIDIA) failed (CUDA failure 2: out of memory; GPU=0")
    assert len(complaints[0]) <= 120


def test_a_device_that_rounds_to_fewer_digits_gives_way(cuda, complaints, monkeypatch):
    def spoil(self, binding, run_options=None):
        super(FakeSession, self).run_with_iobinding(binding, run_options)
        if self.names[0] == "CUDAExecutionProvider":
            self.target *= np.float32(1 + 2**-12)

    def bind(session, image, weights, bias, maps):
        session.target = maps
        run(session, image, weights, bias, maps)

    run = onnx._run
    monkeypatch.setattr(onnx, "_run", bind)
    monkeypatch.setattr(FakeSession, "run_with_iobinding", spoil)
    settings.device = "cuda"
    assert agrees(correlate(IMAGE, WEIGHTS))
    assert complaints == ["CUDA (NVIDIA) failed (its values are not exact); the processor computes instead"]


def test_a_device_that_this_machine_lacks_is_said_once(complaints):
    settings.device = "directml"
    assert agrees(correlate(IMAGE, WEIGHTS))
    assert agrees(correlate(IMAGE, WEIGHTS))
    assert complaints == [
        "DirectML failed (the installed ONNX Runtime does not know it); the processor computes instead"
    ]


def test_a_provider_that_backs_out_unsaid_is_noticed(cuda, complaints, monkeypatch):
    monkeypatch.setattr(FakeSession, "get_providers", lambda _self: ["CPUExecutionProvider"])
    settings.device = "cuda"
    assert agrees(correlate(IMAGE, WEIGHTS))
    assert complaints == ["CUDA (NVIDIA) failed (it cannot be started); the processor computes instead"]


def test_a_device_can_be_tried_before_it_is_needed(cuda, complaints, monkeypatch):
    settings.device = "cuda"
    onnx.try_device()
    assert set(FakeSession.said) == {"CUDAExecutionProvider"}
    onnx._session.cache_clear()
    monkeypatch.setattr(FakeSession, "refuses", "no driver")
    onnx.try_device()
    assert settings.device == CPU
    assert complaints == ["CUDA (NVIDIA) failed (no driver); the processor computes instead"]


def test_a_script_is_told_by_a_warning(monkeypatch):
    monkeypatch.setattr(settings, "device_failed", type(settings)().device_failed)
    settings.device = "webgpu"
    with pytest.warns(RuntimeWarning, match="WebGPU failed"):
        assert agrees(correlate(IMAGE, WEIGHTS))
