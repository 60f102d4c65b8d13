"""Segments are found by the names of what goes into them; the state goes on as it was stored."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest

from manifests.artifact import Artifact, sha256_of
from manifests.errors import ManifestUnusable, Transient
from pipeline.generate import Generator
from pipeline.nouns import Box, Chunk, ChunkProgress, Segment, SegmentFile
from pipeline.phones import NO_PHONES
from pipeline.presets import ANIMATIC
from pipeline.quality.gates import Gate
from pipeline.quality.looks import Sitter
from pipeline.quality.meter import FaceMeter
from pipeline.quality.rerolls import Acceptance
from pipeline.quality.series import load_series
from pipeline.quality.speech import speech_curves
from pipeline.renderer import RenderedSegment, State, TakeFiles
from pipeline.workspace.workspace import Workspace
from tests.noun_builders import a_shot


@dataclass
class Machine:
    """A renderer and its chain; `rounding` stands for the last bits of its kind of processor."""

    rounding: float = 0.0
    edited: int = -1
    extra: int = 0
    dtype: type[np.generic] = np.uint8
    carried: object = None
    width: int = 16
    height: int = 16
    rendered: list[tuple[int, float]] = field(default_factory=list)

    def open(self, files: TakeFiles, chunk: Chunk, seed: int) -> Machine:
        del files, chunk, seed
        return self

    def start(self) -> State:
        return State(done=0, motion=np.array([self.rounding]))

    def conditions(self, segment: Segment) -> str:
        return f"{segment.index}{' edited' if segment.index == self.edited else ''}"

    def render(self, segment: Segment, state: State) -> RenderedSegment:
        self.rendered.append((segment.index, float(state.motion[0])))
        frames = np.zeros((self.extra + segment.stop - segment.start, 16, 16, 3), self.dtype)
        motion = state.motion + 1 + self.rounding
        if self.carried is not None:
            motion = np.asarray([self.carried], object)
        after = State(done=state.done + 1, motion=motion)
        return RenderedSegment(iter([frames]), lambda: after)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(out=str(tmp_path / "out"), scratch=tmp_path / "scratch")


@pytest.fixture
def shot(tmp_path: Path) -> ChunkProgress:
    """Four segments of a take whose files are there."""
    path = tmp_path / "file"
    path.write_bytes(b"bytes")
    file = Artifact(uri=str(path), sha256=sha256_of(path), bytes=5)
    shot = a_shot(Chunk(index=0, start=0, stop=4 * 47))
    names = ("speech", "portrait", "landmarks", "phones")
    take = replace(shot.take, width=16, height=16, **dict.fromkeys(names, file))  # type: ignore[arg-type]
    return replace(shot, take=take)


def carried_on(
    machine: Machine, shot: ChunkProgress, workspace: Workspace, calls: int = 9, device: str = ""
) -> ChunkProgress:
    """The shot after at most `calls` calls of a worker on that machine, of that class."""
    generator = Generator(ANIMATIC, machine, device)
    for _ in range(calls):
        shot = generator(shot, workspace).shot
    return shot


def test_another_count_of_frames_is_not_stored(workspace: Workspace, shot: ChunkProgress) -> None:
    for extra in (-1, 1):
        with pytest.raises(ManifestUnusable, match=r"drew 4[68] frames of a segment of 47"):
            carried_on(Machine(extra=extra), shot, workspace)
    assert not [*Path(workspace.out).rglob("frames.mkv")]


def test_frames_of_another_kind_and_states_that_cannot_be_stored_are_a_fault_of_the_renderer(
    workspace: Workspace, shot: ChunkProgress
) -> None:
    taller = replace(shot, take=replace(shot.take, height=32))
    with pytest.raises(ManifestUnusable, match=r"animatic drew uint8 of \(16, 16, 3\), asked was"):
        carried_on(Machine(), taller, workspace)
    with pytest.raises(
        ManifestUnusable, match=r"drew float32 of .*: mend it \(`rushes conformance"
    ):
        carried_on(Machine(dtype=np.float32), shot, workspace)
    with pytest.raises(ManifestUnusable, match=r"a State\.motion that is no array without objects"):
        carried_on(Machine(carried=object()), shot, workspace)
    assert not [*Path(workspace.out).rglob("frames.mkv")]


def test_another_kind_of_processor_finds_every_segment(
    workspace: Workspace, shot: ChunkProgress
) -> None:
    whole = carried_on(Machine(), shot, workspace)
    other = Machine(rounding=1e-6)
    assert carried_on(other, shot, workspace) == whole
    assert other.rendered == []


def test_another_kind_goes_on_from_the_stored_state(
    workspace: Workspace, shot: ChunkProgress
) -> None:
    carried_on(Machine(), shot, workspace, calls=2)
    other = Machine(rounding=0.25)
    assert carried_on(other, shot, workspace).complete
    assert other.rendered == [(2, 2.0), (3, 3.25)]


def test_a_changed_segment_renames_itself_and_those_behind_it(
    workspace: Workspace, shot: ChunkProgress
) -> None:
    whole = carried_on(Machine(), shot, workspace)
    edited = Machine(edited=2)
    changed = carried_on(edited, shot, workspace)
    assert [index for index, _ in edited.rendered] == [2, 3]
    assert changed.done[:2] == whole.done[:2]


def test_the_state_that_was_stored_first_counts(workspace: Workspace, shot: ChunkProgress) -> None:
    """A worker was killed between storing the files of a segment and saying that it is finished."""
    (lost,) = carried_on(Machine(), shot, workspace, calls=1).done
    workspace.storage.delete(workspace.work(lost.fingerprint, "segmentfile.json"))
    other = Machine(rounding=0.25)
    made = carried_on(other, shot, workspace, calls=2)
    assert made.done[0].state == lost.state
    assert other.rendered == [(0, 0.25), (1, 1.0)]


def test_a_segment_whose_state_is_gone_is_rendered_again_and_no_other(
    workspace: Workspace, shot: ChunkProgress
) -> None:
    whole = carried_on(Machine(), shot, workspace)
    Path(whole.done[1].state.uri).unlink()
    healer = Machine(rounding=0.25)
    healed = carried_on(healer, shot, workspace)
    assert healer.rendered == [(1, 1.0)]
    assert [done.fingerprint for done in healed.done] == [done.fingerprint for done in whole.done]


def test_a_state_that_was_changed_is_not_gone_on_from(
    workspace: Workspace, shot: ChunkProgress
) -> None:
    begun = carried_on(Machine(), shot, workspace, calls=2)
    state = Path(begun.done[1].state.uri)
    state.write_bytes(state.read_bytes()[:-1] + b"\x7f")
    with pytest.raises(Transient, match="was changed after it was made"):
        carried_on(Machine(), begun, workspace)
    again = Machine()
    assert carried_on(again, shot, workspace).complete
    assert again.rendered == [(1, 1.0), (2, 2.0), (3, 3.0)]


@pytest.mark.parametrize("part", ["video", "state"])
def test_of_a_chain_only_the_damaged_segment_is_rendered_again(
    workspace: Workspace, shot: ChunkProgress, part: str
) -> None:
    """On another kind of processor too: those behind it keep the state that they went on from."""
    whole = carried_on(Machine(), shot, workspace)
    damaged = Path(getattr(whole.done[1], part).uri)
    damaged.write_bytes(bytes(len(damaged.read_bytes())))
    healer = Machine(rounding=0.25)
    healed = carried_on(healer, shot, workspace)
    assert healer.rendered == [(1, 1.0)]
    assert (healed.done[0], *healed.done[2:]) == (whole.done[0], *whole.done[2:])
    assert workspace.dropped == [str(damaged)]


def test_a_chain_in_memory_goes_on_without_reading_its_state(
    workspace: Workspace, shot: ChunkProgress
) -> None:
    machine = Machine()
    generator = Generator(ANIMATIC, machine)
    begun = generator(shot, workspace).shot
    (state,) = Path(begun.done[0].state.uri).parent.glob("state.npy")
    state.unlink()
    generator(begun, workspace)
    assert machine.rendered == [(0, 0.0), (1, 1.0)]


def test_a_segment_tells_the_class_that_rendered_it(
    workspace: Workspace, shot: ChunkProgress
) -> None:
    whole = carried_on(Machine(), shot, workspace, device="amd")
    assert [file.device for file in whole.done] == ["amd"] * 4
    assert carried_on(Machine(), shot, workspace, device="intel") == whole


def test_another_class_takes_up_what_is_finished_and_renders_only_when_it_may(
    workspace: Workspace, shot: ChunkProgress
) -> None:
    carried_on(Machine(), shot, workspace, calls=2, device="amd")
    other = Machine(rounding=0.25)
    left = carried_on(other, shot, workspace, device="intel")
    assert ([file.device for file in left.done], other.rendered) == (["amd"] * 2, [])
    ended = carried_on(other, replace(left, elsewhere=True), workspace, device="intel")
    assert [file.device for file in ended.done] == ["amd", "amd", "intel", "intel"]
    assert other.rendered == [(2, 2.0), (3, 3.25)]


def test_leave_to_go_on_elsewhere_is_for_one_segment(
    workspace: Workspace, shot: ChunkProgress
) -> None:
    begun = carried_on(Machine(), shot, workspace, calls=1, device="amd")
    moved = carried_on(
        Machine(), replace(begun, elsewhere=True), workspace, calls=1, device="intel"
    )
    assert not moved.elsewhere
    assert carried_on(Machine(), moved, workspace, device="amd") == moved


def test_records_of_before_classes_were_written_down_are_found(
    workspace: Workspace, shot: ChunkProgress
) -> None:
    whole = carried_on(Machine(), shot, workspace, calls=2, device="amd")
    for file in whole.done:
        record = Path(workspace.work(file.fingerprint, "segmentfile.json"))
        told = json.loads(record.read_text())
        del told["device"]
        record.write_text(json.dumps(told))
    found = carried_on(Machine(), shot, workspace, device="amd")
    assert [file.device for file in found.done] == ["", ""]
    ended = carried_on(Machine(), replace(found, elsewhere=True), workspace, device="amd")
    assert [file.device for file in ended.done] == ["", "", "amd", "amd"]


def test_bytes_that_a_killed_worker_left_are_not_said_to_be_ours(
    workspace: Workspace, shot: ChunkProgress
) -> None:
    (lost,) = carried_on(Machine(), shot, workspace, calls=1, device="amd").done
    workspace.storage.delete(workspace.work(lost.fingerprint, "segmentfile.json"))
    (made,) = carried_on(Machine(rounding=0.25), shot, workspace, calls=1, device="intel").done
    assert (made.state, made.device) == (lost.state, "")
    workspace.storage.delete(workspace.work(lost.fingerprint, "segmentfile.json"))
    (same,) = carried_on(Machine(), shot, workspace, calls=1, device="intel").done
    assert same.device == "intel"  # the very bytes that this class gives


def test_a_segment_of_before_is_measured_from_its_frames_where_gates_ask(
    workspace: Workspace, shot: ChunkProgress
) -> None:
    shot = replace(shot, chunk=Chunk(index=0, start=0, stop=47 + 3))
    before = carried_on(Machine(), shot, workspace)
    assert {file.series for file in before.done} == {None}
    gates = Acceptance(gates=(Gate(measure="black", better="lower", span="segment", warn=1.0),))
    sees = Generator(ANIMATIC, Machine(), acceptance=gates, meters=lambda _: a_meter())
    seen = sees(shot, workspace).shot
    assert [dict(file.figures)["black"] for file in seen.done] == [47.0, 3.0]
    assert [replace(file, series=None, figures=()) for file in seen.done] == list(before.done)
    blind = Generator(ANIMATIC, Machine(), meters=lambda _: a_meter())
    assert blind(shot, workspace).shot == before


@pytest.mark.parametrize("damage", ["no archive", "columns of before", "columns of two lengths"])
def test_measures_that_cannot_be_read_are_made_again_from_the_frames(
    workspace: Workspace, shot: ChunkProgress, damage: str
) -> None:
    """As they were stored, so that no digest tells."""
    shot = replace(shot, chunk=Chunk(index=0, start=0, stop=47))
    gates = Acceptance(gates=(Gate(measure="black", better="lower", span="segment", warn=1.0),))
    (whole,) = Generator(ANIMATIC, Machine(), acceptance=gates, meters=lambda _: a_meter())(
        shot, workspace
    ).shot.done
    assert whole.series is not None
    spoil(whole, damage, workspace)
    machine = Machine()
    sees = Generator(ANIMATIC, machine, acceptance=gates, meters=lambda _: a_meter())
    (seen,) = sees(shot, workspace).shot.done
    assert seen.series is not None
    assert seen.figures == whole.figures
    assert seen.series.sha256 == whole.series.sha256
    assert len(load_series(Path(seen.series.uri))) == 47
    (blind,) = Generator(ANIMATIC, machine)(shot, workspace).shot.done
    assert (blind.series, machine.rendered) == (None, [])


def spoil(segment: SegmentFile, damage: str, workspace: Workspace) -> None:
    """Put another series in the place of a segment's, and its digest into the record."""
    assert segment.series is not None
    path = Path(segment.series.uri)
    columns = dict(np.load(path))
    match damage:
        case "no archive":
            path.write_bytes(b"NaN")
        case "columns of before":
            del columns["faces"]
            np.savez(path, **columns)
        case _:
            np.savez(path, **columns | {"faces": columns["faces"][1:]})
    record = Path(workspace.work(segment.fingerprint, "segmentfile.json"))
    told = json.loads(record.read_text())
    told["series"] |= {"sha256": sha256_of(path), "bytes": path.stat().st_size}
    record.write_text(json.dumps(told))


def a_meter() -> FaceMeter:
    """Of a grey portrait as large as what the machine draws, who says nothing."""
    portrait, mesh = np.full((16, 16, 3), 128, np.uint8), np.zeros((468, 3), np.float32)
    mesh[:, :2] = 4 + np.random.default_rng(0).random((468, 2), np.float32) * 8
    sitter = Sitter.of(portrait, mesh, Box(left=4, top=4, width=8, height=8), None)
    return FaceMeter(sitter=sitter, spoken=speech_curves(NO_PHONES, (), 47 + 3))
