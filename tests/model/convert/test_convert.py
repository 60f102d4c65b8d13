"""The converter on the golden weights, and what it makes of them."""

from __future__ import annotations

import hashlib
import json
import random
from pathlib import Path

import numpy as np
import pytest
import torch
from diffusers import AutoencoderKLCogVideoX
from safetensors.torch import load_file

from model.convert import ConversionError, Converted, convert_hallo3, from_original, to_original
from model.convert.tables import PREFIX
from model.networks.reference import Hallo3ReferenceModel
from model.networks.transformer import Hallo3Transformer3DModel
from model.pipeline import Hallo3Pipeline
from model.scheduler import Hallo3DPMScheduler
from tests.golden_tensors import deviation, golden
from tests.official_folder import (
    ENGINE,
    SIZES,
    an_official_folder,
    engine_state,
    save,
    vae_state,
)

torch.set_num_threads(1)
TOLERANCE = 1e-5


@pytest.fixture(scope="module")
def converted(tmp_path_factory: pytest.TempPathFactory) -> Converted:
    folder = tmp_path_factory.mktemp("convert")
    return convert_hallo3(an_official_folder(folder), folder / "hallo3-a", **SIZES)


def part_of(state: dict[str, torch.Tensor], prefix: str) -> dict[str, torch.Tensor]:
    return {key: tensor for key, tensor in state.items() if key.startswith(prefix)}


@torch.inference_mode()
def test_the_converted_networks_compute_what_the_original_computed(converted: Converted) -> None:
    transformer = Hallo3Transformer3DModel.from_pretrained(
        converted / "transformer", torch_dtype=torch.float32
    )
    reference = Hallo3ReferenceModel.from_pretrained(
        converted / "reference", torch_dtype=torch.float32
    )
    seen, ran = golden("reference_net"), golden("dit_forward_t0999")
    bank = reference(seen["in.ref_latent"], seen["in.text"])
    got = transformer(
        torch.cat([ran["in.x"], ran["in.concat"]], dim=2),
        ran["in.timestep"],
        ran["in.text"],
        ran["in.audio_emb"],
        ran["in.face_emb"],
        bank,
    ).sample
    assert max(deviation(b, seen[f"bank.{i:02d}"]) for i, b in enumerate(bank)) <= TOLERANCE
    assert deviation(got, ran["out"]) <= TOLERANCE


@torch.inference_mode()
def test_the_converted_vae_encodes_as_the_original_does(converted: Converted) -> None:
    vae = AutoencoderKLCogVideoX.from_pretrained(converted / "vae", torch_dtype=torch.float32)
    wanted = golden("vae")
    got, _ = vae.encoder(wanted["video_49"][:, :, :3])
    assert deviation(got, wanted["encode.f03.moments"]) <= TOLERANCE
    assert vae.config.scaling_factor == 0.7


def test_the_folder_says_what_the_shapes_told(converted: Converted) -> None:
    told = json.loads((converted / "transformer" / "config.json").read_text())
    wanted = {
        "num_layers": 3,
        "num_attention_heads": 2,
        "text_embed_dim": 32,
        "time_embed_dim": 32,
        "max_text_seq_length": 10,
        "sample_frames": 5,
        "audio_blocks": 3,
        "audio_channels": 16,
        "audio_hidden_dim": 24,
        "audio_tokens": 4,
        "audio_token_dim": 20,
        "face_embed_dim": 24,
        "face_token_dim": 28,
        "face_tokens": 4,
    }
    assert {name: told[name] for name in wanted} == wanted


def test_the_scheduler_of_the_folder_is_ours(converted: Converted) -> None:
    scheduler = Hallo3DPMScheduler.from_pretrained(converted / "scheduler")
    assert scheduler.config.prediction_type == "v_prediction"


def test_the_pipeline_loads_from_the_folder(converted: Converted) -> None:
    pipeline = Hallo3Pipeline.from_pretrained(converted.folder, local_files_only=True)
    assert isinstance(pipeline.transformer, Hallo3Transformer3DModel)
    assert isinstance(pipeline.reference, Hallo3ReferenceModel)
    assert isinstance(pipeline.scheduler, Hallo3DPMScheduler)
    assert pipeline.text_encoder is None


def test_weights_keep_their_dtype(converted: Converted) -> None:
    weights = load_file(converted / "transformer" / "diffusion_pytorch_model.safetensors")
    assert {tensor.dtype for tensor in weights.values()} == {torch.bfloat16}


def test_weights_get_the_dtype_that_is_asked_for(tmp_path: Path) -> None:
    made = convert_hallo3(
        an_official_folder(tmp_path), tmp_path / "out", **SIZES, dtype=torch.float32
    )
    weights = load_file(made / "vae" / "diffusion_pytorch_model.safetensors")
    assert {tensor.dtype for tensor in weights.values()} == {torch.float32}


@pytest.mark.parametrize("part", ["transformer", "reference"])
def test_a_network_goes_to_our_names_and_back_bit_for_bit(part: str) -> None:
    original = part_of(engine_state(), PREFIX[part])
    back = to_original(from_original(original, part), part)
    unread = [key for key in back if not torch.equal(back[key], original[key])]
    last = "ref_model.diffusion_model.mixins.adaln_layer.adaLN_modulations.2.1"
    assert unread == ([] if part == "transformer" else [f"{last}.bias", f"{last}.weight"])


def test_the_modulation_that_the_reference_reads_comes_back_and_the_rest_is_zero() -> None:
    original = part_of(engine_state(), PREFIX["reference"])
    key = "ref_model.diffusion_model.mixins.adaln_layer.adaLN_modulations.2.1.weight"
    back = to_original(from_original(original, "reference"), "reference")[key].chunk(4)
    wanted = original[key].chunk(4)
    assert torch.equal(back[0], wanted[0])
    assert torch.equal(back[2], wanted[2])
    assert not back[1].any()
    assert not back[3].any()


def test_the_vae_goes_to_our_names_and_back_bit_for_bit() -> None:
    original = vae_state()
    back = to_original(from_original(original, "vae"), "vae")
    assert back.keys() == original.keys()
    assert all(torch.equal(back[key], original[key]) for key in original)


def test_the_written_weights_go_back_to_the_original_bit_for_bit(converted: Converted) -> None:
    written = load_file(converted / "transformer" / "diffusion_pytorch_model.safetensors")
    original = engine_state()
    back = to_original(written, "transformer")
    assert all(torch.equal(back[key], original[key]) for key in back)
    left = {
        key.split("diffusion_model.")[1] for key in part_of(original, "model.") if key not in back
    }
    assert left == {
        "mixins.pos_embed.freqs_sin",
        "mixins.pos_embed.freqs_cos",
        "transformer.position_embeddings.weight",
    }


def test_every_file_stands_under_its_digest(converted: Converted) -> None:
    told = json.loads((converted / "digests.json").read_text())["files"]
    there = {p.relative_to(converted.folder).as_posix() for p in converted.folder.rglob("*.*")}
    assert there == told.keys() | {"digests.json"}
    for name, file in told.items():
        content = (converted / name).read_bytes()
        assert (hashlib.sha256(content).hexdigest(), len(content)) == (
            file["sha256"],
            file["bytes"],
        )


def test_what_is_dropped_is_named_with_its_reason(converted: Converted) -> None:
    assert len(converted.dropped) == 2 * 3 + 22
    assert all(": " in text for text in converted.dropped)


def test_the_same_source_has_the_same_digest(tmp_path: Path, converted: Converted) -> None:
    again = convert_hallo3(an_official_folder(tmp_path), tmp_path / "again", **SIZES)
    assert again.digest == converted.digest


def test_large_weights_are_sharded_and_load_again(tmp_path: Path, converted: Converted) -> None:
    made = convert_hallo3(
        an_official_folder(tmp_path), tmp_path / "out", **SIZES, shard_bytes=300_000
    )
    shards = list((made / "transformer").glob("*-of-*.safetensors"))
    whole = load_file(converted / "transformer" / "diffusion_pytorch_model.safetensors")
    network = Hallo3Transformer3DModel.from_pretrained(
        made / "transformer", torch_dtype=torch.bfloat16
    )
    assert len(shards) > 5
    assert all(torch.equal(tensor, whole[key]) for key, tensor in network.state_dict().items())


def test_the_folder_above_pretrained_models_will_do(tmp_path: Path) -> None:
    an_official_folder(tmp_path)
    assert (convert_hallo3(tmp_path, tmp_path / "out", **SIZES) / "transformer").is_dir()


def test_training_leftovers_beside_the_weights_are_read_safely(tmp_path: Path) -> None:
    root = an_official_folder(tmp_path)
    leftovers = {
        "np_rng_state": np.random.get_state(),  # noqa: NPY002 - what training keeps
        "random_rng_state": random.getstate(),
        "torch_rng_state": torch.get_rng_state(),
        "ds_config": {"train_batch_size": 1},
    }
    save(root / ENGINE, {"module": engine_state(), **leftovers})
    assert convert_hallo3(root, tmp_path / "out", **SIZES).present[0] == "transformer"


def test_a_vae_inside_the_engine_is_used_when_its_own_file_is_not_there(
    tmp_path: Path, converted: Converted
) -> None:
    inside = {f"first_stage_model.{key}": tensor for key, tensor in vae_state().items()}
    root = an_official_folder(tmp_path, engine=engine_state() | inside, with_vae=False)
    made = convert_hallo3(root, tmp_path / "out", **SIZES)
    name = "vae/diffusion_pytorch_model.safetensors"
    assert (made / name).read_bytes() == (converted / name).read_bytes()


def test_a_vae_inside_the_engine_is_dropped_when_its_own_file_is_there(
    tmp_path: Path, converted: Converted
) -> None:
    inside = {
        "first_stage_model.loss.logvar": torch.zeros(1),
        "first_stage_model.encoder.conv_in.conv.bias": torch.ones(7),
        "conditioner.embedders.0.transformer.shared.weight": torch.zeros(2, 2),
    }
    root = an_official_folder(
        tmp_path,
        engine=engine_state() | inside,
        vae=vae_state() | {"loss.discriminator.bias": torch.zeros(1)},
    )
    made = convert_hallo3(root, tmp_path / "out", **SIZES)
    assert len(made.dropped) == len(converted.dropped) + 4
    assert json.loads((made / "vae/config.json").read_text())["latent_channels"] == 16


def test_an_empty_destination_is_filled(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    made = convert_hallo3(an_official_folder(tmp_path), tmp_path / "out", **SIZES)
    assert (made / "model_index.json").is_file()


def test_a_destination_that_holds_something_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").write_text("mine")
    with pytest.raises(ConversionError, match="is there already"):
        convert_hallo3(an_official_folder(tmp_path), tmp_path / "out", **SIZES)
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["mine.txt"]
