"""A program: what the header and the first frame of a studio's video say, as a line of JSON.

Only PyAV is imported, so that it starts at once.
"""

from __future__ import annotations

import json
import resource
import sys
from collections.abc import Sequence

import av
from av.stream import Disposition
from av.video.frame import VideoFrame
from av.video.stream import VideoStream


def main(arguments: Sequence[str]) -> None:
    path, options, cpu_s = arguments[0], json.loads(arguments[1]), int(arguments[2])
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_s, cpu_s + 5))
    try:
        answer = glance(path, options)
    except (MemoryError, av.error.MemoryError):
        if resource.getrlimit(resource.RLIMIT_AS)[0] < int(arguments[3]):
            sys.exit("this machine gives less memory than is asked for")
        answer = {"refused": "costly"}
    except (av.FFmpegError, ValueError, StopIteration):
        answer = {"refused": "unreadable"}
    sys.stdout.write(json.dumps(answer))


def glance(path: str, options: dict[str, str]) -> dict[str, float | int | str]:
    """Sizes are those stored, before rotation and pixel shape; numbers of colour are H.273's."""
    with av.open(path, options=options) as container:
        if not container.streams.video:
            return {"refused": "no_picture"}
        track = _shown(container.streams.video)
        stream = container.streams.video[track]
        context = stream.codec_context
        if context is None:  # no decoder has its name
            return {"refused": "unreadable"}
        stream.thread_count = 1
        width, height, pixels = context.width, context.height, int(options["max_pixels"])
        if width * height > pixels:
            return {"refused": "large", "width": width, "height": height}
        shape = stream.sample_aspect_ratio
        length_s = (container.duration or 0) / av.time_base
        frame = next(container.decode(stream))
        return {
            "track": track,
            "width": frame.width,
            "height": frame.height,
            "transparent": int(_is_transparent(stream, frame)),
            "across": shape.numerator if shape else 1,
            "down": shape.denominator if shape else 1,
            "rotation_deg": frame.rotation,
            "interlaced": int(frame.interlaced_frame),
            "matrix": int(frame.colorspace),
            "primaries": int(frame.color_primaries),
            "curve": int(frame.color_trc),
            "tag": context.codec_tag,
            "length_s": length_s,
            "fps": float(stream.average_rate or 0),
        }


def _shown(tracks: Sequence[VideoStream]) -> int:
    """The one that players take: phones and cameras add others of depth, covers and previews."""

    def put_behind(number: int) -> tuple[bool, bool, bool]:
        marks = tracks[number].disposition
        cover = bool(marks & Disposition.attached_pic)
        return tracks[number].codec_context is None, cover, not marks & Disposition.default

    return min(range(len(tracks)), key=put_behind)


def _is_transparent(stream: VideoStream, frame: VideoFrame) -> bool:
    """WebM keeps transparency apart, where the usual decoder does not see it."""
    tagged = any(
        name.lower() == "alpha_mode" and value == "1" for name, value in stream.metadata.items()
    )
    return tagged or any(component.is_alpha for component in frame.format.components)
