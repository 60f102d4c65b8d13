"""What the converter refuses: each error names the file or the keys, and nothing is written."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import Tensor

from model.convert import ConversionError, convert_hallo3
from tests.official_folder import (
    ENGINE,
    SIZES,
    VAE,
    an_official_folder,
    engine_state,
    save,
    vae_state,
)

torch.set_num_threads(1)
LAYERS = "model.diffusion_model.transformer.layers"
PROJ = "model.diffusion_model.transformer.audio_proj.proj1.weight"
Edit = Callable[[dict[str, Tensor]], None]


def refusal(source: Path, out: Path, **more: object) -> str:
    """The converter's message; what lies beside `out` stays as it was."""
    before = sorted(path.name for path in out.parent.iterdir())
    with pytest.raises(ConversionError) as told:
        convert_hallo3(source, out, **{**SIZES, **more})
    assert sorted(path.name for path in out.parent.iterdir()) == before
    return str(told.value)


def drop(state: dict[str, Tensor]) -> None:
    del state[f"{LAYERS}.1.face_attn.query.bias"]


def add(state: dict[str, Tensor]) -> None:
    state[f"{LAYERS}.1.lip_attn.query.bias"] = torch.zeros(3, dtype=torch.bfloat16)


def reshape(state: dict[str, Tensor]) -> None:
    key = f"{LAYERS}.2.mlp.dense_h_to_4h.weight"
    state[key] = state[key][:-1]


def spoil(state: dict[str, Tensor]) -> None:
    state[f"{LAYERS}.0.attention.query_key_value.weight"][200, 5] = float("nan")


def overflow(state: dict[str, Tensor]) -> None:
    state[PROJ][0, 0] = float("inf")


def widen(state: dict[str, Tensor]) -> None:
    state[PROJ] = state[PROJ].float()


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (drop, ["1 missing", f"{LAYERS}.1.face_attn.query.bias"]),
        (add, ["1 too many", f"{LAYERS}.1.lip_attn.query.bias"]),
        (reshape, [f"{LAYERS}.2.mlp.dense_h_to_4h.weight is [511, 128] and must be [512, 128]"]),
        (spoil, [f"{LAYERS}.0.attention.query_key_value.weight", "not all finite"]),
        (overflow, [PROJ, "not all finite"]),
        (widen, ["dtypes are mixed", "bfloat16", PROJ]),
    ],
    ids=["missing", "extra", "mis-shaped", "nan", "infinite", "mixed dtypes"],
)
def test_wrong_weights_are_named(tmp_path: Path, edit: Edit, words: list[str]) -> None:
    state = engine_state()
    edit(state)
    told = refusal(an_official_folder(tmp_path, engine=state), tmp_path / "out")
    assert str(ENGINE) in told
    assert [word for word in words if word not in told] == []


def test_all_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    state = engine_state()
    for edit in (drop, add, reshape):
        edit(state)
    told = refusal(an_official_folder(tmp_path, engine=state), tmp_path / "out")
    assert "1 missing" in told
    assert "1 too many" in told
    assert "1 mis-shaped" in told


def test_a_long_list_is_cut_and_counted(tmp_path: Path) -> None:
    state = {key: t for key, t in engine_state().items() if "face_attn" not in key}
    told = refusal(an_official_folder(tmp_path, engine=state), tmp_path / "out")
    assert "18 missing" in told
    assert "and 12 more" in told


def test_wrong_weights_of_the_vae_are_named_with_their_file(tmp_path: Path) -> None:
    state = vae_state()
    del state["decoder.mid.block_1.conv1.conv.weight"]
    told = refusal(an_official_folder(tmp_path, vae=state), tmp_path / "out")
    assert str(VAE) in told
    assert "decoder.mid.block_1.conv1.conv.weight" in told


@pytest.mark.parametrize("kept", [0.0, 0.02, 0.5, 0.999])
@pytest.mark.parametrize("file", [ENGINE, VAE], ids=["engine", "vae"])
def test_a_truncated_file_is_named(tmp_path: Path, file: Path, kept: float) -> None:
    path = an_official_folder(tmp_path) / file
    os.truncate(path, int(path.stat().st_size * kept))
    told = refusal(tmp_path, tmp_path / "out")
    assert str(path) in told
    assert "fetch it anew" in told


def test_a_file_that_is_something_else_is_named(tmp_path: Path) -> None:
    path = an_official_folder(tmp_path) / ENGINE
    path.write_text("version https://git-lfs.github.com/spec/v1\n")
    assert str(path) in refusal(tmp_path, tmp_path / "out")


class Harm:
    """Pickles as a call."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Callable[..., object], tuple[str, str]]:
        return (shutil.copyfile, (os.devnull, str(self.path)))


def test_a_pickle_that_would_run_code_is_refused_and_does_not_run(tmp_path: Path) -> None:
    root = an_official_folder(tmp_path)
    save(root / ENGINE, {"module": engine_state(), "client": Harm(tmp_path / "harmed")})
    assert "could run code" in refusal(root, tmp_path / "out")
    assert not (tmp_path / "harmed").exists()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ({"state": 1}, "no entry 'module'; its entries: state"),
        ([1, 2], "no entry 'module'"),
        ({"module": {"a": 3}}, "no tensors: a"),
        ({"module": 3}, "holds no named tensors"),
        ({"module": {}}, "nothing tells the width"),
    ],
    ids=["other entry", "a list", "numbers", "a number", "nothing"],
)
def test_an_engine_of_another_form_is_refused(tmp_path: Path, content: object, words: str) -> None:
    root = an_official_folder(tmp_path)
    save(root / ENGINE, content)
    assert words in refusal(root, tmp_path / "out")


def test_a_wrong_folder_is_refused_with_what_is_looked_for(tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    told = refusal(tmp_path / "models", tmp_path / "out")
    assert "hallo3/1/mp_rank_00_model_states.pt" in told
    assert "not a folder" in refusal(tmp_path / "nowhere", tmp_path / "out")


def test_a_folder_without_any_vae_is_refused(tmp_path: Path) -> None:
    told = refusal(an_official_folder(tmp_path, with_vae=False), tmp_path / "out")
    assert "3d-vae.pt" in told


@pytest.mark.parametrize(
    ("sizes", "words"),
    [
        ({"latent_frames": 13}, "120 video tokens"),
        ({"latent_height": 0}, "must be positive"),
        ({"audio_blocks": 7}, "240 inputs"),
        ({"audio_channels": 15}, "240 inputs"),
        ({"dtype": "int8"}, "say one of float32, float16, bfloat16"),
    ],
)
def test_sizes_that_do_not_fit_are_refused(
    tmp_path: Path, sizes: dict[str, object], words: str
) -> None:
    assert words in refusal(an_official_folder(tmp_path), tmp_path / "out", **sizes)


def test_a_full_disk_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = an_official_folder(tmp_path)
    synced = os.fsync
    calls = iter(range(3))

    def full(descriptor: int) -> None:
        if next(calls, None) is None:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        synced(descriptor)

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        convert_hallo3(source, tmp_path / "out", **SIZES)
    assert [path.name for path in tmp_path.iterdir()] == ["pretrained_models"]


def test_a_disk_with_too_little_room_is_refused_before_anything_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = an_official_folder(tmp_path)
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=1_000_000))
    with pytest.raises(OSError, match="GB are needed and"):
        convert_hallo3(source, tmp_path / "out", **SIZES)
    assert not (tmp_path / "out").exists()
