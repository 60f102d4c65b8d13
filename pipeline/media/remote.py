"""The length of a recording where it lies, from its header: a few ranged reads, no download."""

from __future__ import annotations

import av

from manifests.errors import Missing
from manifests.storage import redacted
from manifests.storage.lookalikes import as_stored
from manifests.storage.ranged import RangedFile, open_ranged
from pipeline.media.ffmpeg import UNTRUSTED, blame_library

BUFFER_BYTES = 1 << 16


def stored_length_s(uri: str) -> float | None:
    """Seconds as the container tells, or as its bit rate lets guess; None where neither does.

    Raises `BadInput` (`audio_unreadable`, `missing_file`, `forbidden`) or `Transient`.
    """
    with _opened(uri) as file:
        try:
            with av.open(
                file,
                mode="r",
                options=dict(UNTRUSTED),
                metadata_errors="replace",
                buffer_size=BUFFER_BYTES,
            ) as container:
                stream = container.streams.best("audio")
                if stream is None:
                    return None
                if stream.duration is not None and stream.time_base is not None:
                    return float(stream.duration * stream.time_base)
                return None if container.duration is None else container.duration / av.time_base
        except (av.FFmpegError, ValueError) as error:
            message = f"{redacted(uri)} is not sound in a format that is taken; save it as WAV."
            raise blame_library(error, code="audio_unreadable", message=message) from error


def _opened(uri: str) -> RangedFile:
    try:
        return open_ranged(uri)
    except Missing:
        return open_ranged(as_stored(uri))
