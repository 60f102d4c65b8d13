"""Devices of one class give the same bits; what may change them is in the class's name."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import pytest
import torch

from model.networks.onednn import EXACT_LAYERS
from pipeline.devices.class_changes import class_warnings, classes_of
from pipeline.devices.device_class import device_here, instructions_of, processor_of
from pipeline.nouns import Clip
from tests.noun_builders import a_chunk, a_clip

XEON = (
    "processor\t: 0\nvendor_id\t: GenuineIntel\ncpu family\t: 6\nmodel\t\t: 143\n"
    "model name\t: Intel(R) Xeon(R) Platinum 8488C\nstepping\t: 8\n\nprocessor\t: 1\n"
)


def test_a_processor_is_named_by_its_maker_family_and_model() -> None:
    assert processor_of(XEON) == "GenuineIntel 6/143"
    assert processor_of("CPU implementer\t: 0x41\nCPU part\t: 0xd0c\n") == "ARM 0x41/0xd0c"
    assert processor_of("") == ""
    assert processor_of(XEON) == processor_of(XEON.replace("8488C", "8481C"))


def test_what_limits_the_libraries_is_in_the_instructions() -> None:
    facts = {"avx512_bf16": True, "amx_bf16": False}
    assert instructions_of("AVX512", facts, {"PATH": "/bin"}) == "AVX512 avx512_bf16"
    limited = instructions_of("AVX2", {}, {"ONEDNN_MAX_CPU_ISA": "SSE41", "MKL_CBWR": ""})
    assert limited == "AVX2 ONEDNN_MAX_CPU_ISA=SSE41"


def test_the_class_here_is_what_torch_uses() -> None:
    here = device_here()
    assert torch.backends.cpu.get_cpu_capability() in here.instructions
    assert f", torch {torch.__version__}" in here.name
    assert replace(here, card="H100").name == f"H100, {here.name.removeprefix(here.card)}"


def test_where_the_vae_has_layers_of_our_own_they_are_in_the_class(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("model.networks.onednn.onednn_convolves", lambda: True)
    with_them = device_here.__wrapped__()
    monkeypatch.setattr("model.networks.onednn.onednn_convolves", lambda: False)
    without = device_here.__wrapped__()
    assert with_them.layers == ("" if with_them.card else EXACT_LAYERS)
    assert with_them.name == ", ".join(filter(None, [without.name, with_them.layers]))
    assert not without.layers


def test_another_instruction_set_is_another_class() -> None:
    code = "from pipeline.devices.device_class import device_here; print(device_here().name)"
    lowered = {"ATEN_CPU_CAPABILITY": "default", "MKL_CBWR": "COMPATIBLE"}
    said = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", code], capture_output=True, check=True, env=lowered
    )
    name = said.stdout.decode().strip()
    assert name != device_here().name
    assert "DEFAULT" in name
    assert "MKL_CBWR=COMPATIBLE" in name


def made_on(*devices: str) -> Clip:
    clip = a_clip(a_chunk(0, 100, 100 + 47 * len(devices)))
    files = zip(clip.segments, devices, strict=True)
    return replace(clip, segments=tuple(replace(file, device=name) for file, name in files))


def test_a_chain_of_one_class_is_not_warned_of() -> None:
    clips = [made_on("amd", "amd"), made_on("intel"), made_on("", "")]
    assert list(class_warnings(clips)) == []
    assert [classes_of(clip) for clip in clips] == [("amd",), ("intel",), ("unknown",)]


def test_where_a_chain_went_on_with_another_class_is_told_with_both() -> None:
    (warning,) = class_warnings([made_on("amd", "intel", "intel")])
    assert warning.startswith(
        "other_class: rendered from 5.88 s on with intel, before that with amd"
    )
    there_and_back = made_on("amd", "intel", "amd")
    assert len(list(class_warnings([there_and_back]))) == 2
    assert classes_of(there_and_back) == ("amd", "intel")


def test_a_chain_that_was_begun_nobody_knows_where_is_told_too() -> None:
    (warning,) = class_warnings([made_on("", "amd")])
    assert warning.startswith(
        "unknown_class: rendered from 5.88 s on with amd, before that with unk"
    )
