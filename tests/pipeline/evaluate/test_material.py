"""The evaluation set, and clips rendered through a renderer's door."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
import pytest

from manifests.errors import ManifestUnusable
from model.segments import Sampling
from model.shapes import NEW_FRAMES, SPEECH_SAMPLES_PER_FRAME
from model.tiny import untrained_tiny
from pipeline.animatic.renderer import Animatic
from pipeline.dataset.material import FacePicture, SpokenTake
from pipeline.evaluate import clips
from pipeline.evaluate.clips import clip_of, reconstruction_db, tiny_renderer
from pipeline.evaluate.material import held_out, pairings
from pipeline.evaluate.takes import long_take
from pipeline.media.sound.wav import read_info, read_speech
from pipeline.phones import load_phones, save_phones
from tests.pipeline.animatic.takes import PHRASE, a_mesh, a_voice, some_phones, take_files


def a_face(name: str) -> FacePicture:
    return FacePicture(name=name, path=Path(name), landmarks=a_mesh())


def a_take(name: str, frames: int = 60) -> SpokenTake:
    return SpokenTake(name=name, speech=Path(name), phones=Path(name), frames=frames)


FACES = [a_face(f"{letter}.jpg") for letter in "abc"]
TAKES = [a_take(name) for name in ("slt_07.flac", "rms_07.flac", "slt_08.flac", "x.wav")]


def test_pairs_are_the_same_every_time_and_use_everything() -> None:
    pairs = pairings(FACES, TAKES, 12, 49)
    again = pairings(FACES, TAKES, 12, 49)
    assert [pair.name for pair in pairs] == [pair.name for pair in again]
    assert {pair.face.name for pair in pairs} == {"a.jpg", "b.jpg", "c.jpg"}
    assert {pair.take.name for pair in pairs} == {take.name for take in TAKES}


def test_the_wrong_words_are_never_the_right_ones_in_another_voice() -> None:
    for pair in pairings(FACES, TAKES[:3], 9, 49):
        assert pair.take.name[-7:] != pair.other.name[-7:]


def test_one_sentence_alone_cannot_be_wrong() -> None:
    with pytest.raises(ManifestUnusable, match="add longer speech"):
        pairings(FACES, [*TAKES[:2], a_take("short.wav", frames=48)], 4, 49)


def test_material_without_pictures_is_named(tmp_path: Path) -> None:
    with pytest.raises(ManifestUnusable, match="one folder of pictures"):
        held_out(tmp_path, tmp_path / "cache")


def spoken(folder: Path, name: str, frames: int) -> SpokenTake:
    folder.mkdir(exist_ok=True)
    save_phones(some_phones(("AA", "M")), folder / "phones.npz")
    speech = a_voice(folder / "speech.wav", frames)
    return SpokenTake(name=name, speech=speech, phones=folder / "phones.npz", frames=frames)


def test_a_long_take_says_one_after_the_other_until_it_is_full(tmp_path: Path) -> None:
    takes = [spoken(tmp_path / "a", "a", 30), spoken(tmp_path / "b", "b", 20)]
    said = long_take(takes, 4.0, tmp_path / "long")
    info = read_info(said.speech)
    assert info is not None
    assert said.frames == 100 == info.samples / SPEECH_SAMPLES_PER_FRAME
    starts = load_phones(said.phones).start_s[::2]
    assert starts.tolist() == pytest.approx([0, 1.2, 2.0, 3.2])
    again = read_speech(said.speech)[50 * 640 :]
    assert np.array_equal(again[: 30 * 640], read_speech(takes[0].speech))


def test_a_clip_has_the_frames_that_its_segments_render(tmp_path: Path) -> None:
    files = take_files(tmp_path, some_phones(PHRASE * 2), 60)
    whole = clip_of(Animatic(), files)
    assert len(whole) == 60
    assert np.array_equal(clip_of(Animatic(), files, NEW_FRAMES + 3), whole[: NEW_FRAMES + 3])


def test_a_clip_of_the_networks_goes_on_from_its_own_frames(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("dlib")
    small = partial(untrained_tiny, 32, num_layers=2)
    monkeypatch.setattr(clips, "untrained_tiny", small)
    renderer = tiny_renderer(None, Sampling(num_inference_steps=1))
    files = take_files(tmp_path, some_phones(PHRASE * 2), 60)
    clip = clip_of(renderer, files)
    assert clip.shape == (60, 32, 32, 3)
    assert np.array_equal(clip_of(renderer, files, NEW_FRAMES), clip[:NEW_FRAMES])


def test_saved_weights_draw_what_they_drew_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("dlib")
    small = partial(untrained_tiny, 32, num_layers=2)
    monkeypatch.setattr(clips, "untrained_tiny", small)
    small().save_pretrained(tmp_path / "weights")
    files = take_files(tmp_path, some_phones(PHRASE * 2), 60)
    sampling = Sampling(num_inference_steps=1)
    saved, made = (
        clip_of(tiny_renderer(weights, sampling), files, 5).astype(int)
        for weights in (tmp_path / "weights", None)
    )
    assert np.abs(saved - made).max() <= 1


def test_a_vae_that_was_not_trained_gives_little_back() -> None:
    vae = untrained_tiny(32, num_layers=2).vae
    frames = np.random.default_rng(0).integers(0, 256, (49, 32, 32, 3), dtype=np.uint8)
    assert 5 < reconstruction_db(vae, frames) < 15
