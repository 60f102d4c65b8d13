"""The sidecar of a video: how it was made, written beside it and read from there."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace

from manifests.errors import Transient
from manifests.job import Job
from model.shapes import FPS
from pipeline.captions.deliverables import caption_warnings
from pipeline.delivery.provenance.signed_files import NamedFile, signed_facts
from pipeline.delivery.settings import DeliverySettings
from pipeline.devices.class_changes import class_warnings, classes_of
from pipeline.nouns import (
    Captions,
    Chunk,
    Clip,
    DeliveredFile,
    Master,
    Reel,
    Retake,
    Segment,
    Take,
)
from pipeline.nouns.lines import told_of_retake
from pipeline.preset_warnings import preset_warnings
from pipeline.presets import Preset
from pipeline.quality.gates import NO_GATES, Gates
from pipeline.quality.versions import Version, begun_anew
from pipeline.timed_cues import FittedCue
from pipeline.workspace.inputs import Admission, input_uris
from pipeline.workspace.workspace import artifacts_of, read_record, work_name

VERSION = "sidecar/2"
"""Of delivery/package/sidecar.schema.json. 2: `drawn`, `restarts`, `quality`, `gates`, `versions`
and `chosen` came to what 1 has. Sidecars of before, also those without any, are read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishRequest:
    """A master to be published as the outcome of a job; `asked` is the fingerprint of the request,
    `row` that of the row alone."""

    job: Job
    asked: str
    master: Master
    reel: Reel
    clips: tuple[Clip, ...]
    preset: Preset
    seed: int
    row: str
    retakes: tuple[Retake, ...]
    timings: Mapping[str, float]
    delivery: DeliverySettings = field(default_factory=DeliverySettings)
    admission: Admission = field(default_factory=Admission)
    gates: Gates = NO_GATES
    chosen: int = 0
    """The number of the version that people chose, whatever the gates say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """What was delivered before the sidecar: `files` by profile, `cues` of a timed script, and what
    is to be said of it; `quality` is what was measured of the take, and `versions` all there are of
    the job."""

    files: Mapping[str, NamedFile] = field(default_factory=dict)
    captions: tuple[Captions, ...] = ()
    deliveries: tuple[DeliveredFile, ...] = ()
    cues: tuple[FittedCue, ...] = ()
    warnings: tuple[str, ...] = ()
    quality: Mapping[str, float] = field(default_factory=dict)
    versions: tuple[Version, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PresetUsed:
    name: str
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """Of the take, of the request and of what its row says."""

    take: str
    asked: str = ""
    row: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class InputUsed:
    """A file that a video was made from."""

    uri: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnSegment:
    """The seed that a segment was drawn with, and what was measured of it."""

    segment: str
    seed: int
    figures: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class MasterUsed:
    """The name of the stored video."""

    fingerprint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadUsed:
    """What is seen of a segment before frame `stop` of the take, and then another drawing of it."""

    segment: str
    stop: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Sidecar:
    """What a sidecar says of how a video was rendered; `segments` are names of finished work, and
    so are those of `work`: all that is stored behind it."""

    preset: PresetUsed
    seed: int
    cuts_s: tuple[float, ...]
    segments: tuple[str, ...]
    fingerprints: Names
    prompt: str | None = None
    language: str = "en"
    retakes: tuple[Retake, ...] = ()
    inputs: tuple[InputUsed, ...] = ()
    video: MasterUsed = MasterUsed()
    work: tuple[str, ...] = ()
    drawn: tuple[DrawnSegment, ...] = ()
    restarts: tuple[int, ...] = ()
    quality: Mapping[str, float] = field(default_factory=dict)
    chosen: int = 0
    heads: tuple[HeadUsed, ...] = ()
    drawings: tuple[tuple[str, ...], ...] = ()


def sidecar_text(request: PublishRequest, delivered: Delivered) -> str:
    """The file, whole."""
    said = sidecar_of(request, delivered) | {"cues": list(map(told_of_cue, delivered.cues))}
    return json.dumps(said, indent=2, ensure_ascii=False, sort_keys=True) + "\n"


def sidecar_of(request: PublishRequest, delivered: Delivered) -> dict[str, object]:
    """How the video was made: enough to make it again and to answer for it."""
    job, master, take = request.job, request.master, request.reel.take
    return {
        "version": VERSION,
        "deliverables": [told_of_file(*each) for each in delivered.files.items()],
        "job_id": job.job_id,
        "title": job.title,
        "language": job.language,
        "speaker": job.speaker,
        "consent_id": job.consent_id,
        "consent_expires": job.consent_expires.isoformat() if job.consent_expires else None,
        "territories": list(job.territories),
        "metadata": dict(job.metadata),
        "synthetic": True,
        "preset": asdict(request.preset) | {"digest": request.preset.digest},
        "seed": request.seed,
        "retakes": [told_of_retake(retake) for retake in request.retakes],
        "inputs": list(_inputs_of(job, take)),
        "vocals": take.vocals or None,
        "voices": list(take.voices),
        "script": job.script,
        **({} if job.transcript is None else {"transcript": job.transcript}),
        "prompt": job.prompt,
        "video": asdict(replace(master, deliveries=())),
        "captions": [asdict(made) for made in delivered.captions],
        "deliveries": [asdict(made) for made in delivered.deliveries],
        "credentials": [asdict(file) for file in signed_facts(delivered.files)],
        "cuts_s": [clip.chunk.start / FPS for clip in request.clips],
        "joins": [asdict(join_) for join_ in request.reel.joins],
        "segments": [s.fingerprint for clip in request.clips for s in clip.segments],
        **_retaken_inside(request.clips),
        "devices": [classes_of(clip) for clip in request.clips],
        "drawn": list(_drawn_of(request)),
        "restarts": [clip.chunk.start for clip in request.clips if begun_anew(clip)],
        "quality": dict(delivered.quality),
        "gates": [asdict(gate) for gate in request.gates],
        "versions": [told_of_version(version) for version in delivered.versions],
        "chosen": request.chosen,
        "work": _work_of(request, delivered),
        "timings_s": dict(request.timings),
        "warnings": list(_warnings_of(request, delivered)),
        "fingerprints": {
            "asked": request.asked,
            "row": request.row,
            "take": take.fingerprint,
        },
    }


def _drawn_of(request: PublishRequest) -> Iterator[dict[str, object]]:
    """Each segment with its seed and figures; of clips of before, which tell no seeds, none."""
    for clip in request.clips:
        for segment, seed in zip(clip.segments, clip.seeds, strict=False):
            figures = dict(segment.figures)
            yield {"segment": segment.fingerprint, "seed": seed, "figures": figures}


def told_of_version(version: Version) -> dict[str, object]:
    """A version without its recipe, which its record has."""
    return {
        "number": version.number,
        "state": version.state,
        "level": version.level,
        "at_s": version.at_s,
        "why": version.why,
    }


def _retaken_inside(clips: Sequence[Clip]) -> dict[str, object]:
    """Where retakes end inside chunks: what is seen before the rest of a segment, and the names of
    all drawings of each chunk (none: those of its segments)."""
    heads = [{"segment": h.segment.fingerprint, "stop": h.stop} for c in clips for h in c.heads]
    drawings = [[drawn.fingerprint for drawn in clip.drawn] for clip in clips]
    return {"heads": heads, "drawings": drawings} if any(drawings) else {}


def _inputs_of(job: Job, take: Take) -> Iterator[dict[str, str]]:
    for uri, digest in zip(input_uris(job), take.inputs, strict=True):
        yield {"uri": uri, "sha256": digest}


def _warnings_of(request: PublishRequest, delivered: Delivered) -> Iterator[str]:
    yield from request.reel.take.warnings
    yield from preset_warnings(request.job, request.preset)
    yield from caption_warnings(delivered.captions)
    yield from class_warnings(request.clips)
    yield from request.master.file_warnings
    yield from delivered.warnings


def _work_of(request: PublishRequest, delivered: Delivered) -> list[str]:
    """Names of all stored work behind the video: the folders that hold its files, also those that
    other versions of it play."""
    parts = (request.reel, request.clips, request.master)
    files = (artifact.uri for part in parts for artifact in artifacts_of(part))
    signed = {file.work for file in delivered.files.values() if file.work}
    made = request.master.deliveries
    joined = {name for file in made for name in (*file.parts, *file.finished)}
    return sorted(signed | joined | {name for uri in files if (name := work_name(uri))})


def told_of_file(profile: str, named: NamedFile) -> dict[str, object]:
    """A delivered file by its name, wherever the folder is by now."""
    said = asdict(named.file)
    return {"profile": profile, "name": said.pop("uri").rpartition("/")[2], **said}


def told_of_cue(fitted: FittedCue) -> dict[str, object]:
    """A cue and its fit, side by side."""
    fit = asdict(fitted)
    cue = fit.pop("cue")
    return {**cue, **fit}


def read_sidecar(uri: str) -> Sidecar:
    """What a sidecar says; raises `BadInput` when it cannot be read, and `Transient` when it is
    damaged or of another version."""
    return read_record(uri, Sidecar)


def chunks_from_cuts(cuts_s: Sequence[float], frames: int) -> tuple[Chunk, ...]:
    """The chunks of a take of `frames` frames that begin at these seconds."""
    starts = [round(cut * FPS) for cut in cuts_s]
    return tuple(
        Chunk(index=index, start=start, stop=stop)
        for index, (start, stop) in enumerate(zip(starts, [*starts[1:], frames], strict=True))
    )


def located(number: int, chunks: Sequence[Chunk]) -> tuple[Chunk, Segment]:
    """Where the `number`-th segment of a take is; raises `Transient` when the take has fewer."""
    for chunk in chunks:
        if number < chunk.cost:
            return chunk, chunk.segments[number]
        number -= chunk.cost
    raise Transient("work_damaged", "the cuts of the sidecar give fewer segments than were made")
