"""How a call of the pipeline, and of its blocks, is ended before its clip is."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from torch import Tensor

from model.modular.blocks import Hallo3Blocks
from model.pipeline import Hallo3Pipeline
from model.sampling.noise import Noise
from tests.model.golden_chain import FRAMES, golden_pipeline
from tests.model.modular.test_modular import asked, with_components


@pytest.fixture(scope="module")
def whole() -> Hallo3Pipeline:
    return golden_pipeline()


class Stopped:
    """Takes a number of steps, and then ends the clip as each door is told to."""

    def __init__(self, after: int) -> None:
        self.steps, self.after = 0, after

    def __call__(
        self, pipe: Hallo3Pipeline, _step: int, _time: int, given: dict[str, Tensor]
    ) -> dict[str, Tensor]:
        self.steps += 1
        pipe._interrupt = self.steps == self.after
        return given

    def on_step(self, _step: int, _timestep: int, latents: Tensor) -> Tensor | None:
        self.steps += 1
        return None if self.steps == self.after else latents


@pytest.mark.parametrize("after", [1, 2, 3])
def test_whoever_ends_a_segment_ends_the_clip_in_pipeline_and_blocks(
    whole: Hallo3Pipeline, after: int
) -> None:
    """Two segments of two steps."""
    given = asked(num_frames=FRAMES, num_inference_steps=2)
    by_callback, by_step = Stopped(after), Stopped(after)
    clip = whole(**given, callback_on_step_end=by_callback).frames
    blocks = with_components(Hallo3Blocks(), whole)
    state = blocks(**given, on_step=by_step.on_step)
    assert by_callback.steps == by_step.steps == after
    assert clip.shape[1] == min(15 * math.ceil(after / 2), FRAMES)
    assert torch.equal(state.frames, clip)
    again = blocks(state=state, on_step=None)  # a state that was ended once goes on again
    assert torch.equal(again.frames, whole(**given).frames)


def test_a_call_is_ended_from_outside_without_any_callback(
    whole: Hallo3Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = whole.prepare_take

    def ended_meanwhile(*given: Any, **others: Any) -> Any:  # noqa: ANN401
        whole._interrupt = True
        return made(*given, **others)

    monkeypatch.setattr(whole, "prepare_take", ended_meanwhile)
    given = asked(num_frames=FRAMES, num_inference_steps=3)
    assert whole(**given).frames.shape[1] == 15
    monkeypatch.undo()
    assert whole(**given).frames.shape[1] == FRAMES  # the next call begins anew


def test_the_draws_of_a_clip_may_be_handed_in(whole: Hallo3Pipeline) -> None:
    one, other = (whole(**asked(noise=Noise(seed=seed, chunk="a"))).frames for seed in (1, 2))
    assert not torch.equal(one, other)
