"""What a finished video says of itself, read with PyAV and nothing decoded."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
from av.container import InputContainer

from manifests.errors import Transient
from pipeline.media.ffmpeg import UNTRUSTED, name_of
from pipeline.media.quicktime import is_faststart


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoFacts:
    """A finished video. Colour tags are their numbers in ITU-T H.273 (1 is BT.709)."""

    frames: int
    fps: Fraction
    width: int
    height: int
    duration_s: float
    video_codec: str
    profile: str
    pix_fmt: str
    color_primaries: int
    color_trc: int
    colorspace: int
    full_range: bool
    audio_codec: str | None
    audio_rate: int
    audio_channels: int
    audio_duration_s: float
    audio_language: str | None
    faststart: bool
    language: str | None = None
    timecode: str = ""

    @property
    def colour(self) -> tuple[int, int, int]:
        """Its tags: primaries, transfer and matrix."""
        return self.color_primaries, self.color_trc, self.colorspace


@dataclass(frozen=True, slots=True, kw_only=True)
class SoundFacts:
    """A finished file of sound alone."""

    codec: str
    rate: int
    channels: int
    samples: int


def probe_video(path: Path) -> VideoFacts:
    """What our own encode made: counts its packets and decodes none. Raises `Transient`."""
    try:
        with av.open(name_of(path), options=dict(UNTRUSTED)) as container:
            return _video_facts(container, path)
    except (av.FFmpegError, IndexError) as error:
        raise Transient(
            "encode_incomplete", f"{path.name} is not a video; it is encoded again"
        ) from error


def _video_facts(container: InputContainer, path: Path) -> VideoFacts:
    video = container.streams.video[0]
    audio = container.streams.best("audio")
    sound = audio if isinstance(audio, av.AudioStream) else None
    context = video.codec_context
    fps = video.average_rate or Fraction(0)
    frames = video.frames or sum(1 for packet in container.demux(video) if packet.size)
    return VideoFacts(
        frames=frames,
        fps=Fraction(fps),
        width=video.width,
        height=video.height,
        duration_s=float(frames / fps) if fps else 0.0,
        video_codec=context.name,
        profile=context.profile or "",
        pix_fmt=context.pix_fmt or "",
        color_primaries=int(context.color_primaries),
        color_trc=int(context.color_trc),
        colorspace=int(context.colorspace),
        full_range=int(context.color_range) == 2,  # noqa: PLR2004  # AVCOL_RANGE_JPEG
        audio_codec=sound.codec_context.name if sound else None,
        audio_rate=sound.rate if sound else 0,
        audio_channels=sound.channels if sound else 0,
        audio_duration_s=_sound_s(container, sound) if sound else 0.0,
        audio_language=sound.language if sound else None,
        faststart=is_faststart(path),
        language=video.language,
        timecode=_timecode_of(container, video),
    )


def probe_sound(path: Path) -> SoundFacts:
    """The same of a file without a picture."""
    try:
        with av.open(name_of(path), options=dict(UNTRUSTED)) as container:
            sound = container.streams.audio[0]
            seconds = _sound_s(container, sound)
            return SoundFacts(
                codec=sound.codec_context.name,
                rate=sound.rate,
                channels=sound.channels,
                samples=round(seconds * sound.rate),
            )
    except (av.FFmpegError, IndexError) as error:
        raise Transient(
            "encode_incomplete", f"{path.name} is no sound; it is encoded again"
        ) from error


def _timecode_of(container: InputContainer, video: av.VideoStream) -> str:
    """MOV and MP4 say it of the picture, Matroska of the file."""
    return video.metadata.get("timecode") or container.metadata.get("TIMECODE", "")


def _sound_s(container: InputContainer, stream: av.AudioStream) -> float:
    """As the header says; Matroska's says nothing to the sample, so there samples are counted."""
    if stream.duration is not None and stream.time_base is not None:
        return float(stream.duration * stream.time_base)
    container.seek(0)
    return sum(frame.samples for frame in container.decode(stream)) / stream.rate
