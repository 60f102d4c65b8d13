"""One guided step of the transformer against the plain computation of it, and what each lever gave.

    python benchmarks/speed.py --pairs 15

Both compute with the same weights in this process, on one thread, by turns; what counts is the
ratio within a pair. Ours are the very calls that the pipeline makes. Writes
benchmarks/results/speed.json. Sizes are those of a tenth of Hallo3's width, at half its picture.
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from unittest.mock import patch

import torch
from torch import Tensor
from torch.profiler import ProfilerActivity, profile
from torch.utils.flop_counter import FlopCounterMode

from model.attention import JointAttnProcessor
from model.conditioning import SegmentConditions, TakeConditions
from model.plain import PlainInputs, PlainTransformer
from model.transformer import Hallo3Transformer3DModel

RESULT = Path(__file__).parent / "results" / "speed.json"
MATRIX_OPERATIONS = ("addmm", "bmm", "mm", "scaled_dot_product", "convolution")
Step = Callable[[], Tensor]


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A guided step's inputs, what both halves share given once."""

    latents: Tensor
    timestep: Tensor
    text: Tensor
    audio: Tensor
    face: Tensor
    bank: list[Tensor]

    def twice(self) -> Given:
        """What both halves share, given to each."""
        return replace(
            self,
            latents=self.latents.repeat(2, 1, 1, 1, 1),
            timestep=self.timestep.repeat(2),
            face=self.face.repeat(2, 1),
            bank=[seen.repeat(2, 1, 1) for seen in self.bank],
        )

    def plain(self) -> PlainInputs:
        twice = self.twice()
        return PlainInputs(
            latents=twice.latents,
            timesteps=twice.timestep,
            text=self.text,
            audio=self.audio,
            face=twice.face,
            bank=twice.bank,
        )


def a_middle_sized_transformer() -> Hallo3Transformer3DModel:
    transformer = Hallo3Transformer3DModel(
        num_layers=8,
        num_attention_heads=8,
        text_embed_dim=512,
        time_embed_dim=128,
        sample_frames=5,
        sample_height=30,
        sample_width=44,
        audio_channels=96,
        audio_hidden_dim=128,
        audio_token_dim=48,
        face_token_dim=192,
    )
    generator = torch.Generator().manual_seed(0)
    for name, parameter in transformer.named_parameters():
        drawn = torch.randn(parameter.shape, generator=generator)
        parameter.data = drawn * (0.02 if parameter.ndim > 1 else 0.1)
        if "norm" in name and name.endswith("weight") and parameter.ndim == 1:
            parameter.data += 1
    return transformer.eval()


def some_inputs(transformer: Hallo3Transformer3DModel) -> Given:
    """[unconditional, conditional]: without text and speech, and with."""
    config, generator = transformer.config, torch.Generator().manual_seed(1)
    drawn = partial(torch.randn, generator=generator)
    height, width = config.sample_height, config.sample_width
    frames = 4 * (config.sample_frames - 1) + 1
    text = drawn(2, config.max_text_seq_length, config.text_embed_dim)
    audio = drawn(2, frames, config.audio_window, config.audio_blocks, config.audio_channels)
    text[0], audio[0] = 0, 0
    return Given(
        latents=drawn(1, config.sample_frames, config.in_channels, height, width),
        timestep=torch.tensor([499]),
        text=text,
        audio=audio,
        face=drawn(1, config.face_embed_dim),
        bank=[
            drawn(1, (height // 2) * (width // 2), transformer.dim)
            for _ in range(config.num_layers)
        ],
    )


# Ours, whole and with one lever let go


def conditions(
    transformer: Hallo3Transformer3DModel, given: Given
) -> tuple[TakeConditions, SegmentConditions]:
    return (
        transformer.take_conditions(given.text, given.face, given.bank),
        transformer.segment_conditions(given.audio),
    )


def ours(transformer: Hallo3Transformer3DModel, given: Given) -> Step:
    take, segment = conditions(transformer, given)
    return partial(transformer.denoise, given.latents, given.timestep, take, segment)


def everything_given_twice(transformer: Hallo3Transformer3DModel, given: Given) -> Step:
    """No sharing of the first layer's projections, of modulations and of fused norms."""
    return ours(transformer, given.twice())


def conditions_at_every_step(transformer: Hallo3Transformer3DModel, given: Given) -> Step:
    """No keys and values kept."""
    return lambda: transformer.denoise(
        given.latents, given.timestep, *conditions(transformer, given)
    )


def unfolded_face(transformer: Hallo3Transformer3DModel, given: Given) -> Step:
    take, segment = conditions(transformer, given)
    face = transformer.face_proj(given.face).unsqueeze(1)
    faces = tuple(
        block.face_attn.tokens(face, block.attn1.norm_k, fold=False) for block in transformer.layers
    )
    take = replace(take, faces=faces)
    return partial(transformer.denoise, given.latents, given.timestep, take, segment)


def unfolded_audio(transformer: Hallo3Transformer3DModel, given: Given) -> Step:
    transformer.fold_audio = False
    step = ours(transformer, given)
    transformer.fold_audio = True
    return step


class ReferenceAsks(JointAttnProcessor):
    """The reference's tokens ask like the others, and their answers are thrown away."""

    def __call__(self, query: Tensor, key: Tensor, value: Tensor) -> Tensor:
        asking = torch.cat([query, key[:, query.shape[1] :]], dim=1)
        return super().__call__(asking, key, value)[:, : query.shape[1]]


@contextmanager
def reference_asking(transformer: Hallo3Transformer3DModel) -> Iterator[None]:
    for block in transformer.layers:
        block.attn1.processor = ReferenceAsks()
    yield
    for block in transformer.layers:
        block.attn1.processor = JointAttnProcessor()


def reference_asks(transformer: Hallo3Transformer3DModel, given: Given) -> Step:
    step = ours(transformer, given)

    def asking() -> Tensor:
        with reference_asking(transformer):
            return step()

    return asking


def last_text_is_written(transformer: Hallo3Transformer3DModel, given: Given) -> Step:
    step, last = ours(transformer, given), transformer.layers[-1]

    def writing() -> Tensor:
        last.last = False
        sample = step()
        last.last = True
        return sample

    return writing


def rotated_in_passes(heads: Tensor, table: Tensor) -> Tensor:
    cosines, sines = (part.unsqueeze(-2).repeat_interleave(2, -1) for part in table.unbind(-1))
    crossed = torch.stack([-heads[..., 1::2], heads[..., ::2]], dim=-1).flatten(-2)
    return heads * cosines + crossed * sines


def modulated_in_passes(
    norm: torch.nn.LayerNorm, tokens: Tensor, shift: Tensor, scale: Tensor
) -> Tensor:
    rows = (len(scale), *(1,) * (tokens.ndim - 2), -1)
    normed: Tensor = norm(tokens)
    return normed * (1 + scale.view(rows)) + shift.view(rows)


def plain_passes(transformer: Hallo3Transformer3DModel, given: Given) -> Step:
    """Norm, modulation and rotation as the plain computation does them: the exact cuts alone."""
    step = ours(transformer, given)

    def passing() -> Tensor:
        with (
            patch("model.block.modulated", modulated_in_passes),
            patch("model.attention.rotate", rotated_in_passes),
        ):
            return step()

    return passing


PASSES = "norm, modulation and rotation in one pass each"
LEVERS = {
    "reference never asks": reference_asks,
    "face folded into its output": unfolded_face,
    "speech folded into its output": unfolded_audio,
    "keys and values once per take and segment": conditions_at_every_step,
    "what the guidance halves share, once": everything_given_twice,
    "last layer's text dropped": last_text_is_written,
    PASSES: plain_passes,
}


# Measuring


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratio:
    """Of two times within pairs: the median, and the quartiles around it."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, numerators: list[float], denominators: list[float]) -> Ratio:
        ratios = [above / below for above, below in zip(numerators, denominators, strict=True)]
        low, median, high = statistics.quantiles(ratios, n=4)
        return cls(median=median, low=low, high=high)

    def __str__(self) -> str:
        return f"{self.median:.3f} (quartiles {self.low:.3f} to {self.high:.3f})"

    def rounded(self) -> dict[str, object]:
        return {name: round(getattr(self, name), 4) for name in self.__slots__}


def by_turns(steps: dict[str, Step], pairs: int) -> dict[str, list[float]]:
    """CPU seconds of this thread, so that what others do on the machine counts less."""
    times: dict[str, list[float]] = {name: [] for name in steps}
    for turn in range(pairs):
        names = list(steps) if turn % 2 == 0 else list(reversed(steps))
        for name in names:
            start = time.thread_time()
            steps[name]()
            times[name].append(time.thread_time() - start)
    return times


def matrix_share(step: Step) -> float:
    """Of the time, what matrix products and attention take."""
    with profile(activities=[ProfilerActivity.CPU]) as profiled:
        step()
    rows = profiled.key_averages()
    matrix = [row for row in rows if any(name in row.key for name in MATRIX_OPERATIONS)]
    return sum(row.self_cpu_time_total for row in matrix) / sum(
        row.self_cpu_time_total for row in rows
    )


def deviation(got: Tensor, wanted: Tensor) -> float:
    return float((got - wanted).abs().max() / wanted.abs().max())


def teraflops(step: Step) -> float:
    with FlopCounterMode(display=False) as counter:
        step()
    return round(counter.get_total_flops() / 1e12, 5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """The two computations with the same weights, and what they are given."""

    transformer: Hallo3Transformer3DModel
    given: Given
    plain: Step
    ours: Step

    @classmethod
    def built(cls) -> Bench:
        transformer = a_middle_sized_transformer()
        given = some_inputs(transformer)
        plain = PlainTransformer(transformer.state_dict(), transformer.config)
        return cls(
            transformer=transformer,
            given=given,
            plain=partial(plain, given.plain()),
            ours=ours(transformer, given),
        )

    def whole(self, pairs: int) -> dict[str, object]:
        times = by_turns({"plain": self.plain, "ours": self.ours}, pairs)
        ratio = Ratio.of(times["plain"], times["ours"])
        print(f"plain / ours: {ratio}")
        return {
            "plain_s": round(statistics.median(times["plain"]), 3),
            "ours_s": round(statistics.median(times["ours"]), 3),
            "plain_over_ours": ratio.rounded(),
            "plain_tflop": teraflops(self.plain),
            "ours_tflop": teraflops(self.ours),
            "deviation": deviation(self.ours(), self.plain()),
            "plain_matrix_share": round(matrix_share(self.plain), 3),
            "ours_matrix_share": round(matrix_share(self.ours), 3),
        }

    def cuts_alone(self, pairs: int) -> dict[str, object]:
        cut = plain_passes(self.transformer, self.given)
        times = by_turns({"plain": self.plain, "cut": cut}, pairs)
        ratio = Ratio.of(times["plain"], times["cut"])
        print(f"plain / exact cuts alone: {ratio}")
        return ratio.rounded()

    def lever(self, name: str, pairs: int) -> dict[str, object]:
        without = LEVERS[name](self.transformer, self.given)
        times = by_turns({"ours": self.ours, "without": without}, pairs)
        ratio = Ratio.of(times["without"], times["ours"])
        print(f"  without {name}: {ratio}")
        return {
            "without_over_ours": ratio.rounded(),
            "without_tflop": teraflops(without),
            "deviation": deviation(without(), self.ours()),
        }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=15)
    parser.add_argument("--lever-pairs", type=int, default=7)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    with torch.inference_mode():
        bench = Bench.built()
        measured = bench.whole(arguments.pairs) | {
            "plain_over_exact_cuts_alone": bench.cuts_alone(arguments.pairs),
            "levers": {name: bench.lever(name, arguments.lever_pairs) for name in LEVERS},
        }
    where = {
        "command": " ".join(["python", "benchmarks/speed.py", *sys.argv[1:]]),
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": f"{platform.machine()}, {torch.backends.cpu.get_cpu_capability()}, one thread",
        "torch": torch.__version__,
    }
    RESULT.write_text(json.dumps(where | measured, indent=2) + "\n")


if __name__ == "__main__":
    main()
