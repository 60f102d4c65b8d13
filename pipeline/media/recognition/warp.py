"""One voice's time over another's: dynamic time warping of two speeches that say the same.

All here is pure. dtaidistance finds the path; Linux on aarch64 has none, and nothing is warped
there.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec

import numpy as np
from numpy.typing import NDArray

from pipeline.media.recognition.cepstra import CEPSTRA_PER_S, COUNT, Sounds

Path = NDArray[np.int64]
"""[n, 2] steps of the voice and of the recording that go together, from the first to the last."""


def warping_is_here() -> bool:
    return find_spec("dtaidistance") is not None


@dataclass(frozen=True)  # no slots: what follows from the path is kept
class Warp:
    """A path; of each of its steps the squared distance of what goes together, and whether both
    sound."""

    path: Path
    away: NDArray[np.float64]
    sounding: NDArray[np.bool_]

    @property
    def cost(self) -> float:
        """Per step on which both sound, and as much more as the share of these that only one of the
        two takes: a wrong text comes near to any sound where it may wait long enough."""
        if not self.sounding.any():
            return 0.0
        alone = np.diff(self.path, axis=0, prepend=self.path[:1] - 1).sum(axis=1) == 1
        share = float(alone[self.sounding].mean())
        return float(self.away[self.sounding].mean()) * (1 + share)

    @cached_property
    def _places(self) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """The steps of the voice, and where in the recording each is: amid all that go with it."""
        voice, first, count = np.unique(self.path[:, 0], return_index=True, return_counts=True)
        return voice, np.add.reduceat(self.path[:, 1].astype(np.float64), first) / count

    def when(self, voice_s: float, per_s: float = CEPSTRA_PER_S) -> float:
        """The time in the recording, later for later times; as far beyond its ends as in the
        voice."""
        place = voice_s * per_s - 0.5
        voice, there = self._places
        inside = float(np.interp(place, voice, there))
        beyond = min(place - int(voice[0]), 0.0) + max(place - int(voice[-1]), 0.0)
        return max(0.0, (inside + beyond + 0.5) / per_s)


NOTHING = Warp(path=np.empty((0, 2), np.int64), away=np.empty(0), sounding=np.empty(0, np.bool_))


def warped(voice: Sounds, recording: Sounds, *, open_end: bool = False) -> Warp:
    """The cheapest path; with an `open_end` the voice may go on when the recording is over."""
    from dtaidistance import dtw_cc  # type: ignore[import-untyped]  # noqa: PLC0415 - not everywhere

    free = {"psi": (0, len(voice) - 1, 0, 0)} if open_end else {}
    pairs = dtw_cc.warping_path_ndim(voice.columns, recording.columns, ndim=COUNT, **free)
    path = np.array(pairs, np.int64).reshape(-1, 2)
    here, there = path[:, 0], path[:, 1]
    return Warp(
        path=path,
        away=np.square(voice.columns[here] - recording.columns[there]).sum(axis=1),
        sounding=voice.sounding[here] & recording.sounding[there],
    )
