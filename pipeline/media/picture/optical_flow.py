"""In-between pictures that hide a join, and the number that says how visible a join is."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
"""[height, width, 3] RGB."""

Frames = NDArray[np.uint8]
"""[n, height, width, 3] RGB."""

Flow = NDArray[np.float32]
"""[height, width, 2]: how far each pixel goes, right and down."""

Field = NDArray[np.float32]
"""[height, width]: a weight or a coordinate a pixel."""

Grey = NDArray[np.uint8]
"""[height, width]: brightness."""

AGREE_PIXELS = 1.5
"""Forward and backward motion may differ by this much and still count as the same motion."""

SOFTEN_PIXELS = 4.0
"""Trust fades over this distance, so that moved and dissolved parts meet without an edge."""

LEAST_SPREAD = 0.1
"""Grey levels: a still stretch has no spread, and there any change would be infinitely rare."""


def bridge(before: Picture, after: Picture, count: int) -> Frames:
    """`count` pictures between `before` and `after`, evenly spread, neither of them included."""
    return pictures_between(before, after, [(at + 1) / (count + 1) for at in range(count)])


def pictures_between(before: Picture, after: Picture, shares: Sequence[float]) -> Frames:
    """The picture at each share of the way from `before` (0) to `after` (1).

    Both are moved along their dense optical flow to each instant and blended; where forward and
    backward flow disagree (something appears or is covered) they dissolve in place. Deterministic.
    """
    if before.shape != after.shape:
        raise ValueError(f"pictures differ in shape: {before.shape} and {after.shape}")
    cv2.setNumThreads(1)  # the flow's bytes depend on how rows are shared out
    forward, backward = _flow(before, after), _flow(after, before)
    forward, backward = _trusted(forward, backward), _trusted(backward, forward)
    between = np.empty((len(shares), *before.shape), np.uint8)
    for index, late in enumerate(shares):
        blend = (1 - late) * _moved(before, forward, late) + late * _moved(
            after, backward, 1 - late
        )
        between[index] = np.rint(blend).clip(0, 255).astype(np.uint8)
    return between


def seam_z(before: Frames, after: Frames) -> float:
    """How many standard deviations the change across a join stands out of the changes beside it.

    `before` and `after` are the frames on either side, in order; at least two on one of the sides.
    """
    inside = np.concatenate([_changes(before), _changes(after)])
    if not len(inside):
        raise ValueError("a change across a join needs others to compare it with")
    return seam_score(_change(before[-1], after[0]), inside)


def seam_score(across: float, inside: NDArray[np.float64]) -> float:
    """The same of a change in grey levels, beside those `inside` [n]."""
    return float((across - inside.mean()) / max(float(inside.std()), LEAST_SPREAD))


def _changes(frames: Frames) -> NDArray[np.float64]:
    """Mean absolute grey-level change from each frame to the next, [n - 1]."""
    return np.array([_change(first, second) for first, second in pairwise(frames)], np.float64)


def _change(first: Picture, second: Picture) -> float:
    return float(np.mean(cv2.absdiff(first, second)))


def _flow(source: Picture, target: Picture) -> Flow:
    """DIS optical flow on brightness whose mean and spread are levelled: light is not motion."""
    first, second = _grey(source), _grey(target)
    dis = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    still = np.zeros((*first.shape, 2), np.float32)
    return np.asarray(dis.calc(first, _levelled(second, like=first), still), np.float32)


def _grey(picture: Picture) -> Grey:
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), np.uint8)


def _levelled(grey: Grey, *, like: Grey) -> Grey:
    gain = float(like.std()) / max(float(grey.std()), 1.0)
    level = (grey.astype(np.float32) - grey.mean()) * gain + like.mean()
    return np.asarray(np.rint(level).clip(0, 255), np.uint8)


def _trusted(flow: Flow, reverse: Flow) -> Flow:
    """The flow where going there and back ends near where it began, fading to none elsewhere."""
    back = _sampled(reverse, *_positions(flow))
    gap = np.linalg.norm(flow + back, axis=2).astype(np.float32)
    trust = np.clip(2 - gap / np.float32(AGREE_PIXELS), 0, 1)
    soft = cv2.GaussianBlur(trust, (0, 0), SOFTEN_PIXELS)
    return np.asarray(flow * soft[..., None], np.float32)


def _moved(picture: Picture, flow: Flow, share: float) -> NDArray[np.float32]:
    """The picture carried along `share` of its flow, float32 [height, width, 3].

    The flow at a destination is found by following it back once: flow(x - share x flow(x)).
    """
    scaled = np.asarray(flow * np.float32(share), np.float32)
    arrived = _sampled(scaled, *_positions(-scaled))
    return _sampled(picture.astype(np.float32), *_positions(-arrived))


def _positions(flow: Flow) -> tuple[Field, Field]:
    height, width = flow.shape[:2]
    down, right = np.mgrid[0:height, 0:width].astype(np.float32)
    return right + flow[..., 0], down + flow[..., 1]


def _sampled(picture: NDArray[np.float32], right: Field, down: Field) -> NDArray[np.float32]:
    moved = cv2.remap(picture, right, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(moved, np.float32)
