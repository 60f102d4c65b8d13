"""Nouns for tests; each builder supplies what does not matter."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from jobs.engine.phases import Admitted, Order, Shooting, Step
from jobs.engine.tasks import StageSettings, Task, task_of
from manifests.artifact import Artifact, sha256_of
from manifests.job import Job
from pipeline.cutting.cuts import SplitParams
from pipeline.limits import Limits
from pipeline.media.video import write_lossless
from pipeline.nouns import (
    Box,
    Chunk,
    ChunkProgress,
    Clip,
    Master,
    Piece,
    Reel,
    SegmentFile,
    SegmentProgress,
    Span,
    Take,
)
from pipeline.presets import ANIMATIC

SETTINGS = StageSettings(limits=Limits(), split=SplitParams())


def a_job(**fields: object) -> Job:
    given = {"job_id": "job", "portrait_uri": "/in/face.png", "script": "Hello."} | fields
    return Job(**given)  # type: ignore[arg-type]  # the fields' names are the test's business


def an_order(asked: str = "asked", *, place: int = 0, **fields: object) -> Order:
    job = a_job(job_id=asked, **fields)
    return Order(job=job, request_id=asked, preset=ANIMATIC, seed=7, place=place)


def an_artifact(name: str = "file") -> Artifact:
    return Artifact(uri=f"/work/{name}", sha256="0" * 64, bytes=1)


def a_take(frames: int = 100, spans: tuple[Span, ...] = ()) -> Take:
    file = an_artifact()
    return Take(
        fingerprint="take",
        frames=frames,
        width=64,
        height=64,
        speech=file,
        mix=file,
        portrait=file,
        landmarks=file,
        phones=file,
        words=file,
        head=Box(left=16, top=16, width=32, height=32),
        spans=spans,
        inputs=(),
        warnings=(),
    )


def a_chunk(index: int = 0, start: int = 0, stop: int = 100) -> Chunk:
    return Chunk(index=index, start=start, stop=stop)


def a_segment_file(index: int = 0, frames: int = 47) -> SegmentFile:
    return SegmentFile(
        fingerprint=f"segment-{index}",
        index=index,
        frames=frames,
        video=an_artifact(f"{index}.mkv"),
        state=an_artifact(f"{index}.npy"),
        seconds=1.0,
    )


def a_shot(chunk: Chunk | None = None, done: int = 0) -> ChunkProgress:
    files = tuple(a_segment_file(index) for index in range(done))
    return ChunkProgress(take=a_take(), chunk=chunk or a_chunk(), seed=7, done=files)


def done_on(shot: object, device: str) -> ChunkProgress:
    """The shot with one segment that this class of device rendered."""
    assert isinstance(shot, ChunkProgress)
    return replace(shot, done=(replace(a_segment_file(), device=device),))


def a_clip(chunk: Chunk) -> Clip:
    files = tuple(
        a_segment_file(segment.index, segment.stop - segment.start) for segment in chunk.segments
    )
    return Clip(chunk=chunk, segments=files)


def a_reel(folder: Path, frames: NDArray[np.uint8]) -> Reel:
    """A reel of one lossless file, written into the folder, that shows all of the frames."""
    path = folder / "piece.mkv"
    write_lossless([frames], path, width=frames.shape[2], height=frames.shape[1])
    video = Artifact(uri=str(path), sha256=sha256_of(path), bytes=path.stat().st_size)
    piece = Piece(video=video, skip=0, frames=len(frames))
    return Reel(take=a_take(len(frames)), pieces=(piece,), joins=())


def a_master(frames: int = 100) -> Master:
    return Master(
        fingerprint="master",
        profile="web",
        file=an_artifact("web.mp4"),
        frames=frames,
        fps=25.0,
        width=64,
        height=64,
        duration_s=frames / 25,
    )


def an_advance(shot: ChunkProgress) -> SegmentProgress:
    """The shot with one more segment."""
    more = replace(shot, done=(*shot.done, a_segment_file(len(shot.done))))
    return SegmentProgress(shot=more, made=1)


def a_prepare_task(order: Order) -> Task:
    return task_of(Admitted(order=order), Step(stage="prepare"), SETTINGS, {})


def a_generate_task(order: Order, frames: int = 100) -> Task:
    shot = a_shot(a_chunk(0, 0, frames))
    phase = Shooting(order=order, take=a_take(frames), shots=(shot,))
    return task_of(phase, Step(stage="generate", chunk=0), SETTINGS, {})
