"""A training carried out: shots, then stage after stage, then a folder of weights."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path

import torch

from model.training.loop import StopAsked, Stopped, TrainingStage, never, train
from pipeline.dataset.shot import TrainingShot
from pipeline.training.config import TrainingConfig
from pipeline.training.curves import Curve
from pipeline.training.diffusion_stage import diffusion_stage
from pipeline.training.distil_stage import distil_stage
from pipeline.training.examples import Encoding, encode_shots, load_examples
from pipeline.training.export import export
from pipeline.training.lines import stages_before
from pipeline.training.networks import (
    learning,
    networks_before,
    new_networks,
    refuse_distilled,
    training_device,
)
from pipeline.training.results import (
    StageRecord,
    is_finished,
    missing_parents,
    record_of,
    refuse_other_checkpoint,
    refuse_other_results,
    save_result,
)
from pipeline.training.shots import load_shots, render_shots, shots_progress
from pipeline.training.stages import AnyStage, DiffusionStage, DistilStage, VaeStage
from pipeline.training.vae_stage import scaling_factor, shots_reconstruction_db, vae_stage

Say = Callable[[str], None]
SHOWN_EVERY_S = 20.0


def run_training(
    config: TrainingConfig, only: Sequence[str], say: Say, stop: StopAsked = never
) -> None:
    """Every stage that is not finished, in order; or those named in `only`. Goes on where an
    earlier call, killed at any moment, had saved last. `Stopped` soon after `stop` says so."""
    torch.set_num_threads(config.threads)
    wanted = [stage for stage in config.stages if not only or stage.name in only]
    refuse_beforehand(config, wanted)
    for stage in wanted:
        if not is_finished(config, stage.name):
            for index in _until(stop, render_shots(config, stage.shots)):
                say(shots_progress(config, index, stage.shots))
            run_stage(config, stage, load_shots(config, stage.shots), say, stop)
        refuse_other_results(config, [stage])
    if all(is_finished(config, stage.name) for stage in config.stages):
        say(str(export(config)))


def refuse_beforehand(config: TrainingConfig, wanted: Sequence[AnyStage]) -> None:
    """What would be refused after hours of shots and steps, and is known before them.

    `ValueError`, or `FileNotFoundError` of a stage that has to be trained first.
    """
    lines = [(*stages_before(config.stages, stage), stage) for stage in wanted]
    refuse_other_results(config, list(dict.fromkeys(chain.from_iterable(lines))))
    waiting = [stage for stage in wanted if not is_finished(config, stage.name)]
    if not waiting:
        return
    pipeline = new_networks(config)
    for stage in waiting:
        for name in missing_parents(config, stage):
            if config.stage(name) not in waiting:
                raise FileNotFoundError(f"{stage.name} stands on {name}: train {name} first")
        refuse_distilled(pipeline, stage)
        learning(pipeline, stage)


def run_stage(
    config: TrainingConfig,
    stage: AnyStage,
    shots: list[TrainingShot],
    say: Say,
    stop: StopAsked = never,
) -> None:
    """One stage from its last checkpoint to its result."""
    record = record_of(config, stage, len(shots))
    refuse_other_checkpoint(config, record)
    if isinstance(stage, VaeStage):
        ready, vae = vae_stage(config, stage, shots)
        follow(ready, record, say, stop)
        vae.eval().to("cpu")  # type: ignore[arg-type]  # diffusers wraps it
        kept = float(vae.config["scaling_factor"])
        same_latents = not any(name.startswith("vae.encoder.") for name in ready.parameters)
        factor = kept if stage.keep or stage.tint or same_latents else scaling_factor(vae, shots)
        save_result(config, record, ready.parameters | {"scaling_factor": torch.tensor(factor)})
        decibels = shots_reconstruction_db(vae, shots[:8])
        say(f"{stage.name}: {decibels:.2f} dB on shots it learned from")
        return
    folder = encode_missing(config, stage, shots, say, stop)
    examples = load_examples(folder, len(shots))
    if isinstance(stage, DistilStage):
        distilling = distil_stage(config, stage, examples)
        follow(distilling.ready, record, say, stop)
        save_result(config, record, distilling.student())
        return
    ready = diffusion_stage(config, stage, examples)
    follow(ready, record, say, stop)
    save_result(config, record, ready.parameters)


def encode_missing(
    config: TrainingConfig,
    stage: DiffusionStage | DistilStage,
    shots: list[TrainingShot],
    say: Say,
    stop: StopAsked = never,
) -> Path:
    """The folder of the stage's examples, all of them written."""
    vae = networks_before(config, stage).vae.eval().to(training_device())
    name = f"{stage.vae or 'start'}-{stage.windows}-{stage.mouth_weight:g}"
    encoding = Encoding(
        vae=vae,
        folder=config.out / "latents" / name,
        windows=stage.windows,
        seed=config.seed,
        mouth_weight=stage.mouth_weight,
    )
    for index in _until(stop, encode_shots(encoding, shots)):
        if index % 25 == 0:
            say(f"{stage.name}: encoded shot {index + 1} of {len(shots)}")
    return encoding.folder


def follow(stage: TrainingStage, record: StageRecord, say: Say, stop: StopAsked = never) -> None:
    """Train to the end, writing the curve and telling how it goes."""
    stage = replace(stage, record=record.model_dump_json())
    curve = Curve.resumed(stage.folder.parent / "curve.csv")
    for step, mean, seconds in _shown(train(stage, stop)):
        curve.add(step, mean, seconds)
        curve.plot(stage.folder.parent / "curve.png", f"{stage.name}: loss")
        say(f"{stage.name}: step {step + 1} of {stage.schedule.steps}, loss {mean:.4f}")


def _until(stop: StopAsked, numbers: Iterable[int]) -> Iterator[int]:
    """Numbers of pieces of work that are done and kept, as long as nobody asks to stop."""
    for number in numbers:
        yield number
        if stop():
            raise Stopped(f"stopped after shot {number + 1}")


def _shown(steps: Iterator[tuple[int, float]]) -> Iterator[tuple[int, float, float]]:
    """Every so often the step, the mean loss and the seconds since the last time."""
    losses: list[float] = []
    step, since = -1, time.monotonic()
    for step, loss in steps:
        losses.append(loss)
        passed = time.monotonic() - since
        if passed > SHOWN_EVERY_S:
            yield step, sum(losses) / len(losses), passed
            losses, since = [], time.monotonic()
    if losses:
        yield step, sum(losses) / len(losses), time.monotonic() - since
