"""What a finished file holds, compared with what it should: read by a probe, nothing decoded."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pipeline.media.probe import SoundFacts, VideoFacts, probe_sound, probe_video
from pipeline.nouns import DeliveredFile

BT709 = (1, 1, 1)
"""Primaries, transfer and matrix in H.273."""

FAST = ("mp4", "mov")
"""Containers whose index stands before what they hold."""


def findings(path: Path, promised: DeliveredFile) -> tuple[str, ...]:
    """Each breach of a file in a sentence of its own; nothing where it is as it should be.

    Raises `Transient` when it cannot be read at all.
    """
    if promised.frames:
        return tuple(picture_findings(probe_video(path), promised))
    return tuple(sound_findings(probe_sound(path), promised))


def picture_findings(facts: VideoFacts, promised: DeliveredFile) -> Iterator[str]:
    """Of a file with a picture."""
    compared = (
        ("frames", facts.frames, promised.frames),
        ("frames a second", str(facts.fps), promised.rate),
        ("pixels", f"{facts.width}x{facts.height}", f"{promised.width}x{promised.height}"),
        ("as codec", facts.video_codec, promised.codec),
        ("as kind of pixels", facts.pix_fmt, promised.pix_fmt),
        ("as colour tags", facts.colour, promised.colour),
        ("as timecode", facts.timecode, promised.timecode),
        ("as language", facts.language, promised.language),
    )
    for what, found, wanted in compared:
        if found != wanted:
            yield f"{found or 'nothing'} {what} instead of {wanted or 'nothing'}"
    if facts.full_range:
        yield "a full range of levels instead of that of video"
    if promised.container in FAST and not facts.faststart:
        yield "its index behind its pictures"
    if promised.samples:
        samples = round(facts.audio_duration_s * facts.audio_rate) if facts.audio_codec else 0
        yield from _samples_wrong(samples, promised)
        if facts.audio_language != promised.language:
            yield f"{facts.audio_language} as language of the sound instead of {promised.language}"


def sound_findings(facts: SoundFacts, promised: DeliveredFile) -> Iterator[str]:
    """Of a file of sound alone."""
    if facts.codec != promised.codec:
        yield f"{facts.codec} as codec instead of {promised.codec}"
    yield from _samples_wrong(facts.samples, promised)


def _samples_wrong(samples: int, promised: DeliveredFile) -> Iterator[str]:
    if samples != promised.samples:
        yield f"{samples} samples of sound instead of {promised.samples}"
