"""`callback_on_step_end`, as pipelines of diffusers are given it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Self

from diffusers.callbacks import MultiPipelineCallbacks, PipelineCallback
from torch import Tensor

StepCallback = Callable[..., dict[str, Tensor]]
"""`callback(pipeline, step, timestep, {"latents": ...})` -> the latents to go on with."""


@dataclass(frozen=True, slots=True)
class StepListener:
    """Whoever is called after each step, and the tensors that he is given."""

    callback: StepCallback | None
    names: tuple[str, ...]

    @classmethod
    def of(
        cls, callback: StepCallback | None, names: Iterable[str] | None, known: Iterable[str]
    ) -> Self:
        """Raise `ValueError` for tensors that are not `known`. diffusers' own callbacks say
        themselves which they are given."""
        if isinstance(callback, PipelineCallback | MultiPipelineCallbacks):
            names = callback.tensor_inputs
        if callback is not None and not callable(callback):
            kind = type(callback).__name__
            raise TypeError(f"`callback_on_step_end` is a {kind}; give a function")
        asked = (names,) if isinstance(names, str) else tuple(names or ())
        unknown = sorted(set(asked) - set(known))
        if unknown:
            raise ValueError(f"callbacks are given {list(known)}, not {unknown}")
        return cls(callback, asked)

    def latents_after(self, pipeline: Any, step: int, timestep: int, latents: Tensor) -> Any:  # noqa: ANN401
        """What goes on, as the callback gave it back; `sample` looks at it."""
        if self.callback is None:
            return latents
        given = dict.fromkeys(self.names, latents)
        returned = self.callback(pipeline, step, timestep, given)
        moved = returned.get("latents", latents) if isinstance(returned, dict) else None
        if moved is None:
            kind = type(returned).__name__
            raise TypeError(
                f"`callback_on_step_end` gave back a {kind} without latents; return the dict that "
                "it is given, and set `pipeline._interrupt = True` to end the clip"
            )
        return moved
