"""What was measured of a segment, as it lies beside its frames."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from manifests.artifact import sha256_of
from manifests.errors import Transient
from pipeline.media.video import read_frames
from pipeline.nouns import SegmentFile
from pipeline.nouns.reels import SeenStretch
from pipeline.quality.looks import Pixels
from pipeline.quality.meter import Measured
from pipeline.quality.series import SegmentSeries, load_series, save_series
from pipeline.workspace.workspace import Workspace

LOGGER = logging.getLogger("rushes.generate")


def with_readable_series(finished: SegmentFile, workspace: Workspace) -> SegmentFile:
    """The segment as it is, or as one that nobody measured where its series is none that this
    version reads."""
    if finished.series is None:
        return finished
    with workspace.scratch_dir() as desk:
        found = workspace.fetch(finished.series, desk)
        try:
            readable = len(load_series(found)) == finished.frames
        except Transient as error:
            LOGGER.warning("%s", error.message)
            readable = False
    return finished if readable else replace(finished, series=None, figures=())


def with_measures(
    finished: SegmentFile, measured: Measured, workspace: Workspace, desk: Path
) -> SegmentFile:
    """The segment with what was measured of it, stored beside its frames."""
    path = desk / "series.npz"
    save_series(measured.series, path)
    kept = workspace.store(path, finished.fingerprint, path.name)
    if kept.sha256 != (ours := sha256_of(path)):  # another version's, which its record names
        kept = workspace.store(path, finished.fingerprint, f"series-{ours[:12]}.npz")
    return replace(finished, series=kept, figures=measured.figures)


def last_frame(segment: SegmentFile, workspace: Workspace) -> Pixels:
    """[height, width, 3] of a stored segment."""
    with workspace.scratch_dir() as desk:
        [batch] = deque(read_frames(workspace.fetch(segment.video, desk)), maxlen=1)
    return np.asarray(batch[-1], np.uint8)


def series_of(
    shown: Iterable[SeenStretch], workspace: Workspace
) -> Iterator[tuple[SeenStretch, SegmentSeries]]:
    """What was measured of the frames that are seen of each."""
    with workspace.scratch_dir() as desk:
        for each in shown:
            kept = each.segment.series
            if kept is not None:
                found = load_series(workspace.fetch(kept, desk))
                yield each, found.between(each.skip, each.skip + each.frames)
                workspace.evict(kept, desk)
