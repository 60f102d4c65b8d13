"""The table of checks: each looks at one thing a renderer owes, and says what is wrong, or nothing.

What is wrong is told with what to do, to whoever writes the renderer (docs/renderers.md).
"""

from __future__ import annotations

import gc
import os
import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from manifests.errors import RushesError
from pipeline.conformance.apart import Errand, drawn_apart, other_hashes
from pipeline.conformance.disturbed import disturbed
from pipeline.conformance.material import INPUTS, elsewhere, without_input
from pipeline.conformance.memory import kept_memory
from pipeline.conformance.subject import SeenSegment, Subject, seen_segment, stored
from pipeline.conformance.variations import VARIATIONS, first_unnamed
from pipeline.media.process import ProgramFailed
from pipeline.nouns import Chunk

LARGEST_BATCH = 24
"""Frames: a cancelled segment ends behind the batch in hand."""

ODD_LENGTHS = (1, 2, 48)
"""Frames of chunks; 48 leave one for the second segment."""

NAMED = 2
"""Segments whose names and bits are looked at: the first of a chain, and one that goes on."""

STOPS_WITHIN_S = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One line of the suite; `wrong` returns a sentence, or nothing."""

    name: str
    asks: str
    wrong: Callable[[Subject, Path], str]


def differing(one: tuple[SeenSegment, ...], other: tuple[SeenSegment, ...]) -> str:
    """The first segment that is not the same, in words."""
    for index, (a, b) in enumerate(zip(one, other, strict=True)):
        if a.conditions != b.conditions:
            return f"segment {index} has another name"
        if a.bits != b.bits:
            return f"segment {index} has other bits"
    return ""


def as_declared(subject: Subject, folder: Path) -> str:
    del folder
    take = subject.files.take
    for index, drawn in enumerate(subject.usual):
        if drawn.frames != drawn.asked:
            return f"segment {index} has {drawn.frames} frames, asked were {drawn.asked}"
        if drawn.dtypes != {"uint8"}:
            return f"segment {index} is {', '.join(sorted(drawn.dtypes))}: yield uint8"
        if drawn.shapes != {(take.height, take.width, 3)}:
            return (
                f"segment {index} has frames of {sorted(drawn.shapes)}: yield "
                f"[n, {take.height}, {take.width}, 3], as the take says"
            )
        if drawn.rewritten:
            return f"segment {index} has a batch that was changed later: yield a new array each"
    return ""


def twice(subject: Subject, folder: Path) -> str:
    del folder
    found = differing(subject.usual, subject.drawn())
    return found and f"{found} the second time: key every random draw by the seed and the frame"


def resumes(subject: Subject, folder: Path) -> str:
    del folder
    found = differing(subject.usual, subject.resumed())
    return found and f"{found} after a resume: carry all that the next one needs in State.motion"


def in_processes(subject: Subject, folder: Path) -> str:
    """Two processes, each with hashes of its own: one draws the chunk, one resumes it backwards."""
    asked = Subject(preset=subject.preset, files=subject.files)
    states = tuple(drawn.after for drawn in subject.usual)
    try:
        straight = drawn_apart(Errand(subject=asked), folder, other_hashes(0))
        backwards = drawn_apart(Errand(subject=asked, states=states), folder, other_hashes(1))
    except ProgramFailed as failed:
        lines = failed.said.splitlines()[-1:] or [str(failed)]
        return f"it cannot be drawn in a process of its own: {lines[0]}"
    if found := differing(subject.usual, straight):
        return (
            f"{found} in another process, where text has other hashes and libraries other threads: "
            "draw by no hash(), id(), order of a set, moment of the import or number of threads"
        )
    found = differing(subject.usual, backwards)
    return found and (
        f"{found} in a process that has not drawn the one before: keep nothing in a module or "
        "class, and carry all that the next one needs in State.motion"
    )


def carries_state(subject: Subject, folder: Path) -> str:
    del folder
    begun = subject.opened().start()
    states = [begun, *(drawn.after for drawn in subject.usual)]
    if [state.done for state in states] != list(range(len(states))):
        return f"State.done is {[s.done for s in states]}: count the segments that are done"
    shapes = {(stored(s).motion.shape, str(s.motion.dtype)) for s in states}
    if len(shapes) > 1:
        return f"State.motion changes its shape or type: {sorted(shapes)}; keep one"
    return ""


def cancels(subject: Subject, folder: Path) -> str:
    """Leaves a segment behind its first batch, and looks what is left."""
    largest = max(drawn.largest_batch for drawn in subject.usual)
    if largest > LARGEST_BATCH:
        return (
            f"a batch has {largest} frames: yield at most {LARGEST_BATCH}, so that a stop is near"
        )
    desk = folder / "cancelled"
    desk.mkdir()
    segment = subject.chunk.segments[0]
    before, temporary, threads = Path.cwd(), tempfile.tempdir, set(threading.enumerate())
    try:
        os.chdir(desk)
        tempfile.tempdir = str(desk)
        chain = subject.opened()
        left = chain.render(segment, chain.start())
        next(left)
        del left
        again = seen_segment(chain, segment, chain.start())
        del chain
        files = sorted(path.name for path in desk.rglob("*"))
    finally:
        os.chdir(before)
        tempfile.tempdir = temporary
    if files:
        return f"a cancelled segment leaves {files[0]} behind: write no files, or remove them"
    if at_work := _still_at_work(threads):
        return f"a cancelled segment leaves {at_work} at work: end it with the iterator"
    found = differing(subject.usual[:1], (again,))
    return found and f"{found} after a cancelled one: begin each segment from its state alone"


def _still_at_work(before: set[threading.Thread]) -> str:
    """A thread that was not there before and does not end, or nothing."""
    gc.collect()  # pools end with who holds them
    until = monotonic() + STOPS_WITHIN_S
    for thread in set(threading.enumerate()) - before:
        thread.join(max(0.0, until - monotonic()))
        if thread.is_alive():
            return thread.name
    return ""


def memory_is_flat(subject: Subject, folder: Path) -> str:
    for found in kept_memory(subject, folder):
        if found.kept > found.allowed:
            return (
                f"{found.what} keep {found.kept:,} bytes, allowed are {found.allowed:,}: "
                "let frames and inputs go"
            )
    return ""


def odd_lengths(subject: Subject, folder: Path) -> str:
    del folder
    for frames in ODD_LENGTHS:
        drawn = subject.drawn(chunk=Chunk(index=0, start=0, stop=frames))
        got = sum(each.frames for each in drawn)
        if got != frames:
            return f"a chunk of {frames} frames gives {got}: stop where its last segment stops"
    return ""


def honest_names(subject: Subject, folder: Path) -> str:
    for varied in VARIATIONS:
        files, chunk = varied.files(subject.files, folder), varied.chunk(subject.chunk)
        other = subject.drawn(files, chunk, first=NAMED)
        index = first_unnamed(subject.usual, other)
        if index is not None:
            return (
                f"with {varied.what}, segment {index} has other bits and the same name: put what "
                "it depends on into conditions()"
            )
        if varied.what == "another portrait" and other[0].conditions == subject.usual[0].conditions:
            return "another portrait has the same name: put its digest into conditions()"
    return ""


def nothing_undeclared(subject: Subject, folder: Path) -> str:
    with disturbed():
        other = subject.drawn(first=1)
    found = differing(subject.usual[:1], other)
    if found:
        return (
            f"{found} with other variables, global random numbers, clocks and numbers of cores: "
            "draw from a generator of your own, keyed by the seed, in one thread"
        )
    found = differing(subject.usual[:1], subject.drawn(elsewhere(subject.files, folder), first=1))
    return found and f"{found} in another folder: name inputs by the sha256 of their artifacts"


def bad_inputs(subject: Subject, folder: Path) -> str:
    """A file that is not there is told, or it was no input."""
    for name in INPUTS:
        try:
            drawn = subject.drawn(without_input(subject.files, name, folder), first=1)
        except (RushesError, OSError):
            continue
        if drawn[0].bits != subject.usual[0].bits:
            return f"without its {name} it draws something else: let the OSError through"
    return ""


CHECKS = (
    Check(name="frames", asks="count, size and uint8 as declared", wrong=as_declared),
    Check(name="twice", asks="the same bits twice", wrong=twice),
    Check(name="resume", asks="the same bits after a resume at each segment", wrong=resumes),
    Check(name="process", asks="the same bits in processes of their own", wrong=in_processes),
    Check(
        name="state", asks="a state that counts, keeps its shape, is stored", wrong=carries_state
    ),
    Check(name="cancel", asks="ends within a batch and leaves nothing", wrong=cancels),
    Check(name="memory", asks="memory flat over segments and takes", wrong=memory_is_flat),
    Check(name="lengths", asks="chunks of 1, 2 and 48 frames", wrong=odd_lengths),
    Check(name="names", asks="what changes the bits changes the name", wrong=honest_names),
    Check(name="undeclared", asks="nothing else changes the bits", wrong=nothing_undeclared),
    Check(name="errors", asks="errors of inputs that are not there", wrong=bad_inputs),
)
