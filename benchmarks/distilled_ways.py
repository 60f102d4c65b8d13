"""Students of few evaluations where the teacher draws many ways to speak one sentence.

    python benchmarks/distilled_ways.py [--samples 512] [--teacher-steps 3000] [--steps 1500]

A transformer of Hallo3's class, small, learns the world of benchmarks/subjects/many_ways.py by a
stage `diffusion`; students of 1 and 2 evaluations learn from it by stages `distil`, as
`rushes train` runs them. No material is needed. Writes benchmarks/results/distilled-ways.json.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import torch
from torch import Tensor

from benchmarks.subjects.many_ways import (
    CHANNELS,
    FRAMES,
    SENTENCES,
    SIDE,
    Samples,
    figures,
    keyed,
    real,
)
from benchmarks.where import where_it_ran
from model.networks.transformer import Hallo3Transformer3DModel
from model.pipeline import Hallo3Pipeline
from model.sampling.denoise import sample
from model.sampling.guidance import Guidance
from model.scheduler import Hallo3DPMScheduler
from model.tiny import untrained_tiny
from model.training.diffusion_loss import condition_latents
from model.training.example import TrainingExample
from model.training.loop import train
from pipeline.evaluate.figures import json_value
from pipeline.training.config import Networks as Sizes
from pipeline.training.config import TeacherData, TrainingConfig
from pipeline.training.diffusion_stage import diffusion_stage
from pipeline.training.distil_stage import distil_stage
from pipeline.training.networks import load_result, new_networks
from pipeline.training.results import record_of, save_result, stage_result
from pipeline.training.stages import DiffusionStage, DistilStage

RESULT = Path(__file__).parent / "results" / "distilled-ways.json"
GUIDANCE = 2.0
STUDENTS = (1, 2)
MANY = 50
EXAMPLES, BATCH = 4096, 32


def examples(found: Samples) -> list[TrainingExample]:
    """Each latent as a shot: the sentence is heard, and nothing else tells anything."""
    signs = torch.randint(2, (SENTENCES, 1, 1, 4, 40), generator=keyed("speech")) * 2.0 - 1
    spoken = signs.expand(-1, 4 * (FRAMES - 1) + 1, 5, -1, -1)
    nothing = torch.zeros(1, CHANNELS, SIDE, SIDE)
    return [
        TrainingExample(
            latents=latents,
            portrait=nothing,
            reference=nothing,
            motion=torch.stack([nothing, nothing]),
            audio=spoken[sentence],
            face=torch.ones(128),
            text=torch.zeros(1, 32),
            weight=torch.ones(1, SIDE, SIDE),
        )
        for latents, sentence in zip(found.latents, found.sentence.tolist(), strict=True)
    ]


def training(start: Path, out: Path, teacher_steps: int, steps: int) -> TrainingConfig:
    """The stages as a file of `rushes train` would have them."""
    teacher = DiffusionStage(
        kind="diffusion", name="teacher", steps=teacher_steps, batch=BATCH, latent_frames=FRAMES,
        learning_rate=1e-3, warmup=100, ema=0.995, audio_dropout=0.1,
        train=("transformer.*",),
    )  # fmt: skip
    students = [
        DistilStage(
            kind="distil", name=f"student{count}", after="teacher", steps=steps, batch=BATCH,
            latent_frames=FRAMES, evaluations=count, guidance=GUIDANCE, learning_rate=2e-4,
            warmup=50, ema=0.98, student_share=0.25,
        )
        for count in STUDENTS
    ]  # fmt: skip
    return TrainingConfig(
        out=out,
        data=TeacherData(portraits=out, landmarks=out, speech=out),
        networks=Sizes(start=start, side=8 * SIDE),
        stages=(teacher, *students),
    )


def trained(config: TrainingConfig, shots: list[TrainingExample]) -> Iterator[tuple[str, float]]:
    """Every stage to its end, with the processor time that each took."""
    for stage in config.stages:
        began, record = time.process_time(), record_of(config, stage, len(shots))
        if isinstance(stage, DistilStage):
            distilling = distil_stage(config, stage, shots)
            shown(stage.name, train(distilling.ready))
            save_result(config, record, distilling.student())
        elif isinstance(stage, DiffusionStage):
            ready = diffusion_stage(config, stage, shots)
            shown(stage.name, train(ready))
            save_result(config, record, ready.parameters)
        yield stage.name, time.process_time() - began


def shown(name: str, steps: Iterator[tuple[int, float]]) -> None:
    for step, loss in steps:
        if not (step + 1) % 250:
            print(f"{name}: step {step + 1}, loss {loss:.4f}", flush=True)


def networks_of(config: TrainingConfig, *stages: str) -> Hallo3Pipeline:
    pipeline = new_networks(config)
    for stage in stages:
        load_result(pipeline, stage_result(config, stage))
    return pipeline


@torch.inference_mode()
def drawn(networks: Hallo3Pipeline, asked: Samples, steps: int, scale: float, seed: str) -> Samples:
    """Samples of the sentences that are asked for, by the sampler that renders."""
    scheduler, generator = Hallo3DPMScheduler(), keyed(seed)
    scheduler.set_timesteps(steps)
    given = TrainingExample.batch(examples(asked), torch.device("cpu"))
    velocity = guided(
        networks.transformer, given, networks.reference(given.reference, given.text), scale
    )
    first = torch.randn(given.latents.shape, generator=generator)
    noise = [torch.randn(first.shape, generator=generator) for _ in range(steps)]
    made = sample(scheduler, velocity, first, lambda step: noise[step])
    return Samples(latents=made, sentence=asked.sentence)


def guided(
    transformer: Hallo3Transformer3DModel, given: TrainingExample, bank: list[Tensor], scale: float
) -> Callable[[Tensor, int], Tensor]:
    told = condition_latents(transformer, given)

    def velocity(latents: Tensor, timestep: int) -> Tensor:
        hidden = torch.cat([latents, told], dim=2)
        at = torch.full((len(latents),), timestep)
        heard = [given.audio] if scale == 1 else [torch.zeros_like(given.audio), given.audio]
        rows = [
            transformer(hidden, at, given.text, audio, given.face, bank).sample for audio in heard
        ]
        return Guidance(text=scale).joined(torch.cat(rows)) if scale != 1 else rows[0]

    return velocity


def table(config: TrainingConfig, samples: int) -> dict[str, object]:
    """Each way to draw, held against the teacher's many guided steps."""
    asked = real(samples)
    teacher = networks_of(config, "teacher")
    many = drawn(teacher, asked, MANY, GUIDANCE, "many")
    rows: dict[str, object] = {
        "the world itself": figures(asked, many),
        f"teacher, {MANY} steps, guided, other noise": figures(
            drawn(teacher, asked, MANY, GUIDANCE, "again"), many
        ),
        f"teacher, {MANY} steps, unguided": figures(drawn(teacher, asked, MANY, 1, "few"), many),
    }
    for count in STUDENTS:
        for name, scale in (("guided", GUIDANCE), ("unguided", 1.0)):
            plain = drawn(teacher, asked, count, scale, "few")
            rows[f"plain, {count}, {name}"] = figures(plain, many)
        student = networks_of(config, f"student{count}")
        rows[f"student, {count}"] = figures(drawn(student, asked, count, 1.0, "few"), many)
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--samples", type=int, default=512)
    parser.add_argument("--teacher-steps", type=int, default=3000)
    parser.add_argument("--steps", type=int, default=1500)
    parser.add_argument("--work", type=Path, help="where stages are kept; a new folder otherwise")
    parser.add_argument("--out", type=Path, default=RESULT)
    given = parser.parse_args()
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as desk:
        work = given.work or Path(desk)
        untrained_tiny(
            8 * SIDE, vae_channels=(8, 8, 8, 8), vae_groups=2, num_layers=2, num_attention_heads=2
        ).save_pretrained(work / "start")
        config = training(work / "start", work, given.teacher_steps, given.steps)
        seconds = dict(trained(config, examples(real(EXAMPLES))))
        report = {
            **where_it_ran(),
            "processor_seconds": seconds,
            "ways": table(config, given.samples),
        }
    given.out.write_text(json.dumps(json_value(report), indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
