"""What a renderer gave is looked at before anything of it is stored: a stranger's code drew it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from manifests.errors import ManifestUnusable
from pipeline.nouns import Segment, Take


def frames_as_asked(
    batches: Iterator[NDArray[np.uint8]], segment: Segment, take: Take, preset: str
) -> Iterator[NDArray[np.uint8]]:
    """The frames of a segment: one more or less in each, and sound and picture part without a word.

    Raises `ManifestUnusable` for other frames than the take has, and for another count.
    """
    asked, drawn = segment.stop - segment.start, 0
    size = (take.height, take.width, 3)
    for batch in batches:
        kind = (str(batch.dtype), batch.shape[1:]) if isinstance(batch, np.ndarray) else None
        if kind != ("uint8", size):
            told = " of ".join(map(str, kind)) if kind else type(batch).__name__
            raise faulty(preset, f"drew {told}, asked was uint8 of {size}")
        drawn += len(batch)
        if drawn > asked:
            break
        yield batch
    if drawn != asked:
        raise faulty(preset, f"drew {drawn} frames of a segment of {asked}")


def saved_motion(motion: object, path: Path, preset: str) -> Path:
    """The state's array as a file, from which another worker goes on."""
    if not isinstance(motion, np.ndarray | np.generic) or motion.dtype.hasobject:
        raise faulty(preset, "has a State.motion that is no array without objects")
    np.save(path, motion, allow_pickle=False)
    return path


def faulty(preset: str, what: str) -> ManifestUnusable:
    return ManifestUnusable(
        "renderer_unusable",
        f"the renderer of {preset} {what}: mend it (`rushes conformance {preset}`), or give its "
        "rows another preset",
    )
