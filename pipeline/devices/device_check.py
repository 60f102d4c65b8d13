"""Is this device sound? A fixed computation whose bits must be those of its likes, and whether its
memory is free."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic, sleep

import torch

from manifests.errors import Transient
from pipeline.devices.device_class import device_here

FREE_SHARE = 0.9
"""Of a card's memory that must be free before weights come: a killed worker's children let go
late."""

WAIT_S = 60.0

_SIDE = 256
_ROUNDS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitness:
    """A device's class, and the digest of what it computed."""

    device: str
    digest: str


def fitness() -> Fitness:
    """What this process's device makes of fixed matrices; one thread, as in rendering."""
    torch.set_num_threads(1)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    keyed = torch.Generator().manual_seed(20)
    found = hashlib.sha256()
    for dtype in (torch.float32, torch.bfloat16):
        weights = torch.randn(_SIDE, _SIDE, generator=keyed).to(device, dtype)
        values = torch.randn(_SIDE, _SIDE, generator=keyed).to(device, dtype)
        for _ in range(_ROUNDS):
            values = torch.tanh(values @ weights / _SIDE**0.5)
        found.update(values.float().cpu().numpy().tobytes())
    return Fitness(device=device_here().name, digest=found.hexdigest())


def free_share() -> float:
    """The share of the card's memory that nobody holds; 1 where there is no card."""
    if not torch.cuda.is_available():
        return 1.0
    free, total = torch.cuda.mem_get_info()
    return free / total


def await_memory(
    read: Callable[[], float] = free_share,
    clock: Callable[[], float] = monotonic,
    rest: Callable[[float], None] = sleep,
) -> None:
    """Wait until the card's memory is free; `Transient` when something keeps holding it."""
    began = clock()
    while (share := read()) < FREE_SHARE:
        if clock() - began > WAIT_S:
            message = (
                f"only {share:.0%} of the card's memory is free: `nvidia-smi` names what holds it"
            )
            raise Transient("memory_held", message)
        rest(1.0)
