"""The same bits twice and their price, and a loop that never waits for the device."""

from __future__ import annotations

import gzip
import hashlib
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.profiler import ProfilerActivity, profile

from model.bench.card.context import CardContext, LoadedNetworks
from model.bench.card.speed import Figures, rounded_seconds
from model.bench.segment_parts import Given
from model.bench.timing import by_turns
from model.chain import SegmentPipeline
from model.sampling.denoise import OnStep, unchanged
from model.sampling.noise import Noise
from model.segments import PreparedTake, Sampling, SegmentFrames, TakeInputs
from model.vae import decode_frames

WAITS = ("cudaStreamSynchronize", "cudaDeviceSynchronize", "cudaEventSynchronize")
READS = ("aten::_local_scalar_dense", "aten::nonzero")
"""How numbers are read; those of the host's own tables (the schedule's) cost no wait."""

FEW_STEPS = 4
NOISE = Noise(seed=0, chunk="card")


class LoopWatch:
    """Watches the steps after the first, when everything is in place, to the end of the last.

    On a card torch itself refuses whatever would wait for the device there; on a CPU only the
    profiler looks.
    """

    def __init__(self, steps: int, *, on_cuda: bool) -> None:
        self._last, self._on_cuda = steps - 1, on_cuda
        activities = [ProfilerActivity.CPU, *([ProfilerActivity.CUDA] if on_cuda else [])]
        self.profile = profile(activities=activities)
        self.watched = 0

    def __call__(self, step: int, timestep: int, latents: Tensor) -> Tensor:
        del timestep
        if step == 0:
            self.profile.start()
            self._refuse("error")
        else:
            self.watched += 1
        if step == self._last:
            self._refuse("default")
            self.profile.stop()
        return latents

    def _refuse(self, mode: str) -> None:
        if self._on_cuda:
            torch.cuda.set_sync_debug_mode(mode)

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Whatever ends it, the device may be waited for again."""
        try:
            yield
        finally:
            self._refuse("default")


def host_waits(context: CardContext) -> Figures:
    """A trace of the loop over steps, and how often the host waited for the device inside."""
    on_cuda = context.device.type == "cuda"
    watch, networks = LoopWatch(FEW_STEPS, on_cuda=on_cuda), context.networks()
    with watch.watching():
        few_steps(networks.pipeline, networks.given, on_step=watch)
    found = Counter({row.key: row.count for row in watch.profile.key_averages()})
    # The profiler's own wait, when it stops, may stand in its trace.
    waits = {name: max(0, found[name] - (name == WAITS[1])) for name in WAITS}
    reads = {name: found[name] for name in READS}
    trace = kept_trace(watch.profile, context.folder / "loop-trace.json.gz")
    return {
        "steps_watched": watch.watched,
        "host_waits": sum(waits.values()),
        "numbers_read": sum(reads.values()),
        "torch_refused_none": on_cuda,
        "trace": trace.name,
        "trace_bytes": trace.stat().st_size,
    }


def kept_trace(profiled: Any, path: Path) -> Path:  # noqa: ANN401  # torch's profile
    """For chrome://tracing or Perfetto, packed."""
    plain = path.with_suffix("")
    profiled.export_chrome_trace(str(plain))
    with plain.open("rb") as source, gzip.open(path, "wb") as packed:
        shutil.copyfileobj(source, packed)
    plain.unlink()
    return path


def same_bits(context: CardContext) -> Figures:
    """A short segment twice with the kernels that torch takes."""
    return {"kernels": "torch's choice", **_twice(context)}


def deterministic(context: CardContext) -> Figures:
    """The same with deterministic kernels alone, and what a step and a decode cost with them."""
    networks = context.networks()
    calls: dict[str, Callable[[], object]] = {
        "step": networks.step,
        "decode": lambda: [
            frames.sum() for frames in decode_frames(networks.pipeline.vae, networks.given.clean)
        ],
    }
    free = by_turns(calls, context.device, context.rounds)
    torch.use_deterministic_algorithms(True)
    try:
        bits = _twice(context)
        bound = by_turns(calls, context.device, context.rounds)
    finally:
        torch.use_deterministic_algorithms(False)
    price = {name: round(bound[name] / free[name] - 1, 4) for name in calls}
    return {
        "kernels": "deterministic",
        **bits,
        "seconds": rounded_seconds(bound),
        "seconds_of_torchs_choice": rounded_seconds(free),
        "price": price,
    }


def _twice(context: CardContext) -> Figures:
    first, again = (_digests(context.networks()) for _ in range(2))
    return {"steps": FEW_STEPS, "same_bits_twice": first == again, "digests": first}


def _digests(networks: LoadedNetworks) -> list[str]:
    """Of the latents and of the frames."""
    made = few_steps(networks.pipeline, networks.given)
    latents = hashlib.sha256(made.latents.float().cpu().numpy().tobytes()).hexdigest()
    frames = hashlib.sha256()
    for each in made:
        frames.update(each.cpu().numpy().tobytes())
    return [latents, frames.hexdigest()]


def few_steps(
    pipeline: SegmentPipeline, given: Given, steps: int = FEW_STEPS, on_step: OnStep = unchanged
) -> SegmentFrames:
    """A segment in a few steps; its frames are not decoded yet."""
    take = grey_take(pipeline, given, steps)
    return pipeline.segment(take, given.audio[0], pipeline.first_state(take), NOISE, on_step)


def grey_take(pipeline: SegmentPipeline, given: Given, steps: int) -> PreparedTake:
    """A grey portrait, ready for a few steps."""
    shape = pipeline.segment_shape()
    portrait = torch.zeros(1, 3, shape.height, shape.width)
    inputs = TakeInputs(
        portrait=portrait,
        reference_picture=portrait,
        prompt_embeds=given.text[:1],
        face_embedding=given.face,
    )
    return pipeline.prepare_take(inputs, NOISE, Sampling(num_inference_steps=steps))
