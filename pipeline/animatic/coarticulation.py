"""Phones to mouth controls by dominance functions (Cohen and Massaro, 1993)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from model.shapes import FPS
from pipeline.animatic.controls import MOUTH_CONTROLS, Control
from pipeline.animatic.visemes import (
    DOMINANCE,
    LABIAL,
    SILENCE,
    Dominance,
    Target,
    row_of,
    targets_of,
)
from pipeline.phones import Phones

Mouth = NDArray[np.float64]
"""[frames, 8], the first eight columns of `Control`."""

REACH_S = 0.5
"""A phone has no say further away than this, so a frame depends on the phones near it alone."""

LEAD_S = 0.03
"""Lips are seen to move before they are heard."""

STEPS = 4
"""Steps per frame at which the dominance functions are taken."""

SPARE_WEIGHT = 1e-3
"""Weight of the mouth guessed from loudness: nothing beside a phone, everything where none is."""

SHORTEST_CLOSURE_S = 0.07
"""Of which the middle 40 ms are shut, as long as a frame."""

PLATEAU = 0.60
SILENCE_EDGE_S = 0.04
"""A phone rules over the middle of its span; a silence over all but its edges."""


def mouth_of(phones: Phones, start: int, stop: int, spare: Mouth) -> Mouth:
    """Controls of frames `start` to `stop`; `spare` is what shows where there are no phones."""
    near = phones.between(start / FPS - REACH_S, stop / FPS + REACH_S)
    targets = [
        target
        for phone in zip(near.start_s.tolist(), near.stop_s.tolist(), near.names, strict=True)
        for target in targets_of(*phone)
    ]
    time_s = (np.arange(start * STEPS, stop * STEPS) + 0.5) / (FPS * STEPS) + LEAD_S
    weighted = SPARE_WEIGHT * np.repeat(spare, STEPS, axis=0)
    weight = np.full((len(time_s), 1), SPARE_WEIGHT)
    for target in targets:
        share = _dominance(target, time_s)[:, None]
        weighted += share * row_of(target.viseme)
        weight += share
    mouth = _averaged(_smooth(weighted / weight))
    return _closed(mouth, _closure(targets, start, stop))


def _dominance(target: Target, time_s: NDArray[np.float64]) -> NDArray[np.float64]:
    rule = DOMINANCE.get(target.viseme, Dominance())
    length_s = target.stop_s - target.start_s
    plateau_s = PLATEAU * length_s
    if target.viseme == SILENCE:
        plateau_s = max(plateau_s, length_s - 2 * SILENCE_EDGE_S)
    from_middle_s = np.abs(time_s - (target.start_s + target.stop_s) / 2)
    outside_s = np.maximum(from_middle_s - plateau_s / 2, 0)
    brevity = min(1.0, 0.35 + length_s / 0.09)
    share: NDArray[np.float64] = rule.strength * brevity * np.exp(-rule.decay_per_s * outside_s)
    share[outside_s >= REACH_S - LEAD_S] = 0
    return share


SMOOTHING = np.exp(-0.5 * (np.arange(-8, 9) / 3.0) ** 2)
SMOOTHING /= SMOOTHING.sum()


def _smooth(steps: Mouth) -> Mouth:
    """A Gaussian of 30 ms over time; the first and last two frames of a range lack neighbours."""
    padded = np.pad(steps, ((8, 8), (0, 0)), mode="edge")
    return np.stack([np.convolve(column, SMOOTHING, "valid") for column in padded.T], axis=1)


def _averaged(steps: Mouth) -> Mouth:
    averaged: Mouth = steps.reshape(-1, STEPS, MOUTH_CONTROLS).mean(axis=1)
    return averaged


def _closure(targets: list[Target], start: int, stop: int) -> NDArray[np.float64]:
    """[frames]: 1 where lips must meet. Every labial closes at least one frame."""
    middle_s = (np.arange(start, stop) + 0.5) / FPS + LEAD_S
    closure = np.zeros(stop - start)
    for target in targets:
        if target.viseme == LABIAL:
            half_s = max((target.stop_s - target.start_s) / 2, SHORTEST_CLOSURE_S / 2)
            away_s = np.abs(middle_s - (target.start_s + target.stop_s) / 2)
            ramp = np.clip((half_s + 0.01 - away_s) / 0.025, 0, 1)
            closure = np.maximum(closure, ramp * ramp * (3 - 2 * ramp))
    return closure


OPENING = (Control.JAW, Control.UPPER_LIP, Control.LOWER_LIP, Control.TONGUE)


def _closed(mouth: Mouth, closure: NDArray[np.float64]) -> Mouth:
    """Take the opening away where lips are closed or pressed."""
    pressed = np.clip((mouth[:, Control.PRESS] - 0.25) / 0.55, 0, 1)
    shut = np.maximum(np.clip((pressed - 0.1) / 0.6, 0, 1), closure)
    result = mouth.copy()
    result[:, Control.PRESS] = np.maximum(pressed, closure)
    result[:, OPENING] *= 1 - shut[:, None]
    return result
