"""An hour of timed script beside five minutes: whole sound, mix and captions, and what they cost.

    python -m benchmarks.timed_hour [--minutes 5 60] [--voice espeak:en-us] [--sheet FILE.png]

Each length is prepared in a process of its own, as a run does it, with a bed under it; its captions
are made, and the picture of its first, middle and last minute is drawn as `animatic`. Times are of
the cues as they are heard in the mix. Writes benchmarks/results/timed-hour.json.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import subprocess
import sys
import tempfile
from itertools import count
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
from PIL import Image

from benchmarks.speech.cue_sounds import AUDIBLE, QUIET, vtt_of
from benchmarks.speech.tale import tale
from benchmarks.where import where_it_ran
from jobs.engine.worker import ToolCache, execute
from jobs.examples.dubbing import write_bed
from jobs.examples.portraits import astronaut
from manifests import Job
from model.shapes import FPS, MIX_RATE, MIX_SAMPLES_PER_FRAME, SPEECH_SAMPLES_PER_FRAME
from pipeline.animatic.controls import Control
from pipeline.animatic.curves import Performance
from pipeline.captions.deliverables import caption_files
from pipeline.captions.read import read_captions
from pipeline.media.sound.wav import read_info, read_pcm, read_speech
from pipeline.media.text.sentences import split_script
from pipeline.nouns import Chunk, Take
from pipeline.phones import load_phones
from pipeline.prepare import Prepare
from pipeline.presets import ANIMATIC
from pipeline.renderer import TakeFiles
from pipeline.renderers import load_renderer
from pipeline.timed_cues import ScriptCue, TimedScript
from pipeline.words import load_words
from pipeline.workspace.workspace import Workspace

RESULT = Path(__file__).parent / "results" / "timed-hour.json"
MIB = 2**10  # of the kilobytes that getrusage tells
SLOWEST = 11.0
"""Letters a second; the voices are faster, so that every cue has room."""

GAP_S = 0.6
SIDE = 256
"""Pixels of the portrait: what is drawn is looked at for being there, not for beauty."""


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=int, nargs="+", default=[5, 60])
    parser.add_argument("--voice", default="espeak:en-us")
    parser.add_argument("--sheet", type=Path, help="a frame of every four seconds, to look at")
    parser.add_argument("--one", action="store_true")
    asked = parser.parse_args()
    if asked.one:
        print(json.dumps(measured(asked.minutes[0], asked.voice, asked.sheet)))
        return
    runs = [in_a_process(minutes, asked.voice, asked.sheet) for minutes in asked.minutes]
    facts = {
        **where_it_ran(),
        "peak_of_the_last_by_the_first": round(runs[-1]["peak_mib"] / runs[0]["peak_mib"], 3),
        "runs": runs,
    }
    RESULT.write_text(json.dumps(facts, indent=1) + "\n")
    print(json.dumps(facts, indent=1))


def in_a_process(minutes: int, voice: str, sheet: Path | None) -> dict[str, Any]:
    more = ["--one", "--minutes", str(minutes), "--voice", voice]
    more += ["--sheet", str(sheet)] if sheet else []
    command = [sys.executable, "-m", "benchmarks.timed_hour", *more]
    told = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    found: dict[str, Any] = json.loads(told.stdout.splitlines()[-1])
    return found


def script_of(minutes: int) -> TimedScript:
    """Sentences one after the other, with pauses of different lengths, up to the end."""
    draw = random.Random(minutes)  # noqa: S311  # a script, no secret
    sentences = [each.text for each in split_script(tale(minutes * 170))]
    cues: list[ScriptCue] = []
    at_s = 1.0
    for number in count(1):
        text = sentences[(number - 1) % len(sentences)]
        stop_s = round(at_s + 0.6 + len(text) / SLOWEST, 3)
        if stop_s > minutes * 60:
            return TimedScript(cues=tuple(cues))
        cues.append(ScriptCue(number=number, start_s=at_s, stop_s=stop_s, lines=(text,)))
        at_s = round(stop_s + GAP_S + draw.uniform(0.0, 1.5), 3)
    raise AssertionError


def measured(minutes: int, voice: str, sheet: Path | None) -> dict[str, Any]:
    script = script_of(minutes)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        workspace = Workspace(out=f"{folder}/out", scratch=folder / "scratch")
        workspace.open()
        with Image.open(astronaut()) as picture:
            picture.convert("RGB").resize((SIDE, SIDE)).save(folder / "face.png")
        write_bed(folder / "bed.wav")
        (folder / "script.vtt").write_text(vtt_of(script))
        job = Job(
            job_id="hour",
            portrait_uri=str(folder / "face.png"),
            script_uri=str(folder / "script.vtt"),
            bed_uri=str(folder / "bed.wav"),
            voice=voice,
            target_duration_s=minutes * 60.0,
            deliverables=("web", "srt", "vtt"),
        )
        began = perf_counter()
        done: Any = execute(ToolCache(), Prepare(preset=ANIMATIC), job, workspace)
        prepared_s = perf_counter() - began
        if not isinstance(done.result, Take):
            raise SystemExit(str(done.failure))
        desk = folder / "desk"
        desk.mkdir()
        captions = [
            len(read_captions(workspace.fetch(made.file, desk).read_bytes(), f"a.{made.format}"))
            for made in caption_files(job, done.result, workspace, desk)
        ]
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // MIB
        return {
            "minutes": minutes,
            "voice": voice,
            "cues": len(script.cues),
            "prepare_s": round(prepared_s, 1),
            "peak_mib": peak,
            "peak_of_programs_mib": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // MIB,
            "cues_in_captions": captions,
            **heard(script, done.result, workspace, desk),
            **drawn(done.result, workspace, desk, sheet),
        }


def heard(script: TimedScript, take: Take, workspace: Workspace, desk: Path) -> dict[str, Any]:
    """Whether the files are whole, and when each cue begins in the voice that drives the lips: the
    mix has a bed under it, and its last cue is looked for where the bed is known."""
    mix, speech = (workspace.fetch(each, desk) for each in (take.mix, take.speech))
    lengths = [read_info(mix), read_info(speech)]
    per_frame = (MIX_SAMPLES_PER_FRAME, SPEECH_SAMPLES_PER_FRAME)
    whole = [
        info is not None and info.samples == take.frames * samples
        for info, samples in zip(lengths, per_frame, strict=True)
    ]
    begins = [begin_off_ms(speech, cue) for cue in script.cues]
    last = script.cues[-1]
    start = round((last.start_s - 0.5) * MIX_RATE)
    tail = read_pcm(mix, start, round(last.stop_s * MIX_RATE))
    return {
        "sound_and_mix_whole": all(whole),
        "words": len(load_words(workspace.fetch(take.words, desk)).words),
        "begins_off_ms_most": max(map(abs, begins)),
        "begins_off_by_more_than_a_frame": sum(abs(off) > 1000 / FPS for off in begins),
        "last_cue_off_ms": begins[-1],
        "last_cue_is_in_the_mix": bool(np.abs(tail).max() > QUIET * (1 << 23)),
    }


def begin_off_ms(speech: Path, cue: ScriptCue) -> float:
    first = max(0, round((cue.start_s - GAP_S / 2) * 16_000))
    here = np.abs(read_speech(speech, first, round(cue.stop_s * 16_000)))
    loud = np.flatnonzero(here > AUDIBLE * here.max())
    return round(1000 * float((first + loud[0]) / 16_000 - cue.start_s), 1)


def drawn(take: Take, workspace: Workspace, desk: Path, sheet: Path | None) -> dict[str, Any]:
    """The first, the middle and the last minute: frames drawn, and how wide the jaw is opened
    where a cue is said and between cues."""
    files = TakeFiles(
        take=take,
        prompt="",
        **{
            name: workspace.fetch(getattr(take, name), desk)
            for name in ("speech", "portrait", "landmarks", "phones")
        },
    )
    cues = load_words(workspace.fetch(take.words, desk)).cues
    minute, renderer = 60 * FPS, load_renderer(ANIMATIC)
    frames, said, shut = 0, [], []
    rows: list[Any] = []
    performance = Performance(phones=load_phones(files.phones), speech=files.speech, seed=7)
    middle = (take.frames - minute) // 2
    for start in dict.fromkeys((0, middle, take.frames - minute)):
        chunk = Chunk(index=0, start=start, stop=start + minute)
        chain = renderer.open(files, chunk, 7)
        state = chain.start()
        seen: list[Any] = []
        for segment in chunk.segments:
            rendered = chain.render(segment, state)
            for batch in rendered:
                seen += [each for at, each in enumerate(batch, frames) if at % (4 * FPS) == 0]
                frames += len(batch)
            state = rendered.state
        rows.append(np.concatenate(seen, axis=1))
        jaw = performance.between(start, start + minute)[:, Control.JAW]
        times_s = (np.arange(start, start + minute) + 0.5) / FPS
        speaks = np.zeros(minute, bool)
        rests = np.ones(minute, bool)
        for cue in cues:
            speaks |= (times_s > cue.begins_s) & (times_s < cue.ends_s)
            rests &= (times_s < cue.begins_s - 0.2) | (times_s > cue.ends_s + 0.2)
        said.append(float(jaw[speaks].mean()))
        shut.append(float(jaw[rests].max()))
    if sheet:
        Image.fromarray(np.concatenate(rows)).save(sheet)
    return {
        "frames_drawn": frames,
        "jaw_while_said_mean": [round(each, 3) for each in said],
        "jaw_between_cues_most": [round(each, 3) for each in shut],
    }


if __name__ == "__main__":
    main()
