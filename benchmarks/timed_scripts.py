"""Fifty timed scripts: each is spoken on its times and in its rooms, or refused with true misses.

    python -m benchmarks.timed_scripts [--scripts 50] [--seed 7]

Cues are spoken once to know how long they are, and get rooms of 90 to 130 % of that. Then each
script is prepared as a run does it. Begins and ends are measured in the mix that is delivered.
Whether a cue can be in its room is worked out here again, from the rules in docs/dubbing.md and the
sound of a voice that speaks as fast as it may. Writes benchmarks/results/timed-scripts.json.
"""

from __future__ import annotations

import argparse
import itertools
import json
import random
import re
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.speech.cue_sounds import AUDIBLE, QUIET, Mono, heard_s, samples_of, vtt_of
from benchmarks.speech.tale import tale
from benchmarks.where import where_it_ran
from jobs.engine.worker import ToolCache, execute
from jobs.examples.portraits import astronaut
from manifests import Job
from model.shapes import FPS, MIX_RATE
from pipeline.dubbing.cast import Cast
from pipeline.dubbing.cue_estimate import estimates
from pipeline.dubbing.cue_speech import CueSpeaker
from pipeline.limits import CueLimits, Limits
from pipeline.media.text.lexicon import EMPTY
from pipeline.media.text.sentences import split_script
from pipeline.media.voice.speech import choose_voice
from pipeline.media.voice.voices import PacedVoice, Voice
from pipeline.nouns import Take
from pipeline.prepare import Prepare
from pipeline.presets import ANIMATIC
from pipeline.timed_cues import ScriptCue, TimedScript
from pipeline.words import load_words
from pipeline.workspace.workspace import Workspace

RESULT = Path(__file__).parent / "results" / "timed-scripts.json"
KINDS = (
    ("piper:joe", 0.15),
    ("espeak:en-us", 0.15),
    ("piper:joe", 0.0),
    ("espeak:en-us", 0.0),
)
"""Voices, and by how much they may speak faster by themselves: 0 stands for one that cannot."""

CUES = (3, 7)
ROOMS = (0.9, 1.3)
STRETCH, PAUSE_S, GAP_S = 0.08, 0.16, 0.08
"""The rules as docs/dubbing.md has them."""

LATE = re.compile(r"cue (\d+) at \S+ needs \S+ s and has \S+ s: ([\d.]+) s too long")


@dataclass(frozen=True, slots=True, kw_only=True)
class TriedScript:
    """A script and what came of it. Of a done one: by how much its cues begin late and end before
    their rooms do, at worst; of a refused one, its misses as told and as measured here."""

    voice: str
    most_rate: float
    cues: int
    done: bool
    hurried: int = 0
    stretched: int = 0
    begins_off_ms: tuple[float, ...] = ()
    ends_early_ms: tuple[float, ...] = ()
    sound_in_gaps: int = 0
    told_s: dict[int, float] | None = None
    true_s: dict[int, float] | None = None
    estimates_right: int = 0


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--scripts", type=int, default=50)
    parser.add_argument("--seed", type=int, default=7)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        tried = list(tries(asked.scripts, asked.seed, Path(folder)))
    facts = {
        **where_it_ran(),
        **summed(tried),
        "tried": [asdict(each) for each in tried],
    }
    RESULT.write_text(json.dumps(facts, indent=1) + "\n")
    print(json.dumps({name: facts[name] for name in facts if name != "tried"}, indent=1))


def tries(count: int, seed: int, folder: Path) -> Iterator[TriedScript]:
    draw = random.Random(seed)  # noqa: S311  # scripts, no secrets
    workspace = Workspace(out=f"{folder}/out", scratch=folder / "scratch")
    workspace.open()
    for kind, (name, most_rate) in enumerate(KINDS[:count]):
        numbers = range(kind, count, len(KINDS))
        texts = [drawn_texts(draw, seed + number) for number in numbers]
        voice = choose_voice("en", name)
        home = folder / f"kind-{kind}"
        slow, fast = spoken(texts, voice, most_rate, home)
        for said, own, fastest in zip(texts, slow, fast, strict=True):
            cues = with_rooms(said, own, draw)
            yield tried(cues, (own, fastest), (voice, most_rate), workspace, home)


def drawn_texts(draw: random.Random, seed: int) -> list[str]:
    """One sentence or two for each cue."""
    sentences = [each.text for each in split_script(tale(160, seed))]
    texts: list[str] = []
    for _ in range(draw.randint(*CUES)):
        size = draw.choice((1, 1, 2))
        texts.append(" ".join(sentences[:size]))
        sentences = sentences[size:]
    return texts


def spoken(
    texts: Sequence[Sequence[str]], voice: Voice, most_rate: float, home: Path
) -> tuple[list[list[Mono]], list[list[Mono]]]:
    """The sounds of all cues at the voice's own rate, and as fast as it may speak."""
    flat = [text for script in texts for text in script]
    cues = [
        ScriptCue(number=number, start_s=0.0, stop_s=1.0, lines=(text,))
        for number, text in enumerate(flat, start=1)
    ]
    sounds = [said_at(cues, voice, rate, home / f"rate-{rate}") for rate in (1.0, 1 + most_rate)]
    ends = np.cumsum([len(script) for script in texts])[:-1]
    slow, fast = ([list(part) for part in parted(sound, ends.tolist())] for sound in sounds)
    return slow, fast


def parted(sounds: Sequence[Mono], ends: Sequence[int]) -> Iterator[Sequence[Mono]]:
    edges = [0, *ends, len(sounds)]
    return (sounds[start:stop] for start, stop in itertools.pairwise(edges))


def said_at(cues: Sequence[ScriptCue], voice: Voice, rate: float, home: Path) -> list[Mono]:
    home.mkdir(parents=True, exist_ok=True)
    speaker = CueSpeaker(Cast(own=voice), EMPTY, CueLimits(most_rate=max(0.0, rate - 1)), home)
    found = speaker.speak(cues, dict.fromkeys(range(len(cues)), rate))
    return [samples_of(found[at].path) for at in range(len(cues))]


def least_s(samples: Mono) -> float:
    """What a sound takes with all its silences cut to the shortest pause, and stretched."""
    loud = np.flatnonzero(np.abs(samples) > QUIET)
    pauses = np.diff(loud) / MIX_RATE
    spare = np.maximum(0.0, pauses - PAUSE_S).sum()
    return float(heard_s(samples) - spare) * (1 - STRETCH)


def with_rooms(texts: Sequence[str], own: Sequence[Mono], draw: random.Random) -> TimedScript:
    """Cues whose rooms are 90 to 130 % of their speech; each cue's end is that of its room."""
    at_s, cues = round(draw.uniform(0.0, 1.5), 3), []
    for number, (text, samples) in enumerate(zip(texts, own, strict=True), start=1):
        stop_s = round(at_s + heard_s(samples) * draw.uniform(*ROOMS), 3)
        cues.append(ScriptCue(number=number, start_s=at_s, stop_s=stop_s, lines=(text,)))
        at_s = round(stop_s + GAP_S, 3)
    return TimedScript(cues=tuple(cues))


def tried(
    script: TimedScript,
    sounds: tuple[Sequence[Mono], Sequence[Mono]],
    kind: tuple[Voice, float],
    workspace: Workspace,
    home: Path,
) -> TriedScript:
    voice, most_rate = kind
    path = home / "script.vtt"
    path.write_text(vtt_of(script))
    limits = Limits(cues=CueLimits(most_rate=most_rate))
    job = Job(
        job_id="cues",
        portrait_uri=str(astronaut()),
        script_uri=str(path),
        voice=voice.name,
        target_duration_s=script.cues[-1].stop_s,
    )
    done: Any = execute(ToolCache(), Prepare(preset=ANIMATIC, limits=limits), job, workspace)
    fast = sounds[1] if isinstance(voice, PacedVoice) else sounds[0]
    misses = {
        cue.number: round(least_s(sound) - (cue.stop_s - cue.start_s), 3)
        for cue, sound in zip(script.cues, fast, strict=True)
    }
    found = estimates(script, job, Cast(own=voice), limits.cues)
    right = [
        each.least_s <= least_s(sound) <= each.most_s
        for each, sound in zip(found, fast, strict=True)
    ]
    about: dict[str, Any] = {
        "voice": voice.name,
        "most_rate": most_rate,
        "cues": len(script.cues),
        "estimates_right": sum(right),
        "true_s": {number: miss for number, miss in misses.items() if miss > 0},
    }
    if not isinstance(done.result, Take):
        told = {int(at): float(miss) for at, miss in LATE.findall(str(done.failure))}
        if not told:
            raise SystemExit(f"refused for another reason: {done.failure}")
        return TriedScript(**about, done=False, told_s=told)
    return TriedScript(**about, done=True, **measured(script, done.result, workspace, home))


def measured(script: TimedScript, take: Take, workspace: Workspace, home: Path) -> dict[str, Any]:
    mix = samples_of(workspace.fetch(take.mix, home))
    fits = load_words(workspace.fetch(take.words, home)).cues
    begins, ends, gaps = [], [], 0
    for cue, following in zip(script.cues, [*script.cues[1:], None], strict=True):
        next_s = len(mix) / MIX_RATE if following is None else following.start_s
        first = max(0, round((cue.start_s - 1 / FPS) * MIX_RATE))
        here = np.abs(mix[first : round((next_s - 1 / FPS) * MIX_RATE)])
        loud = np.flatnonzero(here > AUDIBLE * here.max())
        begins.append(round(1000 * ((first + loud[0]) / MIX_RATE - cue.start_s), 1))
        ends.append(round(1000 * (cue.stop_s - (first + loud[-1] + 1) / MIX_RATE), 1))
        gap = here[round((cue.stop_s + 1 / FPS) * MIX_RATE) - first :]
        gaps += int(np.any(gap))
    return {
        "hurried": sum(fit.rate > 1 for fit in fits),
        "stretched": sum(fit.factor < 1 for fit in fits),
        "begins_off_ms": tuple(begins),
        "ends_early_ms": tuple(ends),
        "sound_in_gaps": gaps,
    }


def summed(tried: Sequence[TriedScript]) -> dict[str, Any]:
    done = [each for each in tried if each.done]
    refused = [each for each in tried if not each.done]
    begins = np.abs([off for each in done for off in each.begins_off_ms])
    ends = np.array([early for each in done for early in each.ends_early_ms])
    frame_ms = 1000 / FPS
    pairs = [
        (told, (each.true_s or {}).get(number, 0.0))
        for each in refused
        for number, told in (each.told_s or {}).items()
    ]
    return {
        "scripts": len(tried),
        "cues": sum(each.cues for each in tried),
        "done": len(done),
        "done_percent": round(100 * len(done) / len(tried), 1),
        "done_by_kind": {
            f"{name}, {rate:.0%} faster": f"{sum(each.done for each in kind)} of {len(kind)}"
            for name, rate in KINDS
            if (kind := [e for e in tried if (e.voice, e.most_rate) == (name, rate)])
        },
        "cues_hurried": sum(each.hurried for each in done),
        "cues_stretched": sum(each.stretched for each in done),
        "begins_measured": len(begins),
        "begins_off_ms_median": round(float(np.median(begins)), 1),
        "begins_off_ms_most": float(begins.max()),
        "begins_off_by_more_than_a_frame": int((begins > frame_ms).sum()),
        "ends_behind_their_rooms": int((ends < 0).sum()),
        "ends_behind_their_rooms_most_ms": max(0.0, -float(ends.min())),
        "sound_in_gaps": sum(each.sound_in_gaps for each in done),
        "done_that_cannot_be": sum(bool(e.true_s) for e in done),
        "refused": len(refused),
        "late_cues_told": len(pairs),
        "late_cues_that_are_not": sum(true <= 0 for _, true in pairs),
        "late_cues_untold": sum(len(set(e.true_s or {}) - set(e.told_s or {})) for e in refused),
        "misses_off_by_more_than_a_frame": sum(abs(a - b) > 1 / FPS for a, b in pairs),
        "estimates_that_hold_percent": round(
            100 * sum(e.estimates_right for e in tried) / sum(e.cues for e in tried), 1
        ),
    }


if __name__ == "__main__":
    main()
