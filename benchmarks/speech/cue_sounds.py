"""Scripts of cues as files, and where their sound is heard."""

from __future__ import annotations

from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from model.shapes import MIX_RATE
from pipeline.captions.cue import Cue
from pipeline.captions.write import vtt_text
from pipeline.media.sound.wav import read_pcm
from pipeline.timed_cues import TimedScript

QUIET = 10 ** (-50 / 20)
AUDIBLE = 10 ** (-40 / 20)
"""Of the cue's own peak: where a listener hears it begin."""

Mono: TypeAlias = NDArray[np.float64]


def vtt_of(script: TimedScript) -> str:
    cues = (
        Cue(start_s=cue.start_s, stop_s=cue.stop_s, lines=cue.lines, speaker=cue.speaker)
        for cue in script.cues
    )
    return vtt_text([*cues], "en")


def samples_of(path: Path) -> Mono:
    return read_pcm(path)[:, 0] / float(1 << 23)


def heard_s(samples: Mono) -> float:
    """From the first sound to the last."""
    loud = np.flatnonzero(np.abs(samples) > QUIET)
    return float(loud[-1] + 1 - loud[0]) / MIX_RATE
