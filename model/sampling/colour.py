"""Colour match in CIE Lab: a chain's frames kept at the portrait's mean and spread of colour."""

from __future__ import annotations

import torch
from torch import Tensor

MOST_SHIFT = 5.0
"""Lab units that a channel's mean moves at most: a person who comes nearer is not a drift."""

MOST_GAIN = 1.1
"""By which a channel's spread grows or shrinks at most."""

TO_XYZ = ((0.4124564, 0.3575761, 0.1804375), (0.2126729, 0.7151522, 0.0721750), (0.0193339, 0.1191920, 0.9503041))  # fmt: skip  # noqa: E501  # sRGB, D65
WHITE = (0.95047, 1.0, 1.08883)
CURVE_FROM, LINEAR_TO = 0.04045, 0.0031308  # sRGB: where its curve leaves the straight line
KNEE, LINEAR = 216 / 24389, 24389 / 27  # CIE 1976: epsilon and kappa


def matched(frames: Tensor, portrait: Tensor, strength: float = 1.0) -> Tensor:
    """`frames` [n, 3, H, W] moved towards the colours of `portrait` [1, 3, H, W], both in 0..1.

    All frames get the same move, so that nothing flickers.
    """
    lab, goal = to_lab(frames), to_lab(portrait)
    every = (0, 2, 3)
    mean, spread = lab.mean(every, keepdim=True), lab.std(every, keepdim=True)
    gain = (goal.std(every, keepdim=True) / spread.clamp_min(1e-6)).clamp(1 / MOST_GAIN, MOST_GAIN)
    shift = (goal.mean(every, keepdim=True) - mean).clamp(-MOST_SHIFT, MOST_SHIFT)
    moved = (lab - mean) * gain + mean + shift
    return to_rgb(torch.lerp(lab, moved, strength))


def to_lab(rgb: Tensor) -> Tensor:
    """sRGB [n, 3, H, W] in 0..1 -> L 0..100, a, b."""
    linear = torch.where(
        rgb <= CURVE_FROM, rgb / 12.92, ((rgb.clamp_min(0) + 0.055) / 1.055) ** 2.4
    )
    xyz = _mixed(rgb.new_tensor(TO_XYZ), linear) / rgb.new_tensor(WHITE).view(3, 1, 1)
    root = torch.where(xyz > KNEE, xyz.clamp_min(KNEE) ** (1 / 3), (LINEAR * xyz + 16) / 116)
    x, y, z = root.unbind(1)
    return torch.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], dim=1)


def to_rgb(lab: Tensor) -> Tensor:
    """The way back, clamped to 0..1."""
    lightness, a, b = lab.unbind(1)
    y = (lightness + 16) / 116
    root = torch.stack([y + a / 500, y, y - b / 200], dim=1)
    xyz = torch.where(root**3 > KNEE, root**3, (116 * root - 16) / LINEAR)
    xyz = xyz * lab.new_tensor(WHITE).view(3, 1, 1)
    linear = _mixed(torch.linalg.inv(lab.new_tensor(TO_XYZ)), xyz)
    curved = 1.055 * linear.clamp_min(LINEAR_TO) ** (1 / 2.4) - 0.055
    return torch.where(linear <= LINEAR_TO, 12.92 * linear, curved).clamp(0, 1)


def _mixed(matrix: Tensor, channels: Tensor) -> Tensor:
    return torch.einsum("ij,njhw->nihw", matrix, channels)
