"""A training carried out: shots, then stage after stage, then a folder of weights."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import torch
from safetensors.torch import save_file

from model.training.loop import StopAsked, Stopped, TrainingStage, never, train
from pipeline.dataset.shot import TrainingShot
from pipeline.training.config import AnyStage, DiffusionStage, DistilStage, TrainingConfig, VaeStage
from pipeline.training.curves import Curve
from pipeline.training.diffusion_stage import diffusion_stage
from pipeline.training.distil_stage import distil_stage
from pipeline.training.examples import Encoding, encode_shots, load_examples
from pipeline.training.export import export
from pipeline.training.networks import RESULT, networks_before, stage_folder, training_device
from pipeline.training.shots import load_shots, render_shots, shots_progress
from pipeline.training.vae_stage import scaling_factor, shots_reconstruction_db, vae_stage

Say = Callable[[str], None]
SHOWN_EVERY_S = 20.0


def run_training(
    config: TrainingConfig, only: Sequence[str], say: Say, stop: StopAsked = never
) -> None:
    """Every stage that is not finished, in order; or those named in `only`. Goes on where an
    earlier call, killed at any moment, had saved last. `Stopped` soon after `stop` says so."""
    torch.set_num_threads(config.threads)
    for stage in config.stages:
        wanted = not only or stage.name in only
        if wanted and not (stage_folder(config, stage.name) / RESULT).exists():
            for index in _until(stop, render_shots(config, stage.shots)):
                say(shots_progress(config, index, stage.shots))
            run_stage(config, stage, load_shots(config, stage.shots), say, stop)
    if all((stage_folder(config, stage.name) / RESULT).exists() for stage in config.stages):
        say(f"weights: {export(config)}")


def run_stage(
    config: TrainingConfig,
    stage: AnyStage,
    shots: list[TrainingShot],
    say: Say,
    stop: StopAsked = never,
) -> None:
    """One stage from its last checkpoint to its result."""
    if isinstance(stage, VaeStage):
        ready, vae = vae_stage(config, stage, shots)
        follow(ready, say, stop)
        vae.eval().to("cpu")  # type: ignore[arg-type]  # diffusers wraps it
        kept = float(vae.config["scaling_factor"])
        same_latents = not any(name.startswith("vae.encoder.") for name in ready.parameters)
        factor = kept if stage.keep or stage.tint or same_latents else scaling_factor(vae, shots)
        save_result(config, ready, {"scaling_factor": torch.tensor(factor)})
        decibels = shots_reconstruction_db(vae, shots[:8])
        say(f"{stage.name}: {decibels:.2f} dB on shots it learned from")
        return
    folder = encode_missing(config, stage, shots, say, stop)
    examples = load_examples(folder, len(shots))
    if isinstance(stage, DistilStage):
        distilling = distil_stage(config, stage, examples)
        follow(distilling.ready, say, stop)
        save_tensors(config, stage.name, distilling.student())
        return
    ready = diffusion_stage(config, stage, examples)
    follow(ready, say, stop)
    save_result(config, ready, {})


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


def follow(stage: TrainingStage, say: Say, stop: StopAsked = never) -> None:
    """Train to the end, writing the curve and telling how it goes."""
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


def save_result(
    config: TrainingConfig, stage: TrainingStage, extra: dict[str, torch.Tensor]
) -> None:
    save_tensors(config, stage.name, stage.parameters | extra)


def save_tensors(config: TrainingConfig, name: str, tensors: Mapping[str, torch.Tensor]) -> None:
    path = stage_folder(config, name) / RESULT
    partial = path.with_suffix(f".{os.getpid()}.partial")
    save_file({key: value.detach().cpu().contiguous() for key, value in tensors.items()}, partial)
    partial.rename(path)
