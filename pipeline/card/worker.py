"""The process that does some parts one after the other; whatever ends it costs one of them."""

from __future__ import annotations

import faulthandler
import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from time import monotonic
from typing import Any

from pipeline.card.kept import DONE, PartResult, write_result
from pipeline.card.parts import PARTS, CardPart

GRACE_S = 3.0
"""Before the end of all time, in which a result is still written."""


def main(arguments: Sequence[str]) -> None:
    """A JSON of the device, the size, the folder, the parts' names, and the seconds left."""
    told = json.loads(arguments[0])
    os.environ.update(told["environment"])
    deadline = monotonic() + told["left_s"]
    parts = [part for part in PARTS if part.name in told["parts"]]
    do_parts(told, parts, lambda: deadline - monotonic())


def do_parts(told: dict[str, Any], parts: Sequence[CardPart], left_s: Callable[[], float]) -> None:
    """Each writes its result before the next begins, and begins only when it fits.

    A part that takes too long is ended with its process by a clock that Python cannot hold up.
    """
    import torch  # noqa: PLC0415 - after the environment is set

    from model.bench.card.context import CardContext  # noqa: PLC0415 - loads torch

    context = CardContext(
        device=torch.device("cuda", 0) if told["device"] == "cuda" else torch.device("cpu"),
        size_name=told["size"],
        folder=Path(told["folder"]),
        training=Path(told["training"]) if told["training"] else None,
        shard_mb=told["shard_mb"],
        left_s=lambda: left_s() - GRACE_S,
    )
    if context.device.type == "cpu":
        torch.set_num_threads(1)
    for part in parts:
        expected = part.expected_s(rehearsed=context.rehearsed)
        if not part.steady and expected > left_s():
            return
        limit = left_s() if part.steady else part.limit_s(rehearsed=context.rehearsed)
        began = monotonic()
        with ended_after(max(1.0, min(limit, left_s()))), torch.inference_mode(mode=part.infers):
            figures = function_of(part)(context)
        if figures is not None:  # else it goes on in the next call
            write_result(
                context.folder,
                PartResult(
                    name=part.name,
                    state=DONE,
                    seconds=monotonic() - began,
                    rehearsed=context.rehearsed,
                    figures=figures,
                ),
            )


@contextmanager
def ended_after(seconds: float) -> Iterator[None]:
    """The process ends if what is inside takes longer, whatever it hangs in."""
    faulthandler.dump_traceback_later(seconds, exit=True)
    try:
        yield
    finally:
        faulthandler.cancel_dump_traceback_later()


def function_of(part: CardPart) -> Callable[[Any], dict[str, Any] | None]:
    module, _, name = part.at.partition(":")
    found: Callable[[Any], dict[str, Any] | None] = getattr(import_module(module), name)
    return found


if __name__ == "__main__":
    main(sys.argv[1:])
