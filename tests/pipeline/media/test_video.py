from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import pytest

from manifests.errors import Transient
from model.shapes import MIX_SAMPLES_PER_FRAME
from pipeline.media.framing import Crop, Size
from pipeline.media.probe import probe_video
from pipeline.media.sound.wav import MixWriter, read_pcm
from pipeline.media.video import Frames, VideoMetadata, encode_web, read_frames, write_lossless
from tests.media_builders import a_portrait, a_tone

FRAMES = 27


def a_mix(path: Path, frames: int = FRAMES, channels: int = 1) -> Path:
    with MixWriter(path, channels=channels) as writer:
        tone = a_tone(frames * MIX_SAMPLES_PER_FRAME, channels=channels)
        writer.append(tone.astype(np.int32) * 256)
    return path


def some_frames(frames: int = FRAMES, width: int = 96, height: int = 80) -> Frames:
    """A window that wanders over the astronaut's face."""
    image = a_portrait()
    return np.stack([image[60 + n : 60 + n + height, 170 : 170 + width] for n in range(frames)])


def batches(frames: Frames, size: int = 8) -> Iterator[Frames]:
    return (frames[start : start + size] for start in range(0, len(frames), size))


def encoded(tmp_path: Path, frames: Frames, *, size: Size, crop: Crop | None = None) -> Path:
    path = tmp_path / "web.mp4"
    encode_web(
        batches(frames),
        a_mix(tmp_path / "mix.wav", len(frames)),
        path,
        size=size,
        crop=crop,
        frames_total=len(frames),
        metadata=VideoMetadata(title='Tom\'s "day" = 1\n', comment="made", language="de-CH"),
    )
    return path


def pictures_of(path: Path) -> Frames:
    """Decoded with the matrix that its tags name."""
    with av.open(str(path)) as container:
        decoded = [
            frame.reformat(format="rgb24", src_colorspace="ITU709").to_ndarray()
            for frame in container.decode(video=0)
        ]
    return np.stack(decoded)


@pytest.mark.parametrize(("width", "height"), [(64, 48), (63, 47)])
def test_lossless_frames_come_back_exactly(tmp_path: Path, width: int, height: int) -> None:
    frames = np.concatenate(
        [
            some_frames(20, width, height),
            np.random.default_rng(0).integers(0, 256, (3, height, width, 3), dtype=np.uint8),
            np.zeros((1, height, width, 3), np.uint8),
            np.full((1, height, width, 3), 255, np.uint8),
        ]
    )
    path = tmp_path / "clip.mkv"
    assert write_lossless(batches(frames), path, width=width, height=height) == 25
    read = list(read_frames(path, batch=10))
    assert [len(batch) for batch in read] == [10, 10, 5]
    np.testing.assert_array_equal(np.concatenate(read), frames)


def test_the_same_frames_give_the_same_lossless_bytes(tmp_path: Path) -> None:
    for name, size in (("one.mkv", 3), ("two.mkv", 11)):
        write_lossless(batches(some_frames(), size), tmp_path / name, width=96, height=80)
    assert (tmp_path / "one.mkv").read_bytes() == (tmp_path / "two.mkv").read_bytes()


def test_a_renderer_that_breaks_leaves_no_half_a_clip(tmp_path: Path) -> None:
    def breaking() -> Iterator[Frames]:
        yield some_frames(5)
        raise LookupError("out of phones")

    with pytest.raises(LookupError, match="out of phones"):
        write_lossless(breaking(), tmp_path / "clip.mkv", width=96, height=80)
    assert not list(tmp_path.iterdir())


def test_frames_of_another_size_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not uint8"):
        write_lossless([some_frames(2)], tmp_path / "clip.mkv", width=80, height=80)


def test_half_a_clip_is_unreadable(tmp_path: Path) -> None:
    path = tmp_path / "clip.mkv"
    path.write_bytes(b"\x1a\x45\xdf\xa3 not much of a film")
    with pytest.raises(Transient, match=r"clip\.mkv"):
        list(read_frames(path))


def test_a_web_video_is_what_players_want(tmp_path: Path) -> None:
    facts = probe_video(encoded(tmp_path, some_frames(), size=Size(width=96, height=80)))
    assert (facts.frames, facts.fps, facts.width, facts.height) == (FRAMES, 25, 96, 80)
    assert (facts.video_codec, facts.profile, facts.pix_fmt) == ("h264", "High", "yuv420p")
    assert (facts.color_primaries, facts.color_trc, facts.colorspace) == (1, 1, 1)
    assert not facts.full_range
    assert facts.faststart
    assert (facts.audio_codec, facts.audio_rate, facts.audio_channels) == ("aac", 48_000, 1)
    assert facts.audio_language == "deu"
    assert facts.duration_s == pytest.approx(FRAMES / 25)
    assert facts.audio_duration_s == pytest.approx(FRAMES / 25, abs=1e-6)


def test_a_web_video_carries_its_title_and_starts_at_zero(tmp_path: Path) -> None:
    path = encoded(tmp_path, some_frames(), size=Size(width=96, height=80))
    with av.open(str(path)) as container:
        assert container.metadata["title"] == 'Tom\'s "day" = 1 '
        assert container.metadata["comment"] == "made"
        assert container.streams.video[0].sample_aspect_ratio == 1
        times = [frame.time for frame in container.decode(video=0)]
    assert times == pytest.approx([n / 25 for n in range(FRAMES)])


def test_colours_come_back(tmp_path: Path) -> None:
    patch = np.zeros((5, 64, 96, 3), np.uint8)
    colours = [(255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255), (40, 120, 200), (0, 0, 0)]
    for index, colour in enumerate(colours):
        patch[:, :, 16 * index : 16 * index + 16] = colour
    seen = pictures_of(encoded(tmp_path, patch, size=Size(width=96, height=64)))
    for index, colour in enumerate(colours):
        inner = seen[:, 8:56, 16 * index + 5 : 16 * index + 11]
        assert np.abs(inner.astype(int) - colour).max() <= 4, colour


def test_sound_lines_up_with_its_source(tmp_path: Path) -> None:
    path = encoded(tmp_path, some_frames(), size=Size(width=96, height=80))
    with av.open(str(path)) as container:
        decoded = list(container.decode(audio=0))
    assert decoded[0].pts == 0
    sound = np.concatenate([frame.to_ndarray()[0] for frame in decoded])
    source = read_pcm(tmp_path / "mix.wav")[:, 0] / 2.0**23
    window = source[10_000:40_000]
    errors = {
        shift: float(np.abs(sound[10_000 + shift : 40_000 + shift] - window).mean())
        for shift in range(-100, 101)
    }
    assert min(errors, key=errors.__getitem__) == 0


def test_the_same_frames_give_the_same_web_bytes(tmp_path: Path) -> None:
    size = Size(width=96, height=80)
    first = encoded(tmp_path, some_frames(), size=size).read_bytes()
    assert encoded(tmp_path, some_frames(), size=size).read_bytes() == first


def test_a_crop_with_borders_is_scaled_to_the_size_of_delivery(tmp_path: Path) -> None:
    frames = np.full((3, 80, 96, 3), 200, np.uint8)
    crop = Crop(left=8, top=0, width=64, height=80, pad_left=32, pad_right=32)
    seen = pictures_of(encoded(tmp_path, frames, size=Size(width=64, height=40), crop=crop))
    assert seen.shape[1:3] == (40, 64)
    assert seen[0, 20, 4].max() < 12
    assert seen[0, 20, 32].min() > 190


@pytest.mark.parametrize("promised", [26, 28])
def test_a_wrong_number_of_frames_leaves_no_video(tmp_path: Path, promised: int) -> None:
    mix = a_mix(tmp_path / "mix.wav", promised)
    with pytest.raises(ValueError, match="27 frames came"):
        encode_web(
            batches(some_frames()), mix, tmp_path / "web.mp4", size=Size(width=96, height=80),
            crop=None, frames_total=promised, metadata=VideoMetadata(),
        )  # fmt: skip
    assert not (tmp_path / "web.mp4").exists()


def test_a_mix_of_another_length_is_refused(tmp_path: Path) -> None:
    mix = a_mix(tmp_path / "mix.wav", 20)
    with pytest.raises(ValueError, match="not as long"):
        encode_web(
            batches(some_frames()), mix, tmp_path / "web.mp4", size=Size(width=96, height=80),
            crop=None, frames_total=27, metadata=VideoMetadata(),
        )  # fmt: skip
