"""Samples of speech that a caller holds in memory, as the encoders of speech take them."""

from __future__ import annotations

import numpy as np

from model.conditions.speech import Sound
from model.shapes import SPEECH_RATE

FULL_SCALE = 2.0
"""What resampling lets stand out above 1 stays below it; integers that became floats do not."""

_WANTED = "give mono samples at 16 kHz, finite floats in -1..1"


def mono_samples(speech: object, sampling_rate: int | None = None) -> Sound:
    """`speech` as float32 [samples]. Nothing is scaled, mixed or resampled: what is no mono sound
    at 16 kHz in -1..1 is refused with how to make it one."""
    if sampling_rate is not None and sampling_rate != SPEECH_RATE:
        raise ValueError(
            f"`speech` at {sampling_rate} Hz; resample it to {SPEECH_RATE} Hz, or give a file of "
            "any rate as `audio`"
        )
    if isinstance(speech, dict | tuple):
        kind = type(speech).__name__
        raise TypeError(f"`speech` is a {kind}; {_WANTED}, and their rate as `sampling_rate`")
    sound = np.asarray(speech)
    told = f"`speech` is {sound.dtype} {list(sound.shape)}"
    if sound.ndim != 1 or not sound.size:
        raise ValueError(f"{told}; {_WANTED}, one at least; of several channels the mean")
    if sound.dtype.kind in "iu":
        raise ValueError(f"{told}; {_WANTED}: these {_divided(sound.dtype)}")
    if sound.dtype.kind != "f" or not np.isfinite(sound).all():
        holds = ", with NaN or infinity in it" if sound.dtype.kind == "f" else ""
        raise ValueError(f"{told}{holds}; {_WANTED}")
    peak = float(np.abs(sound).max(initial=0.0))
    if peak > FULL_SCALE:
        divided = _divided(np.dtype(np.int16))
        raise ValueError(f"{told} up to {peak:g}; {_WANTED}: int16 as floats {divided}")
    return sound.astype(np.float32)


def _divided(kind: np.dtype[np.generic]) -> str:
    """How integers of this kind become -1..1."""
    half = 2 ** (8 * kind.itemsize - 1)
    return f"less {half}, divided by {half}" if kind.kind == "u" else f"divided by {half}"
