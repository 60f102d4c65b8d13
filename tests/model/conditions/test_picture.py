"""A portrait on the network's canvas, against what the original computed."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from model.conditions.picture import (
    centre_square,
    cropped,
    face_on_canvas,
    on_canvas,
    padded_square,
    shown_pixels,
    to_bytes,
    with_holes,
)
from model.vae import encode
from tests.golden_tensors import deviation, golden
from tests.model.golden_vae import golden_vae

NEAR = 4e-6
"""Relative. A bicubic's sums have another order in each instruction set: 0 from the original with
AVX-512, 1.1e-6 without vector instructions; room for three times that."""


@pytest.mark.parametrize("name", ["square_up", "square_down"])
def test_a_square_is_padded_as_the_original_pads_it(name: str) -> None:
    wanted = golden("image_prep")
    got = padded_square(wanted[f"{name}.in"], 24, 36) * 2 - 1
    assert deviation(got, wanted[f"{name}.out"]) <= NEAR


@pytest.mark.parametrize("name", ["wide", "three_two", "tall"])
def test_another_shape_is_cropped_as_the_original_crops_it(name: str) -> None:
    wanted = golden("image_prep")
    got = cropped(wanted[f"{name}.in"], 24, 36) * 2 - 1
    assert deviation(got, wanted[f"{name}.out"]) <= NEAR


def test_motion_frames_get_the_holes_of_the_original() -> None:
    wanted = golden("image_prep")
    motion = wanted["motion_mask.in"][0].transpose(0, 1)
    got = with_holes(motion, wanted["motion_mask.draw.000.rand"])
    assert torch.equal(got, wanted["motion_mask.out"][0].transpose(0, 1))


@pytest.fixture(scope="module")
def chain() -> dict[str, Tensor]:
    return golden("chain_two_segments")


def portrait(chain: dict[str, Tensor]) -> np.ndarray:
    return chain["image_u8"].numpy().astype(np.uint8)


def test_the_first_segment_starts_from_the_portrait_twice(chain: dict[str, Tensor]) -> None:
    image = on_canvas(portrait(chain), 64, 96)
    motion = with_holes(image.repeat(2, 1, 1, 1), chain["draw.000.rand"])
    got = torch.cat([image, motion]).transpose(0, 1)[None]
    assert deviation(got, chain["encode.0.in"]) <= NEAR


def test_the_second_segment_starts_from_the_last_two_frames(chain: dict[str, Tensor]) -> None:
    motion = with_holes(chain["video"][0, 13:15] * 2 - 1, chain["draw.009.rand"])
    got = torch.cat([on_canvas(portrait(chain), 64, 96), motion]).transpose(0, 1)[None]
    assert deviation(got, chain["encode.2.in"]) <= NEAR


def test_the_reference_is_black_outside_the_face(chain: dict[str, Tensor]) -> None:
    mask = chain["face_mask_u8"].numpy().astype(np.uint8)[:, :, 0]
    image, face = on_canvas(portrait(chain), 64, 96), face_on_canvas(portrait(chain), mask, 64, 96)
    inside = torch.from_numpy(mask > 0)
    assert torch.equal(face[..., inside], image[..., inside])
    assert bool((face[..., ~inside] == -1).all())


@torch.inference_mode()
def test_the_reference_is_encoded_to_the_latents_of_the_original(chain: dict[str, Tensor]) -> None:
    torch.set_num_threads(1)
    mask = chain["face_mask_u8"].numpy().astype(np.uint8)[:, :, 0]
    face = face_on_canvas(portrait(chain), mask, 64, 96)
    got = encode(golden_vae(), face[None], chain["draw.002.randn_like"])
    assert deviation(got, chain["ref_latent"]) <= 1e-5


def test_a_square_keeps_black_margins_and_a_crop_keeps_its_overshoot() -> None:
    step = np.zeros((40, 40, 3), np.uint8)
    step[:, 20:] = 255
    square, wide = on_canvas(step, 64, 96), on_canvas(step[:30], 64, 96)
    assert bool((square[..., :16] == -1).all())
    assert bool((square[..., 80:] == -1).all())
    assert square.abs().max() <= 1
    assert wide.max() > 1
    assert centre_square(square).shape == (1, 3, 64, 64)


@settings(max_examples=30, deadline=None)
@given(st.integers(8, 90), st.integers(8, 90), st.integers(8, 48), st.integers(8, 48))
def test_every_picture_fills_every_canvas(tall: int, wide: int, height: int, width: int) -> None:
    picture = np.full((tall, wide, 3), 255, np.uint8)
    pixels = on_canvas(picture, height, width)
    assert pixels.shape == (1, 3, height, width)
    assert pixels[..., height // 2, width // 2].min() > 1 - 1e-5


def test_pixels_drawn_at_or_below_the_rate_are_hidden() -> None:
    assert shown_pixels(torch.tensor([[0.0, 0.1, 0.1001, 1.0]])).tolist() == [
        [False, False, True, True]
    ]


def test_holes_are_mid_grey_in_every_frame_and_colour_whatever_the_precision() -> None:
    draw = torch.rand(6, 7, generator=torch.Generator().manual_seed(1))
    for dtype in (torch.float32, torch.bfloat16):
        holes = with_holes(torch.ones(2, 3, 6, 7, dtype=dtype), draw)
        assert holes.dtype == dtype
        assert torch.equal(holes == 0, (draw <= 0.1).expand(2, 3, 6, 7))


def test_bytes_are_truncated_not_rounded() -> None:
    frames = torch.tensor([-0.1, 0.0, 0.999 / 255, 254.999 / 255, 1.0, 1.2])
    assert to_bytes(frames).tolist() == [0, 0, 0, 254, 255, 255]


def test_a_mask_of_another_size_is_refused() -> None:
    with pytest.raises(ValueError, match="mask"):
        face_on_canvas(np.zeros((8, 8, 3), np.uint8), np.zeros((8, 9), np.uint8), 8, 8)


def test_a_picture_without_three_colours_is_refused() -> None:
    with pytest.raises(ValueError, match="uint8"):
        on_canvas(np.zeros((8, 8, 4), np.uint8), 8, 8)
