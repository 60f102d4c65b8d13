"""How well the preset `tiny` talks, on portraits and sentences that it was never trained on.

    python benchmarks/tiny.py --material DIR [--weights DIR] --clips 16 --out FOLDER

Each held-out portrait speaks a held-out sentence, through the renderer's door, on one thread. The
lip gap over time is held against the teacher's (the animatic) of the same words and of others, the
face against the portrait; the VAE and the number of steps are measured too. What is tried is chosen
by the clips of even number and reported of the odd ones. --pairs DIR adds contact sheets of
pictures with recordings of the same name. Writes JSON and PNG files into FOLDER,
and benchmarks/results/tiny.json when there are weights.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import cv2
import numpy as np
import torch

from benchmarks.where import where_it_ran
from model.sampling.tiers import FirstBlockCache, TaylorSeer
from model.shapes import NEW_FRAMES, SEGMENT_FRAMES
from pipeline.dataset.batches import hue_turn
from pipeline.dataset.split import is_held_out_voice
from pipeline.evaluate.clips import (
    USUAL,
    clip_of,
    reconstructed,
    reconstruction_db,
    sampled_as,
    teacher_clip,
    tiny_renderer,
)
from pipeline.evaluate.course import Likeness
from pipeline.evaluate.figures import ClipFigures, Clips, clip_figures, json_value, summary
from pipeline.evaluate.material import Pairing, held_out, pairings
from pipeline.evaluate.mouth import lip_gaps
from pipeline.evaluate.picture import psnr_db
from pipeline.evaluate.series import interval_of
from pipeline.evaluate.sheets import contact_sheet, save_picture
from pipeline.evaluate.takes import job_take, known_take
from pipeline.hallo3.renderer import Hallo3
from pipeline.presets import TINY
from pipeline.quality.column_statistics import correlation, mean_of
from pipeline.renderer import Frames, TakeFiles

RESULT = Path(__file__).parent / "results" / "tiny.json"

TIERS = {
    "50 steps": replace(USUAL, num_inference_steps=50),
    "25 steps": replace(USUAL, num_inference_steps=25),
    "12 steps": replace(USUAL, num_inference_steps=12),
    "8 steps": replace(USUAL, num_inference_steps=8),
    "4 steps": replace(USUAL, num_inference_steps=4),
    "50 steps, first block": replace(USUAL, num_inference_steps=50, cache=FirstBlockCache()),
    "50 steps, Taylor": replace(USUAL, num_inference_steps=50, cache=TaylorSeer()),
}
"""The first is what the others are held against."""

SHEETS, SHEET_EVERY = 8, 6
GOLDEN = (math.sqrt(5) - 1) / 2
"""Angles so far apart never come near one another again."""

MIDDLE = np.float32(127.5)
SOUNDS = (".wav", ".flac", ".mp3")
PICTURES = (".jpg", ".jpeg", ".png")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """The renderer under test, and what every measurement is given."""

    renderer: Hallo3
    out: Path
    frames: int

    def timed_clip(self, files: TakeFiles, renderer: Hallo3 | None = None) -> tuple[Frames, float]:
        """A clip, and the processor's seconds for a segment of it."""
        start = time.process_time()
        clip = clip_of(renderer or self.renderer, files, self.frames)
        return clip, (time.process_time() - start) / math.ceil(len(clip) / NEW_FRAMES)

    def sheet(self, name: str, rows: Sequence[Frames]) -> None:
        save_picture(contact_sheet(rows, SHEET_EVERY), str(self.out / f"{name}.png"))


def measured(bench: Bench, pairs: Sequence[Pairing]) -> list[ClipFigures]:
    figures = []
    for index, pair in enumerate(pairs):
        found, clips = measured_pair(bench, pair)
        if index < SHEETS:
            bench.sheet(f"clip-{index:02d}-{pair.name}", [clips.teacher, clips.student])
        figures.append(found)
        print(f"{pair.name}: right {found.right:.3f}, wrong {found.wrong:.3f}, ", end="")
        print(f"identity {found.identity:.3f}, {found.segment_s:.1f} s a segment", flush=True)
    return figures


def measured_pair(bench: Bench, pair: Pairing) -> tuple[ClipFigures, Clips]:
    files = files_of(bench, pair)
    student, segment_s = bench.timed_clip(files)
    other = known_take(pair.face, pair.other, TINY, bench.out / "takes" / f"{pair.name}-other")
    teacher = teacher_clip(files, _decodable(bench.frames))
    clips = Clips(
        student=student,
        teacher=teacher[: len(student)],
        given_back=given_back(bench, teacher)[: len(student)],
        other=teacher_clip(other, bench.frames),
    )
    figures = clip_figures(
        pair.name,
        clips,
        Likeness.of(files, bench.renderer.face).identity,
        unseen_voice=is_held_out_voice(pair.take.name),
        segment_s=segment_s,
    )
    return figures, clips


def given_back(bench: Bench, frames: Frames) -> Frames:
    """A clip through the VAE alone, less the few frames that its chunks leave over."""
    most = 8 * ((len(frames) - 1) // 8) + 1
    return reconstructed(bench.renderer.networks.vae, frames[:most])


def _decodable(frames: int) -> int:
    """The next count of frames that the VAE decodes: 8 n + 1."""
    return 8 * -(-(frames - 1) // 8) + 1


def files_of(bench: Bench, pair: Pairing) -> TakeFiles:
    return known_take(pair.face, pair.take, TINY, bench.out / "takes" / pair.name)


def vae_figures(bench: Bench, pairs: Sequence[Pairing]) -> dict[str, object]:
    """Decibels of a segment of the teacher's, given back as it is and with all hues turned, by
    another angle for each clip."""
    vae = bench.renderer.networks.vae
    clips = [teacher_clip(files_of(bench, pair), SEGMENT_FRAMES) for pair in pairs]
    angles = [math.tau * (0.05 + GOLDEN * index) for index in range(len(clips))]
    turned = [hues_turned(clip, angle) for clip, angle in zip(clips, angles, strict=True)]
    return {
        name: {
            "db": mean_of(found),
            "interval": interval_of(found),
            "each": found.tolist(),
        }
        for name, shown in (("as_they_are", clips), ("hues_turned", turned))
        for found in [np.array([reconstruction_db(vae, clip) for clip in shown])]
    }


def hues_turned(frames: Frames, angle: float) -> Frames:
    """uint8 [n, h, w, 3] with every colour turned about the greys."""
    away = frames.astype(np.float32) - MIDDLE
    turned = away @ hue_turn(angle, 1.0).numpy().T + MIDDLE
    return np.asarray(np.clip(np.rint(turned), 0, 255), np.uint8)


def compared_tiers(bench: Bench, pairs: Sequence[Pairing]) -> dict[str, dict[str, float]]:
    """Speed, and how near each tier comes to the first: means over the pairs."""
    rows: dict[str, list[tuple[float, float, float, float]]] = {name: [] for name in TIERS}
    for pair in pairs:
        files, full, full_gaps, full_s = files_of(bench, pair), None, None, 0.0
        like = Likeness.of(files, bench.renderer.face).identity.mesh
        teacher = lip_gaps(teacher_clip(files, bench.frames), like)
        for name, sampling in TIERS.items():
            clip, segment_s = bench.timed_clip(files, sampled_as(bench.renderer, sampling))
            gaps = lip_gaps(clip, like)
            if full is None or full_gaps is None:
                full, full_gaps, full_s = clip, gaps, segment_s
            near = (psnr_db(clip, full), correlation(gaps, full_gaps))
            rows[name].append((*near, correlation(gaps, teacher), full_s / segment_s))
    columns = ("psnr_db", "lips_as_full", "lips_as_teacher", "speed")
    return {
        name: {
            column: mean_of(np.array(values))
            for column, values in zip(columns, zip(*found, strict=True), strict=True)
        }
        for name, found in rows.items()
    }


def sheets_of_pairs(bench: Bench, folder: Path) -> list[str]:
    """Contact sheets of each picture of `folder` with the recording of its name."""
    made = []
    for picture in sorted(path for path in folder.iterdir() if path.suffix in PICTURES):
        sounds = [picture.with_suffix(end) for end in SOUNDS if picture.with_suffix(end).is_file()]
        if sounds:
            files = job_take(picture, sounds[0], TINY, bench.out / "takes" / picture.stem)
            student, _ = bench.timed_clip(files)
            bench.sheet(f"pair-{picture.stem}", [teacher_clip(files, bench.frames), student])
            made.append(picture.name)
    return made


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--material", type=Path, required=True, help="portraits and speech")
    parser.add_argument("--cache", type=Path, help="decoded speech of an earlier run or training")
    parser.add_argument("--weights", type=Path, help="a folder that a pipeline was saved in")
    parser.add_argument("--clips", type=int, default=16)
    parser.add_argument("--segments", type=int, default=2, help="the longest clip")
    parser.add_argument("--steps", type=int, default=TINY.steps)
    parser.add_argument("--tier-clips", type=int, default=1)
    parser.add_argument("--vae-clips", type=int, default=4)
    parser.add_argument("--pairs", type=Path, help="pictures with recordings of the same name")
    parser.add_argument("--out", type=Path, required=True)
    return parser.parse_args()


def report(given: argparse.Namespace) -> dict[str, object]:
    renderer = tiny_renderer(given.weights, replace(USUAL, num_inference_steps=given.steps))
    bench = Bench(renderer=renderer, out=given.out, frames=given.segments * NEW_FRAMES)
    faces, takes = held_out(given.material, given.cache or given.out / "speech")
    pairs = pairings(faces, takes, max(given.clips, given.vae_clips), SEGMENT_FRAMES)
    figures = measured(bench, pairs[: given.clips])
    unseen = [each for each in figures if each.unseen_voice]
    return {
        "weights": "trained" if given.weights else "random: the figures say nothing of quality",
        "held_out": {"portraits": len(faces), "takes": len(takes)},
        "all": summary(figures),
        "unseen_voice": summary(unseen),
        "other_voices": summary([each for each in figures if not each.unseen_voice]),
        "chosen_by": summary(figures[::2]),
        "reported_of": summary(figures[1::2]),
        "vae_chosen_by": vae_figures(bench, pairs[: given.vae_clips : 2]),
        "vae_reported_of": vae_figures(bench, pairs[1 : given.vae_clips : 2]),
        "tiers": compared_tiers(bench, pairs[: given.tier_clips]) if given.tier_clips else {},
        "sheets_of_pairs": sheets_of_pairs(bench, given.pairs) if given.pairs else [],
        "clips": [asdict(each) for each in figures],
    }


def where() -> dict[str, object]:
    return {
        **where_it_ran("one thread"),
    }


def main() -> None:
    given = arguments()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    given.out.mkdir(parents=True, exist_ok=True)
    with torch.inference_mode():
        text = json.dumps(json_value(where() | report(given)), indent=2) + "\n"
    (given.out / "tiny.json").write_text(text)
    if given.weights:
        RESULT.write_text(text)
    print(text)


if __name__ == "__main__":
    main()
