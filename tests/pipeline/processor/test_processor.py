"""The pipeline called as people from diffusers call it, on the carried weights."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from jobs.examples.portraits import astronaut
from manifests.errors import BadInput
from model.pipeline import Hallo3Pipeline
from pipeline.evaluate.clips import tiny_renderer
from pipeline.evaluate.takes import job_take
from pipeline.media.sound.wav import read_speech
from pipeline.presets import TINY
from pipeline.processor.processor import Hallo3Processor
from tests.media_builders import a_wav

ROOT = Path(__file__).parents[3]
WEIGHTS = ROOT / "model/weights/tiny"


@pytest.fixture(scope="module")
def pipe() -> Hallo3Pipeline:
    torch.set_num_threads(1)
    loaded = Hallo3Pipeline.from_pretrained(WEIGHTS, local_files_only=True)
    loaded.set_progress_bar_config(disable=True)  # type: ignore[no-untyped-call]
    return loaded


@pytest.fixture(scope="module")
def tone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return a_wav(tmp_path_factory.mktemp("sound") / "speech.wav")


def test_the_lines_of_the_readme_make_a_film(
    tone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    torch.set_num_threads(1)
    page = (ROOT / "README.md").read_text()
    (code,) = re.findall(r"```python\n([^`]*Hallo3Pipeline[^`]*)```", page)
    (tmp_path / "model").symlink_to(ROOT / "model")
    (tmp_path / "portrait.png").write_bytes(astronaut().read_bytes())
    (tmp_path / "speech.wav").write_bytes(tone.read_bytes())
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    exec(code.replace("num_inference_steps=4", "num_inference_steps=1"), names)  # noqa: S102 - ours
    assert {frame.size for frame in names["video"].frames[0]} == {(128, 128)}
    assert (tmp_path / "out.mp4").stat().st_size > 0


def test_a_call_is_given_what_a_night_is_given(
    pipe: Hallo3Pipeline, tone: Path, tmp_path: Path
) -> None:
    files = job_take(astronaut(), tone, TINY, tmp_path)
    renderer = tiny_renderer(WEIGHTS)
    of_night, shape = renderer._inputs(files), pipe.segment_shape()
    with Image.open(astronaut()) as opened:
        seen = pipe.processor.portrait(opened, shape.height, shape.width)
    inputs = seen.inputs(shape, pipe.encode_prompt())
    for name in ("portrait", "reference_picture", "prompt_embeds", "face_embedding"):
        assert torch.equal(getattr(inputs, name), getattr(of_night, name)), name
    sound = pipe.processor.speech(tone)
    assert np.array_equal(sound, read_speech(files.speech))
    assert pipe.processor.encoder(None) == renderer.speech


def test_a_path_and_an_array_are_the_picture(pipe: Hallo3Pipeline) -> None:
    with Image.open(astronaut()) as opened:
        array = np.array(opened.convert("RGB"))
    of_path, of_array = (pipe.processor.portrait(i, 128, 128) for i in (astronaut(), array))
    assert np.array_equal(of_path.picture, of_array.picture)
    assert torch.equal(of_path.face_embedding, of_array.face_embedding)


def test_a_processor_is_saved_and_loaded(pipe: Hallo3Pipeline, tmp_path: Path) -> None:
    pipe.processor.save_pretrained(tmp_path)
    loaded = Hallo3Processor.from_pretrained(tmp_path)
    assert loaded.to_dict() == pipe.processor.to_dict()
    assert loaded.encoder(None) == pipe.processor.encoder(None)


def test_arcface_goes_where_its_processor_is_saved(tmp_path: Path) -> None:
    (tmp_path / "face").mkdir()
    (tmp_path / "face/glintr100.onnx").write_bytes(b"network")
    Hallo3Processor().save_pretrained(tmp_path / "processor")
    loaded = Hallo3Processor.from_pretrained(tmp_path / "processor")
    loaded.save_pretrained(tmp_path / "elsewhere")
    assert (tmp_path / "elsewhere/glintr100.onnx").read_bytes() == b"network"


def two_faces() -> Image.Image:
    with Image.open(astronaut()) as opened:
        one = np.array(opened.convert("RGB"))
    return Image.fromarray(np.concatenate([one, one], axis=1))


@pytest.mark.parametrize(
    ("image", "code"),
    [(Image.new("RGB", (256, 256)), "no_face"), (two_faces(), "several_faces")],
)
def test_a_picture_without_one_face_is_refused(
    pipe: Hallo3Pipeline, image: Image.Image, code: str
) -> None:
    with pytest.raises(BadInput) as refused:
        pipe(image=image, audio="none.wav")
    assert refused.value.code == code


def test_silence_is_refused(pipe: Hallo3Pipeline, tmp_path: Path) -> None:
    silent = a_wav(tmp_path / "silent.wav", np.zeros((48_000, 1), np.int16))
    with pytest.raises(BadInput, match="silent"):
        pipe.processor.speech(silent)


def test_a_prompt_that_nobody_reads_is_refused(pipe: Hallo3Pipeline) -> None:
    with pytest.raises(ValueError, match="leave `prompt` out, or give `prompt_embeds`, \\[1, "):
        pipe.encode_prompt("a room")
