"""Captions drawn into frames on their way: a script of ASS, with its fonts beside it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np

from manifests.errors import Transient
from pipeline.media.ffmpeg import command
from pipeline.media.framing import Size
from pipeline.media.process import ProgramFailed, filtering
from pipeline.media.video import TIMEOUT_S, CountedFrames, Frames, raw_input


def with_captions(
    frames: Iterable[Frames], script: Path, size: Size, rate: Fraction, lead: int = 0
) -> Iterator[Frames]:
    """The frames, one a batch, with what the script says at their times; its time begins behind
    `lead` frames."""
    timed = raw_input(size, rate).filter("setpts", f"PTS-{lead}/({rate})/TB")
    drawn = timed.filter(
        "ass", filename=str(script.resolve()), fontsdir=str(script.resolve().parent)
    )
    graph = drawn.output("pipe:1", format="rawvideo", pix_fmt="rgb24", fps_mode="passthrough")
    shape = (1, size.height, size.width, 3)
    counted = CountedFrames(frames, size)
    try:
        blocks = filtering(
            command(graph), counted, block_bytes=int(np.prod(shape)), timeout_s=TIMEOUT_S
        )
        for block in blocks:
            yield np.frombuffer(block, np.uint8).reshape(shape)
    except ProgramFailed as failure:
        message = f"captions could not be drawn: {failure.said[-200:]}"
        raise Transient("encode_failed", message) from failure
