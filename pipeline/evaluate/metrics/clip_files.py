"""Clips in a folder: which there are, their frames and their sound, as they flow."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from manifests.errors import BadInput, ManifestUnusable
from model.shapes import SPEECH_RATE
from pipeline.media.ffmpeg import Graph, command
from pipeline.media.picture.best_frame import is_video
from pipeline.media.picture.video_reader import Footage, open_footage
from pipeline.media.process import ProgramFailed
from pipeline.media.sound.recording import Recording, float_blocks, recording_of
from pipeline.media.sound.tracks import read_sound_tracks

FULL_SCALE = 32768


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipFile:
    """A video of a folder; `name` is its file's without the ending, and pairs it with another."""

    name: str
    path: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedClip:
    """A clip that can be decoded; `recording` is its first sound, None without one."""

    clip: ClipFile
    footage: Footage
    recording: Recording | None

    def frames(self) -> Iterator[NDArray[np.uint8]]:
        """[height, width, 3] RGB, 25 a second. Raises `BadInput` where they end with an error or
        there are none."""
        some = False
        for frame in self.footage.frames():
            some = True
            yield frame
        if not some:
            raise BadInput("video_unreadable", f"{self.clip.path.name} has no frame; save it anew.")

    def sound(self) -> Iterator[NDArray[np.float64]]:
        """16 kHz mono on the frames' own clock, in units of 16-bit samples; nothing without."""
        if self.recording is None:
            return
        try:
            with float_blocks(
                command(_heard(self.recording)), rate=SPEECH_RATE, channels=1
            ) as all_:
                for block in all_:
                    yield block[:, 0].astype(np.float64) * FULL_SCALE
        except ProgramFailed as failure:
            raise self.recording.unreadable(failure) from failure


def _heard(recording: Recording) -> Graph:
    header = recording.header
    timing = {"async": 1, "first_pts": 0} if header.timed else {}
    sound = recording.sound(itsoffset=header.lead_s).filter("aresample", SPEECH_RATE, **timing)
    mono = sound.filter("aformat", sample_fmts="flt", channel_layouts="mono")
    return mono.output("pipe:1", format="f32le", acodec="pcm_f32le")


def clip_files(folder: Path) -> tuple[ClipFile, ...]:
    """The videos that lie in a folder itself, by name. Raises `ManifestUnusable`."""
    try:
        paths = [path for path in folder.iterdir() if is_video(path.name) and path.is_file()]
    except OSError as error:
        message = f"{folder} cannot be read as a folder of clips: {error.strerror}"
        raise ManifestUnusable("path_unusable", message) from error
    clips = tuple(
        ClipFile(name=path.stem, path=path) for path in sorted(paths) if path.name[0] != "."
    )
    names = [clip.name for clip in clips]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice or not clips:
        why = (
            f"two clips that are called {twice[0]}" if twice else "no clip (.mp4, .mov, .mkv, ...)"
        )
        raise ManifestUnusable("path_unusable", f"{folder} holds {why}; give a folder of clips")
    return clips


def open_clip(clip: ClipFile) -> OpenedClip:
    """Raises `BadInput` of what is no video; a clip whose sound cannot be decoded has none."""
    try:
        header = read_sound_tracks(clip.path, name=clip.path.name).usable[0]
    except (BadInput, IndexError):
        return OpenedClip(
            clip=clip, footage=open_footage(clip.path, name=clip.path.name), recording=None
        )
    return OpenedClip(
        clip=clip,
        footage=open_footage(clip.path, name=clip.path.name, lead_s=header.lead_s),
        recording=recording_of(clip.path, clip.path.name, header),
    )
