"""`rushes example`: a small manifest with its media, from what the installed packages carry."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from manifests.errors import ManifestUnusable
from manifests.job import Job
from manifests.write import write_jobs
from pipeline.media.voice.speech import choose_voice, speak_script

SCRIPT = (
    "Good evening. Hand over your portraits and scripts tonight, "
    "and tomorrow morning the finished videos will be here."
)
SENTENCE = (
    "This is the small model, trained from scratch. It listens to the sound, and moves my lips."
)
NARRATION = "Every row of the manifest becomes a video, and every video is checked."


@dataclass(frozen=True, slots=True, kw_only=True)
class ExamplePortraits:
    """The rows of an example, and what people should know of it."""

    jobs: tuple[Job, ...]
    told: tuple[str, ...] = ()


def portraits(folder: Path) -> ExamplePortraits:
    """One portrait three times: it speaks a script and a recording as animatic, and a sentence
    drawn by the networks of `tiny`."""
    shutil.copyfile(astronaut(), folder / "portrait.png")
    mix = folder / "narration.wav"
    speech = folder / ".speech.wav"
    speak_script(NARRATION, choose_voice("en", None), speech=speech, mix=mix)
    speech.unlink()
    return ExamplePortraits(
        jobs=(
            Job(job_id="evening-script", portrait_uri="portrait.png", script=SCRIPT),
            Job(
                job_id="morning-narration",
                portrait_uri="portrait.png",
                audio_uri="narration.wav",
                aspect="4:5",
            ),
            Job(
                job_id="small-networks", portrait_uri="portrait.png", script=SENTENCE, preset="tiny"
            ),
        )
    )


def astronaut() -> Path:
    """The public-domain portrait of Eileen Collins that scikit-image carries."""
    spec = find_spec("skimage")
    if spec is None or spec.origin is None:
        raise ManifestUnusable(
            "example_missing",
            "the example's portrait comes with scikit-image: pip install scikit-image",
        )
    return Path(spec.origin).parent / "data" / "astronaut.png"


def write_example(
    make: Callable[[Path], ExamplePortraits], folder: Path
) -> tuple[Path, tuple[str, ...]]:
    """Write an example's manifest and media into a new or empty folder; returns the manifest, and
    what people should know of it."""
    if folder.exists() and any(folder.iterdir()):
        raise ManifestUnusable("folder_in_use", f"{folder} is not empty; name a new folder")
    folder.mkdir(parents=True, exist_ok=True)
    manifest = folder / "manifest.parquet"
    example = make(folder)
    write_jobs(example.jobs, str(manifest.absolute()))
    return manifest, example.told
