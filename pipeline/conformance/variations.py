"""A take or a chunk that differs from the usual one in one thing: the name of a segment has to tell
it apart where it changes the segment's bits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from model.shapes import NEW_FRAMES
from pipeline.conformance.material import (
    LATER_FRAMES,
    behind_silence,
    longer,
    with_another_end,
    with_another_prompt,
    with_darker_portrait,
    with_moved_landmarks,
    with_other_phones,
    with_quieter_sound,
)
from pipeline.conformance.subject import SeenSegment
from pipeline.nouns import Chunk
from pipeline.renderer import TakeFiles


def _as_it_was(chunk: Chunk) -> Chunk:
    return chunk


def _shorter(chunk: Chunk) -> Chunk:
    return Chunk(index=0, start=0, stop=min(NEW_FRAMES, chunk.stop - 1) + 1)


def _later(chunk: Chunk) -> Chunk:
    return Chunk(index=1, start=LATER_FRAMES, stop=LATER_FRAMES + chunk.stop)


def _same_files(files: TakeFiles, folder: Path) -> TakeFiles:
    del folder
    return files


@dataclass(frozen=True, slots=True, kw_only=True)
class Variation:
    """The take and its chunk with `what` there is in place of the usual."""

    what: str
    files: Callable[[TakeFiles, Path], TakeFiles] = _same_files
    chunk: Callable[[Chunk], Chunk] = _as_it_was


VARIATIONS = (
    Variation(what="another portrait", files=with_darker_portrait),
    Variation(what="another sound", files=with_quieter_sound),
    Variation(what="another sound behind the first segment", files=with_another_end),
    Variation(what="another mesh and head", files=with_moved_landmarks),
    Variation(what="other phones", files=with_other_phones),
    Variation(what="another prompt", files=with_another_prompt),
    Variation(what="a longer take", files=longer),
    Variation(what="a shorter chunk", chunk=_shorter),
    Variation(what="a later place in the take", files=behind_silence, chunk=_later),
)


def first_unnamed(usual: Sequence[SeenSegment], other: Sequence[SeenSegment]) -> int | None:
    """The first segment with other bits under the same name: Rushes names each by its conditions
    and those of all before it."""
    for index, (a, b) in enumerate(zip(usual, other, strict=False)):
        if a.conditions != b.conditions:
            return None
        if a.bits != b.bits:
            return index
    return None
