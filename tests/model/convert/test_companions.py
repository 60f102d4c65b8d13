"""The encoders and face models that come with the weights: checked and copied, or absent."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import T5Config, T5EncoderModel, Wav2Vec2Config, Wav2Vec2Model

from model.convert import ConversionError, convert_hallo3
from tests.official_folder import SIZES, an_official_folder, save

torch.set_num_threads(1)
T5 = Path("cogvideox-5b-i2v-sat/t5-v1_1-xxl_new")
WAV2VEC = Path("wav2vec/wav2vec2-base-960h")


def a_text_encoder(folder: Path, *, shard: str = "5GB") -> T5EncoderModel:
    config = T5Config(vocab_size=20, d_model=8, d_kv=4, d_ff=8, num_layers=1, num_heads=2)
    model = T5EncoderModel(config)
    model.save_pretrained(folder, max_shard_size=shard)
    (folder / "tokenizer_config.json").write_text("{}")
    (folder / "spiece.model").write_bytes(b"pieces")
    return model


def a_speech_encoder(folder: Path) -> Wav2Vec2Model:
    config = Wav2Vec2Config(
        hidden_size=8,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=8,
        conv_dim=(4, 4),
        conv_stride=(2, 2),
        conv_kernel=(3, 3),
        num_conv_pos_embeddings=4,
        num_conv_pos_embedding_groups=2,
    )
    model = Wav2Vec2Model(config)
    model.save_pretrained(folder)
    (folder / "preprocessor_config.json").write_text('{"sampling_rate": 16000}')
    return model


def test_what_is_not_there_is_told_and_no_error(tmp_path: Path) -> None:
    made = convert_hallo3(an_official_folder(tmp_path), tmp_path / "out", **SIZES)
    assert made.present == ("transformer", "reference", "vae", "scheduler", "processor")
    assert "text_encoder" in made.absent
    assert "face" in made.absent


def test_everything_that_is_there_comes_along(tmp_path: Path) -> None:
    root = an_official_folder(tmp_path)
    text, speech = a_text_encoder(root / T5), a_speech_encoder(root / WAV2VEC)
    for name in ("face_analysis/models/glintr100.onnx", "face_analysis/models/scrfd.onnx"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(b"onnx")
    (root / "audio_separator").mkdir()
    (root / "audio_separator/Kim_Vocal_2.onnx").write_bytes(b"onnx")
    made = convert_hallo3(root, tmp_path / "out", **SIZES)
    assert made.absent == ()
    loaded = T5EncoderModel.from_pretrained(made / "text_encoder", local_files_only=True)
    assert torch.equal(loaded.shared.weight, text.shared.weight)
    heard = Wav2Vec2Model.from_pretrained(made / "speech_encoder", local_files_only=True)
    key = "encoder.layers.0.attention.k_proj.weight"
    assert torch.equal(heard.state_dict()[key], speech.state_dict()[key])
    assert {p.name for p in (made / "face").iterdir()} == {"glintr100.onnx", "scrfd.onnx"}
    assert (made / "tokenizer" / "spiece.model").read_bytes() == b"pieces"
    index = json.loads((made / "model_index.json").read_text())
    assert index["text_encoder"] == ["transformers", "T5EncoderModel"]
    assert index["transformer"] == ["model.transformer", "Hallo3Transformer3DModel"]


def test_shards_come_along_with_their_index(tmp_path: Path) -> None:
    root = an_official_folder(tmp_path)
    text = a_text_encoder(root / T5, shard="1KB")
    made = convert_hallo3(root, tmp_path / "out", **SIZES)
    loaded = T5EncoderModel.from_pretrained(made / "text_encoder", local_files_only=True)
    assert len(list((made / "text_encoder").glob("*.safetensors"))) > 1
    assert torch.equal(loaded.shared.weight, text.shared.weight)


def test_pickled_weights_become_safetensors(tmp_path: Path) -> None:
    root = an_official_folder(tmp_path)
    speech = a_speech_encoder(root / WAV2VEC)
    (root / WAV2VEC / "model.safetensors").unlink()
    save(root / WAV2VEC / "pytorch_model.bin", speech.state_dict())
    made = convert_hallo3(root, tmp_path / "out", **SIZES)
    assert not list((made / "speech_encoder").glob("*.bin"))
    assert load_file(made / "speech_encoder/model.safetensors").keys() == speech.state_dict().keys()
    source = json.loads((made / "digests.json").read_text())["source"]
    assert f"{WAV2VEC}/pytorch_model.bin" in source


def test_pickled_shards_become_safetensors_with_an_index(tmp_path: Path) -> None:
    root = an_official_folder(tmp_path)
    text = a_text_encoder(root / T5)
    (root / T5 / "model.safetensors").unlink()
    weights = sorted(text.state_dict().items())
    halves = {"pytorch_model-1.bin": dict(weights[:4]), "pytorch_model-2.bin": dict(weights[4:])}
    for name, half in halves.items():
        save(root / T5 / name, half)
    places = {key: name for name, half in halves.items() for key in half}
    index = root / T5 / "pytorch_model.bin.index.json"
    index.write_text(json.dumps({"metadata": {}, "weight_map": places}))
    made = convert_hallo3(root, tmp_path / "out", **SIZES)
    loaded = T5EncoderModel.from_pretrained(made / "text_encoder", local_files_only=True)
    assert torch.equal(loaded.shared.weight, text.shared.weight)


def damage_weights(folder: Path) -> Path:
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-5])
    return path


def damage_config(folder: Path) -> Path:
    (folder / "config.json").write_text("{")
    return folder / "config.json"


def lose_weights(folder: Path) -> Path:
    (folder / "model.safetensors").unlink()
    return folder


def lose_shard(folder: Path) -> Path:
    save_file({"a": torch.zeros(1)}, folder / "model.safetensors")
    places = {"weight_map": {"a": "model-1.safetensors"}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(places))
    return folder


def lead_astray(folder: Path) -> Path:
    index = folder / "model.safetensors.index.json"
    index.write_text(json.dumps({"weight_map": {"a": "../../secret.safetensors"}}))
    return index


@pytest.mark.parametrize(
    "damage", [damage_weights, damage_config, lose_weights, lose_shard, lead_astray]
)
def test_a_damaged_companion_is_named_and_nothing_is_written(tmp_path: Path, damage) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
    root = an_official_folder(tmp_path)
    a_text_encoder(root / T5)
    wrong = damage(root / T5)
    with pytest.raises(ConversionError) as told:
        convert_hallo3(root, tmp_path / "out", **SIZES)
    assert str(wrong) in str(told.value)
    assert not (tmp_path / "out").exists()
