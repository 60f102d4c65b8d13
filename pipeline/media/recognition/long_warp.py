"""Warping of speech of any length: coarsely first, then between pauses that both voices make.

A block of the recording is warped at a quarter of the rate, its end open; what lies well before its
end is sure, and where a pause of the voice comes to lie in a pause of the recording, both are tied
together. The next block begins at the last of these ties. Between ties the speech is warped at the
full rate. So memory is that of a block, whatever the length.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from pipeline.media.recognition.cepstra import (
    CEPSTRA_PER_S,
    COUNT,
    NOWHERE,
    TRACTS,
    Room,
    Sounds,
    cepstra_of,
    room_of,
    standardised,
)
from pipeline.media.recognition.warp import NOTHING, Warp, warped
from pipeline.nouns import Span

DIRECT_S = 30.0
"""Shorter recordings are warped in one piece."""

BLOCK_S = 60.0
SURE_SHARE = 0.6
"""Of a block; what follows may be drawn to its open end."""

FASTEST, SLOWEST = 3.0, 6.0
"""Times the pace of the voice, at which nobody speaks: then the texts are not the same."""

COARSE = 4
_TIE_PAUSE_S = 0.2
_TIE_APART_S = 4.0
_ROOM = 1.5

Samples = NDArray[np.float32]
Tie = tuple[int, int]
"""Steps of the voice and of the recording that go together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Speech:
    """Speech that is read piece by piece: `read` gives its samples from one second to another."""

    read: Callable[[float, float], Samples]
    length_s: float
    quiet: tuple[Span, ...] = ()
    tract: float = 1.0
    room: Room = NOWHERE

    @property
    def steps(self) -> int:
        return int(self.length_s * CEPSTRA_PER_S)

    def sounds(self, start: int, stop: int, tract: float | None = None) -> Sounds:
        """Of the steps from `start` to `stop`, standardised within them."""
        samples = self.read(start / CEPSTRA_PER_S, stop / CEPSTRA_PER_S)
        columns = cepstra_of(samples, self.tract if tract is None else tract, self.room)
        return standardised(columns, self._sounding(start, stop))

    def _sounding(self, start: int, stop: int) -> NDArray[np.bool_]:
        sounding = np.ones(stop - start, np.bool_)
        first = bisect_right(self.quiet, start / CEPSTRA_PER_S, key=lambda each: each.stop_s)
        for each in self.quiet[first:]:
            begins = round(each.start_s * CEPSTRA_PER_S) - start
            if begins >= stop - start:
                break
            sounding[max(0, begins) : round(each.stop_s * CEPSTRA_PER_S) - start] = False
        return sounding


def warp_speech(voice: Speech, recording: Speech) -> Warp | None:
    """The whole of one over the whole of the other; None where one is far too long for it."""
    if not recording.length_s / SLOWEST < voice.length_s < recording.length_s * FASTEST:
        return None
    voice = replace(voice, room=_room(voice, recording))
    voice = replace(voice, tract=nearest_tract(voice, recording))
    ties = [(0, 0), *ties_of(voice, recording), (voice.steps, recording.steps)]
    pieces = [_piece(voice, recording, first, last) for first, last in pairwise(ties)]
    if any(piece is None for piece in pieces):
        return None
    return as_one([piece for piece in pieces if piece is not None])


def _room(voice: Speech, recording: Speech) -> Room:
    """Of the recording, by the beginnings of both."""
    begun = (each.read(0.0, min(each.length_s, BLOCK_S)) for each in (recording, voice))
    return room_of(*begun)


def nearest_tract(voice: Speech, recording: Speech) -> float:
    """The tract with which the beginning costs least."""
    last = recording.steps <= DIRECT_S * CEPSTRA_PER_S
    stops = _block(voice, recording, (0, 0))
    heard = coarse(recording.sounds(0, stops[1]))
    costs = [
        warped(coarse(voice.sounds(0, stops[0], tract)), heard, open_end=not last).cost
        for tract in TRACTS
    ]
    return TRACTS[int(np.argmin(costs))]


def coarse(sounds: Sounds) -> Sounds:
    """At a quarter of the rate; a rest of fewer steps is one more."""
    rest = -len(sounds) % COARSE
    columns = np.pad(sounds.columns, ((0, rest), (0, 0)), mode="edge")
    sounding = np.pad(sounds.sounding, (0, rest), mode="edge").reshape(-1, COARSE)
    return Sounds(
        columns=np.ascontiguousarray(columns.reshape(-1, COARSE, COUNT).mean(axis=1)),
        sounding=sounding.sum(axis=1) * 2 > COARSE,
    )


def ties_of(voice: Speech, recording: Speech) -> Iterator[Tie]:
    """Pauses of both that go together, in order, of a recording that is too long for one piece."""
    at: Tie = (0, 0)
    while recording.steps - at[1] > DIRECT_S * CEPSTRA_PER_S and voice.steps > at[0]:
        stops = _block(voice, recording, at)
        last = stops == (voice.steps, recording.steps)
        warp = warped(
            coarse(voice.sounds(at[0], stops[0])),
            coarse(recording.sounds(at[1], stops[1])),
            open_end=not last,
        )
        sure = at[1] + int(SURE_SHARE * (stops[1] - at[1]))
        found = list(_ties_in_pauses(warp, voice, recording, at, sure)) or [_tie(warp, at, sure)]
        yield from found
        at = found[-1]


def _block(voice: Speech, recording: Speech, at: Tie) -> Tie:
    """Where the next block ends: the voice has half as much again as it should need."""
    recording_stop = min(recording.steps, at[1] + int(BLOCK_S * CEPSTRA_PER_S))
    pace = (voice.steps - at[0]) / max(1, recording.steps - at[1])
    room = int(_ROOM * max(pace, 1 / SLOWEST) * (recording_stop - at[1]))
    return min(voice.steps, at[0] + max(room, COARSE)), recording_stop


def _ties_in_pauses(
    warp: Warp, voice: Speech, recording: Speech, at: Tie, sure: int
) -> Iterator[Tie]:
    """The middles of pauses of the voice that come to lie in pauses of the recording."""
    before = at[1]
    first = bisect_right(voice.quiet, at[0] / CEPSTRA_PER_S, key=_middle_s)
    for pause in voice.quiet[first:]:
        if pause.stop_s - pause.start_s < _TIE_PAUSE_S:
            continue
        middle_s = _middle_s(pause)
        inside_s = middle_s - at[0] / CEPSTRA_PER_S
        there_s = warp.when(inside_s, per_s=CEPSTRA_PER_S / COARSE) + at[1] / CEPSTRA_PER_S
        if there_s * CEPSTRA_PER_S > sure:
            return
        heard = _pause_at(recording.quiet, there_s)
        if heard is not None and heard > before + _TIE_APART_S * CEPSTRA_PER_S and heard <= sure:
            before = heard
            yield round(middle_s * CEPSTRA_PER_S), heard


def _middle_s(pause: Span) -> float:
    return (pause.start_s + pause.stop_s) / 2


def _pause_at(quiet: Sequence[Span], there_s: float) -> int | None:
    """The middle of the long pause at a moment, in steps."""
    at = bisect_right(quiet, there_s, key=lambda pause: pause.start_s) - 1
    if at < 0 or there_s > quiet[at].stop_s:
        return None
    long_enough = quiet[at].stop_s - quiet[at].start_s >= _TIE_PAUSE_S
    return round(_middle_s(quiet[at]) * CEPSTRA_PER_S) if long_enough else None


def _tie(warp: Warp, at: Tie, sure: int) -> Tie:
    """Where no pause can be tied: what the path says."""
    row = int(np.searchsorted(warp.path[:, 1], (sure - at[1]) // COARSE))
    voice, recording = warp.path[min(row, len(warp.path) - 1)].tolist()
    return at[0] + max(1, COARSE * voice), at[1] + max(1, COARSE * recording)


def _piece(voice: Speech, recording: Speech, first: Tie, last: Tie) -> Warp | None:
    """At the full rate, between two ties."""
    lengths = (last[0] - first[0], last[1] - first[1])
    if min(lengths) < 1:
        return NOTHING
    if lengths[0] > FASTEST * max(lengths[1], CEPSTRA_PER_S):
        return None
    warp = warped(voice.sounds(first[0], last[0]), recording.sounds(first[1], last[1]))
    return replace(warp, path=warp.path + np.array(first))


def as_one(pieces: Sequence[Warp]) -> Warp:
    """One after the other."""
    return Warp(
        path=np.concatenate([piece.path for piece in pieces]),
        away=np.concatenate([piece.away for piece in pieces]),
        sounding=np.concatenate([piece.sounding for piece in pieces]),
    )
