"""Render a finished segment again with the real recipe, apart from the run's output, and compare
its frames with those that were stored."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import zip_longest
from pathlib import Path
from typing import Literal

import numpy as np

from jobs.sampling import Draw, Sidecar, chunks_of, located, stored, stored_work
from jobs.work import Bench, carry_out
from manifests.artifact import Artifact, sha256_of
from manifests.errors import RushesError, Transient
from manifests.storage import storage_of
from pipeline.generate import Generate
from pipeline.media.video import read_frames
from pipeline.nouns import Advance, SegmentFile, Shot, Take
from pipeline.presets import Preset, reads_prompts
from pipeline.renderer import Frames
from pipeline.split import told_apart
from pipeline.workplace import Workplace

OTHER = (
    "made by another version or with other weights; name the folder of its weights with --config"
)

Verdict = Literal["same", "differs", "damaged", "other"]
"""`damaged`: work that is needed is gone or was changed. `other`: this version, these settings or
this machine cannot render it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Between two videos: frames in the longer one, those that differ, pixels in them that do,
    and the largest step of a channel (of 255)."""

    frames: int = 0
    differing_frames: int = 0
    differing_pixels: int = 0
    largest: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Remade:
    """What came of one segment; `number` counts from 0 within the job's video."""

    job_id: str
    number: int
    fingerprint: str
    verdict: Verdict
    detail: str
    difference: Difference


class Studio:
    """Renders segments of the run under `out` again; nothing of the run is touched."""

    def __init__(self, out: str, presets: Mapping[str, Preset], place: Workplace) -> None:
        self._out = out
        self._presets = presets
        self._place = place
        self._bench = Bench()

    def remake(self, draw: Draw) -> Remade:
        """Render the segment and compare."""
        verdict: Verdict = "damaged"
        name, detail, difference = "", "", Difference()
        with self._place.desk() as desk:
            try:
                sidecar = stored(draw.sidecar, Sidecar)
                name = sidecar.segments[draw.number]
                verdict, detail, difference = self._compared(sidecar, draw.number, desk)
            except RushesError as error:
                detail = error.message
        return Remade(
            job_id=draw.job_id,
            number=draw.number,
            fingerprint=name,
            verdict=verdict,
            detail=detail,
            difference=difference,
        )

    def _compared(
        self, sidecar: Sidecar, number: int, desk: Path
    ) -> tuple[Verdict, str, Difference]:
        preset = self._presets.get(sidecar.preset.name)
        if preset is None or preset.digest != sidecar.preset.digest:
            return "other", OTHER, Difference()
        made = stored_work(self._out, sidecar.segments[number], SegmentFile)
        before = brought(made.video, desk / "before.mkv")
        shot = self._shot(sidecar, number, preset, desk)
        # a place of its own for each: rows may share segments, which would be taken up from there
        apart = replace(self._place, out=str(desk / "out"))
        outcome = carry_out(self._bench, Generate(preset=preset), shot, apart)
        if not isinstance(outcome.made, Advance):
            told = outcome.failure.message if outcome.failure else ""
            return "other", f"cannot be rendered here: {told}", Difference()
        after = outcome.made.shot.done[-1]
        if after.fingerprint != made.fingerprint:
            return "other", "its conditions are not those it was made from", Difference()
        found = difference_of(read_frames(before), read_frames(Path(after.video.uri)))
        return "differs" if found.differing_frames else "same", "", found

    def _shot(self, sidecar: Sidecar, number: int, preset: Preset, desk: Path) -> Shot:
        """The shot as it was when the segment was its next one, with its files on `desk`."""
        take = local_take(stored_work(self._out, sidecar.fingerprints.take, Take), desk)
        chunks = chunks_of(sidecar.cuts_s, take.frames)
        chunk, segment = located(number, told_apart(chunks, Path(take.speech.uri)))
        shot = Shot(
            take=take,
            chunk=chunk,
            seed=sidecar.seed,
            retakes=sidecar.retakes,
            prompt=(sidecar.prompt or "") if reads_prompts(preset) else "",
        )
        if not segment.index:
            return shot
        last = stored_work(self._out, sidecar.segments[number - 1], SegmentFile)
        last = replace(last, state=local(last.state, desk / "state.npy"))
        # only the last one's state and name are gone on from; of the others, their number
        return replace(shot, done=(last,) * segment.index)


def local_take(take: Take, desk: Path) -> Take:
    """The take with the files that rendering reads on this machine."""
    return replace(
        take,
        speech=local(take.speech, desk / "speech.wav"),
        portrait=local(take.portrait, desk / "portrait.png"),
        landmarks=local(take.landmarks, desk / "landmarks.npy"),
        phones=local(take.phones, desk / "phones.npz"),
    )


def local(artifact: Artifact, path: Path) -> Artifact:
    return replace(artifact, uri=str(brought(artifact, path)))


def brought(artifact: Artifact, path: Path) -> Path:
    """A copy of the artifact; raises `Transient` when it is not the bytes that were recorded."""
    storage_of(artifact.uri).download(artifact.uri, path)
    if sha256_of(path) != artifact.sha256:
        raise Transient("work_damaged", f"{artifact.uri} was changed")
    return path


def difference_of(before: Iterable[Frames], after: Iterable[Frames]) -> Difference:
    """Compare two videos frame by frame; a frame that only one has, or of another size, differs in
    all its pixels."""
    found = Difference()
    for old, new in zip_longest(each_frame(before), each_frame(after)):
        pixels, largest = frame_difference(old, new)
        found = Difference(
            frames=found.frames + 1,
            differing_frames=found.differing_frames + bool(pixels),
            differing_pixels=found.differing_pixels + pixels,
            largest=max(found.largest, largest),
        )
    return found


def each_frame(batches: Iterable[Frames]) -> Iterator[Frames]:
    for batch in batches:
        yield from batch


def frame_difference(old: Frames | None, new: Frames | None) -> tuple[int, int]:
    """Pixels that differ between two frames [height, width, 3], and the largest step."""
    if old is None or new is None or old.shape != new.shape:
        there = next(frame for frame in (old, new) if frame is not None)
        return there.shape[0] * there.shape[1], 255
    steps = np.abs(old.astype(np.int16) - new)
    return int(np.count_nonzero(steps.any(axis=2))), int(steps.max())
