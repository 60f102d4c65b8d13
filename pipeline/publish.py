"""Publish: give a finished deliverable its friendly name, beside a sidecar that says how it was
made."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import ClassVar

from manifests.artifact import Artifact, sha256_of
from manifests.job import Job
from manifests.storage import join
from model.shapes import FPS
from pipeline.captions.deliverables import CAPTIONED, caption_files, caption_warnings
from pipeline.devices.class_changes import class_warnings, classes_of
from pipeline.nouns import Captions, Clip, Master, Published, Reel, Retake
from pipeline.presets import Preset, preset_warnings
from pipeline.stage import Resources
from pipeline.workspace.inputs import input_uris
from pipeline.workspace.workspace import Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishRequest:
    """A master to be published as the outcome of a job; `asked` is the fingerprint of the request,
    `row` that of the row alone."""

    job: Job
    asked: str
    master: Master
    reel: Reel
    clips: tuple[Clip, ...]
    preset: Preset
    seed: int
    row: str
    retakes: tuple[Retake, ...]
    timings: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Publish:
    """The recipe."""

    name: ClassVar[str] = "publish"
    needs: ClassVar[Resources] = Resources()

    def load(self) -> Callable[[PublishRequest, Workspace], Published]:
        return publish


def publish(release: PublishRequest, workspace: Workspace) -> Published:
    """Name the video, its captions and its sidecar; ledger and results say so afterwards."""
    job, master = release.job, release.master
    video_uri = join(workspace.out, "videos", f"{job.job_id}.mp4")
    sidecar_uri = join(workspace.out, "videos", f"{job.job_id}.json")
    with workspace.scratch_dir() as desk:
        workspace.publish_as(video_uri, workspace.fetch(master.file, desk))
        files = (*caption_files(job, release.reel.take, workspace, desk), *master.captioned)
        captions = tuple(publish_captions(made, job, workspace, desk) for made in files)
        sidecar = desk / "sidecar.json"
        text = json.dumps(
            sidecar_of(release, captions), indent=2, ensure_ascii=False, sort_keys=True
        )
        sidecar.write_text(text + "\n", encoding="utf-8")
        workspace.publish_as(sidecar_uri, sidecar)
        published = Published(
            master=master,
            video=Artifact(uri=video_uri, sha256=master.file.sha256, bytes=master.file.bytes),
            sidecar=Artifact(
                uri=sidecar_uri, sha256=sha256_of(sidecar), bytes=sidecar.stat().st_size
            ),
            captions=captions,
        )
        workspace.evict(master.file, desk)
    return published


def publish_captions(made: Captions, job: Job, workspace: Workspace, desk: Path) -> Captions:
    """Give a finished file of captions its friendly name."""
    drawn = made.format == CAPTIONED
    ending = f"{CAPTIONED}.mp4" if drawn else f"{job.language}.{made.format}"
    uri = join(workspace.out, "videos", f"{job.job_id}.{ending}")
    workspace.publish_as(uri, workspace.fetch(made.file, desk))
    if drawn:
        workspace.evict(made.file, desk)
    return replace(made, file=replace(made.file, uri=uri))


def sidecar_of(release: PublishRequest, captions: Sequence[Captions]) -> dict[str, object]:
    """How the video was made: enough to make it again and to answer for it."""
    job, master, take = release.job, release.master, release.reel.take
    return {
        "job_id": job.job_id,
        "title": job.title,
        "language": job.language,
        "speaker": job.speaker,
        "consent_id": job.consent_id,
        "metadata": dict(job.metadata),
        "synthetic": True,
        "preset": asdict(release.preset) | {"digest": release.preset.digest},
        "seed": release.seed,
        "retakes": [asdict(retake) for retake in release.retakes],
        "inputs": [
            {"uri": uri, "sha256": digest}
            for uri, digest in zip(input_uris(job), take.inputs, strict=True)
        ],
        "vocals": take.vocals or None,
        "script": job.script,
        "prompt": job.prompt,
        "video": asdict(replace(master, captioned=())),
        "captions": [asdict(made) for made in captions],
        "cuts_s": [clip.chunk.start / FPS for clip in release.clips],
        "joins": [asdict(join_) for join_ in release.reel.joins],
        "segments": [s.fingerprint for clip in release.clips for s in clip.segments],
        "devices": [classes_of(clip) for clip in release.clips],
        "timings_s": dict(release.timings),
        "warnings": [
            *take.warnings,
            *preset_warnings(job, release.preset),
            *caption_warnings(captions),
            *class_warnings(release.clips),
        ],
        "fingerprints": {
            "asked": release.asked,
            "row": release.row,
            "take": take.fingerprint,
        },
    }
