"""Publish: give a finished deliverable its friendly name, beside a sidecar that says how it was
made."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import ClassVar

from manifests.artifact import Artifact
from manifests.errors import BadInput, ManifestUnusable, Transient
from manifests.job import Job
from manifests.reading.consents import NO_RULES, ConsentRules
from pipeline.captions.deliverables import caption_files
from pipeline.delivery.companions import CompanionRequest, companions
from pipeline.delivery.encode import reel_frames
from pipeline.delivery.file_names import NamedRow, file_names
from pipeline.delivery.gates import FinishedMaster, require_passed
from pipeline.delivery.inspection.delivered_figures import DeliveredRow, figures_of_deliveries
from pipeline.delivery.profiles import COMPANIONS, SIDECAR
from pipeline.delivery.provenance.claim import making_of
from pipeline.delivery.provenance.signed_files import (
    JobSigner,
    NamedFile,
    beside,
    deliver,
    deliver_anew,
    job_signer,
    place_of_credentials,
    signing_warnings,
)
from pipeline.delivery.watermark.payload import watermark_key
from pipeline.nouns import DeliveredFile, Master, Published, Take
from pipeline.quality.brought.backbones import BackboneFile
from pipeline.quality.verdict import quality_warnings, whole_verdict
from pipeline.quality.versions import Drawn, write_versions
from pipeline.quality.whole_take import figures_of_master, figures_of_take
from pipeline.sidecar import Delivered, PublishRequest, sidecar_text
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
    backbones: tuple[BackboneFile, ...] = ()

    def load(self) -> Callable[[PublishRequest, Workspace], Published]:
        return partial(publish, consents=self.consents, backbones=self.backbones)


def publish(
    request: PublishRequest,
    workspace: Workspace,
    *,
    consents: ConsentRules = NO_RULES,
    backbones: tuple[BackboneFile, ...] = (),
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Published:
    """Name the video, its captions and its sidecar, each signed where the settings name a key;
    ledger and results say so afterwards. The take is measured with the networks of `backbones`."""
    job, master = request.job, request.master
    row = NamedRow(job=job, preset=request.preset.name, seed=request.seed)
    names = file_names(row, request.delivery)
    require_consent(job, request.reel.take, consents, clock())
    finished = finished_master(request, workspace, backbones)
    if not request.chosen:
        require_passed(finished, workspace)
    drawn = drawn_of(request, finished)
    versions = write_versions(workspace.out, drawn, workspace.epoch).versions
    with workspace.scratch_dir() as desk:
        signer = signer_of(request, desk)
        texts = tuple(caption_files(job, request.reel.take, workspace, desk))
        made = {master.profile: master.file} | {each.format: each.file for each in texts}
        made |= {each.profile: each.file for each in master.deliveries}
        made |= companions(companions_of(request, names), workspace, desk)
        signers = signers_of(made, master, signer)
        named = {
            profile: deliver(file, names[profile], workspace, signers[profile])
            for profile, file in made.items()
        }
        burnt = (captions for each in master.deliveries for captions in each.drawn)
        captions = (replace(each, file=named[each.format].file) for each in (*texts, *burnt))
        delivered = Delivered(
            files=named,
            captions=tuple(captions),
            deliveries=tuple(as_named(each, named[each.profile]) for each in master.deliveries),
            cues=fitted_cues(request, workspace, desk),
            warnings=(
                *quality_warnings(request.clips, finished.figures, request.gates),
                *signing_warnings(signer),
            ),
            quality=finished.figures,
            versions=versions,
        )
        sidecar = desk / "sidecar.json"
        sidecar.write_text(sidecar_text(request, delivered), encoding="utf-8")
        named |= {SIDECAR: deliver_anew(sidecar, names[SIDECAR], workspace, signer)}
    return as_published(master, named, delivered)


def as_published(master: Master, named: Mapping[str, NamedFile], delivered: Delivered) -> Published:
    """What the results tell of the files, by profile, once all have their names."""
    return Published(
        master=master,
        video=named[master.profile].file,
        sidecar=named[SIDECAR].file,
        captions=delivered.captions,
        deliveries=delivered.deliveries,
        companions={kind: named[kind].file for kind in COMPANIONS if kind in named},
        credentials=beside(named),
        warnings=delivered.warnings,
        quality=delivered.quality,
    )


def finished_master(
    request: PublishRequest, workspace: Workspace, backbones: tuple[BackboneFile, ...] = ()
) -> FinishedMaster:
    """What the gates look at, with what is measured of the whole take."""
    master, take = request.master, request.reel.take
    found = figures_of_take(request.clips, take, workspace)
    if backbones:
        from pipeline.quality.brought.opened_backbones import (  # noqa: PLC0415 - loads torch
            opened_networks,
        )
        from pipeline.quality.brought.take_networks import (  # noqa: PLC0415 - loads torch
            figures_by_networks,
        )

        reading = partial(reel_frames, request.reel, workspace)
        networks = opened_networks(backbones)
        found |= figures_by_networks(request.reel, reading, networks, workspace)
    delivered = DeliveredRow(
        job_id=request.job.job_id,
        files=master.deliveries,
        profiles=request.delivery.table,
        gates=request.gates,
        key=watermark_key(request.delivery.watermark_key_env),
    )
    found |= figures_of_deliveries(delivered, workspace)
    return FinishedMaster(
        master=master,
        reel=request.reel,
        clips=request.clips,
        figures=found | figures_of_master(master, take),
        gates=tuple(gate for gate in request.gates if gate.span != "segment"),
    )


def drawn_of(request: PublishRequest, finished: FinishedMaster) -> Drawn:
    """What the job's versions are told of."""
    found = whole_verdict(request.clips, finished.figures, request.gates)
    return Drawn(
        job_id=request.job.job_id,
        row=request.row,
        preset=request.preset.digest,
        seed=request.seed,
        retakes=request.retakes,
        clips=request.clips,
        gates=request.gates,
        delivered=True,
        level=found.level,
        why=found.told,
    )


def signer_of(request: PublishRequest, desk: Path) -> JobSigner | None:
    """Who signs the files of the job; None where the settings name no key."""
    take, signing = request.reel.take, request.delivery.signing
    making = making_of(request.job, request.preset, take, seed=request.seed, request=request.asked)
    return job_signer(signing, request.job, making, request.admission, desk)


def signers_of(
    made: Mapping[str, Artifact], master: Master, signer: JobSigner | None
) -> dict[str, JobSigner | None]:
    """Who signs the file of each profile: its credentials tell the watermark in its picture,
    and what enlarged it."""
    said = {each.profile: (each.watermark, each.finish) for each in master.deliveries}
    return {profile: signer and signer.marked(*said.get(profile, ("", ""))) for profile in made}


def companions_of(request: PublishRequest, names: Mapping[str, str]) -> CompanionRequest:
    return CompanionRequest(
        job=request.job,
        master=request.master,
        reel=request.reel,
        clips=request.clips,
        delivery=request.delivery,
        names=names,
        demo=request.preset.demo,
    )


def as_named(made: DeliveredFile, named: NamedFile) -> DeliveredFile:
    """A measured file under its friendly name, with where its credentials are."""
    return replace(made, file=named.file, signed=place_of_credentials(named))


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
