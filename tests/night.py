"""A night for tests: media made once, manifests, runs in this process, and what came of them."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import av
import skimage.data
from PIL import Image

from jobs.config import RunConfig
from jobs.engine.executor import Executor, InProcess
from jobs.output.results_writer import Summary
from jobs.run import run
from manifests import Attempt, Job, Ledger, Result, read_results, write_jobs
from pipeline.cutting.cuts import SplitParams
from pipeline.workspace.workspace import Workspace
from tests.answered_once import answered_once
from tests.said_once import made_once, said_once
from tests.spoken import speak_all, spoken_in_english

SHORT = "Good morning. This is a test."
LONG = (
    "The first sentence is here to be spoken. The second one follows after a pause. "
    "A third sentence makes the take a little longer. And the fourth one ends it."
)

UNJUDGED = Path(__file__).with_name("unjudged.toml")
"""Gates for renderers that draw no faces: none."""

PORTRAIT = 256
"""Pixels of its side: frames of 512 take three times as long to draw and to encode."""

CUT_OFTEN = SplitParams(longest_s=4.0, shortest_s=1.0, silence_s=0.2, window_s=2.0)
"""Cuts a short take into several chunks."""


@dataclass(frozen=True)
class Media:
    """Inputs that every test may name."""

    portrait: Path
    narration: Path


def make_media(folder: Path) -> Media:
    narration = folder / "narration.wav"
    shutil.copyfile(made_once("narration.wav", _narrate), narration)
    portrait = folder / "portrait.png"
    Image.fromarray(skimage.data.astronaut()[:PORTRAIT, 96 : 96 + PORTRAIT]).save(portrait)
    return Media(portrait=portrait, narration=narration)


def _narrate(mix: Path) -> None:
    speak_all()
    spoken_in_english(SHORT, mix=mix)


def a_manifest(folder: Path, jobs: list[Job]) -> str:
    uri = str(folder / "manifest.parquet")
    write_jobs(jobs, uri)
    return uri


def run_here(
    manifest: str,
    out: Path | str,
    scratch: Path,
    executor: Callable[[Workspace], Executor] = InProcess,
    **settings: object,
) -> Summary:
    """A run on the executor of this process, without a report unless it is asked for."""
    settings = {"report": False} | settings
    config = RunConfig(scratch=scratch, **settings)  # type: ignore[arg-type]  # settings by name
    speak_all()
    with said_once(scratch), answered_once():
        return run([manifest], str(out), config, executor=executor)


def results(out: Path | str) -> dict[str, Result]:
    return {result.job_id: result for result in read_results(str(out))}


def attempts(out: Path | str) -> list[Attempt]:
    return list(Ledger(str(out)).read())


def frames_digest(video: Path) -> list[str]:
    """A digest of each decoded frame of a video."""
    with av.open(str(video)) as container:
        return [
            hashlib.sha256(frame.to_ndarray(format="yuv420p").tobytes()).hexdigest()
            for frame in container.decode(video=0)
        ]
