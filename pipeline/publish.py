"""Publish: give a finished deliverable its friendly name, beside a sidecar that says how it was
made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import ClassVar

from manifests.artifact import Artifact, sha256_of
from manifests.errors import BadInput, ManifestUnusable, Transient
from manifests.job import Job
from manifests.reading.consents import NO_RULES, ConsentRules
from manifests.storage import join
from pipeline.captions.deliverables import caption_files
from pipeline.delivery.gates import FinishedMaster, require_passed
from pipeline.delivery.profiles import CAPTION_FILES, caption_file_of
from pipeline.nouns import Captions, Published, Take
from pipeline.sidecar import PublishRequest, sidecar_text
from pipeline.stage import Resources, StageName
from pipeline.timed_cues import FittedCue, is_timed
from pipeline.words import load_words
from pipeline.workspace.workspace import Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class Publish:
    """The recipe."""

    name: ClassVar[str] = StageName.PUBLISH
    needs: ClassVar[Resources] = Resources()
    consents: ConsentRules = NO_RULES

    def load(self) -> Callable[[PublishRequest, Workspace], Published]:
        return partial(publish, consents=self.consents)


def publish(
    request: PublishRequest,
    workspace: Workspace,
    *,
    consents: ConsentRules = NO_RULES,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Published:
    """Name the video, its captions and its sidecar; ledger and results say so afterwards."""
    job, master = request.job, request.master
    require_consent(job, request.reel.take, consents, clock())
    require_passed(FinishedMaster(master=master, reel=request.reel, clips=request.clips), workspace)
    video_uri = join(workspace.out, "videos", request.delivery.table[master.profile].file_of(job))
    sidecar_uri = join(workspace.out, "videos", f"{job.job_id}.json")
    with workspace.scratch_dir() as desk:
        workspace.publish_as(video_uri, workspace.fetch(master.file, desk))
        files = (*caption_files(job, request.reel.take, workspace, desk), *master.captioned)
        captions = tuple(publish_captions(made, request, workspace, desk) for made in files)
        sidecar = desk / "sidecar.json"
        cues = fitted_cues(request, workspace, desk)
        sidecar.write_text(sidecar_text(request, captions, cues), encoding="utf-8")
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


def require_consent(job: Job, take: Take, consents: ConsentRules, when: datetime) -> None:
    """Raises `BadInput` when the row's consent does not hold at that time: nothing gets a name."""
    try:
        refused = consents.refusal(job, next(iter(take.inputs), None), when)
    except ManifestUnusable as error:  # broken while the run goes on: tried again, then later
        raise Transient("consents_unread", error.message) from error
    if refused is not None:
        code, told = refused.code, refused.message
        raise BadInput(code, told)


def fitted_cues(request: PublishRequest, workspace: Workspace, desk: Path) -> tuple[FittedCue, ...]:
    """Of a timed script; none of any other row."""
    if not is_timed(request.job.script_uri):
        return ()
    return load_words(workspace.fetch(request.reel.take.words, desk)).cues


def publish_captions(
    made: Captions, request: PublishRequest, workspace: Workspace, desk: Path
) -> Captions:
    """Give a finished file of captions its friendly name."""
    job, is_video = request.job, made.format not in CAPTION_FILES
    profiles = request.delivery.table
    file = profiles[made.format].file_of(job) if is_video else caption_file_of(job, made.format)
    uri = join(workspace.out, "videos", file)
    workspace.publish_as(uri, workspace.fetch(made.file, desk))
    if is_video:  # which nobody reads again
        workspace.evict(made.file, desk)
    return replace(made, file=replace(made.file, uri=uri))
