"""What a video's numbers mean as colours, and how they become those of BT.709."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.media.ffmpeg import Graph

UNKNOWN, BT709, BT2020, PQ, HLG = 2, 1, 9, 16, 18
"""Numbers of ITU-T H.273."""

WIDE_PRIMARIES = frozenset({BT2020, 11, 12})
"""BT.2020, and P3 with the white of cinemas and of screens."""

REFERENCE_WHITE_NITS, DIMMEST_WHITE_NITS, PEAK_NITS = 203.0, 100.0, 1000.0
"""White in an HDR picture (BT.2408), and in an SDR picture that was put into HDR as it was."""

STRAIGHT_UP_TO = 0.8
"""Brightness of SDR up to which it is kept; beyond it highlights are pressed together."""

_NAMES = {PQ: "PQ", HLG: "HLG"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ColourTags:
    """What a video says of its colours, and whether it is of 720 lines or more: players take an
    untagged one for BT.709 then, and for BT.601 else."""

    matrix: int = UNKNOWN
    primaries: int = UNKNOWN
    curve: int = UNKNOWN
    high_definition: bool = False

    @property
    def hdr(self) -> str:
        """PQ, HLG or ""."""
        return _NAMES.get(self.curve, "")

    def hdr_told(self, name: str) -> str:
        """For people."""
        return f"tone_mapped: {name} is HDR ({self.hdr}); its colours were brought to BT.709"


def tagged(pictures: Graph, tags: ColourTags) -> Graph:
    """The pictures with the tags that players take for granted where there are none."""
    missing: dict[str, str] = {}
    if tags.hdr:
        if tags.matrix == UNKNOWN:
            missing["colorspace"] = "bt2020nc"
        if tags.primaries == UNKNOWN:
            missing["color_primaries"] = "bt2020"
    elif tags.matrix == UNKNOWN and tags.high_definition:
        missing["colorspace"] = "bt709"
    if tags.primaries in WIDE_PRIMARIES and tags.curve == UNKNOWN:
        missing["color_trc"] = "bt709"
    return pictures.filter("setparams", **missing) if missing else pictures


def sdr(pictures: Graph, tags: ColourTags, *, white_nits: float = REFERENCE_WHITE_NITS) -> Graph:
    """Pictures in BT.709: HDR's are tone-mapped so that `white_nits` is white."""
    if not tags.hdr and tags.primaries not in WIDE_PRIMARIES:
        return pictures
    white = white_nits if tags.hdr else DIMMEST_WHITE_NITS
    linear = pictures.filter("zscale", transfer="linear", npl=white)
    linear = linear.filter("format", "gbrpf32le").filter("zscale", primaries="bt709")
    if tags.hdr:
        peak = max(PEAK_NITS / white, 1.0)
        linear = linear.filter("tonemap", "mobius", param=STRAIGHT_UP_TO, peak=peak, desat=0)
    return linear.filter("zscale", transfer="bt709", dither="none").filter("format", "gbrp")


def white_nits_of(small: NDArray[np.uint8]) -> float:
    """Where white lies in an HDR picture [H, W, 3] that was mapped with the reference white.

    Some programs put SDR pictures into HDR with their white at 100 nits; taken at 203 they would
    come out dark.
    """
    brightest = float(np.percentile(small.max(axis=2), 99.5)) / 255
    nits = REFERENCE_WHITE_NITS * float(brightest**2.4)
    return min(max(nits, DIMMEST_WHITE_NITS), REFERENCE_WHITE_NITS)
