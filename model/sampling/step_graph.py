"""A whole guided step as one CUDA graph, replayed at every step of every segment.

Kernels are launched by one call instead of thousands, so the host need not keep up with the card.
What a graph reads and writes stands at fixed addresses: conditions, latents and time are copied in,
the prediction is copied out. On a CPU the same path is tested without a graph.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

import torch
from torch import Tensor

from model.networks.conditioning import CrossTokens, SegmentConditions, TakeConditions
from model.networks.transformer import Hallo3Transformer3DModel
from model.sampling.branch_parallel import Denoise

Compute = Callable[[], Tensor]
Capture = Callable[[Compute], tuple[Callable[[], object], Tensor]]
"""-> what computes again, and the tensor in which the result stands afterwards."""

WARM_UPS = 2
"""Before a capture: libraries choose their kernels and take their memory at the first call."""


def captured_on_cuda(compute: Compute) -> tuple[Callable[[], object], Tensor]:
    """As torch asks for it: warmed up on a side stream, then captured."""
    side = torch.cuda.Stream()  # type: ignore[no-untyped-call]  # torch
    side.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(side):
        for _ in range(WARM_UPS):
            compute()
    torch.cuda.current_stream().wait_stream(side)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        made = compute()
    return graph.replay, made


def computed_again(compute: Compute) -> tuple[Callable[[], object], Tensor]:
    """Where there are no graphs: the same computation on the same tensors."""
    made = compute()
    return lambda: made.copy_(compute()), made


class StepGraph:
    """The step of one transformer that stays on its device, with no cache on.

    A graph is captured at the first step, and again only when a shape changes: another canvas, or
    another number of branches. Conditions of a segment are copied into the graph's own.
    """

    def __init__(
        self, transformer: Hallo3Transformer3DModel, capture: Capture | None = None
    ) -> None:
        self.captures = 0
        self._transformer = transformer
        on_cuda = transformer.device.type == "cuda"
        self._capture = capture or (captured_on_cuda if on_cuda else computed_again)
        self._conditions: tuple[TakeConditions, SegmentConditions] | None = None
        self._inputs: tuple[Tensor, Tensor] | None = None
        self._replay: Callable[[], object] | None = None
        self._made: Tensor | None = None

    def denoiser(self, take: TakeConditions, segment: SegmentConditions) -> Denoise:
        """Denoises one segment; it must not be used after the next one was asked for."""
        given = [*tensors_of(take, segment)]
        kept = [] if self._conditions is None else [*tensors_of(*self._conditions)]
        if shapes(kept) == shapes(given):
            for own, new in zip(kept, given, strict=True):
                own.copy_(new)
        else:
            self._conditions = copied(take, segment)
            self._replay = None
        return self._step

    def _step(self, latents: Tensor, timestep: Tensor) -> Tensor:
        if self._inputs is not None and shapes(self._inputs) == shapes((latents, timestep)):
            for own, new in zip(self._inputs, (latents, timestep), strict=True):
                own.copy_(new)
        else:
            self._inputs = (latents.clone(), timestep.clone())
            self._replay = None
        if self._replay is None or self._made is None:
            self._made = None  # a graph's memory is let go of before the next one takes its own
            self._replay, self._made = self._capture(self._compute)
            self.captures += 1
        self._replay()
        return self._made.clone()

    def _compute(self) -> Tensor:
        if self._inputs is None or self._conditions is None:
            raise ValueError("a step graph computes what `denoiser` gave it: call that first")
        return self._transformer.denoise(*self._inputs, *self._conditions)


def tensors_of(take: TakeConditions, segment: SegmentConditions) -> list[Tensor]:
    """All that a step is told, in a fixed order."""
    crossed = [
        tensor for each in (*take.faces, *segment.audios) for tensor in (each.keys, each.values)
    ]
    return [take.text, *crossed, *(tensor for pair in take.references for tensor in pair)]


def shapes(tensors: Iterable[Tensor]) -> list[tuple[torch.Size, torch.dtype, torch.device]]:
    return [(each.shape, each.dtype, each.device) for each in tensors]


def copied(
    take: TakeConditions, segment: SegmentConditions
) -> tuple[TakeConditions, SegmentConditions]:
    """The same at addresses of our own, since the caller goes on with his."""
    faces = tuple(_copied_tokens(each) for each in take.faces)
    references = tuple((keys.clone(), values.clone()) for keys, values in take.references)
    own = TakeConditions(text=take.text.clone(), faces=faces, references=references)
    return own, SegmentConditions(audios=tuple(_copied_tokens(each) for each in segment.audios))


def _copied_tokens(tokens: CrossTokens) -> CrossTokens:
    return replace(tokens, keys=tokens.keys.clone(), values=tokens.values.clone())
