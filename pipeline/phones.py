"""When each phone of a take is spoken: columns in order of time, and their file."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias, get_args

import numpy as np
from numpy.typing import NDArray

Source = Literal["engine", "aligned", "recognised", "energy"]
Times: TypeAlias = NDArray[np.float64]

SILENCE = "SIL"
_COLUMNS = ("start_s", "stop_s", "names", "source")
_ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)  # the oldest a zip can say; the same phones give the same bytes


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Phones:
    """Phones in order: float64 [n] starts and stops in seconds of the take, and names: ARPAbet's
    in capitals, or IPA letters where an engine told them.

    Names carry no stress; `SIL` is silence. `source` is the least certain way by which any of
    them was found: told by the `engine` that spoke, `aligned` with a known text, `recognised`
    without one, or guessed from `energy`.
    """

    start_s: Times
    stop_s: Times
    names: tuple[str, ...]
    source: Source

    def __post_init__(self) -> None:
        shape = (len(self.names),)
        if self.start_s.shape != shape or self.stop_s.shape != shape:
            msg = f"{self.start_s.shape} starts, {self.stop_s.shape} stops, {shape} names"
            raise ValueError(msg)

    def __len__(self) -> int:
        return len(self.names)

    def between(self, start_s: float, stop_s: float) -> Phones:
        """Those that overlap the time from `start_s` to `stop_s`, uncut."""
        inside = np.flatnonzero((self.stop_s > start_s) & (self.start_s < stop_s))
        return Phones(
            start_s=self.start_s[inside],
            stop_s=self.stop_s[inside],
            names=tuple(self.names[index] for index in inside),
            source=self.source,
        )

    def shift(self, by_s: float) -> Phones:
        """The same phones, later by `by_s`."""
        return Phones(
            start_s=self.start_s + by_s,
            stop_s=self.stop_s + by_s,
            names=self.names,
            source=self.source,
        )


NO_PHONES = Phones(start_s=np.empty(0), stop_s=np.empty(0), names=(), source="aligned")


def concatenate(parts: list[Phones]) -> Phones:
    """One after the other; the source of the whole is that of its least certain part."""
    certainty = get_args(Source)
    spoken = [part for part in parts if len(part)] or [NO_PHONES]
    return Phones(
        start_s=np.concatenate([part.start_s for part in spoken]),
        stop_s=np.concatenate([part.stop_s for part in spoken]),
        names=tuple(name for part in spoken for name in part.names),
        source=max((part.source for part in spoken), key=certainty.index),
    )


def save_phones(phones: Phones, path: Path) -> None:
    """Write an uncompressed .npz; the same phones always give the same bytes."""
    columns = {
        "start_s": phones.start_s.astype("<f8"),
        "stop_s": phones.stop_s.astype("<f8"),
        "names": np.array(phones.names, dtype=f"<U{max([4, *map(len, phones.names)])}"),
        "source": np.array(phones.source, dtype="<U10"),
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as file:
        for name in _COLUMNS:
            body = io.BytesIO()
            np.lib.format.write_array(body, columns[name], version=(1, 0), allow_pickle=False)
            file.writestr(zipfile.ZipInfo(f"{name}.npy", _ZIP_EPOCH), body.getvalue())


def load_phones(path: Path) -> Phones:
    """Read what `save_phones` wrote."""
    with np.load(path, allow_pickle=False) as columns:
        source = str(columns["source"])
        return Phones(
            start_s=columns["start_s"].astype(np.float64),
            stop_s=columns["stop_s"].astype(np.float64),
            names=tuple(str(name) for name in columns["names"]),
            source=next(known for known in get_args(Source) if known == source),
        )
