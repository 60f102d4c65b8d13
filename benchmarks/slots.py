"""Fifty random slots: each is met to the frame, or refused with a miss that is true.

    python -m benchmarks.slots [--slots 50] [--seed 6]

Short texts are prepared as a run does it, without a slot and then with slots of 85 to 115 % of
their own length. Whether a slot can be met is worked out here again, from the rules in
docs/dubbing.md. Writes benchmarks/results/slots.json.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.speech.pitch import pitch_hz
from benchmarks.speech.tale import tale
from benchmarks.where import where_it_ran
from jobs.engine.worker import ToolCache, execute
from jobs.examples.portraits import astronaut
from manifests import Job
from model.shapes import FPS, MIX_SAMPLES_PER_FRAME, SPEECH_SAMPLES_PER_FRAME
from pipeline.media.sound.wav import read_info, read_speech
from pipeline.nouns import Span, Take
from pipeline.prepare import Prepare
from pipeline.presets import ANIMATIC
from pipeline.workspace.workspace import Workspace

RESULT = Path(__file__).parent / "results" / "slots.json"
VOICES = ("piper:joe", "flite:slt")
SLOTS_OF_A_TEXT = 5
WIDEST = 0.15
STRETCH, PAUSE_S, EDGE_S = 0.08, 0.16, 0.08
"""The rules as docs/dubbing.md has them."""

MISS = re.compile(r"(?P<miss>[\d.]+) s too (?P<how>long|short) for its slot")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """A slot and what came of it; `off_frames` and `pitch_changed_percent` of a met one, `told_s`
    (by how much the speech is too long) and `true_s` of a refused one."""

    voice: str
    own_s: float
    slot_s: float
    can_be_met: bool
    met: bool
    off_frames: int | None = None
    files_fit: bool | None = None
    pitch_changed_percent: float | None = None
    told_s: float | None = None
    true_s: float | None = None


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--slots", type=int, default=50)
    parser.add_argument("--seed", type=int, default=6)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        workspace = Workspace(out=f"{folder}/out", scratch=Path(folder, "scratch"))
        workspace.open()
        tried = list(tries(asked.slots, asked.seed, workspace, Path(folder)))
    facts = {
        **where_it_ran(),
        **summed(tried),
        "tried": [asdict(each) for each in tried],
    }
    RESULT.write_text(json.dumps(facts, indent=1) + "\n")
    print(json.dumps({name: facts[name] for name in facts if name != "tried"}, indent=1))


def tries(slots: int, seed: int, workspace: Workspace, folder: Path) -> Iterator[Tried]:
    draw = random.Random(seed)  # noqa: S311  # slots, no secrets
    for number in range(-(-slots // SLOTS_OF_A_TEXT)):
        script = tale(draw.choice((6, 10, 24)), seed + number)
        job = Job(
            job_id="slot",
            portrait_uri=str(astronaut()),
            script=script,
            voice=VOICES[number % len(VOICES)],
        )
        own = prepared(job, workspace).result
        for _ in range(min(SLOTS_OF_A_TEXT, slots - number * SLOTS_OF_A_TEXT)):
            slot_s = round(own.frames / FPS * draw.uniform(1 - WIDEST, 1 + WIDEST), 2)
            yield tried_slot(job, own, slot_s, workspace, folder)


def prepared(job: Job, workspace: Workspace) -> Any:  # noqa: ANN401  # what a worker hands back
    return execute(ToolCache(), Prepare(preset=ANIMATIC), job, workspace)


def tried_slot(job: Job, own: Take, slot_s: float, workspace: Workspace, folder: Path) -> Tried:
    frames = round(slot_s * FPS)
    over_s = too_long_s(own, frames / FPS)
    about = {
        "voice": str(job.voice),
        "own_s": own.frames / FPS,
        "slot_s": slot_s,
        "can_be_met": abs(over_s) * FPS < 1,
    }
    done = prepared(replace(job, target_duration_s=slot_s), workspace)
    if not isinstance(done.result, Take):
        told = MISS.search(str(done.failure))
        if told is None:
            raise SystemExit(f"refused for another reason: {done.failure}")
        sign = 1 if told["how"] == "long" else -1
        told_s = sign * float(told["miss"])
        return Tried(**about, met=False, told_s=told_s, true_s=round(over_s, 3))
    before, after = (speech_of(take, workspace, folder) for take in (own, done.result))
    return Tried(
        **about,
        met=True,
        off_frames=done.result.frames - frames,
        files_fit=files_fit(done.result, workspace, folder),
        pitch_changed_percent=round(100 * (pitch_hz(after) / pitch_hz(before) - 1), 2),
    )


def too_long_s(take: Take, slot_s: float) -> float:
    """By how much the speech misses the slot with all that may be done to it; negative: too short,
    0: it fits."""
    own_s = take.frames / FPS
    shortest_s = (own_s - silence_s(take.spans, own_s)) * (1 - STRETCH)
    return max(0.0, shortest_s - slot_s) + min(0.0, own_s * (1 + STRETCH) - slot_s)


def silence_s(spans: Sequence[Span], own_s: float) -> float:
    """All that may go."""
    inside = [max(0.0, b.start_s - a.stop_s - PAUSE_S) for a, b in pairwise(spans)]
    ends = [spans[0].start_s, own_s - spans[-1].stop_s]
    return sum(inside) + sum(max(0.0, end - EDGE_S) for end in ends)


def speech_of(take: Take, workspace: Workspace, folder: Path) -> Any:  # noqa: ANN401  # samples
    return read_speech(workspace.fetch(take.speech, folder))


def files_fit(take: Take, workspace: Workspace, folder: Path) -> bool:
    """Whether both sound files have exactly the samples of the take's frames."""
    speech, mix = (read_info(workspace.fetch(each, folder)) for each in (take.speech, take.mix))
    return (
        speech is not None
        and mix is not None
        and speech.samples == take.frames * SPEECH_SAMPLES_PER_FRAME
        and mix.samples == take.frames * MIX_SAMPLES_PER_FRAME
    )


def summed(tried: Sequence[Tried]) -> dict[str, Any]:
    met = [each for each in tried if each.met]
    refused = [each for each in tried if not each.met]
    pitch = np.abs([each.pitch_changed_percent for each in met])
    told_wrong = [e for e in refused if abs((e.told_s or 0) - (e.true_s or 0)) > 1 / FPS]
    return {
        "slots": len(tried),
        "met": len(met),
        "met_that_cannot_be": sum(not each.can_be_met for each in met),
        "off_by_more_than_a_frame": sum(abs(each.off_frames or 0) > 1 for each in met),
        "files_of_another_length": sum(not each.files_fit for each in met),
        "pitch_changed_percent_median": round(float(np.median(pitch)), 2),
        "pitch_changed_percent_most": round(float(pitch.max()), 2),
        "refused": len(refused),
        "refused_that_can_be_met": sum(each.can_be_met for each in refused),
        "refused_with_a_wrong_miss": len(told_wrong),
    }


if __name__ == "__main__":
    main()
