"""A block as a function with named inputs and outputs."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any, ClassVar

import torch
from diffusers.modular_pipelines.modular_pipeline import ModularPipelineBlocks, PipelineState
from diffusers.modular_pipelines.modular_pipeline_utils import (
    ComponentSpec,
    InputParam,
    OutputParam,
)

from model.modular.nouns import asked, component, given, optional

Components = Any
"""diffusers' `ModularPipeline`, whose attributes are the components."""

Block = Any
"""diffusers' `BlockState`, whose attributes are the nouns that a block takes and gives."""


class Hallo3Step(ModularPipelineBlocks):
    """Names what it needs and gives (`model.modular.nouns`), and fills in what it gives."""

    uses: ClassVar[tuple[str, ...]] = ()
    takes: ClassVar[tuple[str, ...]] = ()
    options: ClassVar[Mapping[str, object]] = {}
    gives: ClassVar[tuple[str, ...]] = ()

    @property
    def description(self) -> str:
        return inspect.getdoc(type(self)) or ""

    @property
    def expected_components(self) -> list[ComponentSpec]:
        return [component(name) for name in self.uses]

    @property
    def inputs(self) -> list[InputParam]:
        needed = [asked(name) for name in self.takes]
        return needed + [optional(name, default) for name, default in self.options.items()]

    @property
    def intermediate_outputs(self) -> list[OutputParam]:
        return [given(name) for name in self.gives]

    def fill(self, components: Components, block: Block) -> None:
        """Adds to `block`, which holds what the step takes, what it gives."""
        raise NotImplementedError

    @torch.no_grad()
    def __call__(
        self, components: Components, state: PipelineState
    ) -> tuple[Components, PipelineState]:
        block: Block = self.get_block_state(state)
        self.fill(components, block)
        self.set_block_state(state, block)
        return components, state


class Hallo3SegmentStep(Hallo3Step):
    """One that stands in the loop over segments: there blocks share one state of the loop."""

    @torch.no_grad()
    def __call__(  # type: ignore[override]  # as diffusers calls the blocks of a loop
        self,
        components: Components,
        block: Block,
        k: int,
    ) -> tuple[Components, Block]:
        del k  # the chain's state counts
        self.fill(components, block)
        return components, block
