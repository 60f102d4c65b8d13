"""Where the protocol `Voice` was before; for one version."""

from __future__ import annotations

import warnings

from pipeline.media.voice import voices


def __getattr__(name: str) -> object:
    now = getattr(voices, name)
    told = f"pipeline.media.voices.{name} is pipeline.media.voice.voices.{name} now"
    warnings.warn(told, DeprecationWarning, stacklevel=2)
    return now
