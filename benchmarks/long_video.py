"""Sixty seconds of `tiny` in one chain: does the person, the background or the picture drift?

    python benchmarks/long_video.py --material DIR [--weights DIR] --seconds 60 --out FOLDER

A held-out portrait speaks held-out sentences one after the other, as one chain of segments, once
for each way to treat the motion frames. Identity distance, colour difference of the background
(CIEDE2000) and sharpness are measured over time; the last five seconds are held against the first
five. Each finished option is kept in FOLDER and not rendered again. Writes JSON, a plot and contact
sheets into FOLDER, and benchmarks/results/long_video.json when there are weights.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import cv2
import numpy as np
import torch

from benchmarks.where import where_it_ran
from manifests.artifact import sha256_of
from manifests.fingerprint import fingerprint
from model.shapes import FPS, NEW_FRAMES, segments_of
from pipeline.animatic.renderer import Animatic
from pipeline.evaluate.clips import USUAL, rendered_frames, sampled_as, tiny_renderer
from pipeline.evaluate.course import IDENTITY_EVERY, Course, Likeness, passes
from pipeline.evaluate.figures import json_value
from pipeline.evaluate.material import held_out
from pipeline.evaluate.mouth import missing
from pipeline.evaluate.sheets import Panel, contact_sheet, plotted, save_picture
from pipeline.evaluate.takes import known_take, long_take
from pipeline.guests.table import ANIMATIC_VERSION
from pipeline.hallo3.renderer import Hallo3
from pipeline.presets import TINY
from pipeline.quality.column_statistics import correlation, median_of
from pipeline.renderer import Frames, TakeFiles

RESULT = Path(__file__).parent / "results" / "long_video.json"

OPTIONS = {
    "usual": USUAL,
    "no holes": replace(USUAL, motion_mask_rate=0.0),
    "more holes": replace(USUAL, motion_mask_rate=0.3),
    "noise": replace(USUAL, motion_noise_sigma=0.05),
    "colour": replace(USUAL, colour_match=0.5),
    "colour, noise": replace(USUAL, colour_match=0.5, motion_noise_sigma=0.05),
}
"""What is done to the motion frames that a segment starts from."""

SHEET_EVERY_S, SHEET_COLUMNS = 2.5, 12


@dataclass(slots=True, kw_only=True)
class Glances:
    """Passes frames on, and keeps one every few seconds for a contact sheet."""

    every: int
    kept: list[Frames]

    def over(self, batches: Iterable[Frames]) -> Iterator[Frames]:
        seen = 0
        for batch in batches:
            self.kept += [frame for at, frame in enumerate(batch, seen) if at % self.every == 0]
            seen += len(batch)
            yield batch


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """The take that every option renders, and where what was found is kept."""

    files: TakeFiles
    likeness: Likeness
    out: Path

    def course(self, name: str, renderer: Hallo3 | Animatic, drawn_with: str) -> Course:
        """From its file if it is there, else rendered; `drawn_with` tells one from another."""
        take = self.files.take
        key = fingerprint(
            "course", drawn_with=drawn_with, speech=take.speech.sha256, looks=take.portrait.sha256
        )
        file = self.out / f"{name.replace(', ', '-').replace(' ', '-')}-{key[:8]}.npz"
        if not file.is_file():
            self._render(name, renderer, file)
        with np.load(file, allow_pickle=False) as columns:
            return Course(**{column: columns[column] for column in columns.files})

    def _render(self, name: str, renderer: Hallo3 | Animatic, file: Path) -> None:
        glances = Glances(every=round(SHEET_EVERY_S * FPS), kept=[])
        began = time.process_time()
        course = Course.of(glances.over(rendered_frames(renderer, self.files)), self.likeness)
        rows = np.array_split(np.stack(glances.kept), -(-len(glances.kept) // SHEET_COLUMNS))
        save_picture(contact_sheet(rows, 1), str(file.with_suffix(".png")))
        print(f"{name}: {time.process_time() - began:.0f} s of the processor", flush=True)
        partial = file.with_suffix(".partial.npz")
        np.savez(partial, **asdict(course))
        partial.rename(file)


def weights_name(folder: Path | None) -> str:
    """A digest of all weights in a folder."""
    if folder is None:
        return "random"
    files = sorted(folder.rglob("*.safetensors"))
    return fingerprint("weights", files=[sha256_of(file) for file in files])


def told(course: Course, teacher: Course) -> dict[str, object]:
    drifts = course.drifts
    return {
        "passes": passes(drifts),
        "drift": {name: asdict(drift) | {"change": drift.change} for name, drift in drifts.items()},
        "identity": median_of(course.identity),
        "background": median_of(course.background),
        "right_audio": correlation(course.lips, teacher.lips),
        "no_face": missing(course.lips),
    }


def panels(courses: Mapping[str, Course]) -> list[Panel]:
    step_s = IDENTITY_EVERY / FPS
    return [
        Panel(
            title="identity: dlib distance to the portrait",
            lines={name: course.identity for name, course in courses.items()},
            step_s=step_s,
        ),
        Panel(
            title="background: CIEDE2000 against the portrait",
            lines={name: course.background for name, course in courses.items()},
            step_s=1 / FPS,
        ),
        Panel(
            title="sharpness: variance of the Laplacian",
            lines={name: course.sharpness for name, course in courses.items()},
            step_s=1 / FPS,
        ),
    ]


def report(given: argparse.Namespace) -> dict[str, object]:
    faces, takes = held_out(given.material, given.cache or given.out / "speech")
    face, said = faces[given.portrait % len(faces)], long_take(takes, given.seconds, given.out)
    files = known_take(face, said, TINY, given.out / "take")
    renderer = tiny_renderer(given.weights, USUAL)
    walk = Walk(files=files, likeness=Likeness.of(files, renderer.face), out=given.out)
    weights = weights_name(given.weights)
    teacher = walk.course("teacher", Animatic(), ANIMATIC_VERSION)
    courses = {
        name: walk.course(name, sampled_as(renderer, sampling), f"{weights} {sampling}")
        for name, sampling in OPTIONS.items()
        if name in given.options
    }
    save_picture(plotted(panels(courses | {"teacher": teacher})), str(given.out / "long_video.png"))
    return {
        "weights": "trained" if given.weights else "random: the figures say nothing of quality",
        "portrait": face.name,
        "seconds": files.take.frames / FPS,
        "segments": segments_of(files.take.frames),
        "teacher": told(teacher, teacher),
        "options": {
            name: {"sampling": asdict(OPTIONS[name])} | told(course, teacher)
            for name, course in courses.items()
        },
    }


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--material", type=Path, required=True, help="portraits and speech")
    parser.add_argument("--cache", type=Path, help="decoded speech of an earlier run or training")
    parser.add_argument("--weights", type=Path, help="a folder that a pipeline was saved in")
    parser.add_argument("--seconds", type=float, default=32 * NEW_FRAMES / FPS)
    parser.add_argument("--portrait", type=int, default=0, help="which of the held-out ones")
    parser.add_argument("--options", nargs="+", choices=OPTIONS, default=list(OPTIONS))
    parser.add_argument("--out", type=Path, required=True)
    return parser.parse_args()


def main() -> None:
    given = arguments()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    given.out.mkdir(parents=True, exist_ok=True)
    where = {
        **where_it_ran("one thread"),
    }
    with torch.inference_mode():
        text = json.dumps(json_value(where | report(given)), indent=2) + "\n"
    (given.out / "long_video.json").write_text(text)
    if given.weights:
        RESULT.write_text(text)
    print(text)


if __name__ == "__main__":
    main()
