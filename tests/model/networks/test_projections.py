"""Speech and face tokens against the original's."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch

from model.networks.transformer import Hallo3Transformer3DModel
from tests.golden_tensors import deviation, golden
from tests.model.official import official_transformer

PARITY = 1e-5
LENGTHS = (1, 2, 3, 5, 9, 13, 17, 49)


@pytest.fixture(scope="module")
def transformer() -> Iterator[Hallo3Transformer3DModel]:
    with torch.no_grad():
        yield official_transformer()


@pytest.mark.parametrize("frames", LENGTHS)
def test_speech_becomes_the_original_tokens(
    transformer: Hallo3Transformer3DModel, frames: int
) -> None:
    wanted = golden("audio_face")
    got = transformer.audio_proj(wanted[f"audio_proj.f{frames:02}.in"])
    assert deviation(got, wanted[f"audio_proj.f{frames:02}.out"]) <= PARITY


def test_a_latent_frame_hears_the_pixel_frames_that_the_vae_puts_into_it(
    transformer: Hallo3Transformer3DModel,
) -> None:
    wanted = golden("audio_face")
    silence = wanted["audio_proj.f49.in"]
    quiet = transformer.audio_proj(silence)
    for pixel_frame in range(49):
        louder = silence.clone()
        louder[:, pixel_frame] += 10
        changed = (transformer.audio_proj(louder) != quiet).flatten(2).any(-1)[0]
        depends = wanted["latent_frame_depends_on_pixel_frame_49"][:, pixel_frame]
        assert torch.equal(changed, depends.bool())


def test_a_face_becomes_the_original_tokens(transformer: Hallo3Transformer3DModel) -> None:
    wanted = golden("audio_face")
    assert deviation(transformer.face_proj(wanted["face.in"]), wanted["face.proj_out"]) <= PARITY
