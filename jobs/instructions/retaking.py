"""Retakes: what of a finished video is wanted with another seed, and the word that is written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from jobs.engine.steering import RetakeFrom, RetakenVideo, retake_from
from jobs.instructions.retake_places import FinishedVideo, RetakePlace, found_place
from jobs.orders import retakes_on
from jobs.output.instruction_files import Watch, give, listed, read_instruction
from jobs.output.let_go import CODE, let_go_rows
from jobs.output.results_writer import results_so_far
from jobs.output.reviews import as_made
from jobs.output.run_file import read_run_file
from jobs.output.work_of_jobs import sidecar_uri
from manifests.errors import ManifestUnusable
from manifests.results import Result
from manifests.storage import redacted, storage_of
from model.shapes import FPS
from pipeline.nouns import Chunk, Retake
from pipeline.nouns.lines import lines_of, new_drawings, retaken
from pipeline.quality.rerolls import next_seed
from pipeline.quality.versions import read_versions
from pipeline.sidecar import chunks_from_cuts, read_sidecar


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedRetake:
    """What was asked for: from `begins_s` on with the `seed`, and `ends_s`, in a pause, where the
    video of before goes on (None: the retake goes to the end).

    `segments` are rendered for it. `words` are those that were named. `unpaused`: an end was asked
    for, and no pause is behind it. `anew`: the work behind the video was let go. `known`: the same
    was asked for before, and nothing new was said.
    """

    job: str
    begins_s: float
    ends_s: float | None
    seed: int
    segments: int
    words: str = ""
    unpaused: bool = False
    anew: bool = False
    known: bool = False


def ask_retake(out: str, job: str, place: RetakePlace, seed: int | None = None) -> AskedRetake:
    """Write down that a job is wanted again with another seed between two places of its video;
    without a `seed`, with the next keyed one that was not tried on this job.

    Raises `ManifestUnusable`: the job is not finished or shorter, has no such words, has another
    retake with this seed, or can neither be taken up nor be made again.
    """
    read_run_file(out)
    video = finished_video(out, job)
    found = found_place(out, video, place)
    anew = is_let_go(out, video.result)
    seed = free_seed(video.sidecar.seed, seeds_used(out, video)) if seed is None else seed
    retake = Retake(at=found.at, seed=seed, to=found.to)
    wanted = retaken(video.retakes, retake)
    require_own_seed(job, wanted, seed)
    if not (known := wanted == video.retakes):
        give(out, retake_from(job, retake, datetime.now(UTC), owed_to_gates(out, video)))
    return AskedRetake(
        job=job,
        begins_s=begin_of(video.chunks, retake) / FPS,
        ends_s=None if retake.to is None else retake.to / FPS,
        seed=seed,
        segments=segments_rendered(video, wanted, anew=anew),
        words=found.words,
        unpaused=found.unpaused,
        anew=anew,
        known=known,
    )


def owed_to_gates(out: str, video: FinishedVideo) -> RetakenVideo | None:
    """What gates decided of the video: without it, a retake of a place that they had drawn again
    would change what is before it. None where they decided nothing."""
    sidecar = video.sidecar
    drawn_from = (sidecar.fingerprints.row, sidecar.preset.digest)
    for version in read_versions(out, video.result.job_id).versions:
        recipe, there = version.recipe, (version.row, version.preset)
        shown = (recipe.retakes, recipe.restarts) == (sidecar.retakes, sidecar.restarts)
        if version.state == "delivered" and there == drawn_from and shown and recipe.rerolls:
            row, preset = drawn_from
            return RetakenVideo(
                row=row, preset=preset, rerolls=recipe.rerolls, restarts=recipe.restarts
            )
    return None


def finished_video(out: str, job: str) -> FinishedVideo:
    """The video of a job; `ManifestUnusable` unless it is done."""
    results = map(as_made, results_so_far(out))  # also one that somebody did not take
    found = next((result for result in results if result.job_id == job), None)
    if found is None or found.status != "done":
        message = f"{job} is not finished in {out}: only a video that is there can be retaken"
        raise ManifestUnusable("not_finished", message)
    sidecar, steering = read_sidecar(sidecar_uri(found)), Watch(out)()
    choice = steering.choices.get(job)
    drawn_from = (sidecar.fingerprints.row, sidecar.preset.digest)
    if choice is not None and (choice.row, choice.preset) != drawn_from:
        choice = None  # of a row that has changed since
    return FinishedVideo(
        result=found,
        sidecar=sidecar,
        chunks=chunks_from_cuts(sidecar.cuts_s, found.frames),
        retakes=retakes_on(choice, steering.retakes.get(job, ())),
    )


def is_let_go(out: str, result: Result) -> bool:
    """Whether the work behind the result was let go; raises `ManifestUnusable` `let_go` when it
    cannot be made again either, since a file that it was made from is gone."""
    if result.job_id not in let_go_rows(out, [result]):
        return False
    for file in read_sidecar(sidecar_uri(result)).inputs:
        if storage_of(file.uri).stat(file.uri) is None:
            message = (
                f"the work behind {result.job_id} was let go, and {redacted(file.uri)}, which it "
                "was made from, is gone: put it back, then ask again"
            )
            raise ManifestUnusable(CODE, message)
    return True


def free_seed(seed: int, used: frozenset[int]) -> int:
    """The first of the seeds keyed by the row's own that was not tried yet."""
    while seed in used:
        seed = next_seed(seed)
    return seed


def require_own_seed(job: str, wanted: Sequence[Retake], seed: int) -> None:
    """Raises `ManifestUnusable` where two retakes would have one seed: when gates refuse one of
    them, nobody could tell whose drawings get another."""
    if sum(each.seed == seed for each in wanted) > 1:
        raise ManifestUnusable(
            "retake_seed",
            f"{job} has another retake with seed {seed} by now; leave --seed out, or name another",
        )


def seeds_used(out: str, video: FinishedVideo) -> frozenset[int]:
    """All seeds that anything of the job was drawn with, or was asked to be."""
    job, sidecar = video.result.job_id, video.sidecar
    return frozenset(
        {
            sidecar.seed,
            *(each.seed for each in sidecar.drawn),
            *(each.seed for each in (*sidecar.retakes, *video.retakes)),
            *(each.seed for each in _asked_before(out, job)),
            *(
                roll.seed
                for version in read_versions(out, job).versions
                for roll in version.recipe.rerolls
            ),
        }
    )


def _asked_before(out: str, job: str) -> Iterator[RetakeFrom]:
    """Every retake of the job that was ever asked for, also those that others took the place of."""
    for uri in listed(out):
        word = read_instruction(uri)
        if isinstance(word, RetakeFrom) and job in word.jobs:
            yield word


def begin_of(chunks: Sequence[Chunk], retake: Retake) -> int:
    """The frame at which the segment begins that holds the retake's first one."""
    return next(
        segment.start for chunk in chunks for segment in chunk.segments if segment.stop > retake.at
    )


def segments_rendered(video: FinishedVideo, wanted: tuple[Retake, ...], *, anew: bool) -> int:
    """How many segments have to be rendered for the retakes that are wanted now."""
    seed, edges = video.sidecar.seed, [chunk.edges for chunk in video.chunks]
    before, now = ([lines_of(e, seed, each) for e in edges] for each in (video.retakes, wanted))
    if anew:
        return sum(len(lines.drawings) for lines in now)
    return sum(new_drawings(*pair) for pair in zip(before, now, strict=True))


def counted_segments(segments: int) -> str:
    return "1 segment" if segments == 1 else f"{segments} segments"


def told_retake(asked: AskedRetake) -> Iterator[str]:
    """What becomes of a retake, for people."""
    if asked.words:
        yield f"The words are: {asked.words}"
    if asked.known:
        yield f"{asked.job} was asked for like this before; nothing new is said."
        return
    ends = "on" if asked.ends_s is None else f"to {asked.ends_s:.2f} s"
    yield (
        f"{asked.job} is made again from {asked.begins_s:.2f} s {ends} with seed {asked.seed}: "
        f"{counted_segments(asked.segments)}. "
        "A run that goes on makes it, else the same `rushes run` again."
    )
    if asked.ends_s is not None:
        yield f"In the pause at {asked.ends_s:.2f} s the video of before goes on."
    if asked.unpaused:
        yield "There is no pause behind that end, so it is made again to the end of the video."
    if asked.anew:
        yield f"Its work was let go: all {asked.segments} segments are rendered anew."
