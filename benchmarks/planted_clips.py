"""Good clips to plant faults in: portraits that speak, in two halves that share no portrait and no
voice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from benchmarks.planted_faults import Said
from manifests.artifact import Artifact, sha256_of
from model.shapes import FPS, NEW_FRAMES
from pipeline.animatic.renderer import Animatic
from pipeline.dataset.material import FacePicture, SpokenTake, read_faces, read_speech_folder
from pipeline.dataset.split import sentence_of
from pipeline.evaluate.clips import SEED, rendered_frames, tiny_renderer
from pipeline.evaluate.takes import known_take, long_take
from pipeline.media.sound.wav import SpeechWriter, read_speech
from pipeline.media.video import read_frames, write_lossless
from pipeline.phones import NO_PHONES, load_phones, save_phones
from pipeline.presets import BUNDLED, TINY
from pipeline.renderer import Frames, Renderer, TakeFiles

SEGMENTS = 3
FRAMES = SEGMENTS * NEW_FRAMES
"""5.64 s."""

VOICES = {"thresholds": ("rms", "LJ"), "table": ("slt", "awb")}
"""By half; LJ Speech reads, the others are synthesised."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spec:
    """A clip by name: who speaks what, in which half, and who else there is."""

    name: str
    preset: str
    half: str
    face: FacePicture
    other_face: FacePicture
    takes: tuple[SpokenTake, ...]
    other_takes: tuple[SpokenTake, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Clip:
    """A good clip: its frames, what is said in it, and the files of its take. `desk` is where what
    else is rendered for a fault may be kept."""

    spec: Spec
    files: TakeFiles
    frames: Frames
    said: Said
    desk: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """So many clips of each renderer with faults or thresholds, and so many that stay clean."""

    animatic: int
    tiny: int
    clean_animatic: int = 0
    clean_tiny: int = 0

    @property
    def planted(self) -> int:
        return self.animatic + self.tiny

    @property
    def clean(self) -> int:
        return self.clean_animatic + self.clean_tiny


def specs(material: Path, cache: Path, counts: Counts) -> Iterator[Spec]:
    """So many clips of each renderer, every portrait once. Half of them are in each half, but of
    `tiny` two thirds give thresholds: fewer than 30 clips say nothing of a quantile. Behind them
    stand the clean ones, in the voices of the table."""
    faces = read_faces(
        material / "portraits" / "composites", next(iter((material / "portraits").glob("*.npz")))
    )
    spoken = read_speech_folder(material / "speech", cache)
    count, asked = counts.planted, 2 * counts.planted + counts.clean
    order = np.random.default_rng(0).permutation(len(faces))
    if len(faces) < asked:
        raise SystemExit(f"so many clips need {asked} portraits, not {len(faces)}")
    for index in range(count + counts.clean):
        half, preset = place_of(index, counts)
        said = voiced(spoken, VOICES["thresholds" if half == "thresholds" else "table"], index)
        yield Spec(
            name=f"{index:03d}-{preset}",
            preset=preset,
            half=half,
            face=faces[order[index if index < count else count + index]],
            other_face=faces[order[count + index if index < count else index]],
            takes=said[:4],
            other_takes=said[4:8],
        )


def place_of(index: int, counts: Counts) -> tuple[str, str]:
    """The half and the preset of a clip."""
    if index >= counts.planted:
        first = index - counts.planted
        return "clean", "animatic" if first < counts.clean_animatic else "tiny"
    if index >= counts.animatic:
        return "table" if index % 3 == 2 else "thresholds", "tiny"  # noqa: PLR2004  a third
    return "thresholds" if index % 2 == 0 else "table", "animatic"


def voiced(
    spoken: Sequence[SpokenTake], voices: Sequence[str], index: int
) -> tuple[SpokenTake, ...]:
    """Sentences of one of the voices from the `index`-th on, round and round, no words twice in a
    row."""
    voice = voices[index // 2 % len(voices)]
    takes = [take for take in spoken if Path(take.name).stem.startswith(voice)]
    if not takes:
        raise SystemExit(f"the material has no speech of the voice {voice}")
    first = 4 * index % len(takes)
    ordered = takes[first:] + takes[:first]
    words = {sentence_of(take.name): take for take in reversed(ordered)}
    return tuple(sorted(words.values(), key=ordered.index))


def made(spec: Spec, cache: Path) -> Clip:
    """The clip, rendered unless it is kept."""
    desk, files = cache / "clips" / spec.name, take_of(spec, cache)
    frames = rendered(spec, files, desk / "good.mkv")
    return Clip(spec=spec, files=files, frames=frames, said=said_in(files), desk=desk)


def take_of(spec: Spec, cache: Path) -> TakeFiles:
    desk = cache / "clips" / spec.name
    return known_take(spec.face, sound_of(spec.takes, desk / "said"), TINY, desk / "take")


def sound_of(takes: Sequence[SpokenTake], folder: Path) -> SpokenTake:
    return long_take(takes, FRAMES / FPS, folder)


def said_in(files: TakeFiles) -> Said:
    return Said(samples=read_speech(files.speech), phones=load_phones(files.phones))


def other_person(clip: Clip) -> Frames:
    """Another portrait that says the same."""
    return rendered(clip.spec, other_take(clip), clip.desk / "other.mkv")


def other_take(clip: Clip) -> TakeFiles:
    spoken = SpokenTake(
        name="same", speech=clip.files.speech, phones=clip.files.phones, frames=FRAMES
    )
    return known_take(clip.spec.other_face, spoken, TINY, clip.desk / "other")


def unmoved(clip: Clip) -> Frames:
    """The portrait that hears nothing."""
    silence = Said(samples=np.zeros_like(clip.said.samples), phones=NO_PHONES)
    return heard_otherwise(clip, silence, "still")


def heard_otherwise(clip: Clip, said: Said, name: str) -> Frames:
    """The portrait that hears something else."""
    folder = clip.desk / name
    folder.mkdir(exist_ok=True)
    with SpeechWriter(folder / "speech.wav") as writer:
        writer.append_speech(said.samples)
    save_phones(said.phones, folder / "phones.npz")
    return rendered(clip.spec, spoken_as(clip.files, folder), clip.desk / f"{name}.mkv")


def spoken_as(files: TakeFiles, folder: Path) -> TakeFiles:
    """The take with the `speech.wav` and `phones.npz` of a folder."""
    speech, phones = folder / "speech.wav", folder / "phones.npz"
    take = replace(
        files.take, speech=artifact(speech), mix=artifact(speech), phones=artifact(phones)
    )
    return replace(files, take=take, speech=speech, phones=phones)


def artifact(path: Path) -> Artifact:
    return Artifact(uri=str(path), sha256=sha256_of(path), bytes=path.stat().st_size)


_LOADED: dict[str, Renderer] = {}


def renderer_of(preset: str) -> Renderer:
    if preset not in _LOADED:
        _LOADED[preset] = Animatic() if preset == "animatic" else tiny_renderer(BUNDLED)
    return _LOADED[preset]


def rendered(spec: Spec, files: TakeFiles, kept: Path) -> Frames:
    """The frames of the file, which is made if it is not there."""
    if not kept.is_file():
        batches = rendered_frames(renderer_of(spec.preset), files, FRAMES, SEED)
        partial = kept.with_suffix(".partial.mkv")
        write_lossless(batches, partial, width=files.take.width, height=files.take.height)
        partial.rename(kept)
    return np.concatenate(list(read_frames(kept)))


def other_sentence(clip: Clip) -> Said:
    """What the same voice says elsewhere."""
    spoken = sound_of(clip.spec.other_takes, clip.desk / "elsewhere")
    return Said(samples=read_speech(spoken.speech), phones=load_phones(spoken.phones))
