"""What is seen in each frame of a segment: numbers in columns, and their file."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from manifests.errors import Transient

Column = NDArray[np.float32]
"""[frames]; NaN where nothing was measured."""

_ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)  # the oldest a zip can say; the same numbers give the same bytes


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SegmentSeries:
    """One number a frame, float32 [frames]; NaN where nothing was measured.

    `presence` of a face 0..1, `gap` between the lips and opening of the `eyes` in eye spans and eye
    widths, `nose_x` and `nose_y` from the portrait's in its eye spans, `luma` 0..255, `change` from
    the frame before in mean grey levels, `behind` the same outside the head, `detail` of the head;
    of sampled frames the number of `faces`, the `identity` distance and the `colour` difference.
    """

    presence: Column
    gap: Column
    eyes: Column
    nose_x: Column
    nose_y: Column
    luma: Column
    change: Column
    behind: Column
    detail: Column
    faces: Column
    identity: Column
    colour: Column

    def __len__(self) -> int:
        return len(self.presence)

    @classmethod
    def of(cls, rows: Sequence[Sequence[float]]) -> Self:
        """From a row for each frame, in the order of the columns."""
        table = np.array(rows, np.float32).reshape(-1, len(fields(cls)))
        return cls(**{each.name: table[:, at] for at, each in enumerate(fields(cls))})

    def between(self, start: int, stop: int) -> Self:
        """The frames `start` to `stop`. What changed into the first one is not known where it is
        not the segment's own first: another frame is seen before it."""
        part = {each.name: getattr(self, each.name)[start:stop] for each in fields(self)}
        if start:
            for name in ("change", "behind"):
                part[name] = np.concatenate([[np.float32(np.nan)], part[name][1:]])
        return type(self)(**part)

    @classmethod
    def joined(cls, parts: Sequence[Self]) -> Self:
        """One after the other."""
        names = [each.name for each in fields(cls)]
        whole = {name: [getattr(part, name) for part in parts] for name in names}
        return cls(**{name: np.concatenate([*found, _NONE]) for name, found in whole.items()})


_NONE = np.empty(0, np.float32)


def save_series(series: SegmentSeries, path: Path) -> None:
    """Write an uncompressed .npz; the same numbers always give the same bytes."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as file:
        for each in fields(series):
            body = io.BytesIO()
            column = getattr(series, each.name).astype("<f4")
            np.lib.format.write_array(body, column, version=(1, 0), allow_pickle=False)
            file.writestr(zipfile.ZipInfo(f"{each.name}.npy", _ZIP_EPOCH), body.getvalue())


def load_series(path: Path) -> SegmentSeries:
    """Read what `save_series` wrote; raises `Transient` `work_damaged` for anything else, also for
    what a version with other columns wrote."""
    try:
        with np.load(path, allow_pickle=False) as columns:
            found = [columns[each.name] for each in fields(SegmentSeries)]
        return SegmentSeries.of(list(zip(*found, strict=True)))
    except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile) as error:
        told = f"{path} is no series of measures ({error}); remove it, and it is made again"
        raise Transient("work_damaged", told) from error
