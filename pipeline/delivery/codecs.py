"""The tables of codecs: what ffmpeg is told to make a picture or a sound, and what can hold it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from model.shapes import FPS
from pipeline.media.video import WEB_VIDEO

DRAWN_RATE = Fraction(FPS)
"""Frames a second of what renderers draw."""

RATES: Mapping[str, Fraction] = {
    "23.976": Fraction(24000, 1001),
    "24": Fraction(24),
    "25": DRAWN_RATE,
    "29.97": Fraction(30000, 1001),
    "30": Fraction(30),
}
"""Frames a second that can be delivered, by the names that people use."""

Options = tuple[tuple[str, str | int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoCodec:
    """A picture's codec: `options` are ffmpeg's, `codec` and `profile` what a probe reads back.

    A group of pictures is `group_s` seconds long (0: each picture stands alone) and closed, so that
    files of the same codec can be joined without encoding anything again.
    """

    name: str
    options: Options
    pix_fmt: str
    containers: tuple[str, ...]
    codec: str
    profile: str = ""
    group_s: int = 0
    smallest: tuple[int, int] = (16, 16)


@dataclass(frozen=True, slots=True, kw_only=True)
class SoundCodec:
    """A sound's codec; `lossless` where the samples come back as they were."""

    name: str
    containers: tuple[str, ...]
    codec: str
    lossless: bool = False


VIDEO_CODECS: Mapping[str, VideoCodec] = {
    codec.name: codec
    for codec in (
        VideoCodec(
            name="h264",
            options=tuple((key, value) for key, value in WEB_VIDEO.items() if key != "g"),
            pix_fmt="yuv420p",
            containers=("mp4", "mov", "mkv"),
            codec="h264",
            profile="High",
            group_s=2,
        ),
    )
}

SOUND_CODECS: Mapping[str, SoundCodec] = {
    codec.name: codec
    for codec in (
        SoundCodec(name="aac", containers=("mp4", "mov", "mkv"), codec="aac"),
        SoundCodec(
            name="pcm24", containers=("mov", "mkv", "wav"), codec="pcm_s24le", lossless=True
        ),
    )
}

CONTAINERS = ("mp4", "mov", "mkv", "wav")
