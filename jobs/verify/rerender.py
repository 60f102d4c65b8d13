"""Render a finished segment again with the real recipe, apart from the run's output, and compare
its frames with those that were stored."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from jobs.engine.worker import ToolCache, execute
from jobs.output.work_records import read_work_record
from jobs.verify.closeness import Comparison, FrameDifference, difference_of, tolerance_of
from jobs.verify.sample import SampledSegment
from manifests.artifact import Artifact, sha256_of
from manifests.errors import ManifestUnusable, RushesError, Transient
from manifests.storage import storage_of
from model.shapes import FPS
from pipeline.devices.class_changes import UNKNOWN
from pipeline.devices.device_class import device_here
from pipeline.generate import Generate
from pipeline.media.video import read_frames
from pipeline.nouns import Chunk, ChunkProgress, Segment, SegmentFile, SegmentProgress, Take
from pipeline.nouns.lines import START, lines_of
from pipeline.presets import Preset, preset_named, reads_prompts
from pipeline.sidecar import Sidecar, chunks_from_cuts, located, read_sidecar
from pipeline.split import with_occurrences
from pipeline.workspace.workspace import Workspace

OTHER = (
    "made by another version or with other weights; name the folder of its weights with --config"
)

_GONE = frozenset({"work_missing", "missing_file"})

LET_GO = "the work of its row was let go (`rushes clean`): there is nothing to compare with"

Verdict = Literal["same", "close", "differs", "damaged", "let_go", "other"]
"""`close`: rendered on another class of device, or nobody knows on which, and within the tolerance.
`damaged`: work that is needed is gone or was changed. `let_go`: it is gone on purpose. `other`:
this version, these settings or this machine cannot render or compare it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rerendered:
    """What came of one segment; `number` counts from 0 within the job's video.

    `device` is the class that it was made on, `compared` how it was compared with what comes out
    here.
    """

    job_id: str
    number: int
    fingerprint: str
    verdict: Verdict
    detail: str
    difference: FrameDifference = FrameDifference()
    device: str = ""
    compared: Comparison = "none"


class SegmentVerifier:
    """Renders segments of the run under `out` again, on this class of `device`; nothing of the run
    is touched. `let_go` are the rows whose work is gone on purpose."""

    def __init__(
        self,
        out: str,
        presets: Mapping[str, Preset],
        workspace: Workspace,
        device: str = "",
        let_go: Collection[str] = (),
    ) -> None:
        self._out = out
        self._presets = presets
        self._workspace = workspace
        self._bench = ToolCache()
        self._device = device or device_here().name
        self._let_go = let_go

    def remake(self, sampled: SampledSegment) -> Rerendered:
        """Render the segment and compare."""
        blank = Rerendered(
            job_id=sampled.job_id,
            number=sampled.number,
            fingerprint="",
            verdict="damaged",
            detail="",
        )
        with self._workspace.scratch_dir() as folder:
            try:
                sidecar = read_sidecar(sampled.sidecar)
                blank = replace(blank, fingerprint=sidecar.segments[sampled.number])
                return self._compared(blank, sidecar, folder)
            except RushesError as error:
                if error.code in _GONE and sampled.job_id in self._let_go:
                    return replace(blank, verdict="let_go", detail=LET_GO)
                return replace(blank, detail=error.message)

    def _compared(self, blank: Rerendered, sidecar: Sidecar, folder: Path) -> Rerendered:
        other = replace(blank, verdict="other")
        preset = _found_preset(sidecar.preset.name, self._presets)
        if preset is None or preset.digest != sidecar.preset.digest:
            return replace(other, detail=OTHER)
        stored = read_work_record(self._out, blank.fingerprint, SegmentFile)
        other = replace(other, device=stored.device or UNKNOWN)
        if refused := incomparable(preset, stored, self._device):
            return replace(other, detail=refused)
        before = brought(stored.video, folder / "before.mkv")
        shot = self._shot(sidecar, blank.number, preset, folder)
        # a place of its own for each: rows may share segments, which would be taken up from there
        apart = replace(self._workspace, out=str(folder / "out"))
        outcome = execute(self._bench, Generate(preset=preset), shot, apart)
        if not isinstance(outcome.result, SegmentProgress):
            why = outcome.failure.message if outcome.failure else ""
            return replace(other, detail=f"cannot be rendered here: {why}")
        after = outcome.result.shot.done[-1]
        if after.fingerprint != stored.fingerprint:
            return replace(other, detail="its conditions are not those it was made from")
        found = difference_of(read_frames(before), read_frames(Path(after.video.uri)))
        return judged(other, found, preset, self._device)

    def _shot(self, sidecar: Sidecar, number: int, preset: Preset, folder: Path) -> ChunkProgress:
        """The shot as it was when the segment was its next one, with its files in `folder`."""
        take = local_take(read_work_record(self._out, sidecar.fingerprints.take, Take), folder)
        chunk, segment = located(number, chunks_of_sidecar(sidecar, take))
        drawn = sidecar.drawn[number : number + 1]  # sidecars of before told no seeds
        shot = ChunkProgress(
            take=take,
            chunk=chunk,
            seed=drawn[0].seed if drawn else sidecar.seed,
            retakes=() if drawn else sidecar.retakes,
            prompt=(sidecar.prompt or "") if reads_prompts(preset) else "",
            elsewhere=True,
        )
        name = gone_on_from(sidecar, chunk, number, segment)
        if not name:
            return shot
        last = read_work_record(self._out, name, SegmentFile)
        last = replace(last, state=local(last.state, folder / "state.npy"))
        # only the last one's state and name are gone on from; of the others, their number
        return replace(shot, done=(last,) * segment.index)


def gone_on_from(sidecar: Sidecar, chunk: Chunk, number: int, segment: Segment) -> str:
    """The name of the segment that the take's `number`-th one went on from, "" for the portrait."""
    drawn = sidecar.drawings[chunk.index] if sidecar.drawings else ()
    if not drawn:
        return sidecar.segments[number - 1] if segment.index else ""
    lines = lines_of(chunk.edges, sidecar.seed, sidecar.retakes)
    before = lines.drawings[lines.last[segment.index]].before
    return "" if before == START else drawn[before]


def chunks_of_sidecar(sidecar: Sidecar, take: Take) -> tuple[Chunk, ...]:
    """The chunks of a take as they were rendered: what a chain that was begun anew says first is
    not counted among the same words elsewhere."""
    chunks = chunks_from_cuts(sidecar.cuts_s, take.frames)
    cut = [chunk.start for chunk in chunks if chunk.start not in sidecar.restarts]
    whole = chunks_from_cuts([start / FPS for start in cut], take.frames)
    said = with_occurrences(whole, Path(take.speech.uri))
    counts = {chunk.start: chunk.occurrence for chunk in said}
    return tuple(replace(chunk, occurrence=counts.get(chunk.start, 0)) for chunk in chunks)


def incomparable(preset: Preset, made: SegmentFile, here: str) -> str:
    """Why a segment cannot be compared on this class of device; "" when it can."""
    if made.device == here or tolerance_of(preset) is not None:
        return ""
    return (
        f"made with {made.device or UNKNOWN}, and here is {here}: how far apart {preset.name} is on"
        " two classes was never measured; verify it on a machine of its class"
    )


def judged(blank: Rerendered, found: FrameDifference, preset: Preset, here: str) -> Rerendered:
    """What a difference means: to the bit on the class that it was made on, else within the
    tolerance."""
    compared: Comparison = "bits" if blank.device == here else "tolerance"
    judgement = replace(blank, difference=found, compared=compared)
    if not found.differing_frames:
        return replace(judgement, verdict="same")
    tolerance = tolerance_of(preset)
    if compared == "bits" or tolerance is None or not tolerance.holds(found):
        return replace(judgement, verdict="differs")
    detail = f"made with {blank.device}, and here is {here}: within the tolerance of two classes"
    return replace(judgement, verdict="close", detail=detail)


def local_take(take: Take, folder: Path) -> Take:
    """The take with the files that rendering reads on this machine."""
    return replace(
        take,
        speech=local(take.speech, folder / "speech.wav"),
        portrait=local(take.portrait, folder / "portrait.png"),
        landmarks=local(take.landmarks, folder / "landmarks.npy"),
        phones=local(take.phones, folder / "phones.npz"),
    )


def local(artifact: Artifact, path: Path) -> Artifact:
    return replace(artifact, uri=str(brought(artifact, path)))


def brought(artifact: Artifact, path: Path) -> Path:
    """A copy of the artifact; raises `Transient` when it is not the bytes that were recorded."""
    storage_of(artifact.uri).download(artifact.uri, path)
    if sha256_of(path) != artifact.sha256:
        raise Transient("work_damaged", f"{artifact.uri} was changed")
    return path


def _found_preset(name: str, presets: Mapping[str, Preset]) -> Preset | None:
    try:
        return preset_named(name, presets)
    except ManifestUnusable:
        return None
