"""Parts of pictures, joined without loss beside their sound, hold what players want."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from manifests.errors import Transient
from pipeline.delivery.codecs import SOUND_CODECS, VIDEO_CODECS
from pipeline.delivery.rates import RATES
from pipeline.media import delivered_video
from pipeline.media.delivered_video import (
    FileTags,
    PartFile,
    PictureEncoding,
    SoundSource,
    encode_part,
    join_parts,
    write_sound_file,
)
from pipeline.media.framing import Size
from pipeline.media.probe import probe_sound, probe_video
from pipeline.media.sound.wav import read_pcm
from pipeline.media.video import Frames
from tests.media_builders import a_mix, batches, some_frames

SIZE = Size(width=256, height=128)
TAGS = FileTags(title='Tom\'s "day" = 1\n', comment="made", language="de-CH")
CUT = 49  # both parts have pictures that are stored in another order than they are shown


def encoding(codec: str = "h264", rate: str = "25", size: Size = SIZE) -> PictureEncoding:
    found = VIDEO_CODECS[codec]
    options = found.options_at(RATES[rate])
    return PictureEncoding(size=size, rate=RATES[rate], pix_fmt=found.pix_fmt, options=options)


def sound(mix: Path, codec: str = "aac") -> SoundSource:
    return SoundSource(path=mix, options=SOUND_CODECS[codec].options_for(1))


def parts_of(folder: Path, frames: Frames, wanted: PictureEncoding, cut: int) -> list[PartFile]:
    found = []
    for number, part in enumerate((frames[:cut], frames[cut:])):
        if len(part):
            path = folder / f"part-{number}.mov"
            found.append(PartFile(path=path, frames=encode_part(batches(part), path, wanted)))
    return found


def web(folder: Path, frames: Frames, cut: int = 0) -> Path:
    height, width = frames.shape[1:3]
    wanted = encoding(size=Size(width=width, height=height))
    parts = parts_of(folder, frames, wanted, cut or len(frames))
    path = folder / "web.mp4"
    mix = a_mix(folder / "mix.wav", len(frames))
    join_parts(parts, sound(mix), path, wanted.rate, TAGS)
    return path


def shown(path: Path, pix_fmt: str = "rgb24") -> Frames:
    """Decoded with the matrix that its tags name."""
    with av.open(str(path)) as container:
        decoded = [
            frame.reformat(format=pix_fmt, src_colorspace="ITU709").to_ndarray()
            for frame in container.decode(video=0)
        ]
    return np.stack(decoded)


CASES = [("h264", rate) for rate in RATES] + [
    (codec, "29.97") for codec in VIDEO_CODECS if codec != "h264"
]


@pytest.mark.parametrize(("codec", "rate"), CASES)
def test_joined_parts_are_one_stream(tmp_path: Path, codec: str, rate: str) -> None:
    found, wanted = VIDEO_CODECS[codec], encoding(codec, rate)
    container = found.containers[0]
    path = tmp_path / f"out.{container}"
    parts = parts_of(tmp_path, some_frames(98, 256, 128), wanted, CUT)
    mix = a_mix(tmp_path / "mix.wav", 98)
    timecode = "01:00:00;00" if rate == "29.97" else "01:00:00:00"
    tags = replace(TAGS, timecode=timecode, codec=found.tag)
    join_parts(parts, sound(mix, "aac" if container == "mp4" else "pcm24"), path, RATES[rate], tags)
    facts = probe_video(path)
    assert (facts.frames, facts.fps) == (98, RATES[rate])
    assert (facts.video_codec, facts.profile, facts.pix_fmt) == (
        found.codec,
        found.profile,
        found.pix_fmt,
    )
    assert facts.colour == (1, 1, 1)
    assert not facts.full_range
    assert facts.timecode == timecode
    assert (facts.language, facts.audio_language) == ("deu", "deu")
    assert facts.faststart
    assert facts.audio_duration_s == pytest.approx(98 / 25, abs=1e-6)
    with av.open(str(path)) as opened:
        times = [frame.pts * frame.time_base for frame in opened.decode(video=0)]
    assert times == [number / RATES[rate] for number in range(98)]


def test_each_part_is_encoded_as_if_the_other_were_not_there(tmp_path: Path) -> None:
    """A re-rendered chunk is encoded alone, and the others' bytes stand."""
    frames = some_frames(98)
    wanted = encoding(size=Size(width=96, height=80))
    whole = parts_of(tmp_path, frames, wanted, CUT)
    (tmp_path / "alone").mkdir()
    alone = tmp_path / "alone" / "part.mov"
    encode_part(batches(frames[CUT:], 3), alone, wanted)
    assert alone.read_bytes() == whole[1].path.read_bytes()


@pytest.mark.parametrize("codec", VIDEO_CODECS)
def test_the_same_frames_give_the_same_bytes(tmp_path: Path, codec: str) -> None:
    frames, wanted = some_frames(12, 256, 128), encoding(codec)
    for name, size in (("one.mov", 3), ("two.mov", 8)):
        encode_part(batches(frames, size), tmp_path / name, wanted)
    assert (tmp_path / "one.mov").read_bytes() == (tmp_path / "two.mov").read_bytes()


def test_an_archive_gives_back_every_pixel(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (3, 128, 256, 3), dtype=np.uint8)
    path = tmp_path / "part.mov"
    encode_part([noise], path, encoding("ffv1"))
    with av.open(str(path)) as container:
        planes = [
            [np.frombuffer(plane, np.uint16).reshape(128, -1)[:, :256] for plane in frame.planes]
            for frame in container.decode(video=0)
        ]
    luma, blue, red = np.moveaxis(np.stack(planes).astype(float), 1, 0)
    light, cb, cr = (luma - 64) / 876, (blue - 512) / 896, (red - 512) / 896
    r, b = light + 1.5748 * cr, light + 1.8556 * cb
    g = (light - 0.2126 * r - 0.0722 * b) / 0.7152
    np.testing.assert_array_equal(np.rint(255 * np.stack([r, g, b], axis=-1)), noise)


def test_a_file_carries_its_title_and_starts_at_zero(tmp_path: Path) -> None:
    with av.open(str(web(tmp_path, some_frames()))) as container:
        assert container.metadata["title"] == 'Tom\'s "day" = 1 '
        assert container.metadata["comment"] == "made"
        assert container.streams.video[0].sample_aspect_ratio == 1
        times = [frame.time for frame in container.decode(video=0)]
    assert times == pytest.approx([n / 25 for n in range(27)])


def test_colours_come_back(tmp_path: Path) -> None:
    patch = np.zeros((5, 64, 96, 3), np.uint8)
    colours = [(255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255), (40, 120, 200), (0, 0, 0)]
    for index, colour in enumerate(colours):
        patch[:, :, 16 * index : 16 * index + 16] = colour
    seen = shown(web(tmp_path, patch))
    for index, colour in enumerate(colours):
        inner = seen[:, 8:56, 16 * index + 5 : 16 * index + 11]
        assert np.abs(inner.astype(int) - colour).max() <= 4, colour


def test_sound_lines_up_with_its_source(tmp_path: Path) -> None:
    with av.open(str(web(tmp_path, some_frames()))) as container:
        decoded = list(container.decode(audio=0))
    assert decoded[0].pts == 0
    heard = np.concatenate([frame.to_ndarray()[0] for frame in decoded])
    source = read_pcm(tmp_path / "mix.wav")[:, 0] / 2.0**23
    window = source[10_000:40_000]
    errors = {
        shift: float(np.abs(heard[10_000 + shift : 40_000 + shift] - window).mean())
        for shift in range(-100, 101)
    }
    assert min(errors, key=errors.__getitem__) == 0


def test_sound_alone_is_the_mix_to_the_sample(tmp_path: Path) -> None:
    mix, path = a_mix(tmp_path / "mix.wav", 30), tmp_path / "audio.wav"
    write_sound_file(sound(mix, "pcm24"), path, TAGS)
    facts = probe_sound(path)
    assert (facts.codec, facts.rate, facts.samples) == ("pcm_s24le", 48_000, 57_600)
    np.testing.assert_array_equal(read_pcm(path), read_pcm(mix))
    with av.open(str(path)) as container:
        assert container.metadata["language"] == "deu"


def test_a_part_that_is_no_part_ends_in_no_file(tmp_path: Path) -> None:
    broken = tmp_path / "part-0.mov"
    broken.write_bytes(b"half a part")
    path = tmp_path / "web.mp4"
    with pytest.raises(Transient) as caught:
        join_parts([PartFile(path=broken, frames=9)], None, path, Fraction(25), TAGS)
    assert caught.value.code == "encode_failed"
    assert not path.exists()


def test_a_full_disk_is_told_as_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivered_video, "name_of", lambda _path: "file:/dev/full")
    with pytest.raises(Transient) as caught:
        encode_part(batches(some_frames(40, 256, 128)), tmp_path / "part.mov", encoding("ffv1"))
    assert caught.value.code == "disk_full"
