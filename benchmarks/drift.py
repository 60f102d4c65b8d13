"""Five minutes of talk: what drifts, and what the options for long takes bring back.

    python benchmarks/drift.py [--segments 160] [--parts planted creep tiny] [--out FILE]

The portrait that scikit-image carries speaks sentences of the carried voice. `planted`: a renderer
that draws without drift, with a known one added in each segment (tests/drifting.py): colours
through the motion frames, a face that grows wider; against it the options, and chains that end.
`creep`: a network that copies its last motion frame, through the real VAE of `tiny`: what the way
through the VAE adds. `tiny`: the real networks. Of each: identity by dlib and the background's
CIEDE2000, the last five seconds against the first five. Each part is written as it is done.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import cv2
import numpy as np
import torch

from benchmarks.where import where_it_ran
from jobs.examples.portraits import astronaut
from model.conditions.dlib_face import DlibFace
from model.sampling.long_takes import AS_TRAINED, LongTakes
from model.sampling.motion import STILL_LATENTS, colour_bias, kept_motion
from model.sampling.noise import Draw, Noise, Purpose
from model.segments import ChainState, PreparedTake, Sampling
from model.shapes import FPS, MOTION_FRAMES, NEW_FRAMES
from model.vae import decode_frames, encode
from pipeline.animatic.renderer import Animatic
from pipeline.dataset.material import SpokenTake
from pipeline.evaluate.clips import SEED, sampled_as, tiny_renderer
from pipeline.evaluate.course import Likeness, background_difference
from pipeline.evaluate.figures import json_value
from pipeline.evaluate.identity import vector_of
from pipeline.evaluate.takes import job_take, long_take
from pipeline.hallo3.load import sampling_of
from pipeline.hallo3.renderer import Hallo3
from pipeline.media.voice.speech import choose_voice, speak_script
from pipeline.nouns import Chunk
from pipeline.presets import BUNDLED, TINY
from pipeline.quality.column_statistics import mean_of
from pipeline.quality.enlarged_mesh import mesh_of
from pipeline.renderer import Frames, Renderer, TakeFiles, rendered_chain
from tests.drifting import Drifting, Remembering, Step, pixels, planes

RESULT = Path(__file__).parent / "results" / "drift.json"
SAID = (
    "The river runs past the old mill and under the bridge. Every morning, a boat brings bread and "
    "paper to the village. People meet there, talk for a while, and go back to work. "
)
STEP = Step(lab=(0.06, 0.04, -0.05), wider=0.002)
"""Each segment: over five minutes 14 units of Lab and a face a third wider."""

OPTIONS = {
    "none": AS_TRAINED,
    "colour_match": LongTakes(colour_match=1.0),
    "colour_bias": LongTakes(colour_bias=True),
    "motion_noise": LongTakes(motion_noise=0.05),
    "reference": LongTakes(reference="round_trip"),
    "all": LongTakes(colour_match=1.0, colour_bias=True, motion_noise=0.05, reference="round_trip"),
}
DRIFT_FRAMES, LOOKED_AT, MOST_COSINE = 5 * FPS, 5, 0.03
ARCFACE_COSINE_A_DISTANCE = (1 - 0.28) / 0.6
"""From the same picture to the border of another person is 0.72 of ArcFace's cosine (0.28 at 0.1 %
false accepts) and 0.6 of dlib's distance: what a change of one means of the other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One frame against its portrait."""

    at: int
    distance: float
    cosine: float
    background: float


def looked_at(frame: Frames, at: int, likeness: Likeness) -> Look:
    mesh = mesh_of(frame, likeness.identity.mesh)
    distance = cosine = float("nan")
    if mesh is not None:
        seen, kept = vector_of(frame, mesh, likeness.identity.encoder), likeness.identity.vector
        distance = float(np.linalg.norm(seen - kept))
        cosine = float(seen @ kept / np.linalg.norm(seen) / np.linalg.norm(kept))
    behind = background_difference(frame, likeness.behind, likeness.around)
    return Look(at=at, distance=distance, cosine=cosine, background=behind)


def looks_of(batches: Iterator[Frames], frames: int, likeness: Likeness) -> list[Look]:
    """Five looks a second in the first and the last five seconds, one every ten between them."""
    looks = []
    for at, frame in enumerate(frame for batch in batches for frame in batch):
        ends = at < DRIFT_FRAMES or at >= frames - DRIFT_FRAMES
        if at % (LOOKED_AT if ends else 10 * FPS) == 0:
            looks.append(looked_at(frame, at, likeness))
    return looks


def drift_in(looks: list[Look], frames: int) -> dict[str, object]:
    """What the last five seconds have more than the first five, and whether it is little enough."""
    told: dict[str, object] = {}
    for name in ("distance", "cosine", "background"):
        first, last = (
            mean_of(np.array([getattr(look, name) for look in looks if inside(look.at)]))
            for inside in (lambda at: at < DRIFT_FRAMES, lambda at: at >= frames - DRIFT_FRAMES)
        )
        told[name] = {"first": first, "last": last, "change": last - first}
    change = cast(dict[str, float], told["distance"])["change"]
    return told | {
        "arcface_cosine_equivalent": change * ARCFACE_COSINE_A_DISTANCE,
        "kept": change * ARCFACE_COSINE_A_DISTANCE <= MOST_COSINE,
        "course": [
            [round(look.at / FPS, 1), look.distance, look.background] for look in looks[::5]
        ],
    }


def in_chains(renderer: Renderer, files: TakeFiles, segments: int) -> Iterator[Frames]:
    """A take in chains of so many segments, each of which starts from the portrait."""
    frames, length = files.take.frames, segments * NEW_FRAMES
    for index, start in enumerate(range(0, frames, length)):
        chunk = Chunk(index=index, start=start, stop=min(start + length, frames))
        yield from rendered_chain(renderer.open(files, chunk, SEED), chunk.segments)


def planted(files: TakeFiles, likeness: Likeness) -> Iterator[tuple[str, dict[str, object]]]:
    """The known drift, in one chain with each option, then in chains of 60 and 28 s."""
    whole, minute, preset = files.take.frames // NEW_FRAMES + 1, 32, 15
    cases = [("no drift", AS_TRAINED, whole, Step())]
    cases += [(name, options, whole, STEP) for name, options in OPTIONS.items()]
    cases += [
        ("none, chains of 60 s", AS_TRAINED, minute, STEP),
        ("none, chains of 28 s", AS_TRAINED, preset, STEP),
        ("all, chains of 28 s", OPTIONS["all"], preset, STEP),
    ]
    drawn = Remembering(Animatic())
    for name, options, segments, step in cases:
        if name == "reference":
            continue  # this renderer has no identity network
        renderer = Drifting(renderer=drawn, step=step, options=sampled(options))
        batches = in_chains(renderer, files, segments)
        yield name, drift_in(looks_of(batches, files.take.frames, likeness), files.take.frames)


def sampled(options: LongTakes) -> Sampling:
    return sampling_of(replace(TINY, long_takes=options))


@torch.no_grad()
def copied(
    hallo3: Hallo3, portrait: torch.Tensor, sampling: Sampling, segments: int
) -> Iterator[Frames]:
    """What a network would show that copies its last motion frame: two frames a segment."""
    vae, noise = hallo3.networks.vae, Noise(seed=SEED, chunk="creep")
    bias = colour_bias(vae, portrait) if sampling.colour_bias else None
    take = cast(
        PreparedTake, SimpleNamespace(portrait=portrait, sampling=sampling, colour_bias=bias)
    )
    state = ChainState.first(portrait)
    for index in range(segments):
        motion = kept_motion(take, state)
        draw = Draw(purpose=Purpose.MOTION_NOISE, segment=index)
        motion = motion + sampling.motion_noise_sigma * noise.normal(draw, motion.shape)
        latents = encode(vae, motion[-1:][None]).expand(-1, STILL_LATENTS, -1, -1, -1)
        last = torch.cat(list(decode_frames(vae, latents)), dim=1)[0, -MOTION_FRAMES:]
        yield pixels((last * 2 - 1).numpy())
        state = state.after(last)


def creep(
    hallo3: Hallo3, likeness: Likeness, segments: int
) -> Iterator[tuple[str, dict[str, object]]]:
    portrait = torch.from_numpy(planes(likeness.portrait[None]))
    marks = sorted({0, segments // 4, segments // 2, segments - 1})
    for name, options in OPTIONS.items():
        if name == "reference":
            continue  # nothing but the VAE draws here
        drawn = enumerate(copied(hallo3, portrait, sampled(options), segments))
        looks = [looked_at(frames[-1], at, likeness) for at, frames in drawn if at in marks]
        yield (
            name,
            {
                "after_segments": [at + 1 for at in marks],
                "distance": [look.distance for look in looks],
                "background": [look.background for look in looks],
            },
        )


def tiny(
    hallo3: Hallo3, files: TakeFiles, likeness: Likeness
) -> Iterator[tuple[str, dict[str, object]]]:
    whole = files.take.frames // NEW_FRAMES + 1
    for name in ("none", "reference", "all"):
        batches = in_chains(sampled_as(hallo3, sampled(OPTIONS[name])), files, whole)
        yield name, drift_in(looks_of(batches, files.take.frames, likeness), files.take.frames)


def the_take(folder: Path, segments: int) -> TakeFiles:
    """The carried portrait on the canvas of `tiny`; its sentences again and again."""
    narration = folder / "narration.wav"
    speak_script(SAID, choose_voice("en", None), speech=folder / "speech.wav", mix=narration)
    once = job_take(astronaut(), narration, TINY, folder / "once")
    said = SpokenTake(name="said", speech=once.speech, phones=once.phones, frames=once.take.frames)
    long = long_take([said], segments * NEW_FRAMES / FPS, folder / "long")
    take = replace(once.take, frames=long.frames)
    return replace(once, take=take, speech=long.speech, phones=long.phones)


def told_so_far(done: Mapping[str, object], out: Path, began: float) -> None:
    where = {
        **where_it_ran("one thread"),
        "processor_s": round(time.process_time() - began),
        "step": {"lab": list(STEP.lab), "wider": STEP.wider},
    }
    out.write_text(json.dumps(json_value(where | dict(done)), indent=2) + "\n")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--segments", type=int, default=160)
    parser.add_argument("--parts", nargs="+", default=["planted", "creep", "tiny"])
    parser.add_argument("--out", type=Path, default=RESULT)
    return parser.parse_args()


def main() -> None:
    given, began = arguments(), time.process_time()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    with tempfile.TemporaryDirectory() as desk, torch.inference_mode():
        files = the_take(Path(desk), given.segments)
        likeness, hallo3 = Likeness.of(files, DlibFace.load()), tiny_renderer(BUNDLED)
        parts = {
            "planted": lambda: planted(files, likeness),
            "creep": lambda: creep(hallo3, likeness, given.segments),
            "tiny": lambda: tiny(hallo3, files, likeness),
        }
        done: dict[str, dict[str, object]] = {"seconds": files.take.frames / FPS}  # type: ignore[dict-item]
        for part in given.parts:
            done[part] = {}
            for name, found in parts[part]():
                done[part][name] = found
                print(part, name, {k: v for k, v in found.items() if k != "course"}, flush=True)
                told_so_far(done, given.out, began)


if __name__ == "__main__":
    main()
