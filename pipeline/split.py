"""Split: decide once where a take is cut, and write the decision down."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import ClassVar

from manifests.fingerprint import fingerprint
from manifests.job import Continuity
from model.shapes import SPEECH_SAMPLES_PER_FRAME
from pipeline.cutting.cuts import RULES, SplitParams, pauses_of, plan_chunks
from pipeline.cutting.deadline import cut_for_deadline
from pipeline.media.sound.wav import read_speech
from pipeline.nouns import Chunk, Take
from pipeline.stage import Resources, StageName
from pipeline.words import Words, load_words
from pipeline.workspace.workspace import Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitRequest:
    """A take to be cut; into chunks of at most `longest_segments` where that is needed to be on
    time (0: it is not)."""

    take: Take
    continuity: Continuity
    longest_chain_s: float
    longest_segments: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class CutList:
    """The chunks of a take, in order."""

    stored_as: ClassVar[str] = "cutlist"
    chunks: tuple[Chunk, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """The recipe: pure arithmetic, no tool to load."""

    name: ClassVar[str] = StageName.SPLIT
    needs: ClassVar[Resources] = Resources()
    params: SplitParams

    def load(self) -> Callable[[SplitRequest, Workspace], CutList]:
        return partial(split, params=self.params)


def split(request: SplitRequest, workspace: Workspace, *, params: SplitParams) -> CutList:
    """The take's cut list: the one written first, whoever wrote it and however late it was then:
    a deadline is no part of its name."""
    name = fingerprint(
        "cuts",
        take=request.take.fingerprint,
        continuity=request.continuity,
        longest_chain_s=request.longest_chain_s,
        params=asdict(params),
        rules=RULES,
    )
    decided = workspace.find_finished(name, CutList)
    if decided is not None:
        return decided
    with workspace.scratch_dir() as desk:
        words = load_words(workspace.fetch(request.take.words, desk))
        speech = workspace.fetch(request.take.speech, desk)
        return workspace.commit(
            name, CutList(chunks=with_occurrences(cut(request, words, params), speech))
        )


def cut(request: SplitRequest, words: Words, params: SplitParams) -> tuple[Chunk, ...]:
    """The take's chunks, pure; without known words, by its silences alone."""
    take = request.take
    pauses = pauses_of(take.spans, take.frames, params.silence_s, words)
    chunks = plan_chunks(take.frames, pauses, request.continuity, request.longest_chain_s, params)
    longest = request.longest_segments
    return cut_for_deadline(chunks, pauses, longest, params) if longest else chunks


def with_occurrences(chunks: tuple[Chunk, ...], speech: Path) -> tuple[Chunk, ...]:
    """The chunks with a count where their first segments say the very same: a chunk's noise is
    keyed by what it says, and twice the same words should not look twice the same."""
    seen: Counter[bytes] = Counter()
    told = []
    for chunk in chunks:
        said = first_words(chunk, speech)
        told.append(replace(chunk, occurrence=seen[said]))
        seen[said] += 1
    return tuple(told)


def first_words(chunk: Chunk, speech: Path) -> bytes:
    """A digest of the speech of the chunk's first segment."""
    first = chunk.segments[0]
    start, stop = (at * SPEECH_SAMPLES_PER_FRAME for at in (first.start, first.stop))
    return hashlib.sha256(read_speech(speech, start, stop).tobytes()).digest()
