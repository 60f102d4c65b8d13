"""Networks that users bring: opened only with the digest that was named, and held to their row."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import NoReturn

import numpy as np
import pytest
import torch

from manifests.errors import ManifestUnusable, OutOfMemory
from pipeline.quality.brought.backbones import BACKBONES, backbone_files
from pipeline.quality.brought.opened_backbones import OpenedBackbone, open_backbone
from tests.pipeline.quality.brought.networks import option, torch_script
from tests.tiny_onnx import face_network


@pytest.fixture(autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


def opened(told: str) -> OpenedBackbone:
    (file,) = backbone_files([told]).values()
    return open_backbone(file)


def an_onnx(path: Path, width: int = 512) -> str:
    weights = np.random.default_rng(0).normal(size=(3, width)).astype(np.float32)
    path.write_bytes(face_network(weights))
    return option("arcface", path)


def test_torch_script_gives_features_in_calls_of_the_rows_size(tmp_path: Path) -> None:
    network = opened(torch_script(tmp_path / "inception.pt", "inception"))
    items = np.random.default_rng(0).normal(size=(19, 3, 299, 299)).astype(np.float32)
    found = network.features(items)
    assert network.kind == "TorchScript"
    assert found.shape == (19, 2048)
    np.testing.assert_allclose(found[17:], network.features(items[17:]), rtol=1e-5, atol=1e-6)


def test_onnx_gives_what_its_matrix_says(tmp_path: Path) -> None:
    network = opened(an_onnx(tmp_path / "face.onnx"))
    items = np.full((2, 3, 112, 112), 0.5, np.float32)
    weights = np.random.default_rng(0).normal(size=(3, 512)).astype(np.float32)
    assert network.kind == "ONNX"
    np.testing.assert_allclose(network.features(items)[1], 0.5 * weights.sum(axis=0), atol=1e-5)


def test_a_file_with_another_digest_is_not_opened(tmp_path: Path) -> None:
    told = torch_script(tmp_path / "net.pt", "inception")
    with (tmp_path / "net.pt").open("ab") as file:
        file.write(b"x")
    with pytest.raises(ManifestUnusable, match="digest") as caught:
        opened(told)
    assert caught.value.code == "backbone_unusable"


@pytest.mark.parametrize("content", [b"", b"hello", b"PK\x03\x04 no archive", b"\x80\x04."])
def test_what_is_no_network_is_refused_with_what_to_bring(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "net").write_bytes(content)
    with pytest.raises(ManifestUnusable, match=r"ONNX float32|bring Inception") as caught:
        opened(option("inception", tmp_path / "net"))
    assert caught.value.code == "backbone_unusable"


def test_a_pickle_that_torch_save_wrote_is_not_run(tmp_path: Path) -> None:
    """Such a file is a zip too, and would run code where it is unpickled."""
    touched = tmp_path / "touched"

    class Harmful:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return Path.touch, (touched,)  # type: ignore[return-value]

    torch.save(Harmful(), tmp_path / "net.pt")
    with pytest.raises(ManifestUnusable, match="no TorchScript"):
        opened(option("inception", tmp_path / "net.pt"))
    assert not touched.exists()


@pytest.mark.parametrize(
    "told",
    [
        "inception=net.pt",
        "inception=net.pt@sha256:12",
        f"inception=net.pt@sha256:{'G' * 64}",
        f"vgg=net.pt@sha256:{'0' * 64}",
        "",
    ],
)
def test_an_option_without_name_file_or_digest_is_refused(told: str) -> None:
    with pytest.raises(ManifestUnusable, match="NAME=FILE@sha256:DIGEST"):
        backbone_files([told])


def test_a_network_is_named_once_and_its_path_may_hold_signs() -> None:
    told = f"i3d=/a=b@c/net.pt@sha256:{'0' * 64}"
    assert backbone_files([told])["i3d"].path == Path("/a=b@c/net.pt")
    with pytest.raises(ManifestUnusable, match="once"):
        backbone_files([told, told])


def test_a_network_of_another_width_is_told_apart(tmp_path: Path) -> None:
    """Features of 64 numbers under the name of pool3 would be a FID that is none."""
    network = opened(torch_script(tmp_path / "net.pt", "inception", width=64))
    with pytest.raises(ManifestUnusable, match=r"gives \[2, 64\] for 2 items") as caught:
        network.features(np.zeros((2, 3, 299, 299), np.float32))
    assert caught.value.code == "backbone_wrong"


def test_a_network_for_another_input_is_told_and_numbers_without_end_too(tmp_path: Path) -> None:
    network = opened(torch_script(tmp_path / "net.pt", "inception"))
    with pytest.raises(ManifestUnusable, match="fails on"):
        network.features(np.zeros((1, 5, 8, 8), np.float32))
    with pytest.raises(ManifestUnusable, match="not finite"):
        network.features(np.full((1, 3, 8, 8), np.nan, np.float32))


def test_each_row_says_what_to_bring() -> None:
    for name, row in BACKBONES.items():
        assert f"--backbone {name}=FILE@sha256:DIGEST" in row.brought


@pytest.mark.parametrize(
    "error", [MemoryError(), RuntimeError("DefaultCPUAllocator: can't allocate memory")]
)
def test_a_network_that_lacks_memory_is_no_fault_of_its_file(
    tmp_path: Path, error: Exception
) -> None:
    def full(_: object) -> NoReturn:
        raise error

    network = replace(opened(an_onnx(tmp_path / "face.onnx")), call=full)
    with pytest.raises(OutOfMemory, match=r"ran out of memory for .*face\.onnx"):
        network.features(np.zeros((1, 3, 112, 112), np.float32))
