"""What measuring costs while a segment renders: each look's share of a second of 480x720.

    python -m benchmarks.measuring [--repeats 5]

The carried portrait speaks on a canvas of 480x720, drawn by the animatic. The same 47 frames pass
the meter again and again on one thread; of each repeat the seconds of the processor count, and of
all repeats the smallest. Then each look is repeated alone on the same frames, as often as the meter
takes it. Then one segment of the carried `tiny` is drawn and measured in the same run, 128x128.
Writes benchmarks/results/measuring.json.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from time import process_time
from typing import Any

import cv2
import numpy as np
import torch

from benchmarks.where import where_it_ran
from jobs.examples.portraits import astronaut
from model.shapes import FPS, NEW_FRAMES
from pipeline.animatic.renderer import Animatic
from pipeline.evaluate.clips import SEED, tiny_renderer
from pipeline.evaluate.takes import job_take
from pipeline.media.face.face import detail_of
from pipeline.media.sound.vad import speech_spans
from pipeline.media.voice.speech import choose_voice, speak_script
from pipeline.nouns import Chunk
from pipeline.presets import ANIMATIC, TINY, Preset
from pipeline.quality.looks import (
    Pixels,
    colour_difference,
    eye_opening,
    face_vector,
    faces_in,
    found_mesh,
    lip_gap,
    smaller,
)
from pipeline.quality.meter import (
    SAMPLED_EVERY,
    WHO_EVERY,
    Before,
    FaceMeter,
    behind_change,
    face_meter,
)
from pipeline.renderer import Frames, Renderer, TakeFiles

RESULT = Path("benchmarks/results/measuring.json")
SCRIPT = "Measuring is cheap, and what is seen in the morning was seen before, while it was drawn."
WEIGHTS = Path("model/weights/tiny")
CHUNK = Chunk(index=0, start=0, stop=NEW_FRAMES)
SEGMENT = CHUNK.segments[0]
SECOND_S = NEW_FRAMES / FPS

Look = Callable[[Pixels, Pixels], object]
"""At a frame and the one before."""


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--repeats", type=int, default=5)
    repeats = parser.parse_args().repeats
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    with tempfile.TemporaryDirectory() as folder:
        narration = narrated(Path(folder))
        large = on_canvas(narration, replace(ANIMATIC, canvas=(480, 720)), Path(folder) / "large")
        small = on_canvas(narration, TINY, Path(folder) / "small")
        found = {"480x720": of_second(large, repeats), "tiny": of_tiny(small, repeats)}
    facts = {
        **where_it_ran("one thread"),
        "colours_and_faces_every": SAMPLED_EVERY,
        "identity_every": WHO_EVERY,
        **found,
    }
    RESULT.write_text(json.dumps(facts, indent=1) + "\n")
    print(json.dumps(facts, indent=1))


def narrated(folder: Path) -> Path:
    narration = folder / "narration.wav"
    voice = choose_voice("en", None)
    speak_script(SCRIPT, voice, speech=folder / "speech.wav", mix=narration)
    return narration


def on_canvas(narration: Path, preset: Preset, folder: Path) -> TakeFiles:
    files = job_take(astronaut(), narration, preset, folder)
    return replace(files, take=replace(files.take, spans=tuple(speech_spans(files.speech))))


def drawn(renderer: Renderer, files: TakeFiles) -> Frames:
    chain = renderer.open(files, CHUNK, SEED)
    return np.concatenate(list(chain.render(SEGMENT, chain.start())))


def of_second(files: TakeFiles, repeats: int) -> dict[str, Any]:
    """All of it, and each look, in seconds of one core for a second of picture."""
    frames, meter = drawn(Animatic(), files), meter_of(files)
    whole = least(partial(measured, meter, frames), repeats) / SECOND_S
    shares = {name: alone(look, frames, every, repeats) for name, look, every in looks(meter)}
    return {
        "frames": list(frames.shape),
        "of_real_time": round(whole, 4),
        "shares": {name: round(share, 4) for name, share in shares.items()},
        "open_s": round(least(partial(face_meter, files), repeats), 4),
    }


def of_tiny(files: TakeFiles, repeats: int) -> dict[str, Any]:
    """A segment of the carried weights: drawn, and measured, in the same run."""
    renderer, meter = tiny_renderer(WEIGHTS), meter_of(files)
    frames = drawn(renderer, files)
    drawing = least(partial(drawn, renderer, files), max(1, repeats // 2))
    measuring = least(partial(measured, meter, frames), repeats)
    return {
        "frames": list(frames.shape),
        "drawing_s": round(drawing, 3),
        "measuring_s": round(measuring, 3),
        "share_of_drawing": round(measuring / drawing, 4),
    }


def meter_of(files: TakeFiles) -> FaceMeter:
    meter = face_meter(files)
    if not isinstance(meter, FaceMeter):
        raise TypeError(meter)
    return meter


def measured(meter: FaceMeter, frames: Frames) -> Mapping[str, float]:
    passing = meter.measured(iter([frames]), SEGMENT, Before())
    for _ in passing:
        pass
    return dict(passing.result.figures)


def looks(meter: FaceMeter) -> Iterator[tuple[str, Look, int]]:
    """Each with how many frames lie between two of them."""
    sitter = meter.sitter
    mesh = sitter.mesh
    yield "face mesh", lambda frame, _: found_mesh(frame, mesh, mesh), 1
    yield "lips and eyes from the mesh", lambda *_: (lip_gap(mesh), eye_opening(mesh)), 1
    yield "sharpness of the head", lambda frame, _: detail_of(frame, mesh), 1
    yield "change of the whole picture", grey_change, 1
    yield "small picture and change behind", lambda one, two: behind(one, two, meter), 1
    yield "faces", lambda frame, _: faces_in(frame), SAMPLED_EVERY
    yield "colours behind", lambda one, _: colour_difference(smaller(one), sitter), SAMPLED_EVERY
    encoder = sitter.encoder
    if encoder is not None:
        yield "identity (dlib)", lambda one, _: face_vector(one, mesh, encoder), WHO_EVERY


def grey_change(one: Pixels, two: Pixels) -> float:
    first, second = (cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY) for frame in (one, two))
    return float(cv2.absdiff(first, second).mean())


def behind(one: Pixels, two: Pixels, meter: FaceMeter) -> float:
    return behind_change(smaller(one), smaller(two), meter.sitter)


def alone(look: Look, frames: Frames, every: int, repeats: int) -> float:
    """Seconds for a second of picture."""
    pairs = [(frames[at], frames[at - 1]) for at in range(0, len(frames), every)]
    return least(lambda: [look(*pair) for pair in pairs], repeats) / SECOND_S


def least(made: Callable[[], object], repeats: int) -> float:
    """Seconds of the processor, the smallest of all repeats: what else runs only adds to them."""
    took = []
    for _ in range(repeats + 1):  # the first one warms up
        began = process_time()
        made()
        took.append(process_time() - began)
    return min(took[1:])


if __name__ == "__main__":
    main()
