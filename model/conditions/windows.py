"""Which stretches of a take are heard together when its speech features are computed.

A transformer over sound has quadratic cost and hears everything at once; so a long take is heard in
windows on a fixed grid, each with a little of the take before and behind it. A take that fits one
window is heard as the original hears a clip.
"""

from __future__ import annotations

from dataclasses import dataclass

from model.shapes import FPS, SEGMENT_FRAMES

LONGEST_FRAMES = 30 * FPS
CONTEXT_FRAMES = 2 * FPS


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Frames `start`..`stop` get their features from hearing `heard_start`..`heard_stop` of the
    take, followed by `silence` frames without sound."""

    start: int
    stop: int
    heard_start: int
    heard_stop: int
    silence: int = 0

    @property
    def kept(self) -> slice:
        """The rows to keep of what was computed over everything heard."""
        return slice(self.start - self.heard_start, self.stop - self.heard_start)


def padded(frames: int, multiple: int = SEGMENT_FRAMES) -> int:
    """Rows of features of a take of `frames`: the next multiple, as the original pads a clip."""
    return -(-frames // multiple) * multiple


def windows(
    frames: int,
    *,
    multiple: int = SEGMENT_FRAMES,
    longest: int = LONGEST_FRAMES,
    context: int = CONTEXT_FRAMES,
) -> tuple[Window, ...]:
    """The windows of a take, tiling its padded rows in order.

    Window k starts at k x `longest` whatever the take's length, so that what is added or cut at the
    end changes no window whose context it does not reach. The last one takes the padding too.
    """
    if frames <= 0:
        raise ValueError(f"a take has at least one frame, not {frames}")
    starts = range(0, frames, longest)
    return tuple(
        Window(
            start=start,
            stop=padded(frames, multiple) if start == starts[-1] else start + longest,
            heard_start=max(start - context, 0),
            heard_stop=min(start + longest + context, frames),
            silence=padded(frames, multiple) - frames if start == starts[-1] else 0,
        )
        for start in starts
    )
