"""How much a renderer keeps of the segments that it has rendered.

Python's own count is asked, which knows what numpy holds and does not swing with the allocator; of
a network's tensors it knows nothing, so the process is asked as well, with a wide limit.
"""

from __future__ import annotations

import gc
import tracemalloc

import psutil

from model.shapes import NEW_FRAMES
from pipeline.conformance.subject import Subject, seen_segment, stored
from pipeline.nouns import Segment
from pipeline.renderer import Chain, State

SEGMENTS = 3
"""Segments that are counted, after one that fills caches."""

LEAST_ALLOWED_BYTES = 2 << 20
"""Of small pictures: other threads of the process keep something too."""

PROCESS_BYTES = 256 << 20
"""By which the process may grow: an allocator keeps pages that nobody uses."""


def memory_grown_bytes(subject: Subject) -> tuple[int, int]:
    """What is kept after `SEGMENTS` segments more, and what may be: the frames of one of them."""
    chain = subject.opened()
    segment = subject.chunk.segments[0]
    state = stored(chain.start())
    seen_segment(chain, segment, state)
    allowed = max(LEAST_ALLOWED_BYTES, NEW_FRAMES * chain.width * chain.height * 3)
    process = psutil.Process()
    resident = process.memory_info().rss
    kept = _kept(chain, segment, state)
    grown = process.memory_info().rss - resident
    return (grown, PROCESS_BYTES) if grown > PROCESS_BYTES else (kept, allowed)


def _kept(chain: Chain, segment: Segment, state: State) -> int:
    """Bytes of Python and numpy that the segments leave behind."""
    already = tracemalloc.is_tracing()
    if not already:
        tracemalloc.start()
    try:
        gc.collect()
        before, _ = tracemalloc.get_traced_memory()
        for _ in range(SEGMENTS):
            seen_segment(chain, segment, state)
        gc.collect()
        return tracemalloc.get_traced_memory()[0] - before
    finally:
        if not already:
            tracemalloc.stop()
