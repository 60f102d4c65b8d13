"""The loop over segments, and the blocks in it: each segment starts from the frames that the one
before it ended with."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import ClassVar

import torch
from diffusers.modular_pipelines.modular_pipeline import (
    LoopSequentialPipelineBlocks,
    PipelineState,
)
from diffusers.modular_pipelines.modular_pipeline_utils import InputParam, OutputParam
from torch import Tensor

from model.conditions.picture import centre_square
from model.modular.nouns import AS_PICTURES, NETWORKS, asked, given, networks
from model.modular.step import Block, Components, Hallo3SegmentStep
from model.networks.convolutions import with_cpu_layers
from model.pipeline_io import converted
from model.sampling.denoise import unchanged
from model.segments import ChainState, SegmentFrames
from model.shapes import MOTION_FRAMES


class Hallo3HearingStep(Hallo3SegmentStep):
    """What the frames of this segment hear: two rows before and two behind each."""

    takes = ("take", "heard", "chain_state")
    gives = ("audio_windows",)

    def fill(self, components: Components, block: Block) -> None:
        del components
        chain = block.heard.chain(block.take.shape.frames)
        block.audio_windows = chain.segment(block.chain_state.segment)


class Hallo3MotionStep(Hallo3SegmentStep):
    """Portrait and motion frames as latents. Before the first segment the portrait stands in for
    the motion frames."""

    uses = NETWORKS
    takes = ("take", "chain_state", "draws")
    gives = ("condition_latents",)

    def fill(self, components: Components, block: Block) -> None:
        block.condition_latents = networks(components).condition_latents(
            block.take, block.chain_state, block.draws
        )


class Hallo3DenoiseStep(Hallo3SegmentStep):
    """All steps of a segment, guided. Where `on_step` returns None they end, and with this segment
    the clip: its latents are then as they are."""

    uses = NETWORKS
    takes = ("take", "audio_windows", "condition_latents", "draws", "chain_state")
    options: ClassVar[Mapping[str, object]] = {"on_step": None}
    gives = ("latents", "ended")

    def fill(self, components: Components, block: Block) -> None:
        on_step, block.ended = block.on_step or unchanged, False

        def listening(step: int, timestep: int, latents: Tensor) -> Tensor | None:
            moved = on_step(step, timestep, latents)
            block.ended = moved is None
            return moved

        block.latents = networks(components).segment_latents(
            block.take,
            block.audio_windows,
            block.condition_latents,
            block.draws,
            segment=block.chain_state.segment,
            on_step=listening,
        )


class Hallo3DecodeStep(Hallo3SegmentStep):
    """The new frames of a segment, without its motion frames."""

    uses = ("vae",)
    takes = ("latents", "chain_state")
    gives = ("segment_frames",)

    def fill(self, components: Components, block: Block) -> None:
        vae = with_cpu_layers(components.vae)
        decoded = SegmentFrames(vae, block.latents, block.chain_state)
        block.segment_frames = torch.cat([frames.cpu() for frames in decoded])


class Hallo3CarryStep(Hallo3SegmentStep):
    """The last two frames are the next segment's motion frames, as they stand in `segment_frames`:
    what a block in front of this one did to them goes on through the chain."""

    takes = ("segment_frames", "chain_state")
    gives = ("chain_state",)

    def fill(self, components: Components, block: Block) -> None:
        del components
        block.chain_state = block.chain_state.after(block.segment_frames[-MOTION_FRAMES:])


class Hallo3KeepStep(Hallo3SegmentStep):
    """The segment's frames on their way out; those of a square picture without margins. In its
    place a block of yours may write them away, so that no clip is collected in memory."""

    takes = ("segment_frames", "seen_portrait", "clip_parts")
    options = AS_PICTURES
    gives = ("clip_parts",)

    def fill(self, components: Components, block: Block) -> None:
        del components
        frames = block.segment_frames
        shown = centre_square(frames) if block.seen_portrait.is_square else frames
        block.clip_parts = [*block.clip_parts, converted(shown, block.output_type)]


class Hallo3SegmentLoop(LoopSequentialPipelineBlocks):
    """Segment after segment: what it hears, where it starts, its latents, its frames, and what it
    leaves to the next."""

    block_classes = [  # noqa: RUF012  # theirs
        Hallo3HearingStep,
        Hallo3MotionStep,
        Hallo3DenoiseStep,
        Hallo3DecodeStep,
        Hallo3CarryStep,
        Hallo3KeepStep,
    ]
    block_names = ["hearing", "motion", "denoise", "decode", "carry", "keep"]  # noqa: RUF012
    carried = ("chain_state", "clip_parts")
    """What each segment takes from the one before; the loop makes the first."""

    @property
    def description(self) -> str:
        return inspect.getdoc(type(self)) or ""

    @property
    def loop_inputs(self) -> list[InputParam]:
        return [asked("take"), asked("heard")]

    @property
    def loop_intermediate_outputs(self) -> list[OutputParam]:
        return [given(name) for name in self.carried]

    @property
    def inputs(self) -> list[InputParam]:
        return [each for each in super().inputs if each.name not in self.carried]

    @torch.no_grad()
    def __call__(
        self, components: Components, state: PipelineState
    ) -> tuple[Components, PipelineState]:
        block: Block = self.get_block_state(state)
        block.chain_state, block.clip_parts = ChainState.first(block.take.portrait), []
        for k in self.progress_bar(range(block.take.shape.segments_of(block.heard.frames))):
            components, block = self.loop_step(components, block, k=k)
            if getattr(block, "ended", False):  # a denoiser of one's own need not give it
                break
        self.set_block_state(state, block)
        return components, state
