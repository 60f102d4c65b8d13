"""The watermark: what it says, that nobody sees it, and that copies still have it."""

from __future__ import annotations

import hashlib
from pathlib import Path

import cv2
import numpy as np
import pytest
import skimage.data
from hypothesis import given
from hypothesis import strategies as st

from manifests.errors import ManifestUnusable
from pipeline.delivery.watermark.embed import watermarked
from pipeline.delivery.watermark.pattern import holds_mark, pattern_of
from pipeline.delivery.watermark.payload import (
    CODE_BITS,
    PUBLIC_KEY,
    Mark,
    code_bits,
    mark_of,
    payload_of,
    watermark_key,
)
from pipeline.delivery.watermark.read import mark_in, mean_luma, read_mark
from pipeline.media.ffmpeg import program
from pipeline.media.framing import Size
from pipeline.media.process import run_program
from pipeline.media.video import write_lossless
from pipeline.renderer import Frames

MARK = mark_of("a-job", "a take", PUBLIC_KEY)
payloads = st.integers(0, 2**48 - 1).map(lambda number: f"{number:012x}")


@pytest.fixture(scope="module")
def frames() -> Frames:
    """A face of which a part moves, 480 x 360."""
    portrait = cv2.resize(skimage.data.astronaut(), (500, 500))[40:400, 10:490]
    moving = np.stack([portrait] * 6)
    for step, frame in enumerate(moving):
        frame[100:160, 160:260] = portrait[100 + step : 160 + step, 160:260]
    return moving


def marked(frames: Frames, mark: Mark = MARK) -> Frames:
    return np.concatenate(list(watermarked(iter([frames]), mark)))


@given(payloads)
def test_what_is_sent_is_read_through_noise(payload: str) -> None:
    """One in ten of the bits is turned."""
    sent = 2.0 * code_bits(payload) - 1.0
    noise = np.random.default_rng(int(payload, 16)).normal(0, 0.8, CODE_BITS)
    assert payload_of(sent + noise) == payload


@pytest.mark.parametrize("shape", [(16, 4096), (2300, 16), (2, 4096)])
def test_a_strip_that_no_picture_is_costs_no_search(shape: tuple[int, int]) -> None:
    """On the grid of 480 lines it would be 60 million pixels, 281 times."""
    assert mark_in(np.zeros(shape, np.float32), cut=True) is None


def test_a_long_picture_is_read_whole(frames: Frames) -> None:
    long = np.concatenate([frames] * 5, axis=2)
    mean = mean_luma(marked(long))
    assert mean is not None
    found = mark_in(mean, cut=True)
    assert found is not None
    assert found.payload == MARK.payload


def test_noise_says_nothing() -> None:
    draw = np.random.default_rng(5)
    assert [payload_of(draw.normal(size=CODE_BITS)) for _ in range(200)] == [None] * 200


def test_the_payload_is_of_job_take_and_key() -> None:
    others = [
        ("b-job", "a take", PUBLIC_KEY),
        ("a-job", "b", PUBLIC_KEY),
        ("a-job", "a take", b"k"),
    ]
    assert len({MARK.payload, *(mark_of(*other).payload for other in others)}) == 4


def test_the_pattern_of_a_mark_is_the_same_for_ever() -> None:
    pattern = pattern_of(MARK, 320, 240)
    assert hashlib.sha256(pattern.astype("<i2").tobytes()).hexdigest()[:16] == GOLDEN
    assert abs(float(pattern.std()) / 64 - 1) < 0.1


GOLDEN = "cee8ae376784065a"


def test_a_marked_picture_is_as_good_as_the_same(frames: Frames) -> None:
    error = (marked(frames).astype(np.float64) - frames) ** 2
    assert 10 * np.log10(255**2 / error.mean()) > 42


def test_without_a_mark_frames_are_the_very_same(frames: Frames) -> None:
    (same,) = watermarked(iter([frames]), None)
    assert same is frames


def test_a_frame_is_marked_the_same_alone_and_among_others(frames: Frames) -> None:
    alone = np.concatenate(list(watermarked(iter(np.split(frames, 6)), MARK)))
    assert np.array_equal(alone, marked(frames))


@pytest.mark.parametrize("scale", [1.0, 0.5, 1.5])
def test_a_mark_is_read_at_any_size(frames: Frames, scale: float) -> None:
    mean = mean_luma(marked(frames))
    assert mean is not None
    found = mark_in(cv2.resize(mean, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA))  # type: ignore[arg-type]  # wide types
    assert found is not None
    assert found.payload == MARK.payload


def test_a_mark_is_read_where_edges_were_cut_off(frames: Frames) -> None:
    mean = mean_luma(marked(frames))
    assert mean is not None
    found = mark_in(mean[31:331, 57:457], cut=True)
    assert found is not None
    assert found.payload == MARK.payload
    assert abs(found.cut - 300 / 360) < 0.05


def test_there_is_no_mark_where_none_was_made_or_of_another_key(frames: Frames) -> None:
    for mean in (mean_luma(frames), mean_luma(marked(frames))):
        assert mean is not None
        assert mark_in(mean, b"another key", cut=True) is None
    plain = mean_luma(frames)
    assert plain is not None
    assert mark_in(plain, cut=True) is None
    assert mean_luma([]) is None


def test_a_lossy_copy_still_has_its_mark(frames: Frames, tmp_path: Path) -> None:
    kept, copy = tmp_path / "kept.mkv", tmp_path / "copy.mp4"
    write_lossless([marked(frames)], kept, width=480, height=360)
    lossy = ["-pix_fmt", "yuv420p", "-c:v", "libx264", "-crf", "23", str(copy)]
    run_program([program(), "-loglevel", "error", "-i", str(kept), *lossy], timeout_s=60)
    found = read_mark(copy)
    assert found is not None
    assert found.payload == MARK.payload


def test_a_picture_of_few_lines_holds_none() -> None:
    assert holds_mark(Size(width=640, height=240))
    assert not holds_mark(Size(width=238, height=640))


def test_a_key_that_is_not_set_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STUDIO_MARK", raising=False)
    with pytest.raises(ManifestUnusable, match="STUDIO_MARK, which is not set here"):
        watermark_key("STUDIO_MARK")
    monkeypatch.setenv("STUDIO_MARK", "secret")
    assert watermark_key("STUDIO_MARK") == b"secret"
    assert watermark_key("") == PUBLIC_KEY
