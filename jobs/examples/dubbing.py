"""`rushes example dubbing`: one title in six languages as a dubbing house would hand it over: one
portrait, a timed script for each language, a bed, captions beside the video and drawn into it."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np

from jobs.examples.museum import CUES_S, LENGTH_S, TEXTS
from jobs.examples.portraits import ExamplePortraits, astronaut
from manifests.errors import BadInput, ManifestUnusable
from manifests.job import Job
from model.shapes import MIX_RATE
from pipeline.captions.cue import Cue
from pipeline.captions.write import vtt_text
from pipeline.media.sound.wav import MixWriter
from pipeline.media.voice.speech import choose_voice

TITLE = "museum"
REMEDY = "install the extra `speech` (docs/languages.md)"

_CHORDS = ((220.0, 261.63, 329.63), (174.61, 220.0, 261.63))  # A minor, F major
_CHORD_S = 3.5
_BED_LEVEL = 0.04


def dubbing(folder: Path) -> ExamplePortraits:
    """A row for each language that a voice here speaks; what is left out is told."""
    spoken, told = languages_here()
    if not spoken:
        raise ManifestUnusable("example_missing", f"no row is left of the example: {told[0]}")
    shutil.copyfile(astronaut(), folder / "portrait.png")
    write_bed(folder / "bed.wav")
    return ExamplePortraits(jobs=tuple(a_row(each, folder) for each in spoken), told=told)


def languages_here() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The example's languages that some installed voice speaks, and what to say of the others."""
    there: list[str] = []
    told: list[str] = []
    for language in TEXTS:
        try:
            choose_voice(language, None)
        except BadInput:
            told.append(f"left out: {language!r}, which no voice here speaks; to have it: {REMEDY}")
        else:
            there.append(language)
    return tuple(there), tuple(told)


def _cues(language: str) -> list[Cue]:
    return [
        Cue(start_s=start_s, stop_s=stop_s, lines=(text,))
        for (start_s, stop_s), text in zip(CUES_S, TEXTS[language], strict=True)
    ]


def a_row(language: str, folder: Path) -> Job:
    """The title in a language; its script is written into the folder."""
    script = f"{TITLE}.{language}.vtt"
    (folder / script).write_text(vtt_text(_cues(language), language), encoding="utf-8")
    return Job(
        job_id=f"{TITLE}-{language}",
        title=TITLE,
        portrait_uri="portrait.png",
        script_uri=script,
        language=language,
        bed_uri="bed.wav",
        target_duration_s=LENGTH_S,
        deliverables=("web", "srt", "vtt", "captioned"),
    )


def write_bed(path: Path) -> None:
    """Two soft chords in turn, in stereo: what a film's own music would be."""
    times_s = np.arange(round(LENGTH_S * MIX_RATE)) / MIX_RATE
    within_s = times_s % _CHORD_S
    swell = np.sin(np.pi * within_s / _CHORD_S) ** 2
    turn = (times_s // _CHORD_S).astype(int) % len(_CHORDS)
    sides = []
    for detuned in (0.999, 1.001):
        notes = np.array(_CHORDS)[turn] * detuned
        waves = np.sin(2 * np.pi * notes * within_s[:, None]).sum(axis=1)
        sides.append(_BED_LEVEL * swell * waves)
    with MixWriter(path, channels=2) as writer:
        writer.append(np.rint(np.stack(sides, axis=1) * (1 << 23)).astype(np.int32))
