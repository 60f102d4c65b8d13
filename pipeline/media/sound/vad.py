"""Where somebody speaks: the silero network over 16 kHz speech, in constant memory.

The network remembers, so a change would be felt by all that follows. It starts afresh after every
stretch of digital silence, such as the pauses between spoken sentences: there a change stays local.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import onnxruntime  # type: ignore[import-untyped]  # no types in onnxruntime
from numpy.typing import NDArray

from manifests.artifact import sha256_of
from manifests.errors import ManifestUnusable
from model.shapes import SPEECH_RATE, SPEECH_SAMPLES_PER_FRAME
from pipeline.media.sound.wav import read_info, read_speech
from pipeline.nouns import Span

CARRIER = "silero_vad"
"""Import name of silero-vad; importing it would load torch."""

NETWORK = "silero_vad_16k_sequence.onnx"
SHA256 = "9ccdacc4719d8aa7e45a77536bfabec45a03ba1f2fad5e241ab4060b24238a85"

HOP = 512
CONTEXT = 64
"""The network hears 512 new samples at a time, and 64 of those before."""

BLOCK_FRAMES = 800  # 32 s: whole frames and whole hops
SILENT_FRAMES = 5

Probabilities = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class VadParams:
    """Speech begins above `threshold` and ends below `release`; shorter stretches do not count."""

    threshold: float = 0.5
    release: float = 0.35
    shortest_speech_s: float = 0.25
    shortest_silence_s: float = 0.1
    pad_s: float = 0.03
    """Added before a stretch only: the network hears ends about 40 ms late."""


DEFAULT = VadParams()


def speech_spans(path: Path, params: VadParams = DEFAULT) -> tuple[Span, ...]:
    """Stretches of speech in a 16 kHz mono 16-bit WAV, in order and apart."""
    return tuple(
        Span(
            start_s=max(start / SPEECH_RATE + span.start_s, 0.0),
            stop_s=min(start / SPEECH_RATE + span.stop_s, stop / SPEECH_RATE),
        )
        for start, stop in islands(path)
        for span in spans_of(np.concatenate(list(_chances(_blocks(path, start, stop)))), params)
    )


def spoken_s(samples: NDArray[np.float32], params: VadParams = DEFAULT) -> float:
    """Seconds of speech in 16 kHz samples [n]."""
    if not len(samples):
        return 0.0
    chances = np.concatenate(list(_chances(iter([samples]))))
    return sum(span.stop_s - span.start_s - params.pad_s for span in spans_of(chances, params))


def islands(path: Path) -> Iterator[tuple[int, int]]:
    """Sample ranges between stretches of digital silence, each with the silence just around it."""
    samples = _samples(path)
    sounding = np.flatnonzero(np.concatenate([np.zeros(0, np.bool_), *_sounding_frames(path)]))
    gaps = np.flatnonzero(np.diff(sounding) > SILENT_FRAMES) + 1
    for frames in np.split(sounding, gaps) if len(sounding) else ():
        first = max(0, int(frames[0]) - SILENT_FRAMES)
        last = int(frames[-1]) + 1 + SILENT_FRAMES
        yield first * SPEECH_SAMPLES_PER_FRAME, min(last * SPEECH_SAMPLES_PER_FRAME, samples)


def _sounding_frames(path: Path) -> Iterator[NDArray[np.bool_]]:
    """[n] per block: whether any sample of a frame is not zero."""
    for samples in _blocks(path, 0, _samples(path)):
        whole = -(-len(samples) // SPEECH_SAMPLES_PER_FRAME) * SPEECH_SAMPLES_PER_FRAME
        padded = np.pad(samples, (0, whole - len(samples)))
        frames = padded.reshape(-1, SPEECH_SAMPLES_PER_FRAME) != 0
        yield np.logical_or.reduce(frames, axis=1)


def _blocks(path: Path, start: int, stop: int) -> Iterator[NDArray[np.float32]]:
    for first in range(start, stop, BLOCK_FRAMES * SPEECH_SAMPLES_PER_FRAME):
        yield read_speech(path, first, min(first + BLOCK_FRAMES * SPEECH_SAMPLES_PER_FRAME, stop))


def _samples(path: Path) -> int:
    info = read_info(path)
    return 0 if info is None else info.samples


def _chances(blocks: Iterator[NDArray[np.float32]]) -> Iterator[Probabilities]:
    """Chance of speech per hop of 32 ms, a block at a time."""
    network = _network()
    hidden = cell = np.zeros((1, 1, 128), np.float32)
    before = np.zeros(CONTEXT, np.float32)
    for samples in blocks:
        hops = -(-len(samples) // HOP)
        heard = np.concatenate([before, np.pad(samples, (0, hops * HOP - len(samples)))])
        windows = np.lib.stride_tricks.sliding_window_view(heard, CONTEXT + HOP)[::HOP]
        feed = {"input": np.ascontiguousarray(windows), "h": hidden, "c": cell}
        chances, hidden, cell = network.run(["speech_probs", "hn", "cn"], feed)
        before = heard[-CONTEXT:]
        yield chances.reshape(-1)


@cache
def _network() -> onnxruntime.InferenceSession:
    spec = find_spec(CARRIER)
    remedy = "install silero-vad 6.2.3 with --no-deps"
    if spec is None or not spec.submodule_search_locations:
        raise ManifestUnusable("vad_missing", f"{NETWORK} is not installed; {remedy}.")
    path = Path(spec.submodule_search_locations[0]) / "data" / NETWORK
    if not path.exists() or sha256_of(path) != SHA256:
        raise ManifestUnusable("vad_changed", f"{path} is not the pinned file; {remedy}.")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(
        str(path), sess_options=options, providers=["CPUExecutionProvider"]
    )


def spans_of(chances: Probabilities, params: VadParams) -> Iterator[Span]:
    """Hysteresis over the chance of speech per hop; seconds from the first hop."""
    hop_s = HOP / SPEECH_RATE
    for first, last in _stretches(chances, params):
        if (last - first) * hop_s >= params.shortest_speech_s:
            yield Span(start_s=first * hop_s - params.pad_s, stop_s=last * hop_s)


def _stretches(chances: Probabilities, params: VadParams) -> Iterator[tuple[int, int]]:
    """Hops from where speech begins to where it has ended for the shortest silence."""
    patience = params.shortest_silence_s * SPEECH_RATE / HOP
    first = quiet_since = None
    for hop, chance in enumerate(chances):
        if chance >= params.threshold:
            first = hop if first is None else first
            quiet_since = None
        elif first is not None and chance < params.release:
            quiet_since = hop if quiet_since is None else quiet_since
            if hop - quiet_since >= patience:
                yield first, quiet_since
                first = quiet_since = None
    if first is not None:
        yield first, len(chances) if quiet_since is None else quiet_since
