"""Checkpoints made to end the converter otherwise than with a sentence: each is refused by name,
before much of it is read."""

from __future__ import annotations

import codecs
import json
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from jobs.commands.convert import convert_command
from manifests.errors import ManifestUnusable
from model.convert.auxiliary_models import LARGEST_JSON_BYTES
from model.convert.read import LARGEST_PICKLE_BYTES, NUMPY_ARRAY
from tests.official_folder import ENGINE, SIZES, an_official_folder, save

torch.set_num_threads(1)


class Call:
    """Pickles as a call that the converter allows, with arguments of the maker's choice."""

    def __init__(self, call: Callable[..., object], *given: object) -> None:
        self.call, self.given = call, given

    def __reduce__(self) -> tuple[Callable[..., object], tuple[object, ...]]:
        return self.call, self.given


def refusal(root: Path, out: Path) -> str:
    with pytest.raises(ManifestUnusable) as told:
        convert_command("hallo3", root, out, **SIZES)
    assert told.value.code == "checkpoint_unusable"
    assert not out.exists()
    return told.value.message


HOSTILE = {
    "an encoding that gives text": Call(codecs.encode, "a", "base64"),
    "an encoding that is none": Call(codecs.encode, "a", "no such"),
    "an array of a tebibyte": Call(NUMPY_ARRAY, np.ndarray, (1 << 40,), b"b"),
    "an array of minus one": Call(NUMPY_ARRAY, np.ndarray, (-1,), b"b"),
    "an array of nothing known": Call(np.ndarray, (2,), "no such"),
    "a type that is none": Call(np.dtype, "no such"),
    "a type of many bytes": Call(np.dtype, "V2147483647,V2147483647"),
}


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE.keys())
@pytest.mark.parametrize("zipped", [True, False])
def test_calls_with_chosen_arguments_end_in_a_sentence(
    content: Call, zipped: bool, tmp_path: Path
) -> None:
    root = an_official_folder(tmp_path)
    torch.save(
        {"module": {}, "client": content}, root / ENGINE, _use_new_zipfile_serialization=zipped
    )
    told = refusal(root, tmp_path / "out")
    assert str(ENGINE) in told
    assert "fetch it" in told or "no entry" in told or "nothing tells" in told


def test_lists_in_lists_without_end_are_refused(tmp_path: Path) -> None:
    root = an_official_folder(tmp_path)
    with zipfile.ZipFile(root / ENGINE, "w") as archive:
        archive.writestr("archive/data.pkl", b"\x80\x02" + b"]" * 100_000 + b"a" * 99_999 + b".")
        archive.writestr("archive/version", b"3\n")
        archive.writestr("archive/byteorder", b"little")
    assert str(ENGINE) in refusal(root, tmp_path / "out")


@pytest.mark.parametrize("packed", [True, False])
def test_what_unpacks_to_much_is_refused_before_it_is_unpacked(
    packed: bool, tmp_path: Path
) -> None:
    root = an_official_folder(tmp_path)
    many = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
    with zipfile.ZipFile(root / ENGINE, "w", many) as archive:
        archive.writestr("archive/data.pkl", b"\x80\x02" + b"0" * (LARGEST_PICKLE_BYTES * 2))
    tracemalloc.start()
    try:
        told = refusal(root, tmp_path / "out")
        assert tracemalloc.get_traced_memory()[1] < LARGEST_PICKLE_BYTES
    finally:
        tracemalloc.stop()
    assert ("packed entries" if packed else "of names and shapes") in told


def a_companion(root: Path, config: str, weights: object = None) -> Path:
    folder = root / "t5-v1_1-xxl"
    folder.mkdir()
    (folder / "config.json").write_text(config)
    if weights is not None:
        save(folder / "pytorch_model.bin", weights)
    return folder


def test_json_of_brackets_without_end_or_of_many_bytes_is_refused(tmp_path: Path) -> None:
    root = an_official_folder(tmp_path)
    folder = a_companion(root, "[" * 200_000, {"a": torch.ones(2)})
    assert "config.json is no JSON" in refusal(root, tmp_path / "out")
    with (folder / "config.json").open("wb") as file:
        file.truncate(LARGEST_JSON_BYTES + 1)
    assert "config.json is larger than 64 MiB" in refusal(root, tmp_path / "out")


@pytest.mark.parametrize(
    ("weights", "told"),
    [
        ({}, "no tensors"),
        ({"ids": torch.arange(3)}, "ids are int64, which is no floating point"),
        ({"count": torch.tensor(1.0)}, "count are single numbers"),
        ({"wide": torch.ones(1).expand(1 << 40)}, "no plain rows of numbers: wide"),
        ({"few": torch.ones(3).to_sparse()}, "no plain rows of numbers: few"),
        ({"away": torch.ones(3, device="meta")}, "no plain rows of numbers: away"),
    ],
    ids=["nothing", "whole numbers", "one number", "one as many", "sparse", "absent"],
)
def test_tensors_that_are_no_weights_are_named(
    weights: dict[str, torch.Tensor], told: str, tmp_path: Path
) -> None:
    root = an_official_folder(tmp_path)
    a_companion(root, json.dumps({"model_type": "t5"}), weights)
    message = refusal(root, tmp_path / "out")
    assert "pytorch_model.bin" in message
    assert told in message


def test_a_number_of_an_iteration_is_read_from_the_first_bytes(tmp_path: Path) -> None:
    root = an_official_folder(tmp_path)
    latest = root / "hallo3/latest"
    with latest.open("wb") as file:
        file.truncate(64 << 20)
    tracemalloc.start()
    try:
        convert_command("hallo3", root, tmp_path / "out", **SIZES)
        assert tracemalloc.get_traced_memory()[1] < 64 << 20
    finally:
        tracemalloc.stop()
