"""Which faults are planted where, and how strongly: in units of what a gate allows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import cv2
import numpy as np

from benchmarks import planted_faults as faults
from benchmarks.planted_clips import (
    FRAMES,
    Clip,
    heard_otherwise,
    other_person,
    other_sentence,
    unmoved,
)
from benchmarks.planted_faults import Said
from model.shapes import NEW_FRAMES
from pipeline.media.face.face import detail_of
from pipeline.quality.column_statistics import stands_out
from pipeline.quality.figures import SEEN
from pipeline.quality.looks import Pixels, Sitter, colour_difference, smaller
from pipeline.quality.meter import SAMPLED_EVERY
from pipeline.renderer import Frames

Kind = Literal["frames", "sound", "both", "portrait"]
MIDDLE, JOIN = FRAMES // 2, 2 * NEW_FRAMES
"""Where faults begin, and where the last segment does: there a drift has its full strength."""

SOLVED_STEPS = 9
STRENGTHS = (1.0, 1.5, 2.0)
TINT = (0.35, 0.55, 0.75)
"""The direction of a drift of colours in CIE Lab: lighter, redder, yellower."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Planted:
    """A clip with a fault: what changed of it, None where that is as it was."""

    frames: Frames | None = None
    said: Said | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Site:
    """A clip, whom it shows, and the limits of its gates by measure."""

    clip: Clip
    sitter: Sitter
    limits: Mapping[str, float]
    where: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """`plant` makes it; `measure` is the one whose limit its strength counts in. Only for faults of
    `faces` it is measured who is seen."""

    name: str
    kind: Kind
    plant: Callable[[Site], Planted]
    measure: str = ""
    faces: bool = False


def in_speech(said: Said, count: int) -> int:
    """The first frame of the loudest stretch of so many frames, not at a clip's ends."""
    samples = said.samples[: said.frames * 640].reshape(-1, 640)
    power = np.square(samples).mean(axis=1)
    held = np.convolve(power, np.ones(count), mode="valid")
    last = max(len(held) - 6, 7)
    return 6 + int(held[6:last].argmax())


def solved(figure: Callable[[float], float], wanted: float, most: float) -> float:
    """The amount from 0 to `most` at which a figure that rises with it is as wanted, by halving;
    `most` where it never gets there."""
    low, high = 0.0, most
    for _ in range(SOLVED_STEPS):
        middle = (low + high) / 2
        low, high = (low, middle) if figure(middle) >= wanted else (middle, high)
    return high


def frozen(count: int) -> Callable[[Site], Planted]:
    def plant(site: Site) -> Planted:
        at = in_speech(site.clip.said, count)
        return Planted(frames=faults.frozen(site.clip.frames, at, count))

    return plant


def late(frames: int) -> Callable[[Site], Planted]:
    """Every other clip has its sound early instead."""

    def plant(site: Site) -> Planted:
        sign = 1 if site.where % 2 else -1
        return Planted(said=faults.later(site.clip.said, sign * frames))

    return plant


def tinted(strength: float) -> Callable[[Site], Planted]:
    def plant(site: Site) -> Planted:
        """The last segment is so far from the first one in mean CIEDE2000, as `colour_drift`."""
        frames, wanted = site.clip.frames, strength * site.limits["colour_drift"]

        def colours(chosen: Sequence[int], amount: float) -> float:
            found = [
                colour_difference(smaller(tint_at(frames[at], at, amount)), site.sitter)
                for at in chosen
            ]
            return float(np.mean(found))

        def drift(amount: float) -> float:
            last = range(JOIN, FRAMES, SAMPLED_EVERY)
            first = range(0, NEW_FRAMES, SAMPLED_EVERY)
            return colours(last, amount) - colours(first, amount)

        amount = solved(drift, wanted, 60.0)
        lab = (amount * TINT[0], amount * TINT[1], amount * TINT[2])
        return Planted(frames=faults.tinted(frames, lab, JOIN))

    return plant


def tint_at(frame: Pixels, at: int, amount: float) -> Pixels:
    share = amount * min(at / JOIN, 1)
    return faults.tinted_frame(frame, tuple(share * each for each in TINT))


def blurred(strength: float) -> Callable[[Site], Planted]:
    def plant(site: Site) -> Planted:
        """The last segment has lost so much of the detail of the first, as `sharpness_drift`."""
        frames, mesh = site.clip.frames, site.sitter.mesh
        lost = min(strength * (1 - site.limits["sharpness_drift"]), 0.95)
        sampled, first = frames[JOIN::12], frames[:NEW_FRAMES:12]

        def loss(sigma: float) -> float:
            soft = faults.blurred(first, sigma * NEW_FRAMES / JOIN, len(first))
            here = [detail_of(blurred_once(frame, sigma), mesh) for frame in sampled]
            there = [detail_of(frame, mesh) for frame in soft]
            return 1 - float(np.median(here)) / max(float(np.median(there)), 1e-6)

        return Planted(frames=faults.blurred(frames, solved(loss, lost, 8.0), JOIN))

    return plant


def blurred_once(frame: Pixels, sigma: float) -> Pixels:
    return faults.blurred(np.stack([frame, frame]), sigma, 1)[1]


def jumped(strength: float) -> Callable[[Site], Planted]:
    def plant(site: Site) -> Planted:
        """The last segment begins so many deviations beside the one before, as `seam`."""
        frames = site.clip.frames
        grey = [np.asarray(cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY)) for frame in frames]
        changes = np.array([cv2.absdiff(a, b).mean() for a, b in pairwise(grey)])
        inside = changes[JOIN : JOIN + SEEN]

        def seam(pixels: float) -> float:
            after = faults.jumped(frames[JOIN - 1 : JOIN + 1], 1, pixels)
            light = [np.asarray(cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY)) for frame in after]
            return stands_out(float(cv2.absdiff(*light).mean()), inside)

        shift = solved(seam, strength * site.limits["seam"], 24.0)
        return Planted(frames=faults.jumped(frames, JOIN, shift))

    return plant


def swapped(site: Site) -> Planted:
    return Planted(frames=faults.swapped(site.clip.frames, other_person(site.clip), MIDDLE))


def wrong_face(site: Site) -> Planted:
    """Nothing changes but whose portrait is asked for."""
    del site
    return Planted()


def wrong_audio(site: Site) -> Planted:
    return Planted(said=faults.other_words(site.clip.said, other_sentence(site.clip)))


def still_mouth(site: Site) -> Planted:
    return Planted(frames=unmoved(site.clip))


def moving_in_silence(site: Site) -> Planted:
    """Two seconds, in the loudest part."""
    at = in_speech(site.clip.said, 50)
    return Planted(said=faults.hushed(site.clip.said, at, at + 50))


def paused(site: Site) -> Planted:
    """A pause of two seconds that the renderer was told of."""
    at = in_speech(site.clip.said, 50)
    said = faults.hushed(site.clip.said, at, at + 50)
    return Planted(frames=heard_otherwise(site.clip, said, "paused"), said=said)


def black(site: Site) -> Planted:
    return Planted(frames=faults.blackened(site.clip.frames, MIDDLE, 3))


def _table(rows: Sequence[Fault]) -> dict[str, Fault]:
    return {row.name: row for row in rows}


def as_it_is(site: Site) -> Planted:
    del site
    return Planted()


AS_IT_IS = Fault(name="good", kind="frames", plant=as_it_is, faces=True)

CONTROLS = _table(
    [
        Fault(name="pause of 50 frames", kind="both", plant=paused),
        Fault(name="freeze of 5 frames", kind="frames", plant=frozen(5)),
        Fault(name="sound 2 frames beside", kind="sound", plant=late(2)),
    ]
)
"""What a good clip may have."""

FAULTS = _table(
    [
        Fault(name="face swapped in mid-clip", kind="frames", plant=swapped, faces=True),
        Fault(name="wrong face", kind="portrait", plant=wrong_face, faces=True),
        Fault(name="wrong audio", kind="sound", plant=wrong_audio),
        Fault(name="mouth that never moves", kind="frames", plant=still_mouth),
        Fault(name="mouth that moves in silence", kind="sound", plant=moving_in_silence),
        Fault(name="black frames", kind="frames", plant=black),
        *(
            Fault(name=f"freeze of {count} frames", kind="frames", plant=frozen(count))
            for count in (13, 25, 50)
        ),
        *(
            Fault(name=f"sound {count} frames beside", kind="sound", plant=late(count))
            for count in (3, 5, 8)
        ),
        *(
            Fault(name=f"{name} at {k:g}x", kind="frames", plant=plant(k), measure=measure)
            for name, plant, measure in (
                ("colour ramp", tinted, "colour_drift"),
                ("blur ramp", blurred, "sharpness_drift"),
                ("seam jump", jumped, "seam"),
            )
            for k in STRENGTHS
        ),
    ]
)
