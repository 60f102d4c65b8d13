"""The pipeline called as people from diffusers call it, on the carried weights."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import ExifTags, Image

from jobs.examples.portraits import astronaut
from manifests.errors import BadInput
from model.pipeline import Hallo3Pipeline
from model.processing import ImageInput, SeenPortrait
from pipeline.evaluate.clips import tiny_renderer
from pipeline.evaluate.takes import job_take
from pipeline.media.sound.wav import read_speech
from pipeline.presets import TINY
from pipeline.processor.processor import Hallo3Processor
from tests.media_builders import a_tone, a_wav

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


def as_pillow() -> Image.Image:
    with Image.open(astronaut()) as opened:
        return opened.convert("RGB")


def rotated_by_exif() -> Image.Image:
    """Stored on its side, with the mark of cameras that says so."""
    picture = as_pillow().transpose(Image.Transpose.ROTATE_90)
    picture.getexif()[ExifTags.Base.Orientation] = 6
    return picture


def cmyk() -> Image.Image:
    picture = as_pillow()
    del picture.info["icc_profile"]
    return picture.convert("CMYK")


@pytest.fixture(scope="module")
def plain(pipe: Hallo3Pipeline) -> SeenPortrait:
    seen: SeenPortrait = pipe.processor.portrait(astronaut(), 128, 128)
    return seen


@pytest.mark.filterwarnings("ignore:colours_guessed")
@pytest.mark.parametrize(
    "given",
    [np.array(as_pillow()), as_pillow().convert("RGBA"), rotated_by_exif(), cmyk()],
    ids=["array", "alpha", "exif", "cmyk"],
)
def test_one_picture_in_other_guises_is_that_picture(
    pipe: Hallo3Pipeline, plain: SeenPortrait, given: ImageInput
) -> None:
    other = pipe.processor.portrait(given, 128, 128)
    assert np.array_equal(plain.picture, other.picture)
    assert torch.equal(plain.face_embedding, other.face_embedding)


def test_a_call_warns_of_what_a_night_warns_of(pipe: Hallo3Pipeline) -> None:
    cut_out = as_pillow().convert("RGBA")
    cut_out.putalpha(Image.new("L", cut_out.size, 254))
    with pytest.warns(UserWarning, match="cut_out: where image is transparent"):
        pipe.processor.portrait(cut_out, 128, 128)


@pytest.mark.parametrize(
    ("image", "kind", "message"),
    [
        (np.zeros((96, 96, 3), np.float32), ValueError, "float32 .*; give uint8 .height, width, 3"),
        (np.zeros((3, 96, 96), np.uint8), ValueError, "give uint8 .height, width, 3"),
        (np.zeros((0, 0, 3), np.uint8), ValueError, "give uint8 .height, width, 3"),
        (torch.zeros(3, 96, 96), TypeError, "is a Tensor; give a PIL image"),
        ([as_pillow()], TypeError, "is a list; give a PIL image"),
        ("https://example.com/a.jpg", ValueError, "load_image"),
        (Path("nowhere.png"), FileNotFoundError, "nowhere.png is not there"),
    ],
)
def test_what_is_no_picture_is_refused_with_what_to_give(
    pipe: Hallo3Pipeline,
    image: Any,  # noqa: ANN401  what people give
    kind: type[Exception],
    message: str,
) -> None:
    with pytest.raises(kind, match=message):
        pipe.processor.portrait(image, 128, 128)
    with pytest.raises(kind, match=message if kind is not FileNotFoundError else "nowhere"):
        pipe(image=image, face_embedding=torch.zeros(1, 128), audio="none.wav")


@pytest.mark.parametrize(
    ("audio", "kind", "message"),
    [
        (np.zeros(16_000, np.float32), TypeError, "is a ndarray; give a file's path, or `speech`"),
        ("https://example.com/a.wav", ValueError, "is not fetched"),
        ("nowhere.wav", FileNotFoundError, "nowhere.wav is not there"),
    ],
)
def test_what_is_no_file_of_speech_is_refused_with_what_to_give(
    pipe: Hallo3Pipeline,
    audio: Any,  # noqa: ANN401  what people give
    kind: type[Exception],
    message: str,
) -> None:
    with pytest.raises(kind, match=message):
        pipe.processor.speech(audio)


@pytest.mark.parametrize(("rate", "channels"), [(8_000, 1), (44_100, 2), (48_000, 2)])
def test_any_rate_and_any_channels_are_mono_at_16_khz(
    pipe: Hallo3Pipeline, tmp_path: Path, rate: int, channels: int
) -> None:
    pcm = a_tone(rate // 2, rate=rate, channels=channels)
    sound = pipe.processor.speech(a_wav(tmp_path / "speech.wav", pcm, rate=rate))
    assert sound.shape == (13 * 640,)  # 12.5 frames, and silence to the end of the 13th
    assert np.abs(sound[:7_900]).max() == pytest.approx(0.5, abs=0.01)


@pytest.mark.parametrize(
    "speech", [np.zeros((640, 2), np.float32), np.ones(640, np.int16), np.full(640, np.nan)]
)
def test_samples_that_are_not_mono_floats_are_refused(
    pipe: Hallo3Pipeline,
    speech: Any,  # noqa: ANN401  what people give
) -> None:
    given = {"image": as_pillow(), "face_embedding": torch.zeros(1, 128)}
    with pytest.raises(ValueError, match="give mono samples at 16 kHz, finite floats"):
        pipe(**given, speech=speech)


BANDS = {"blocks": 4, "channels": 40, "ahead": 1}


@pytest.mark.parametrize(
    ("setting", "told"),
    [
        ({"framing": "full"}, "framing 'full': give one of face, exact"),
        ({"head_share": 0}, "head_share 0: give a share of the height, up to 1"),
        ({"head_share": 1.2}, "head_share 1.2: give a share"),
        ({"head_share": float("nan")}, "head_share nan: give a share"),
        ({"head_share": "0.5"}, "head_share '0.5': give a share"),
        ({"log_mel": {"blocks": 4}}, "log_mel alone has bands, ahead, blocks, channels"),
        ({"log_mel": None}, "log_mel None with speech 'log_mel'"),
        ({"speech": "wav2vec2", "face": "arcface"}, "with speech 'wav2vec2': log_mel alone has"),
        ({"face": "arcface"}, "no networks take these two"),
    ],
)
def test_settings_that_mean_nothing_are_refused(setting: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        Hallo3Processor(**({"speech": "log_mel", "face": "dlib", "log_mel": BANDS} | setting))


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
    assert str(refused.value).startswith("image: ")  # no file of ours is named


def test_silence_and_a_click_are_refused(pipe: Hallo3Pipeline, tmp_path: Path) -> None:
    silent = a_wav(tmp_path / "silent.wav", np.zeros((48_000, 1), np.int16))
    with pytest.raises(BadInput, match="silent"):
        pipe.processor.speech(silent)
    short = a_wav(tmp_path / "short.wav", a_tone(480, rate=48_000))
    with pytest.raises(BadInput, match="is 0\\.01 s long; at least"):
        pipe.processor.speech(short)


def test_a_prompt_that_nobody_reads_is_refused(pipe: Hallo3Pipeline) -> None:
    with pytest.raises(ValueError, match="leave `prompt` out, or give `prompt_embeds`, \\[1, "):
        pipe.encode_prompt("a room")
