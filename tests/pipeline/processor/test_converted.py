"""A small checkpoint in the official layout, drawn at random: `rushes convert`, load, film."""

from __future__ import annotations

import io
import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sentencepiece
import torch
from PIL import Image
from torch import Tensor
from transformers import T5Config, T5EncoderModel, Wav2Vec2Config, Wav2Vec2Model

from jobs.commands.convert import convert_command
from jobs.examples.portraits import astronaut
from model.pipeline import Hallo3Pipeline
from model.processing import SeenPortrait
from pipeline.processor.processor import Hallo3Processor
from tests.media_builders import a_tone, a_wav
from tests.official_folder import SIZES, an_official_folder
from tests.tiny_onnx import face_network

PAGE = Path(__file__).parents[3] / "docs/pipeline.md"
PROMPT = "a woman talks"
ELSEWHERE = 1e-4
"""How far frames in 0..1 may lie from those of equal weights elsewhere in memory."""

torch.set_num_threads(1)


def a_text_encoder(folder: Path) -> None:
    config = T5Config(vocab_size=60, d_model=32, d_kv=4, d_ff=8, num_layers=1, num_heads=2)
    T5EncoderModel(config).save_pretrained(folder)
    pieces = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter([f"{PROMPT} to the camera"] * 20), model_writer=pieces,
        vocab_size=40, pad_id=0, eos_id=1, unk_id=2, bos_id=-1, hard_vocab_limit=False,
        minloglevel=2,
    )  # fmt: skip
    (folder / "spiece.model").write_bytes(pieces.getvalue())
    told = {"tokenizer_class": "T5Tokenizer", "extra_ids": 0}
    (folder / "tokenizer_config.json").write_text(json.dumps(told))


def a_speech_encoder(folder: Path) -> None:
    config = Wav2Vec2Config(
        num_hidden_layers=3, hidden_size=16, num_attention_heads=2, intermediate_size=16,
        conv_dim=(8,) * 7, num_conv_pos_embeddings=4, num_conv_pos_embedding_groups=2,
    )  # fmt: skip
    Wav2Vec2Model(config).save_pretrained(folder)


def a_face_network(folder: Path) -> None:
    folder.mkdir(parents=True)
    colours = np.random.default_rng(0).normal(size=(3, 24)).astype(np.float32)
    (folder / "glintr100.onnx").write_bytes(face_network(colours))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    where = tmp_path_factory.mktemp("hallo3")
    torch.manual_seed(0)
    official = an_official_folder(where)
    a_text_encoder(official / "t5-v1_1-xxl")
    a_speech_encoder(official / "wav2vec/wav2vec2-base-960h")
    a_face_network(official / "face_analysis/models")
    convert_command("hallo3", official, where / "weights/hallo3", **SIZES)
    return where / "weights/hallo3"


@pytest.fixture(scope="module")
def pipe(folder: Path) -> Hallo3Pipeline:
    return quiet(Hallo3Pipeline.from_pretrained(folder))


@pytest.fixture(scope="module")
def second(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return a_wav(tmp_path_factory.mktemp("sound") / "speech.wav", a_tone(47_000, rate=48_000))


def quiet(pipe: Hallo3Pipeline) -> Hallo3Pipeline:
    pipe.set_progress_bar_config(disable=True)  # type: ignore[no-untyped-call]  # diffusers
    return pipe


@pytest.fixture(scope="module")
def seen(pipe: Hallo3Pipeline) -> SeenPortrait:
    return pipe.processor.portrait(astronaut(), 32, 48)


def of(seen: SeenPortrait, sound: Path) -> dict[str, Any]:
    """What a call is given: the portrait as the processor made it ready, and a file of sound."""
    return {
        "image": seen.picture,
        "face_mask": seen.face_mask,
        "face_embedding": seen.face_embedding,
        "audio": sound,
        "prompt": PROMPT,
        "height": 32,
        "width": 48,
        "num_inference_steps": 1,
        "output_type": "pt",
        "generator": torch.Generator().manual_seed(1),
    }


@pytest.fixture(scope="module")
def clip(pipe: Hallo3Pipeline, seen: SeenPortrait, second: Path) -> Tensor:
    return pipe(**of(seen, second)).frames


def test_the_lines_of_the_page_make_a_film_of_converted_weights(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (code,) = re.findall(r"```python\n([^`]*weights/hallo3[^`]*)```", PAGE.read_text())
    (tmp_path / "weights").symlink_to(folder.parent)
    (tmp_path / "portrait.png").write_bytes(astronaut().read_bytes())
    a_wav(tmp_path / "speech.wav", a_tone(24_000, rate=48_000))
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    for line, small in (("offload()", 'offload(device="cpu")'), ("prompt=", "**small, prompt=")):
        assert line in code
        code = code.replace(line, small)
    small = {"num_inference_steps": 1, "height": 32, "width": 48}
    exec(code, names | {"small": small})  # noqa: S102 - ours
    assert (tmp_path / "out.mp4").stat().st_size > 0


def test_a_sound_longer_than_a_segment_has_all_its_frames(clip: Tensor) -> None:
    """47,000 samples at 48 kHz are 24.5 frames: the last one begun is shown too."""
    assert clip.shape == (1, 25, 3, 32, 48)


def test_a_segment_goes_on_from_the_one_before(
    pipe: Hallo3Pipeline, seen: SeenPortrait, second: Path, clip: Tensor
) -> None:
    segments: Iterator[float] = iter([0.5, 1.0])

    def weaken_the_first(
        _pipe: Hallo3Pipeline, _step: int, _time: int, given: dict[str, Tensor]
    ) -> dict[str, Tensor]:
        return {"latents": given["latents"] * next(segments)}

    changed = pipe(**of(seen, second), callback_on_step_end=weaken_the_first).frames
    assert not torch.equal(changed[:, :15], clip[:, :15])
    assert (changed[:, 15:] - clip[:, 15:]).abs().max() > 1e-3


def test_a_saved_pipeline_sees_hears_and_draws_the_same(
    pipe: Hallo3Pipeline, seen: SeenPortrait, second: Path, clip: Tensor, tmp_path: Path
) -> None:
    pipe.save_pretrained(tmp_path / "again")
    loaded = quiet(Hallo3Pipeline.from_pretrained(tmp_path / "again"))
    again = loaded.processor.portrait(astronaut(), 32, 48)
    assert np.array_equal(seen.picture, again.picture)
    assert np.array_equal(seen.face_mask, again.face_mask)
    assert torch.equal(seen.face_embedding, again.face_embedding)
    assert np.array_equal(pipe.processor.speech(second), loaded.processor.speech(second))
    assert (loaded(**of(again, second)).frames - clip).abs().max() <= ELSEWHERE
    loaded.processor.save_pretrained(tmp_path / "again/processor")  # over itself


def test_speech_is_heard_in_float32_whatever_the_networks_are(
    folder: Path, seen: SeenPortrait, second: Path
) -> None:
    for dtype in (torch.bfloat16, {"default": torch.bfloat16}):
        halved = quiet(Hallo3Pipeline.from_pretrained(folder, dtype=dtype))
        assert halved.transformer.dtype == torch.bfloat16
        assert halved.speech_encoder.dtype == torch.float32
    asked = {"default": torch.bfloat16, "speech_encoder": torch.float16}
    told = Hallo3Pipeline.from_pretrained(folder, dtype=asked)
    assert told.speech_encoder.dtype == torch.float16  # who names it means it
    halved.to(torch.bfloat16)  # what somebody asks for by hand is done, and heard so
    assert halved(**of(seen, second), num_frames=1).frames.isfinite().all()


def test_a_folder_converted_before_it_held_a_processor_takes_one_by_hand(
    folder: Path, tmp_path: Path
) -> None:
    old = shutil.copytree(folder, tmp_path / "old", ignore=shutil.ignore_patterns("processor"))
    index = json.loads((old / "model_index.json").read_text())
    del index["processor"]
    (old / "model_index.json").write_text(json.dumps(index))
    given = Hallo3Processor.of_converted(old)
    loaded = Hallo3Pipeline.from_pretrained(old, processor=given)
    assert loaded.processor.portrait(astronaut(), 32, 48).face_embedding.shape == (1, 24)
    with pytest.raises(ValueError, match="a picture alone needs a processor"):
        Hallo3Pipeline.from_pretrained(old)(image=astronaut(), audio="speech.wav")


def test_what_a_pipeline_lacks_is_told_with_what_to_give(
    folder: Path, pipe: Hallo3Pipeline
) -> None:
    lacking = quiet(Hallo3Pipeline.from_pretrained(folder, text_encoder=None, speech_encoder=None))
    with pytest.raises(ValueError, match=r"give `prompt_embeds`, \[1, 10, 32\]"):
        lacking.encode_prompt()
    with pytest.raises(TypeError, match="give `prompt`, one text, or `prompt_embeds`"):
        pipe.encode_prompt()
    with pytest.raises(ValueError, match="give `audio_features`, or convert"):
        lacking.processor.encoder(lacking.speech_encoder)
    with (
        Image.open(astronaut()) as picture,
        pytest.raises(FileNotFoundError, match="or give `face"),
    ):
        type(pipe.processor)().portrait(picture, 32, 48)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"face_embedding": torch.zeros(24)}, r"`face_embedding` is \[24\]; give \[1, 24\]"),
        ({"audio_features": torch.zeros(9, 3, 15)}, r"give \[frames, 3, 16\]"),
        ({"prompt_embeds": torch.zeros(1, 9, 32)}, r"give \[1, 10, 32\]"),
    ],
)
def test_a_tensor_of_another_shape_is_refused_with_the_right_one(
    pipe: Hallo3Pipeline, seen: SeenPortrait, given: dict[str, Tensor], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        pipe(**of(seen, Path("speech.wav")) | given)
