"""Generate: render a chunk segment by segment, keeping each finished segment and its state."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter
from typing import ClassVar

import numpy as np

from manifests.artifact import sha256_of
from manifests.fingerprint import fingerprint
from pipeline.cutting.cuts import Pause, pauses_of
from pipeline.devices.device_class import device_here
from pipeline.guests.drawn import frames_as_asked, saved_motion
from pipeline.media.video import read_frames, write_lossless
from pipeline.nouns import ChunkProgress, Segment, SegmentFile, SegmentProgress, Take
from pipeline.presets import Preset
from pipeline.quality.looks import Pixels
from pipeline.quality.meter import (
    Before,
    MeasuredFrames,
    MeterFactory,
    SegmentMeter,
    face_meter,
)
from pipeline.quality.rerolls import ALL_ACCEPTED, Acceptance, Ruling, ruled
from pipeline.quality.stored_measures import last_frame, with_measures, with_readable_series
from pipeline.quality.verdict import PASSED, verdict
from pipeline.renderer import Chain, Frames, Renderer, State, TakeFiles
from pipeline.stage import Resources, StageName
from pipeline.words import load_words
from pipeline.workspace.workspace import Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class Generate:
    """The recipe: one worker holds the preset's renderer, in the memory profile named, and judges
    what it draws by `acceptance`."""

    name: ClassVar[str] = StageName.GENERATE
    needs: ClassVar[Resources] = Resources(cpus=1, gpus=1)
    preset: Preset
    memory: str = ""
    acceptance: Acceptance = ALL_ACCEPTED

    def load(self) -> Callable[[ChunkProgress, Workspace], SegmentProgress]:
        from pipeline.renderers import load_renderer  # noqa: PLC0415 - torch belongs in the worker

        renderer = load_renderer(self.preset, self.memory)
        return Generator(
            self.preset, renderer, device_here().name, self.acceptance, meters=face_meter
        )


@dataclass(slots=True, kw_only=True)
class OpenChain:
    """The chain that a worker has open, by its seed, with the desk that holds its files.

    `state` is the one behind the segment that it rendered last, `state_sha256` that of its file,
    `last` its last frame where it was measured.
    """

    shot: ChunkProgress
    seed: int
    chain: Chain
    meter: SegmentMeter | None
    desk: ExitStack
    state: State | None = None
    state_sha256: str = ""
    last: Pixels | None = None

    def state_after(self, before: SegmentFile | None) -> State | None:
        """The state behind a finished segment, if it is the one in memory: another worker may have
        stored its own first, and what is stored counts."""
        if self.state is None or before is None or self.state.done != before.index + 1:
            return None
        return self.state if self.state_sha256 == before.state.sha256 else None

    def looked_at(
        self, frames: Iterator[Frames], segment: Segment, shot: ChunkProgress, workspace: Workspace
    ) -> Iterator[Frames]:
        """The frames of the segment, measured as they pass where there is a meter."""
        if self.meter is None:
            return frames
        before, root = shot.before, shot.root
        if before is None or root is None:
            return self.meter.measured(frames, segment, Before())
        last = self.last if self.state_after(before) else last_frame(before, workspace)
        return self.meter.measured(frames, segment, Before(first=dict(root.figures), last=last))


JUMPS = ("seam", "eyes_at_seam")
"""Not judged where a retake begins: a person asked for another picture from there on, and renderers
whose frames go on from no others jump with every seed."""


class Generator:
    """A loaded renderer on a class of `device`, with the chain it worked on last, kept warm for the
    next segment."""

    def __init__(
        self,
        preset: Preset,
        renderer: Renderer,
        device: str = "",
        acceptance: Acceptance = ALL_ACCEPTED,
        *,
        meters: MeterFactory | None = None,
    ) -> None:
        self.preset = preset
        self.renderer = renderer
        self.device = device
        self.acceptance = acceptance
        self.meters = meters
        self._open: OpenChain | None = None

    def __call__(self, shot: ChunkProgress, workspace: Workspace) -> SegmentProgress:
        """Take up all segments that are finished already, and render at most one more.

        One segment a call: what a killed worker loses is one segment, and a stop needs no signal.
        None where the last one was rendered on another class of device: whether the chain waits for
        that class or goes on here is for the driver to say. A segment that fails its gates is drawn
        again, or its chain begins anew.
        """
        found = 0
        while not shot.complete:
            drawing, before = shot.drawing, shot.before
            segment = shot.chunk.segments[drawing.index]
            opened = self._chain(shot, shot.drawn_seed(drawing), workspace)
            came = before.fingerprint if before else ""
            name = segment_name(self.preset, opened.chain.conditions(segment), opened.seed, came)
            finished = workspace.find_finished(name, SegmentFile)
            if finished is None and not shot.goes_on_with(self.device):
                break
            if made := finished is None:
                state = opened.state_after(before) or stored_state(before, opened.chain, workspace)
                finished = self._render(opened, shot, state, name, workspace)
                shot = replace(shot, elsewhere=False)
            else:
                finished = self._with_figures(finished, opened, shot, workspace)
            found += not made
            ruling = self._ruling(shot, finished, workspace)
            shot = ruling.shot
            if made or ruling.ends:
                failed = bool(shot.tried) and shot.tried[-1].file == finished
                return SegmentProgress(
                    shot=shot,
                    made=int(made),
                    found=found,
                    rest=ruling.rest,
                    refused=ruling.refused,
                    failed=finished if failed else None,
                )
        return SegmentProgress(shot=shot, made=0, found=found)

    def _ruling(self, shot: ChunkProgress, drawn: SegmentFile, workspace: Workspace) -> Ruling:
        """What becomes of the shot with what was drawn, as the gates of its language say."""
        acceptance = self.acceptance
        gates = acceptance.gates_of(self.preset.name, shot.language, "segment")
        if shot.chosen or not gates:
            return ruled(shot, drawn, PASSED, acceptance.policy)
        unjudged = JUMPS if shot.begins_retake else ()
        judged = verdict({k: v for k, v in drawn.figures if k not in unjudged}, gates)
        pauses = self._pauses(shot.take, workspace) if judged.fails else ()
        return ruled(shot, drawn, judged, acceptance.policy, pauses)

    def _with_figures(
        self, finished: SegmentFile, opened: OpenChain, shot: ChunkProgress, workspace: Workspace
    ) -> SegmentFile:
        """A segment of before anything was measured, or whose measures are not to be read, measured
        from its stored frames where gates ask for figures."""
        finished = with_readable_series(finished, workspace)
        if finished.series is not None or opened.meter is None or not self.acceptance.gates:
            return finished
        segment = shot.chunk.segments[shot.drawing.index]
        with workspace.scratch_dir() as desk:
            frames = read_frames(workspace.fetch(finished.video, desk))
            looked_at = opened.looked_at(frames, segment, shot, workspace)
            deque(looked_at, maxlen=0)
            if not isinstance(looked_at, MeasuredFrames):
                return finished
            return with_measures(finished, looked_at.result, workspace, desk)

    def _pauses(self, take: Take, workspace: Workspace) -> tuple[Pause, ...]:
        """Where the take may be cut, as when it was split."""
        with workspace.scratch_dir() as desk:
            words = load_words(workspace.fetch(take.words, desk))
        return pauses_of(take.spans, take.frames, self.acceptance.silence_s, words)

    def _chain(self, shot: ChunkProgress, seed: int, workspace: Workspace) -> OpenChain:
        asked = replace(shot, done=(), elsewhere=False, rerolls=(), tried=(), redraws=-1)
        if self._open is None or (self._open.shot, self._open.seed) != (asked, seed):
            if self._open is not None:
                self._open.desk.close()
                self._open = None
            desk = ExitStack()
            files = take_files(shot, workspace, desk.enter_context(workspace.scratch_dir()))
            chain = self.renderer.open(files, shot.chunk, seed)
            meter = self.meters(files) if self.meters else None
            self._open = OpenChain(shot=asked, seed=seed, chain=chain, meter=meter, desk=desk)
        return self._open

    def _render(
        self, opened: OpenChain, shot: ChunkProgress, state: State, name: str, workspace: Workspace
    ) -> SegmentFile:
        began, chain = perf_counter(), opened.chain
        segment = shot.chunk.segments[shot.drawing.index]
        with workspace.scratch_dir() as desk:
            rendered = chain.render(segment, state)
            video = desk / "frames.mkv"
            whole = frames_as_asked(rendered, segment, shot.take, self.preset.name)
            looked_at = opened.looked_at(whole, segment, shot, workspace)
            frames = write_lossless(looked_at, video, width=chain.width, height=chain.height)
            opened.state = rendered.state
            saved = saved_motion(opened.state.motion, desk / "state.npy", self.preset.name)
            opened.state_sha256 = sha256_of(saved)
            kept = (
                workspace.store(video, name, "frames.mkv"),
                workspace.store(saved, name, "state.npy"),
            )
            ours = (sha256_of(video), opened.state_sha256) == tuple(file.sha256 for file in kept)
            finished = SegmentFile(
                fingerprint=name,
                index=segment.index,
                frames=frames,
                video=kept[0],
                state=kept[1],
                seconds=round(perf_counter() - began, 3),
                device=self.device if ours else "",  # a killed worker's, which told nobody
                take=opened.shot.take.fingerprint,
            )
            if isinstance(looked_at, MeasuredFrames):
                opened.last = looked_at.last
                finished = with_measures(finished, looked_at.result, workspace, desk)
        return workspace.commit(name, finished)


def segment_name(preset: Preset, conditions: str, seed: int, before: str) -> str:
    """Fingerprint of a segment: its own conditions and the name of the segment `before` it, never
    its place in the take. The first of a chain has none before it: it starts from the portrait,
    which the conditions name.

    The state between two segments is what was computed, and has other last bits on another
    processor; the names of what went into it have not.
    """
    return fingerprint(
        "segment", preset=preset.digest, conditions=conditions, seed=seed, before=before
    )


def take_files(shot: ChunkProgress, workspace: Workspace, desk: Path) -> TakeFiles:
    """The take's artifacts on this machine."""
    take = shot.take
    return TakeFiles(
        take=take,
        prompt=shot.prompt,
        speech=workspace.fetch(take.speech, desk),
        portrait=workspace.fetch(take.portrait, desk),
        landmarks=workspace.fetch(take.landmarks, desk),
        phones=workspace.fetch(take.phones, desk),
    )


def stored_state(before: SegmentFile | None, chain: Chain, workspace: Workspace) -> State:
    """The state behind a finished segment: what a resumed chain goes on from."""
    if before is None:
        return chain.start()
    with workspace.scratch_dir() as desk:
        motion = np.load(workspace.fetch(before.state, desk), allow_pickle=False)
        workspace.evict(before.state, desk)
    return State(done=before.index + 1, motion=motion)
