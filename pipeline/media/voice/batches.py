"""How much a voice's program is given at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

BATCH = 100
"""Sentences of one process: loading the voice takes about a second, and all sound of a batch waits
on the disk."""

BATCH_BYTES = 20_000
"""Text of one process, of more than one sentence: it has a quarter of an hour of sound."""


def batches(sentences: Sequence[str]) -> Iterator[Sequence[str]]:
    """Runs of at most `BATCH` sentences and `BATCH_BYTES`, in order."""
    first = size = 0
    for at, sentence in enumerate(sentences):
        length = len(sentence.encode())
        if at > first and (at - first == BATCH or size + length > BATCH_BYTES):
            yield sentences[first:at]
            first, size = at, 0
        size += length
    if sentences:
        yield sentences[first:]
