"""From a job's phase to the tasks that can be sent to a worker: recipe, item, and how urgent it
is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from jobs.engine.phases import (
    Failed,
    Finished,
    Mastered,
    Order,
    Phase,
    Prepared,
    Shooting,
    Step,
    Stitched,
    noun_of,
    rushes_of,
)
from jobs.logs.process_log import plan_now
from jobs.logs.task_labels import TaskLabels
from manifests.fingerprint import fingerprint
from manifests.reading.consents import NO_RULES, ConsentRules
from pipeline.cutting.cuts import SplitParams
from pipeline.delivery.encode import MasterRequest
from pipeline.delivery.finishing.pace import Paces, finishing_s
from pipeline.delivery.profiles import WEB, profiles_of
from pipeline.delivery.settings import DeliverySettings
from pipeline.generate import Generate
from pipeline.limits import Limits
from pipeline.master import MasterStage
from pipeline.media.framing import Size
from pipeline.nouns import ChunkProgress
from pipeline.prepare import Prepare
from pipeline.publish import Publish
from pipeline.quality.brought.backbones import BackboneFile
from pipeline.quality.gates import gates_for
from pipeline.quality.rerolls import ALL_ACCEPTED, Acceptance
from pipeline.sidecar import PublishRequest
from pipeline.split import Split, SplitRequest
from pipeline.stage import Stage, StageName
from pipeline.stages import STAGES
from pipeline.stitch import Stitch


@dataclass(frozen=True, slots=True, kw_only=True)
class StageSettings:
    """The settings that recipes are made with; `memory` names a profile to render in, `paces` are
    what runs taught of the networks that enlarge frames."""

    limits: Limits
    split: SplitParams
    memory: str = ""
    delivery: DeliverySettings = field(default_factory=DeliverySettings)
    consents: ConsentRules = NO_RULES
    acceptance: Acceptance = ALL_ACCEPTED
    backbones: tuple[BackboneFile, ...] = ()
    paces: Paces = field(default_factory=dict)

    def finish_s(self, phase: Prepared) -> float:
        """Seconds of one core that enlarging the take's frames takes in all its profiles."""
        take, profiles = phase.take, profiles_of(phase.order.job, self.delivery.table)
        drawn = Size(width=take.width, height=take.height)
        asked = (profile.finish for profile in profiles)
        return finishing_s(asked, drawn, take.frames, self.paces)


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One step of one job, ready to be carried out anywhere."""

    order: Order
    step: Step
    fingerprint: str
    recipe: Stage[Any, Any]
    item: object
    remaining: int
    """Segments left in the chain behind this task."""

    @property
    def key(self) -> tuple[str, Step]:
        return self.order.request_id, self.step

    @property
    def generates(self) -> bool:
        return STAGES[self.step.stage].generates

    @property
    def labels(self) -> TaskLabels:
        """What its lines in the log of the run are marked with."""
        return TaskLabels(
            plan=plan_now(),
            job=self.order.job.job_id,
            stage=str(self.step.stage),  # a name is pickled sooner than an enumeration
            chunk=self.step.chunk,
        )


def task_of(phase: Phase, step: Step, settings: StageSettings, timings: dict[str, float]) -> Task:
    recipe, item = recipe_of(phase, step, settings, timings)
    remaining = item.cost - len(item.done) if isinstance(item, ChunkProgress) else 0
    name = fingerprint("task", asked=phase.order.request_id, stage=step.stage, chunk=step.chunk)
    return Task(
        order=phase.order,
        step=step,
        fingerprint=name,
        recipe=recipe,
        item=item,
        remaining=remaining,
    )


def recipe_of(
    phase: Phase, step: Step, settings: StageSettings, timings: dict[str, float]
) -> tuple[Stage[Any, Any], object]:
    """The stage's recipe and the noun that goes into it: for a stage that has no settings and takes
    what another one made, as its row says."""
    order = phase.order
    match step.stage, phase:
        case _, Finished() | Failed():
            raise ValueError(f"job {order.job.job_id} is over and has no step {step}")
        case StageName.PREPARE, _:
            return Prepare(preset=order.preset, limits=settings.limits), order.job
        case StageName.SPLIT, Prepared():
            return Split(params=settings.split), _cuts_wanted(phase)
        case StageName.GENERATE, Shooting(shots=shots):
            return _generator_of(order, settings), shots[step.chunk]
        case StageName.STITCH, Shooting():
            return Stitch(), rushes_of(phase)
        case StageName.MASTER, Stitched():
            return MasterStage(), _master_wanted(phase, settings)
        case StageName.PUBLISH, Mastered():
            recipe = Publish(consents=settings.consents, backbones=settings.backbones)
            return recipe, release_of(phase, settings, timings)
    row = STAGES[step.stage]
    return row.recipe(), noun_of(phase, row.takes)


def _generator_of(order: Order, settings: StageSettings) -> Generate:
    return Generate(preset=order.preset, memory=settings.memory, acceptance=settings.acceptance)


def _cuts_wanted(phase: Prepared) -> SplitRequest:
    return SplitRequest(
        take=phase.take,
        continuity=phase.order.job.continuity,
        longest_chain_s=phase.order.preset.longest_chain_s,
        longest_segments=phase.longest_segments,
    )


def _master_wanted(phase: Stitched, settings: StageSettings) -> MasterRequest:
    order = phase.order
    return MasterRequest(
        reel=phase.reel,
        profile=WEB,
        aspect=order.job.aspect,
        language=order.job.language,
        enlarged=order.preset.enlarged,
        demo=order.preset.demo,
        further=tuple(each.name for each in profiles_of(order.job, settings.delivery.table)[1:]),
        job_id=order.job.job_id,
        title=order.job.title or "",
        delivery=settings.delivery,
        fonts=settings.limits.fonts,
    )


def release_of(
    phase: Mastered, settings: StageSettings, timings: dict[str, float]
) -> PublishRequest:
    order = phase.order
    return PublishRequest(
        job=order.job,
        asked=order.request_id,
        master=phase.master,
        reel=phase.reel,
        clips=phase.clips,
        preset=order.preset,
        seed=order.seed,
        row=order.row,
        retakes=order.retakes,
        timings=timings,
        delivery=settings.delivery,
        admission=settings.limits.admission,
        gates=gates_for(settings.acceptance.gates, order.preset.name, order.job.language),
        chosen=order.chosen,
    )
