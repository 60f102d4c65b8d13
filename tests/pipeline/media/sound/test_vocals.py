"""The voice taken out of a recording: the windows join without a trace, the mix is not touched."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from jobs.settings_file import load_config
from manifests import Job
from manifests.errors import ManifestUnusable
from pipeline.limits import Limits
from pipeline.media.sound.vocals import (
    BANDS,
    RATE,
    STEP,
    WINDOW,
    Sound,
    Vocals,
    isolate,
    separated,
    sound_of,
    spectra_of,
    vocals_of,
)
from pipeline.media.sound.wav import read_info, read_pcm, read_speech
from pipeline.nouns import Take
from pipeline.prepare import prepare, take_name
from pipeline.presets import ANIMATIC
from pipeline.workspace.inputs import Inputs
from pipeline.workspace.workspace import Workspace
from tests.media_builders import a_jpeg, a_wav
from tests.tiny_onnx import sound_network

EVERYTHING = np.ones((1, 4, BANDS, 1), np.float32)


def band_of(hertz: float) -> int:
    return round(hertz * 7680 / RATE)


def a_sound(samples: int) -> Sound:
    """Tones within the bands that a network sees, other ones on each side, faded in and out."""
    time_s = np.arange(samples) / RATE
    tones = [[300.0, 4000.0], [555.5, 9000.0]]
    sides = [sum(0.3 * np.sin(2 * np.pi * f * time_s) for f in side) for side in tones]
    return (np.array(sides) * faded(samples)).astype(np.float32)


def faded(samples: int, over: int = 20_000) -> NDArray[np.float64]:
    """A hard edge holds all frequencies, also those that a network never sees."""
    edge = np.minimum(np.arange(samples), np.arange(samples)[::-1]) / over
    return 0.5 - 0.5 * np.cos(np.pi * np.clip(edge, 0, 1))


def blocks_of(sound: Sound, length: int) -> Iterator[Sound]:
    for at in range(0, sound.shape[1], length):
        yield sound[:, at : at + length]


@pytest.fixture(scope="module")
def networks(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Vocals]:
    """`same` gives back what it gets; `low` keeps what is below 1 kHz."""
    folder = tmp_path_factory.mktemp("networks")
    low = EVERYTHING * (np.arange(BANDS) < band_of(1000))[None, None, :, None]
    made = {}
    for name, mask in (("same", EVERYTHING), ("low", low.astype(np.float32))):
        (folder / f"{name}.onnx").write_bytes(sound_network(mask))
        made[name] = vocals_of(folder / f"{name}.onnx")
    return made


def test_spectra_give_back_their_sound() -> None:
    sound = a_sound(WINDOW)
    assert np.abs(sound_of(spectra_of(sound)) - sound).max() < 1e-4


@given(
    st.sampled_from([1, 999, WINDOW - 7680, WINDOW - 1, WINDOW, STEP + WINDOW + 12_345]),
    st.sampled_from([RATE, 50_001]),
)
@settings(max_examples=8, deadline=None)
def test_windows_that_change_nothing_leave_no_trace(samples: int, block: int) -> None:
    sound = a_sound(samples)
    voice = np.concatenate(
        list(separated(blocks_of(sound, block), lambda w: sound_of(spectra_of(w)))), axis=1
    )
    assert voice.shape[1] >= samples
    assert np.abs(voice[:, :samples] - sound).max() < 1e-4


def test_a_network_that_gives_back_what_it_gets_gives_back_the_recording(
    networks: dict[str, Vocals], tmp_path: Path
) -> None:
    samples = 48_000 * 13 + 960
    time_s = np.arange(samples) / 48_000
    tones = np.stack([8000 * np.sin(2 * np.pi * f * time_s) for f in (440, 880)], axis=1)
    pcm = (tones * faded(samples)[:, None]).astype(np.int16)
    mix = a_wav(tmp_path / "mix.wav", pcm)
    before = mix.read_bytes()
    vocals, speech = tmp_path / "vocals.wav", tmp_path / "speech.wav"
    isolate(mix, vocals, speech, networks["same"], frames=326)
    assert mix.read_bytes() == before
    voice = read_pcm(vocals) / (1 << 23)
    assert voice.shape == (samples, 2)
    assert np.abs(voice - pcm / 32768).max() < 1e-4
    info = read_info(speech)
    assert info is not None
    assert (info.rate, info.samples) == (16_000, 326 * 640)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "mix.wav", "speech.wav", "vocals.wav"
    ]  # fmt: skip


def test_memory_does_not_grow_with_the_length() -> None:
    def peak_of(windows: int) -> int:
        tracemalloc.start()
        try:
            sounds = (a_sound(RATE) for _ in range(windows * STEP // RATE))
            for _ in separated(sounds, lambda window: window):
                pass
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    assert peak_of(40) < 1.1 * peak_of(4)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"no network", "is not a usable ONNX file"),
        (sound_network(np.ones((1, 4, 2048, 1), np.float32)), "not one [n, 4, 3072, 256]"),
        (sound_network(EVERYTHING, spectra=512), "not one [n, 4, 3072, 256]"),
    ],
)
def test_a_file_that_is_no_separator_is_refused_by_name(
    content: bytes, told: str, tmp_path: Path
) -> None:
    path = tmp_path / "wrong.onnx"
    path.write_bytes(content)
    with pytest.raises(ManifestUnusable, match=r"vocals: .*wrong\.onnx") as caught:
        load_config(None, vocals=path)
    assert caught.value.code == "vocals_wrong"
    assert told in caught.value.message
    with pytest.raises(ManifestUnusable, match="is no file"):
        load_config(None, vocals=tmp_path / "absent.onnx")


def test_a_file_that_changed_under_the_run_is_refused(
    networks: dict[str, Vocals], tmp_path: Path
) -> None:
    other = Vocals(network=networks["same"].network, sha256="0" * 64)
    mix = a_wav(tmp_path / "mix.wav")
    with pytest.raises(ManifestUnusable, match="not the file that the run began with"):
        isolate(mix, tmp_path / "v.wav", tmp_path / "s.wav", other, frames=25)


@pytest.fixture(scope="module")
def takes(networks: dict[str, Vocals], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Take]:
    """Of one recording, a low voice-like tone over a loud high one, with and without a
    separator; in a slot."""
    folder = tmp_path_factory.mktemp("takes")
    time_s = np.arange(3 * 48_000) / 48_000
    low, high = np.sin(2 * np.pi * 300 * time_s), np.sin(2 * np.pi * 5000 * time_s)
    pcm = (9000 * low + 15_000 * high).astype(np.int16)[:, None]
    job = Job(
        job_id="a",
        portrait_uri=str(a_jpeg(folder / "face.jpg")),
        audio_uri=str(a_wav(folder / "song.wav", pcm)),
        language="xx",
        target_duration_s=3.2,
    )
    workspace = Workspace(out=str(folder / "out"), scratch=folder / "scratch")
    workspace.open()
    return {
        name: prepare(job, workspace, preset=ANIMATIC, limits=Limits(vocals=vocals))
        for name, vocals in (("low", networks["low"]), ("none", Vocals()))
    }


def test_the_lips_hear_the_voice_and_the_delivered_sound_is_the_recording(
    takes: dict[str, Take],
) -> None:
    assert takes["low"].mix.sha256 == takes["none"].mix.sha256

    def level(take: Take, hertz: float) -> float:
        samples = read_speech(Path(take.speech.uri))
        assert len(samples) == take.frames * 640 == 80 * 640
        bands = np.abs(np.fft.rfft(samples))
        at = round(hertz * len(samples) / 16_000)
        return float(bands[at - 50 : at + 50].max())

    assert level(takes["low"], 5000) < 0.001 * level(takes["none"], 5000)
    assert level(takes["low"], 300) == pytest.approx(level(takes["none"], 300), rel=0.02)


def test_the_take_is_named_by_the_separator_and_says_so(
    takes: dict[str, Take], networks: dict[str, Vocals]
) -> None:
    assert takes["low"].fingerprint != takes["none"].fingerprint
    assert (takes["low"].vocals, takes["none"].vocals) == (networks["low"].sha256, "")


def test_a_spoken_script_is_not_named_by_the_separator(networks: dict[str, Vocals]) -> None:
    inputs = Inputs(portrait=Path("x"), narration=None, bed=None, lexicon=None, digests=("0",))
    job = Job(job_id="a", portrait_uri="p.png", script="Good morning.")
    names = {
        take_name(job, inputs, ANIMATIC, Limits(vocals=vocals))
        for vocals in (Vocals(), networks["low"])
    }
    assert len(names) == 1
