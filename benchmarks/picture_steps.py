"""What the picture's steps between the reel and the encoder cost, in milliseconds a frame.

    python benchmarks/picture_steps.py [--size WIDTHxHEIGHT] [--frames N] [--out FILE]

Frames of a portrait that sways run through each step of `pipeline/delivery/picture` alone, on one
thread; what is counted is the processor's time for a delivered frame.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Literal, get_args

import cv2
import numpy as np
from PIL import Image

from benchmarks.where import where_it_ran
from jobs.examples.portraits import astronaut
from manifests.artifact import Artifact
from manifests.job import Aspect
from pipeline.delivery.picture.conform import ConformMethod, conformed, plan_conform
from pipeline.delivery.picture.handles import with_handles
from pipeline.delivery.picture.plate import lay_plate, plate_reframing, plated
from pipeline.delivery.picture.reframe import WantedSize, reframed, reframing
from pipeline.media.framing import Size
from pipeline.nouns import Box, Plate, Take
from pipeline.renderer import Frames

RATES = {
    "23.976": Fraction(24000, 1001),
    "24": Fraction(24),
    "25": Fraction(25),
    "29.97": Fraction(30000, 1001),
    "30": Fraction(30),
}
BATCH = 8

Step = Callable[[Iterator[Frames]], Iterator[Frames]]


def swaying(size: Size, frames: int) -> Frames:
    """A face that fills the frame and moves by a pixel or two."""
    picture = np.asarray(Image.open(astronaut()).convert("RGB").resize((size.width, size.height)))
    ways = np.stack([np.sin(np.arange(frames) / 7), np.cos(np.arange(frames) / 5)], axis=1) * 2
    moves = [np.array([[1, 0, x], [0, 1, y]], np.float32) for x, y in ways]
    return np.stack(
        [
            cv2.warpAffine(
                picture, move, (size.width, size.height), borderMode=cv2.BORDER_REPLICATE
            )
            for move in moves
        ]
    )


def ms_a_frame(step: Step, frames: Frames) -> float:
    """Processor time over delivered frames, after one batch that warms up."""
    list(step(iter([frames])))
    begun = time.process_time()
    delivered = sum(
        len(batch) for batch in step(frames[at : at + BATCH] for at in range(0, len(frames), BATCH))
    )
    return round((time.process_time() - begun) / delivered * 1000, 3)


def conforms(frames: int) -> Iterator[tuple[str, Step]]:
    methods: tuple[ConformMethod, ...] = get_args(ConformMethod)
    for name, rate in RATES.items():
        for method in methods:
            plan = plan_conform(frames, rate, method)
            yield f"conform to {name}, {method}", lambda drawn, plan=plan: conformed(drawn, plan)


FITS: tuple[tuple[Aspect, Literal["crop", "pad", "blur"], WantedSize], ...] = (
    ("source", "crop", None),
    ("9:16", "crop", None),
    ("1:1", "crop", 1080),
    ("16:9", "pad", None),
    ("16:9", "pad", (1920, 1080)),
    ("16:9", "blur", None),
    ("16:9", "blur", (1920, 1080)),
)


def reframings(size: Size, head: Box) -> Iterator[tuple[str, Step]]:
    for aspect, fit, wanted_size in FITS:
        wanted = reframing(aspect, fit, wanted_size, size, head)
        name = f"{fit} to {aspect}, {wanted.size.width}x{wanted.size.height}"
        yield name, lambda drawn, wanted=wanted: reframed(drawn, wanted)


def plates(size: Size, head: Box, frames: int) -> Iterator[tuple[str, Step]]:
    """In a picture of 1920x1280, at that size and at 1080 lines, and at the drawn size."""
    picture = np.asarray(Image.open(astronaut()).convert("RGB").resize((1920, 1280)))
    for told, place in (
        ("drawn size", Box(left=600, top=200, width=size.width, height=size.height)),
        ("of half the size", Box(left=600, top=200, width=size.width / 2, height=size.height / 2)),
    ):
        file = Artifact(uri="", sha256="", bytes=0)
        plate = Plate(picture=file, width=1920, height=1280, place=place)
        take = _take(size, head, frames, plate)
        for lines in (None, 1080):
            wanted = plate_reframing(plate, take, "source", lines)
            laid = lay_plate(picture, plate, take, wanted)
            name = f"plate, {told}, {wanted.size.width}x{wanted.size.height}"
            yield name, lambda drawn, laid=laid: plated(drawn, laid)


def _take(size: Size, head: Box, frames: int, plate: Plate) -> Take:
    file = plate.picture
    return Take(
        fingerprint="", frames=frames, width=size.width, height=size.height, speech=file, mix=file,
        portrait=file, landmarks=file, phones=file, words=file, head=head, spans=(), inputs=(),
        warnings=(), plate=plate,
    )  # fmt: skip


def figures(size: Size, frames: int) -> Mapping[str, float]:
    drawn = swaying(size, frames)
    head = Box(
        left=size.width * 0.3,
        top=size.height * 0.15,
        width=size.width * 0.4,
        height=size.height * 0.45,
    )
    steps = dict(conforms(frames))
    steps |= dict(reframings(size, head))
    steps |= dict(plates(size, head, frames))
    steps["handles of 2 s"] = lambda drawn: with_handles(drawn, 50)
    return {name: ms_a_frame(step, drawn) for name, step in steps.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--size", default="480x720")
    parser.add_argument("--frames", type=int, default=96)
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results/picture-steps.json"))
    given = parser.parse_args()
    width, height = map(int, given.size.split("x"))
    cv2.setNumThreads(1)
    told = {
        **where_it_ran("one thread"),
        "drawn": given.size,
        "ms_a_frame": dict(figures(Size(width=width, height=height), given.frames)),
    }
    text = json.dumps(told, indent=1)
    print(text)
    given.out.write_text(text + "\n")


if __name__ == "__main__":
    main()
