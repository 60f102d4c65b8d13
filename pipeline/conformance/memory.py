"""How much a renderer keeps of what it has rendered, where each segment and each take is another.

Python's own count is asked, which knows what numpy holds and does not swing with the allocator; of
a network's tensors it knows nothing, so the process is asked as well, with a wide limit.
"""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

from model.shapes import NEW_FRAMES
from pipeline.conformance.material import another_take, longer
from pipeline.conformance.subject import SEED, Subject, seen_segment, seen_segments, stored
from pipeline.nouns import Chunk
from pipeline.renderer import Renderer, TakeFiles
from pipeline.renderers import load_renderer

COUNTED = 3
"""Segments of a chain, and takes with a segment each, behind one that fills caches."""

OPENED = 24
"""Chains of other takes that are only opened: a night has thousands."""

LEAST_ALLOWED_BYTES = 2 << 20
"""Of small pictures: other threads of the process keep something too."""

PROCESS_BYTES = 256 << 20
"""By which the process may grow: an allocator keeps pages that nobody uses."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptMemory:
    """What was drawn or opened, the bytes that it left behind, and how many it may leave."""

    what: str
    kept: int
    allowed: int


def kept_memory(subject: Subject, folder: Path) -> Iterator[KeptMemory]:
    """Of a chain's segments, of takes and of opened chains; each unlike those before it."""
    first, *others = (
        another_take(subject.files, folder, number) for number in range(1 + COUNTED + OPENED)
    )
    picture = 3 * first.take.width * first.take.height
    frames = max(LEAST_ALLOWED_BYTES, NEW_FRAMES * picture)
    chain = subject.opened(longer(subject.files, folder), _chunk(1 + COUNTED))
    begun = seen_segment(chain, _chunk().segments[0], stored(chain.start()))
    rest = _chunk(1 + COUNTED).segments[1:]
    kept = _kept(lambda: seen_segments(chain, begun.after, rest))
    yield _judged(f"{COUNTED} more segments of a chain", kept, frames)
    renderer = load_renderer(subject.preset)
    _draw(renderer, [first])
    kept = _kept(lambda: _draw(renderer, others[:COUNTED]))
    yield _judged(f"{COUNTED} more takes, a segment of each,", kept, frames)
    kept = _kept(lambda: _open(renderer, others[COUNTED:]))
    pictures = max(LEAST_ALLOWED_BYTES, OPENED // 2 * picture)
    yield _judged(f"{OPENED} more chains that were opened", kept, pictures)


def _chunk(segments: int = 1) -> Chunk:
    return Chunk(index=0, start=0, stop=segments * NEW_FRAMES)


def _draw(renderer: Renderer, takes: Iterable[TakeFiles]) -> None:
    for files in takes:
        chain = renderer.open(files, _chunk(), SEED)
        seen_segment(chain, _chunk().segments[0], stored(chain.start()))


def _open(renderer: Renderer, takes: Iterable[TakeFiles]) -> None:
    for files in takes:
        chain = renderer.open(files, _chunk(), SEED)
        chain.start()
        chain.conditions(_chunk().segments[0])


def _judged(what: str, found: tuple[int, int], allowed: int) -> KeptMemory:
    kept, grown = found
    if grown > PROCESS_BYTES:
        return KeptMemory(what=what, kept=grown, allowed=PROCESS_BYTES)
    return KeptMemory(what=what, kept=kept, allowed=allowed)


def _kept(call: Callable[[], object]) -> tuple[int, int]:
    """Bytes of Python and numpy that a call leaves behind, and those by which the process grew."""
    already, process = tracemalloc.is_tracing(), psutil.Process()
    resident = process.memory_info().rss
    if not already:
        tracemalloc.start()
    try:
        gc.collect()
        before, _ = tracemalloc.get_traced_memory()
        call()
        gc.collect()
        kept = tracemalloc.get_traced_memory()[0] - before
    finally:
        if not already:
            tracemalloc.stop()
    return kept, process.memory_info().rss - resident
