"""wav2vec 2.0 as Hallo3 reads it, against what the original computed."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn.functional import interpolate
from transformers import Wav2Vec2Config, Wav2Vec2Model

from model.conditions.features import SpeechFeatures, stream
from model.conditions.speech import Sound, Wav2Vec2Features, normalised
from tests.golden_tensors import GOLDEN, deviation, golden

NEAR = 1e-5
CLIP_FRAMES = 17


@pytest.fixture(scope="module")
def original() -> dict[str, Tensor]:
    torch.set_num_threads(1)
    return golden("wav2vec")


@pytest.fixture(scope="module")
def network(original: dict[str, Tensor]) -> Wav2Vec2Model:
    config = json.loads((GOLDEN / "wav2vec.json").read_text())["config"]
    network = Wav2Vec2Model(Wav2Vec2Config(**config))
    weights = {key.removeprefix("state."): t for key, t in original.items() if "state." in key}
    network.load_state_dict(weights)
    return network


def noise(samples: int, seed: int = 3) -> Sound:
    return np.random.Generator(np.random.Philox(seed)).normal(size=samples).astype(np.float32)


def test_features_equal_the_original(network: Wav2Vec2Model, original: dict[str, Tensor]) -> None:
    sound = original["waveform_16k"].numpy()
    got = Wav2Vec2Features(network).encode(sound, silence=CLIP_FRAMES - int(original["length"]))
    assert deviation(got, original["audio_emb"]) <= NEAR


@pytest.mark.parametrize("frames", [1, 2, 49, 750, 850])
def test_sound_of_whole_frames_is_not_stretched(network: Wav2Vec2Model, frames: int) -> None:
    rows = int(network._get_feat_extract_output_lengths(frames * 640))
    assert rows == 2 * frames - 1
    places = torch.arange(rows, dtype=torch.float32)[None, None]
    stretched = interpolate(places, size=frames, mode="linear", align_corners=True)
    assert torch.equal(stretched, places[..., ::2])


def test_silence_is_added_behind_the_normalised_sound(original: dict[str, Tensor]) -> None:
    sound = original["waveform_16k"].numpy()
    heard = torch.from_numpy(np.pad(normalised(sound), (0, 640)))
    assert deviation(heard[None], original["cnn.in"]) <= NEAR


def test_a_take_that_fits_a_window_equals_the_original(
    network: Wav2Vec2Model, original: dict[str, Tensor]
) -> None:
    sound = original["waveform_16k"].numpy()
    take = SpeechFeatures(
        lambda start, stop: sound[start:stop],
        int(original["length"]),
        Wav2Vec2Features(network),
        multiple=CLIP_FRAMES,
    )
    assert take.count == CLIP_FRAMES
    assert deviation(take.rows(0, CLIP_FRAMES), original["audio_emb"]) <= NEAR
    assert deviation(take.rows(5, 9), original["audio_emb"][5:9]) <= NEAR


def test_a_network_in_a_folder_is_read_from_there_alone(
    network: Wav2Vec2Model, tmp_path: Path
) -> None:
    network.save_pretrained(tmp_path)
    loaded = Wav2Vec2Features.load(tmp_path)
    assert (loaded.blocks, loaded.channels) == (3, 32)
    sound = noise(6400)
    assert torch.equal(loaded.encode(sound), Wav2Vec2Features(network).encode(sound))


def test_a_folder_without_a_network_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"config\.json"):
        Wav2Vec2Features.load(tmp_path)


def test_no_hook_stays_behind(network: Wav2Vec2Model) -> None:
    Wav2Vec2Features(network).encode(noise(6400))
    assert not any(layer._forward_hooks for layer in network.encoder.layers)


def test_no_sound_is_refused(network: Wav2Vec2Model) -> None:
    with pytest.raises(ValueError, match="no sound"):
        Wav2Vec2Features(network).encode(noise(0))


def test_a_long_take_is_read_by_range_and_padded_once(network: Wav2Vec2Model) -> None:
    frames, asked = 1520, []
    sound = noise(frames * 640)

    def read(start: int, stop: int) -> Sound:
        asked.append(stop - start)
        return sound[start:stop]

    parts = list(stream(read, frames, Wav2Vec2Features(network)))
    assert [len(part) for part in parts] == [750, 750, 68]
    assert max(asked) <= 34 * 16_000


def test_a_window_does_not_hear_what_lies_beyond_its_context(network: Wav2Vec2Model) -> None:
    frames = 900
    sound, other = noise(frames * 640), noise(frames * 640)
    other[810 * 640 :] = noise(90 * 640, seed=4)
    first, second = (
        SpeechFeatures(lambda a, b, heard=heard: heard[a:b], frames, Wav2Vec2Features(network))
        for heard in (sound, other)
    )
    assert torch.equal(first.rows(0, 750), second.rows(0, 750))
    assert not torch.equal(first.rows(750, 900), second.rows(750, 900))
