"""Prepare: from a manifest row to a take: clean speech, the delivery mix, the portrait with its
face, the phones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from manifests.fingerprint import fingerprint
from manifests.job import Job
from pipeline.canvas import drawn_head, drawn_size, enlarged_warning, framed_on_canvas
from pipeline.captions.deliverables import require_words
from pipeline.dubbing.row import over_bed
from pipeline.grey import GREY_PORTRAIT, is_grey
from pipeline.limits import Limits
from pipeline.media.face.face import (
    head_box,
    landmarks_of,
    pose_warnings,
    principal_face,
)
from pipeline.media.face.focus import focus_warnings
from pipeline.media.face.mouth import mouth_warnings
from pipeline.media.face.upright import stood_upright
from pipeline.media.framing import fit_source
from pipeline.media.picture.best_frame import best_still, is_video
from pipeline.media.picture.image import DECODED, open_portrait, save_png
from pipeline.media.picture.scale import resize
from pipeline.media.sound.audio import SOUND
from pipeline.media.text.spoken_words import READING
from pipeline.media.voice.speech import choose_voice
from pipeline.media.voice.voices import require_known
from pipeline.nouns import Box, PreparedPortrait, Take
from pipeline.presets import Preset
from pipeline.stage import Resources
from pipeline.take_sound import lexicon_of_row, nameless, ready_sound, sound_name
from pipeline.words import FORMAT
from pipeline.workspace.checked_sounds import kept_sound
from pipeline.workspace.inputs import Inputs, fetch_inputs
from pipeline.workspace.workspace import Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepare:
    """The recipe; face, voice and aligner models load on first use in the worker."""

    name: ClassVar[str] = "prepare"
    needs: ClassVar[Resources] = Resources()
    preset: Preset
    limits: Limits = field(default_factory=Limits)

    def load(self) -> Callable[[Job, Workspace], Take]:
        return partial(prepare, preset=self.preset, limits=self.limits)


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """The portrait on its canvas, and where the face is in it."""

    width: int
    height: int
    head: Box
    warnings: tuple[str, ...]


def prepare(job: Job, workspace: Workspace, *, preset: Preset, limits: Limits) -> Take:
    """The row's take: the one already made from the same bytes, or a new one."""
    if job.voice is not None and job.script is None:
        require_known(job.voice)
    with workspace.scratch_dir() as desk:
        inputs = fetch_inputs(job, desk, limits.admission)
        name = take_name(job, inputs, preset, limits)
        made = workspace.find_finished(name, Take)
        if made is not None:
            require_words(job, made, workspace, limits.fonts)
            return made
        looks = looks_of(job, inputs, preset, limits, workspace)
        lexicon = lexicon_of_row(inputs.lexicon, job)
        heard = sound_name(job, inputs.digest("audio_uri"), inputs.digest("lexicon_uri"), limits)
        sound = kept_sound(heard, workspace, desk) or ready_sound(
            inputs.narration, lexicon, job, limits, desk
        )
        bed_warnings = over_bed(inputs.bed, job, sound.spans, limits.audio, desk)
        take = Take(
            fingerprint=name,
            frames=sound.frames,
            width=looks.width,
            height=looks.height,
            speech=workspace.store(desk / "speech.wav", name, "speech.wav"),
            mix=workspace.store(desk / "mix.wav", name, "mix.wav"),
            portrait=looks.portrait,
            landmarks=looks.landmarks,
            phones=workspace.store(desk / "phones.npz", name, "phones.npz"),
            words=workspace.store(desk / "words.json", name, "words.json"),
            head=looks.head,
            spans=sound.spans,
            inputs=inputs.digests,
            vocals=limits.vocals.sha256 if job.script is None else "",
            warnings=nameless((*looks.warnings, *sound.warnings, *bed_warnings), job),
        )
        take = workspace.commit(name, take)
        require_words(job, take, workspace, limits.fonts)
        return take


def take_name(job: Job, inputs: Inputs, preset: Preset, limits: Limits) -> str:
    """Fingerprint of a take: the bytes of its inputs and what is done to them, not their names."""
    voice = None if job.script is None else choose_voice(job.language, job.voice)
    return fingerprint(
        "take",
        files=[*inputs.digests],
        script=job.script,
        voice=[voice.name, voice.digest] if voice else None,
        language=job.language,
        framing=job.framing,
        decoded=DECODED,
        longest_side=preset.longest_side,
        canvas=preset.canvas,
        head_share=preset.head_share,
        limits=[
            asdict(limits.audio),
            asdict(limits.image),
            *(limits.vocals.part if job.script is None else ()),
        ],
        words=[FORMAT, READING],
        slot_s=job.target_duration_s,
        bed=inputs.bed is not None,
        sound=SOUND if inputs.bed is not None or job.script is None else "",
        video=is_video(job.portrait_uri),
        listener=limits.hearing.listener(job.language) if job.script is None else (),
    )


def looks_of(
    job: Job, inputs: Inputs, preset: Preset, limits: Limits, workspace: Workspace
) -> PreparedPortrait:
    """The looks made of the row's portrait: all languages of a title share them, so the frame of a
    video is chosen once and the networks see the same face."""
    name = fingerprint(
        "looks",
        file=inputs.digests[0],
        video=is_video(job.portrait_uri),
        framing=job.framing,
        longest_side=preset.longest_side,
        canvas=preset.canvas,
        head_share=preset.head_share,
        limits=asdict(limits.image),
        decoded=DECODED,
    )
    made = workspace.find_finished(name, PreparedPortrait)
    if made is not None:
        return made
    with workspace.scratch_dir() as desk:
        picture = ready_picture(inputs.portrait, job, preset, limits, desk)
        looks = PreparedPortrait(
            width=picture.width,
            height=picture.height,
            portrait=workspace.store(desk / "portrait.png", name, "portrait.png"),
            landmarks=workspace.store(desk / "landmarks.npy", name, "landmarks.npy"),
            head=picture.head,
            warnings=nameless(picture.warnings, job),
        )
        return workspace.commit(name, looks)


def ready_picture(path: Path, job: Job, preset: Preset, limits: Limits, desk: Path) -> Picture:
    """Write `portrait.png` and `landmarks.npy`; no face or several faces is `BadInput`."""
    image, told = portrait_of(path, job, limits)
    image = resize(image, fit_source(image.shape[1], image.shape[0], preset.longest_side))
    upright = stood_upright(image, job.portrait_uri)
    image = upright.pixels
    face, warnings = principal_face(upright.faces, job.portrait_uri)
    landmarks = landmarks_of(image, face)
    seen = mouth_warnings(image, landmarks.points, job.portrait_uri)
    framed, points = framed_on_canvas(image, landmarks.points, job, preset)
    size = drawn_size(framed, preset)
    save_png(framed, desk / "portrait.png")
    np.save(desk / "landmarks.npy", points, allow_pickle=False)
    head = head_box(points, framed.shape[1], framed.shape[0])
    return Picture(
        width=size.width,
        height=size.height,
        head=drawn_head(head, framed, size),
        warnings=(
            *told,
            *upright.told,
            *warnings,
            *seen,
            *pose_warnings(landmarks.points, job.portrait_uri),
            *focus_warnings(image, landmarks.points, job.portrait_uri),
            *enlarged_warning(landmarks.points, points, job.portrait_uri),
            *((GREY_PORTRAIT,) if is_grey(image) else ()),
        ),
    )


def portrait_of(path: Path, job: Job, limits: Limits) -> tuple[NDArray[np.uint8], tuple[str, ...]]:
    """The picture, or the best frame of a video, which is said."""
    if not is_video(job.portrait_uri):
        opened = open_portrait(path, name=job.portrait_uri, limits=limits.image)
        return opened.pixels, opened.told
    best = best_still(path, name=job.portrait_uri)
    return best.pixels, best.told
