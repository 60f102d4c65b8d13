"""The parts carried out in processes of their own, until all have ended or the time has."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from pipeline.card.kept import (
    ADDRESS_BYTES,
    FAILED,
    PartResult,
    claim_folder,
    ended_parts,
    environment_here,
    write_result,
)
from pipeline.card.parts import CardPart, missing_parts, next_batch
from pipeline.media.child import child_command
from pipeline.media.process import ProgramFailed, run_program

WORKER = "pipeline.card.worker"

FULL, SMALL = "hallo3-5b", "small"
LEAST_S = 5.0
"""A process that ended so shortly before the end of the time was ended by it."""

WHY_CHARACTERS = 400
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class CardDay:
    """What is asked for: a folder, a device (`cuda` or `cpu`) and its name, and until when, as
    `time.monotonic` tells it."""

    folder: Path
    device: str
    device_name: str
    small: bool
    deadline: float
    training: Path | None = None
    shard_mb: float | None = None

    @property
    def rehearsed(self) -> bool:
        return self.small or self.device != "cuda"

    @property
    def size(self) -> str:
        return SMALL if self.small else FULL


def run_day(day: CardDay, say: Say) -> None:
    """Go on with what is missing in the folder. A part that fails leaves why, and is not tried
    again until its file is removed."""
    claim_folder(
        day.folder,
        {"device": day.device_name, "size": day.size, "rehearsed": day.rehearsed},
    )
    waiting: set[str] = set()  # steady parts that kept what they have and go on in another call
    while True:
        missing = missing_parts({*ended_parts(day.folder), *waiting})
        left_s = day.deadline - monotonic()
        batch = next_batch(missing, left_s, rehearsed=day.rehearsed)
        if not batch:
            return
        say(f"{left_s:.0f} s left: {', '.join(part.name for part in batch)}")
        _carry_out(day, batch)
        waiting |= {part.name for part in batch if part.steady}
        for name, result in ended_parts(day.folder).items():
            if name in {part.name for part in batch}:
                say(f"  {name}: {result.state} in {result.seconds:.0f} s {result.why}".rstrip())


def _carry_out(day: CardDay, batch: Sequence[CardPart]) -> None:
    """In one process. Where it does not end well, the part in its hands has failed, unless the
    time is over."""
    began, left_s = monotonic(), day.deadline - monotonic()
    told = {
        "device": day.device,
        "size": day.size,
        "folder": str(day.folder.absolute()),
        "parts": [part.name for part in batch],
        "left_s": left_s,
        "environment": environment_here() | batch[0].environment,
        "training": str(day.training.absolute()) if day.training else "",
        "shard_mb": day.shard_mb,
    }
    command = child_command(WORKER, json.dumps(told))
    try:
        run_program(command, timeout_s=left_s + LEAST_S, memory_bytes=ADDRESS_BYTES)
    except ProgramFailed as failure:
        ended = monotonic()
        in_hand = [part for part in batch if part.name not in ended_parts(day.folder)]
        if in_hand and day.deadline - ended > LEAST_S:
            _fail(day, in_hand[0], ended - began, why_of(failure))


def _fail(day: CardDay, part: CardPart, seconds: float, why: str) -> None:
    write_result(
        day.folder,
        PartResult(
            name=part.name,
            state=FAILED,
            seconds=seconds,
            rehearsed=day.rehearsed,
            figures={},
            why=why,
        ),
    )


def why_of(failure: ProgramFailed) -> str:
    """The last line that it said, which is the error; or that the clock ended it, and where."""
    lines = [line.strip() for line in failure.said.splitlines() if line.strip()]
    clocked = [at for at, line in enumerate(lines) if line.startswith("Timeout (")]
    if clocked:
        where = next((line for line in lines[clocked[-1] :] if line.startswith("File ")), "")
        return f"took too long: ended {where}".strip()[:WHY_CHARACTERS]
    if failure.code < 0 or not lines:
        return f"{failure}"[-WHY_CHARACTERS:]
    return lines[-1][:WHY_CHARACTERS]
